"""Requests to S3: credentials, time limits, retries, and this library's errors for refusals."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from aind_session.conventions.institute import PUBLIC_BUCKETS
from aind_session.errors import (
    AccessDeniedError,
    CredentialsError,
    OfflineError,
    RemoteError,
    UnavailableError,
)
from aind_session.errors.wording import quote
from aind_session.runtime import calls, meter
from aind_session.runtime.fork import RenewedLock, renew_in_child
from aind_session.runtime.importing import importable
from aind_session.runtime.modes import is_offline
from aind_session.sources.env_files import export_aws_variables
from aind_session.sources.servers.limits import until
from aind_session.sources.servers.retries import RETRIED_STATUSES, Patience, seconds_asked_for
from aind_session.sources.servers.s3_account import read_account
from aind_session.sources.servers.s3_answers import (
    REGION_HEADER,
    SERVICE,
    RefusedError,
    address,
    holder,
    is_code,
    odd_answer,
)
from aind_session.sources.servers.s3_direct import READS, DirectS3, is_plain_name
from aind_session.sources.servers.surroundings import refused_by_proxy

if TYPE_CHECKING:
    from aind_session.sources.servers.s3_botocore import Botocore

logger = logging.getLogger(__name__)

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
        account = read_account()
        self._direct = None if account is None else DirectS3(account)
        self._lock = RenewedLock()
        renew_in_child(self)

    def renew(self) -> None:
        """Discard the connections in a forked process, because its parent uses them."""
        if self._direct is not None:
            self._direct.renew()

    @property
    def _botocore(self) -> Botocore:
        with self._lock:
            return self._new_botocore

    @cached_property
    def _new_botocore(self) -> Botocore:
        with importable():  # takes longer than all else until a first answer, see `s3_account`
            from aind_session.sources.servers.s3_botocore import Botocore

        return Botocore(self._timeout)

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
    def _has_credentials(self) -> bool:
        if self._anonymous:
            return False
        if self._direct is not None and self._direct.account.has_no_others:
            return self._direct.account.can_sign
        return self._botocore.has_credentials()

    def ask(self, operation: str, bucket: str, **options: Any) -> Any:
        """Send a read, with retries; return None if the object or bucket does not exist."""
        attempt = partial(self._once, operation, bucket, options)
        direct = self._direct
        if direct is None:  # only botocore knows the address
            return self._patience.ask(f"s3://{bucket}", attempt)
        endpoint = direct.account.endpoint or "https://s3.amazonaws.com"
        return self._patience.ask(f"s3://{bucket}", attempt, lambda: endpoint)

    def send(self, operation: str, bucket: str, **options: Any) -> Any:
        """Send a write, once; return None if the bucket does not exist."""
        calls.note_sent()
        return self._once(operation, bucket, options, time.monotonic() + self._timeout)

    odd_answer = staticmethod(odd_answer)

    def _once(self, operation: str, bucket: str, options: dict[str, Any], deadline: float) -> Any:
        if is_offline():
            raise OfflineError(SERVICE, url=f"s3://{bucket}")
        started = time.monotonic()
        outcome, size = "failed", 0
        try:
            with until(deadline):
                answer, size = self._answer(operation, bucket, options, deadline)
            outcome = "answered"
            return answer
        except RefusedError as refused:
            if refused.code not in _ABSENT:
                raise self._error_of(refused, bucket) from refused
            outcome = "nothing there"
            return None
        finally:
            seconds = time.monotonic() - started
            meter.count(SERVICE, requests=1, bytes=size)
            logger.debug("%s %s %s -> %s in %.3f s", SERVICE, operation, bucket, outcome, seconds)

    def _answer(
        self, operation: str, bucket: str, options: dict[str, Any], deadline: float
    ) -> tuple[dict[str, Any], int]:
        """Ask through the client that can; return the answer, and its size in bytes."""
        signs = not self.is_anonymous(bucket)
        direct = self._direct
        is_plain = operation in READS and is_plain_name(bucket) and options.get("Key") != ""
        if direct is not None and is_plain and (direct.account.can_sign or not signs):
            return direct.ask(bucket, options, deadline, signs=signs)
        return self._botocore.ask(operation, bucket, options, deadline, signs=signs)

    def _error_of(self, refused: RefusedError, bucket: str) -> Exception:
        """Return this library's error for a refusal."""
        code, status = refused.code, refused.status
        said = code if is_code(code) else "refused"
        url = f"s3://{bucket}"
        if code in _BAD_CREDENTIALS:
            return _refused_credentials(code, url)
        if status == 407:
            return refused_by_proxy(SERVICE, address(bucket))
        if code in _DENIED or status == 403:
            how = "" if self._can_sign() else " without AWS credentials"
            return AccessDeniedError(SERVICE, f"not allowed{how}", status=status, url=url)
        if status in RETRIED_STATUSES:
            wait = seconds_asked_for(refused.headers.get("retry-after"))
            return UnavailableError(SERVICE, said, status=status, url=url, wait=wait)
        region = refused.headers.get(REGION_HEADER)
        hint = f": the bucket is in {quote(region)}, set AWS_DEFAULT_REGION" if region else ""
        return RemoteError(SERVICE, f"{said}{hint}", status=status, url=url)


def _refused_credentials(code: str, url: str) -> CredentialsError:
    what_to_do = (
        "renew them, or check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and "
        "AWS_PROFILE"
    )
    if code == "RequestTimeTooSkewed":
        what_to_do = "the clock of this machine is wrong by more than 15 minutes, so set it"
    return CredentialsError(
        f"{SERVICE} refused the AWS credentials for {url} ({code}): {what_to_do}",
        service=SERVICE,
        variable=holder(),
    )
