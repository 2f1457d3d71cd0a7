"""Requests to S3: credentials, time limits, retries, and this library's errors for failures."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import botocore
import urllib3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import InvalidHeader

from aind_session.conventions.institute import PUBLIC_BUCKETS
from aind_session.errors import (
    AccessDeniedError,
    AindSessionError,
    CredentialsError,
    OddAnswerError,
    OfflineError,
    RemoteError,
    UnavailableError,
)
from aind_session.errors.wording import first_line, quote, without_query
from aind_session.runtime import calls
from aind_session.runtime import meter as observe
from aind_session.runtime.fork import RenewedLock, renew_in_child
from aind_session.runtime.modes import is_offline
from aind_session.sources.env_files import export_aws_variables
from aind_session.sources.servers.limits import (
    TooLargeError,
    TooLateError,
    bound_s3,
    call_within,
    until,
)
from aind_session.sources.servers.retries import (
    CONCURRENCY,
    CONNECT_SECONDS,
    RETRIED_STATUSES,
    Patience,
    seconds_asked_for,
)
from aind_session.sources.servers.s3_session import (
    OF_CREDENTIALS,
    REGION,
    SERVICE,
    anonymous_session,
    errors_of_credentials,
    holder,
    new_session,
    region_of,
)
from aind_session.sources.servers.surroundings import (
    error_of_surroundings,
    in_short,
    refused_by_proxy,
)

logger = logging.getLogger(__name__)

_REGION_HEADER = "x-amz-bucket-region"
_ABSENT = frozenset({"NoSuchKey", "NoSuchBucket"})
_DENIED = frozenset({"403", "AccessDenied", "AllAccessDisabled", "Forbidden"})
_BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    }
)
_LISTING, _END_OF_LISTING = "list-type=2", b"</ListBucketResult>"
"""Text in the URL of each listing, and the end of each listing, which a login page lacks."""


_making = RenewedLock()
"""Held while a client is created, which is not thread-safe; using a client is."""


class S3Client:
    """Sends requests to S3, signed or unsigned, and retries reads.

    Parameters
    ----------
    timeout
        The time limit of one query, including retries, in seconds.
    sleep
        Waits for a number of seconds between two attempts.
    anonymous
        Whether to send no credentials even if there are some.
    """

    def __init__(
        self, timeout: float, sleep: Callable[[float], None], *, anonymous: bool = False
    ) -> None:
        export_aws_variables()  # for botocore, and for the paths that users open
        self._anonymous = anonymous
        self._timeout = timeout
        self._patience = Patience(SERVICE, timeout, sleep)
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Discard the clients in a forked process, because its parent uses their connections."""
        self._lock = threading.RLock()
        self._limits = threading.local()
        for name in ("_signed", "_unsigned", "_session"):
            vars(self).pop(name, None)

    def is_anonymous(self, bucket: str, *, opening: bool = False) -> bool:
        """Return whether to send no credentials, because none are needed or none exist.

        A path that a user opens may be written to, so credentials are used for it if they exist.
        """
        if bucket in PUBLIC_BUCKETS and not (opening and self._can_sign()):
            return True
        return not self._has_credentials

    def _can_sign(self) -> bool:
        """Return whether there are credentials; False if they cannot be read."""
        try:
            return self._has_credentials
        except CredentialsError:
            return False

    @cached_property
    def _session(self) -> Any:
        return new_session()

    @cached_property
    def _has_credentials(self) -> bool:
        with self._lock:
            if self._anonymous:
                return False
            with errors_of_credentials(), until(calls.deadline(self._timeout)):
                # a program in the user's AWS configuration may run forever
                return call_within(self._session.get_credentials, _too_late) is not None

    @cached_property
    def _signed(self) -> Any:
        return self._client(self._session, region_of(self._session), self._config())

    @cached_property
    def _unsigned(self) -> Any:
        config = self._config(signature_version=botocore.UNSIGNED)
        try:
            return self._client(self._session, region_of(self._session), config)
        except (BotoCoreError, RemoteError):
            # an invalid profile, region or file must not prevent reading public data
            return self._client(anonymous_session(), REGION, config)

    def _client(self, session: Any, region: str, config: Config) -> Any:
        try:
            with _making:
                client = session.create_client("s3", region_name=region, config=config)
        except OF_CREDENTIALS:
            raise
        except BotoCoreError as error:
            said = first_line(error)
            raise RemoteError(SERVICE, f"a setting of AWS is not valid: {said}") from error
        except ValueError:  # whose text has the address, which can hold a password
            raise RemoteError(SERVICE, "AWS_ENDPOINT_URL is not a valid URL") from None
        bound_s3(client, self._limits, _check)
        return client

    def _config(self, **options: Any) -> Config:
        return Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self._timeout,
            max_pool_connections=CONCURRENCY,
            # `Patience` retries, within the call's time limit, in whichever mode the user has set
            retries={"total_max_attempts": 1, "mode": "legacy"},
            **options,
        )

    def _client_for(self, bucket: str) -> Any:
        with self._lock:
            return self._unsigned if self.is_anonymous(bucket) else self._signed

    def ask(self, operation: str, bucket: str, **options: Any) -> Any:
        """Send a read, with retries; return None if the object or bucket does not exist."""
        return self._patience.ask(f"s3://{bucket}", partial(self._once, operation, bucket, options))

    def send(self, operation: str, bucket: str, **options: Any) -> Any:
        """Send a write, once; return None if the bucket does not exist."""
        calls.note_sent()
        return self._once(operation, bucket, options, time.monotonic() + self._timeout)

    def _once(self, operation: str, bucket: str, options: dict[str, Any], deadline: float) -> Any:
        if is_offline():
            raise OfflineError(SERVICE, url=f"s3://{bucket}")
        started = time.monotonic()
        outcome = "failed"
        try:
            self._limits.deadline = deadline
            with self._errors(bucket), until(deadline):
                answer = getattr(self._client_for(bucket), operation)(Bucket=bucket, **options)
            if "ETag" not in answer and operation != "list_objects_v2":
                detail = "the answer is not a file: is there a sign-in page or proxy in between?"
                raise self.odd_answer(bucket, detail)
            if "Body" in answer:
                answer = {**answer, "Body": answer["Body"].read()}
            outcome = "answered"
            return answer
        except _AbsentError:
            outcome = "nothing there"
            return None
        finally:
            seconds = time.monotonic() - started
            observe.count(SERVICE, requests=1, bytes=getattr(self._limits, "size", 0))
            logger.debug("%s %s %s -> %s in %.3f s", SERVICE, operation, bucket, outcome, seconds)

    def odd_answer(self, bucket: str, detail: str) -> OddAnswerError:
        """Return the error for an answer that does not come from S3."""
        return OddAnswerError(SERVICE, detail, url=f"s3://{bucket}")

    @contextmanager
    def _errors(self, bucket: str) -> Iterator[None]:
        """Convert errors of botocore and urllib3 to this library's errors."""
        url = f"s3://{bucket}"
        try:
            with errors_of_credentials():
                yield
        except AindSessionError:  # some are also ValueErrors
            raise
        except ClientError as error:
            raise self._error_from(error, bucket) from error
        except (ResponseParserError, ValueError) as error:
            detail = f"the answer is not XML, or does not come from S3 ({type(error).__name__})"
            raise self.odd_answer(bucket, detail) from error
        except TooLateError as error:
            raise UnavailableError(SERVICE, str(error), url=url) from error
        except TooLargeError as error:
            raise RemoteError(SERVICE, str(error), url=url) from error
        except (BotoConnectionError, HTTPClientError, urllib3.exceptions.HTTPError) as error:
            if isinstance(getattr(error, "kwargs", {}).get("error"), InvalidHeader):
                raise self.odd_answer(bucket, "the answer has two lengths") from error
            is_late = isinstance(error, (ConnectTimeoutError, ReadTimeoutError))
            why = f"the connection failed ({in_short(error)})"
            detail = "no answer in time" if is_late else why
            said = error_of_surroundings(SERVICE, error, _address(url))
            raise said or UnavailableError(SERVICE, detail, url=url) from None
        except (BotoCoreError, OSError) as error:
            said = error_of_surroundings(SERVICE, error, _address(url))
            raise said or RemoteError(SERVICE, in_short(error), url=url) from None

    def _error_from(self, error: ClientError, bucket: str) -> Exception:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        url = f"s3://{bucket}"
        if code in _ABSENT:
            return _AbsentError(code)
        if code in _BAD_CREDENTIALS:
            return CredentialsError(
                f"{SERVICE} refused the AWS credentials for {url} ({code}): renew them, or check "
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_PROFILE",
                service=SERVICE,
                variable=holder(),
            )
        if status == 407:
            return refused_by_proxy(SERVICE, _address(url))
        if code in _DENIED or status == 403:
            how = "" if self._can_sign() else " without AWS credentials"
            return AccessDeniedError(SERVICE, f"not allowed{how}", status=status, url=url)
        if status in RETRIED_STATUSES:
            headers = error.response["ResponseMetadata"].get("HTTPHeaders", {})
            wait = seconds_asked_for(headers.get("retry-after"))
            return UnavailableError(SERVICE, code or "refused", status=status, url=url, wait=wait)
        detail = f"{code or 'refused'}{_in_another_region(error)}"
        return RemoteError(SERVICE, detail, status=status, url=url)


def _too_late() -> CredentialsError:
    return CredentialsError(
        f"{SERVICE} needs AWS credentials, and getting them took too long: check the "
        "credential_process, role or service that AWS_PROFILE or ~/.aws/config names",
        service=SERVICE,
        variable=holder(),
    )


def _in_another_region(error: ClientError) -> str:
    """Return a hint about a bucket's region, if S3 names it in the error."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get(_REGION_HEADER)
    return f": the bucket is in {quote(region)}, set AWS_DEFAULT_REGION" if region else ""


def _address(place: str) -> str:
    """Return the HTTP address of a location in S3, from which its proxy follows."""
    return os.environ.get("AWS_ENDPOINT_URL", f"https://{place.partition('://')[2]}")


def _check(request: Any, answer: AWSResponse, body: bytes) -> None:
    """Raise if an answer does not come from S3, or is incomplete."""
    if 300 <= answer.status_code < 400 and _REGION_HEADER not in answer.headers:
        # botocore would ask for the region, be redirected again, and never stop
        where = without_query(answer.headers.get("Location") or "none is given")
        detail = f"redirects to other addresses are not followed: {where}"
        raise OddAnswerError(SERVICE, detail, status=answer.status_code, url=answer.url)
    is_whole_success = answer.status_code == (206 if "Range" in request.headers else 200)
    if request.method == "GET" and answer.status_code < 300 and not is_whole_success:
        detail = "an answer with this status is incomplete"
        raise OddAnswerError(SERVICE, detail, status=answer.status_code, url=answer.url)
    # botocore disables urllib3's check of the length, and checks it itself for files only
    missing = _length(answer, len(body)) - len(body)
    if missing > 0 and request.method != "HEAD":
        raise urllib3.exceptions.IncompleteRead(len(body), missing)
    is_whole = body.rstrip().endswith(_END_OF_LISTING)
    if answer.status_code == 200 and _LISTING in request.url and not is_whole:
        # some releases of botocore take this for an empty listing or a temporary error
        detail = "the answer is not a listing: is there a sign-in page or proxy in between?"
        raise OddAnswerError(SERVICE, detail, url=answer.url)


def _length(answer: AWSResponse, read: int) -> int:
    """Return the stated length of an answer; raise if two stated lengths differ."""
    said = {part.strip() for part in answer.headers.get("Content-Length", str(read)).split(",")}
    length = said.pop()
    if said or not length.isdecimal():
        raise OddAnswerError(SERVICE, "the answer has no length, or two", url=answer.url)
    return int(length)


class _AbsentError(Exception):
    """Raise if the object or bucket does not exist."""
