"""Reads of S3 over direct connections, for the plain accounts of `s3_account`.

The requests are those of botocore: listings with ``encoding-type=url``, and Signature Version 4.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

from aind_session.errors import AindSessionError
from aind_session.sources.servers.direct import Direct
from aind_session.sources.servers.exchange import NoReplyError, Reply, Request, http_date
from aind_session.sources.servers.limits import TooLargeError, TooLateError
from aind_session.sources.servers.s3_account import Account, is_region
from aind_session.sources.servers.s3_answers import (
    REGION_HEADER,
    SERVICE,
    RefusedError,
    address,
    check_file,
    check_length,
    check_listing,
    check_whole,
    unread_answer,
)
from aind_session.sources.servers.surroundings import error_of_failure

READS = frozenset({"get_object", "list_objects_v2"})
"""The operations that `DirectS3.ask` knows; botocore does all others."""

_PARAMETERS = {
    "ContinuationToken": "continuation-token",
    "Delimiter": "delimiter",
    "MaxKeys": "max-keys",
    "Prefix": "prefix",
}

_NO_BODY = hashlib.sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"
_TIME = "%Y%m%dT%H%M%SZ"


def is_plain_name(bucket: str) -> bool:
    """Return whether a bucket's name can be the first part of a host's name."""
    is_short = 3 <= len(bucket) <= 63
    is_plain = bucket.isascii() and bucket.replace("-", "").isalnum() and bucket == bucket.lower()
    return is_short and is_plain and "--" not in bucket and bucket.strip("-") == bucket


class DirectS3:
    """Sends reads to S3; returns those fields of botocore's answers that are used.

    Parameters
    ----------
    account
        The account, which is kept as an attribute.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._moved: dict[str, Account] = {}
        self._direct = Direct(SERVICE)

    def renew(self) -> None:
        """Discard all connections; in a forked process they belong to the parent."""
        self._direct.renew()

    def ask(
        self, bucket: str, options: Mapping[str, Any], deadline: float, *, signs: bool
    ) -> tuple[dict[str, Any], int]:
        """Read a file, or list a bucket; return the answer, and its size in bytes.

        Parameters
        ----------
        bucket, options
            As botocore names them: a ``Key`` is read, without one the bucket is listed.
        deadline
            By `time.monotonic`.
        signs
            Whether to send the credentials.

        Raises
        ------
        RefusedError
            S3 refuses it.
        OddAnswerError
            The answer does not come from S3.
        UnavailableError
            There is no answer in time.
        RemoteError
            Any other failure.
        """
        try:
            reply = self._reply(bucket, options, deadline, signs=signs)
            answer = _file(bucket, reply) if "Key" in options else _listing(reply)
        except (SyntaxError, ValueError) as error:  # the first is ElementTree's
            if isinstance(error, AindSessionError):  # some are also ValueErrors
                raise
            raise unread_answer(bucket, error) from error
        except (NoReplyError, TooLateError, TooLargeError, OSError) as error:
            url = f"s3://{bucket}"
            raise error_of_failure(SERVICE, error, url, asked=address(bucket)) from None
        return answer, len(reply.body)

    def _reply(
        self, bucket: str, options: Mapping[str, Any], deadline: float, *, signs: bool
    ) -> Reply:
        """Return the whole answer; ask again if S3 says that the bucket is in another region."""
        account = self._moved.get(bucket, self.account)
        reply = self._direct.ask(_request(account, bucket, options, signs=signs), deadline)
        region = _region(reply)
        if region != account.region and is_region(region):
            account = self._moved[bucket] = account.in_region(region)
            reply = self._direct.ask(_request(account, bucket, options, signs=signs), deadline)
        check_whole(reply.url, reply.status, reply.fields, is_range=False)
        if reply.status != 200:
            raise RefusedError(_said(reply, "Code"), reply.status, reply.fields)
        return reply


def _request(account: Account, bucket: str, options: Mapping[str, Any], *, signs: bool) -> Request:
    url = http_address(account, bucket, options.get("Key"))
    url += "" if "Key" in options else _query(options)
    headers = {"User-Agent": "aind-session", "Accept-Encoding": "identity"}
    if signs:
        headers |= signature(url, account, time.strftime(_TIME, time.gmtime()))
    return Request("GET", url, headers, None, is_decoded=False)


def http_address(account: Account, bucket: str, key: str | None = None) -> str:
    """Return the HTTP address of a bucket, or of an object in it."""
    path = "" if key is None else quote(key, safe="/~")
    if account.endpoint:
        return f"{account.endpoint}/{bucket}" + ("" if key is None else f"/{path}")
    return f"https://{bucket}.s3.{account.region}.amazonaws.com/{path}"


def signature(url: str, account: Account, now: str) -> dict[str, str]:
    """Return the headers that sign a GET request (AWS Signature Version 4).

    Parameters
    ----------
    url
        The address; the parameters of its query in order of their names.
    account
        Its region and credentials.
    now
        The time in UTC, such as ``20240102T030405Z``.
    """
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(":80" if parts.scheme == "http" else ":443")
    signed = {"host": host, "x-amz-content-sha256": _NO_BODY, "x-amz-date": now}
    if account.token:
        signed["x-amz-security-token"] = account.token
    lines = [f"{name}:{value}" for name, value in signed.items()]  # in order of their names
    names = ";".join(signed)
    request = "\n".join(["GET", parts.path, parts.query, *lines, "", names, _NO_BODY])
    steps = [now[:8], account.region, "s3", "aws4_request"]
    scope = "/".join(steps)
    text = "\n".join([_ALGORITHM, now, scope, hashlib.sha256(request.encode()).hexdigest()])
    made = hmac.digest(_signing_key(account.secret, steps), text.encode(), "sha256").hex()
    who = f"Credential={account.key_id}/{scope}, SignedHeaders={names}, Signature={made}"
    return {**signed, "Authorization": f"{_ALGORITHM} {who}"}


def _signing_key(secret: str, steps: Iterable[str]) -> bytes:
    """Derive the key of one day, region and service from the secret."""
    key = f"AWS4{secret}".encode()
    for step in steps:
        key = hmac.digest(key, step.encode(), "sha256")
    return key


def _query(options: Mapping[str, Any]) -> str:
    """Return the query of a listing, with its parameters in order, as signatures need them."""
    held = {_PARAMETERS[name]: str(value) for name, value in options.items()}
    held |= {"encoding-type": "url", "list-type": "2"}
    return "?" + "&".join(f"{name}={quote(held[name], safe='-_.~')}" for name in sorted(held))


def _listing(reply: Reply) -> dict[str, Any]:
    check_listing(reply.url, reply.body)
    root = _tree(reply.body)
    decode = unquote_plus if _text(root, "EncodingType") == "url" else str
    answer: dict[str, Any] = {
        "IsTruncated": _text(root, "IsTruncated") == "true",
        "KeyCount": int(root.findtext("{*}KeyCount", "0")),
        "NextContinuationToken": _text(root, "NextContinuationToken"),
    }
    for field, name in (("CommonPrefixes", "Prefix"), ("Contents", "Key")):
        listed = [one.findall(f"{{*}}{name}") for one in root.iterfind(f"{{*}}{field}")]
        answer[field] = [
            {name: decode(one[0].text or "")} if len(one) == 1 else {} for one in listed
        ]
    return answer


def _file(bucket: str, reply: Reply) -> dict[str, Any]:
    check_length(reply.url, reply.fields)
    answer: dict[str, Any] = {"Body": reply.body}
    if (tag := reply.header("ETag")) is not None:
        answer["ETag"] = tag
    if (modified := reply.header("Last-Modified")) is not None:
        answer["LastModified"] = http_date(modified)
    check_file(bucket, answer)
    return answer


def _region(reply: Reply) -> str:
    """Return the region that a refusal names; empty without one."""
    if reply.status == 200:
        return ""
    return reply.header(REGION_HEADER) or _said(reply, "Region")


def _said(reply: Reply, name: str) -> str:
    """Return a text of a refusal, such as its code; empty without one."""
    try:
        return _text(_tree(reply.body), name) or ""
    except SyntaxError:  # the error of ElementTree
        return ""


def _tree(body: bytes) -> Any:
    from xml.etree import ElementTree  # after the request was sent

    # as botocore reads it; S3 sends no other encoding, and expat limits entities
    return ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314


def _text(element: Any, name: str) -> str | None:
    """Return the text of the first child with a name, in any namespace; None without one."""
    text: str | None = element.findtext(f"{{*}}{name}")
    return text
