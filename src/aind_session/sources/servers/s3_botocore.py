"""S3 through botocore: writes, and reads that `s3_direct` leaves to it."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any

import botocore
import urllib3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from aind_session.errors import CredentialsError, OddAnswerError, RemoteError
from aind_session.errors.wording import first_line
from aind_session.runtime import calls
from aind_session.runtime.fork import RenewedLock, renew_in_child
from aind_session.sources.servers.limits import bound_s3, call_within, until
from aind_session.sources.servers.retries import CONCURRENCY, CONNECT_SECONDS
from aind_session.sources.servers.s3_account import REGION
from aind_session.sources.servers.s3_answers import (
    SERVICE,
    check_file,
    check_length,
    check_listing,
    check_whole,
    holder,
)
from aind_session.sources.servers.s3_errors import (
    OF_CREDENTIALS,
    WHILE_READING,
    errors_of_botocore,
    errors_of_credentials,
)
from aind_session.sources.servers.s3_session import anonymous_session, new_session, region_of
from aind_session.sources.settings import aws_endpoint

_LISTING = "list-type=2"
"""Text in the URL of each listing."""

_making = RenewedLock()
"""Held while a client is created, which is not thread-safe; using a client is."""


class Botocore:
    """Sends requests to S3 through clients of botocore, each once.

    Parameters
    ----------
    timeout
        The time limit of one query in seconds.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Discard the clients in a forked process, because its parent uses their connections."""
        self._lock = threading.RLock()
        self._limits = threading.local()
        for name in ("_signed", "_unsigned", "_session"):
            vars(self).pop(name, None)

    def has_credentials(self) -> bool:
        """Return whether botocore finds credentials."""
        reading, deadline = errors_of_credentials(*WHILE_READING), calls.deadline(self._timeout)
        with self._lock, reading, until(deadline):
            # a program in the user's AWS configuration may run forever
            return call_within(self._session.get_credentials, _too_late) is not None

    def ask(
        self, operation: str, bucket: str, options: dict[str, Any], deadline: float, *, signs: bool
    ) -> tuple[dict[str, Any], int]:
        """Send a request until a deadline; return the answer, and its size in bytes.

        Raises
        ------
        RefusedError
            S3 refuses it.
        CredentialsError
            The credentials cannot be read.
        OddAnswerError
            The answer does not come from S3.
        UnavailableError
            There is no answer in time.
        RemoteError
            Any other failure.
        """
        self._limits.deadline = deadline
        self._limits.size = 0
        with errors_of_botocore(bucket):
            answer = getattr(self._client_for(signs), operation)(Bucket=bucket, **options)
            if "Body" in answer:
                answer = {**answer, "Body": answer["Body"].read()}
        if operation != "list_objects_v2":
            check_file(bucket, answer)
        return answer, self._limits.size

    def _client_for(self, signs: bool) -> Any:
        with self._lock:
            return self._signed if signs else self._unsigned

    @cached_property
    def _session(self) -> Any:
        return new_session()

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
            raise RemoteError(SERVICE, f"{aws_endpoint()[0]} is not a valid URL") from None
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


def _too_late() -> CredentialsError:
    return CredentialsError(
        f"{SERVICE} needs AWS credentials, and getting them took too long: check the "
        "credential_process, role or service that AWS_PROFILE or ~/.aws/config names",
        service=SERVICE,
        variable=holder(),
    )


def _check(request: Any, answer: AWSResponse, body: bytes) -> None:
    """Raise if an answer does not come from S3, or is incomplete."""
    if request.method == "GET" or answer.status_code >= 300:
        is_range = "Range" in request.headers
        check_whole(answer.url, answer.status_code, answer.headers, is_range=is_range)
    # botocore disables urllib3's check of the length, and checks it itself for files only
    missing = _length(answer, len(body)) - len(body)
    is_needed = answer.status_code < 300 or answer.status_code == 404
    if missing > 0 and request.method != "HEAD" and is_needed:
        raise urllib3.exceptions.IncompleteRead(len(body), missing)
    if answer.status_code == 200 and _LISTING in request.url:
        check_listing(answer.url, body)
    elif answer.status_code == 200 and request.method == "GET":
        check_length(answer.url, answer.headers)


def _length(answer: AWSResponse, read: int) -> int:
    """Return the stated length of an answer; raise if two stated lengths differ."""
    said = {part.strip() for part in answer.headers.get("Content-Length", str(read)).split(",")}
    length = said.pop()
    if said or not length.isdecimal():
        raise OddAnswerError(SERVICE, "the answer has no length, or two", url=answer.url)
    return int(length)
