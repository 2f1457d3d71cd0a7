"""What answers of S3 mean, for both clients."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from aind_session.errors import OddAnswerError
from aind_session.errors.wording import without_query
from aind_session.sources.settings import aws_endpoint

SERVICE = "S3"

REGION_HEADER = "x-amz-bucket-region"

_END_OF_LISTING = b"</ListBucketResult>"
"""The end of each listing, which a login page lacks."""


class RefusedError(Exception):
    """Raise if S3 refuses a request.

    Attributes
    ----------
    code
        S3's code for the reason, such as ``AccessDenied``; empty or the status without one.
    status
        The HTTP status.
    headers
        By name in lower case.
    """

    def __init__(self, code: str, status: int | None, headers: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.headers = headers


def is_code(said: str) -> bool:
    """Return whether a text can be one of S3's codes, such as ``AccessDenied``, and not a token."""
    return said.isascii() and said.isalnum() and not said.isdecimal() and len(said) <= 50


def odd_answer(bucket: str, detail: str) -> OddAnswerError:
    """Return the error for an answer that does not come from S3."""
    return OddAnswerError(SERVICE, detail, url=f"s3://{bucket}")


def unread_answer(bucket: str, error: Exception) -> OddAnswerError:
    """Return the error for an answer that could not be read."""
    detail = f"the answer is not XML, or does not come from S3 ({type(error).__name__})"
    return odd_answer(bucket, detail)


def address(bucket: str) -> str:
    """Return the HTTP address of a bucket, from which its proxy follows."""
    return aws_endpoint()[1] or f"https://{bucket}"


def holder() -> str:
    """Return the variable from which the credentials come."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
    return next((name for name in names if name in os.environ), "AWS_PROFILE")


def check_file(bucket: str, answer: Mapping[str, Any]) -> None:
    """Raise if an answer is not a file, each of which has a tag."""
    if "ETag" not in answer:
        detail = "the answer is not a file: is there a sign-in page or proxy in between?"
        raise odd_answer(bucket, detail)


def check_length(url: str, headers: Mapping[str, str]) -> None:
    """Raise if an answer with a file does not state where the file ends.

    If the connection then ends too early, the part that arrived would count as the file.

    Parameters
    ----------
    url
        The address of the request.
    headers
        By any spelling that the mapping finds.
    """
    if "content-length" not in headers and "transfer-encoding" not in headers:
        detail = "the answer does not state how long the file is: is there a proxy in between?"
        raise OddAnswerError(SERVICE, detail, url=without_query(url))


def check_whole(url: str, status: int, headers: Mapping[str, str], *, is_range: bool) -> None:
    """Raise if the answer to a read is a redirect that S3 does not send, or incomplete.

    Parameters
    ----------
    url
        The address of the request.
    status, headers
        The HTTP status, and the headers by any spelling that the mapping finds.
    is_range
        Whether a part was asked for.
    """
    if 300 <= status < 400 and REGION_HEADER not in headers:
        # botocore would ask for the region, be redirected again, and never stop
        where = without_query(headers.get("location") or "none is given")
        detail = f"redirects to other addresses are not followed: {where}"
        raise OddAnswerError(SERVICE, detail, status=status, url=url)
    if status < 300 and status != (206 if is_range else 200):
        detail = "an answer with this status is incomplete"
        raise OddAnswerError(SERVICE, detail, status=status, url=url)


def check_listing(url: str, body: bytes) -> None:
    """Raise if an answer is not a whole listing."""
    if not body.rstrip().endswith(_END_OF_LISTING):
        # some releases of botocore take this for an empty listing or a temporary error
        detail = "the answer is not a listing: is there a sign-in page or proxy in between?"
        raise OddAnswerError(SERVICE, detail, url=url)
