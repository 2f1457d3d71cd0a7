"""One HTTP server: its session, time limits, retries, and the errors its answers become."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn
from urllib.parse import quote_plus

import requests
import urllib3
from requests.adapters import HTTPAdapter

from aind_session.errors import (
    AindSessionError,
    OddAnswerError,
    OfflineError,
    RemoteError,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.errors.wording import quote, without_query
from aind_session.runtime import calls
from aind_session.runtime import meter as observe
from aind_session.runtime.fork import renew_in_child
from aind_session.runtime.modes import is_offline
from aind_session.runtime.patience import note_answer
from aind_session.sources.servers.answered import answered
from aind_session.sources.servers.limits import (
    TooLargeError,
    TooLateError,
    read_within,
    until,
)
from aind_session.sources.servers.retries import (
    CONCURRENCY,
    CONNECT_SECONDS,
    LEAST_SECONDS,
    RETRIED_STATUSES,
    Patience,
    seconds_asked_for,
)
from aind_session.sources.servers.sessions import leave_out_netrc
from aind_session.sources.servers.surroundings import (
    error_of_surroundings,
    in_short,
    refused_by_proxy,
)

logger = logging.getLogger(__name__)

_SHOWN = 300
"""Characters of what a server says that a message repeats."""


_OF_LIMITS = (TooLateError, TooLargeError)

_NO_HTTP = (
    urllib3.exceptions.DecodeError,  # not compressed as it says
    urllib3.exceptions.InvalidHeader,  # two lengths
    requests.exceptions.ContentDecodingError,
    requests.exceptions.InvalidHeader,
)

_MAY_PASS = (
    requests.ConnectionError,
    requests.Timeout,
    urllib3.exceptions.HTTPError,
    TooLateError,
)


class Http:
    """Reads JSON from one server, and sends it what must not be sent twice.

    Parameters
    ----------
    service
        How errors name the server.
    session
        Carries the credential and the headers; its pools are made as large as the concurrency.
    timeout
        How long one question may take, its retries included, in seconds.
    sleep
        Waits a number of seconds between two attempts.
    secrets
        Texts such as the credential, which no message shows, even when the server repeats them.
    """

    def __init__(
        self,
        service: str,
        session: requests.Session,
        *,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
        secrets: Sequence[str] = (),
    ) -> None:
        self.service = service
        self._session = session
        self._timeout = timeout
        self._patience = Patience(service, timeout, sleep)
        self._secrets = [form for secret in secrets for form in _forms(secret)]
        leave_out_netrc(session)
        renew_in_child(self)

    def renew(self) -> None:
        """Make new connections in a forked process: its parent uses the existing ones."""
        for adapter in self._session.adapters.values():
            if isinstance(adapter, HTTPAdapter):
                adapter.init_poolmanager(CONCURRENCY, CONCURRENCY)

    def read(self, method: str, url: str, **options: Any) -> Any:
        """Ask for JSON; tried again when the server is overloaded or cannot be reached.

        Raises
        ------
        UnavailableError
            No answer within the time limit, or none but refusals that may pass.
        RemoteError
            Any other status from 400 on; ``status`` tells which.
        OddAnswerError
            The answer is not JSON.
        """
        return self.read_sized(method, url, **options)[0]

    def read_sized(self, method: str, url: str, **options: Any) -> tuple[Any, int]:
        """Ask for JSON as `read` does; give it with the size of the answer in bytes."""
        body, response = self._read(method, url, options)
        return self._parse(response, body), len(body)

    def read_file(self, url: str, *, part: int | None = None) -> bytes:
        """Ask S3 for a file by a signed address; tried again as `read` does.

        Parameters
        ----------
        url
            The address.
        part
            How many bytes at most, of the beginning or, when negative, of the end; None: all.

        Raises
        ------
        OddAnswerError
            The answer has no ``ETag``, which S3 gives each file: it is some proxy's login page.
        """
        try:
            body, response = self._read("GET", url, _range(part))
        except RemoteError as error:
            if error.status == 416:  # an empty file has no part
                return b""
            raise
        if "ETag" not in response.headers:
            raise OddAnswerError(self.service, "a file was expected", url=response.url)
        # a server may send the whole file in spite of the header
        return body if part is None else body[:part] if part > 0 else body[part:]

    def send(self, method: str, url: str, *, is_answered: bool = True, **options: Any) -> Any:
        """Send a request that starts, creates or changes something, once.

        Parameters
        ----------
        method, url
            The request.
        is_answered
            Whether the answer is JSON, which is given; otherwise it is None.
        **options
            Those of ``requests``.

        Raises
        ------
        UnknownOutcomeError
            It was sent, and no answer tells whether it was done.
        UnavailableError
            It was not done: the server asks for a pause (429), or cannot be reached.
        RemoteError
            It was refused; ``status`` tells how.
        """
        calls.note_sent()
        # whatever the questions before it have cost: what is begun here must not be cut short
        deadline = time.monotonic() + self._timeout
        try:
            body, response = self._once(method, url, options, deadline)
            return self._parse(response, body) if is_answered else None
        except RemoteError as error:
            if _is_not_done(error):
                raise
            detail = f"sent, and nobody knows whether it was done: {error.detail}"
            raise UnknownOutcomeError(
                self.service, detail, status=error.status, url=error.url
            ) from error

    def _read(
        self, method: str, url: str, options: dict[str, Any]
    ) -> tuple[bytes, requests.Response]:
        part = "/".join(self._part(url))
        return self._patience.ask(part, partial(self._once_whole, method, url, options))

    def _part(self, url: str) -> list[str]:
        """Divide an address up to the first part of its path.

        DocDB's two versions differ there, and each has its own bad days.
        """
        return self._address(url).split("/")[:4]

    def _once_whole(
        self, method: str, url: str, options: dict[str, Any], deadline: float
    ) -> tuple[bytes, requests.Response]:
        """Ask once; a success that is not the whole of what was requested is odd."""
        body, response = self._once(method, url, options, deadline)
        status = response.status_code
        if status == 200 or (status == 206 and "Range" in options.get("headers", {})):
            return body, response
        detail = "an answer of this status is not the whole of what was requested"
        raise OddAnswerError(self.service, detail, status=status, url=response.url)

    def _once(
        self, method: str, url: str, options: dict[str, Any], deadline: float
    ) -> tuple[bytes, requests.Response]:
        if is_offline():
            raise OfflineError(self.service, url=self._address(url))
        started = time.monotonic()
        remaining = max(deadline - started, LEAST_SECONDS)
        status: int | None = None
        size = 0
        try:
            with (
                until(deadline),
                self._session.request(
                    method,
                    url,
                    timeout=(min(CONNECT_SECONDS, remaining), remaining),
                    stream=True,
                    # nowhere else is the answer of this server, and nobody else may see the token
                    allow_redirects=False,
                    hooks={"response": _leave_status_to_us},
                    **options,
                ) as response,
            ):
                status = response.status_code
                body = read_within(response.raw, deadline)
                size = len(body)
                note_answer(self.service, self._part(url)[-1])
                if status >= 300:
                    self._refuse(response, body)
                return body, response
        except AindSessionError:  # some are a RequestException too
            raise
        except (OSError, ValueError, urllib3.exceptions.HTTPError, *_OF_LIMITS) as error:
            # its text, and that of its causes, has the address: it may be signed
            raise self._error_of(error, self._address(url)) from None
        finally:
            observe.count(self.service, requests=1, bytes=size)
            logger.debug(
                "%s %s %s -> %s in %.3f s",
                self.service,
                method,
                without_query(url),
                status,
                time.monotonic() - started,
            )

    def _error_of(self, error: Exception, url: str) -> RemoteError:
        """Say in this library's errors why there is no answer."""
        said = error_of_surroundings(self.service, error, url)
        if said is not None:
            return said
        if isinstance(error, _NO_HTTP):
            detail = f"the answer is not what its headers say ({type(error).__name__})"
            return OddAnswerError(self.service, detail, url=url)
        if isinstance(error, _MAY_PASS):
            return UnavailableError(self.service, _reason(error), url=url)
        return RemoteError(self.service, _reason(error), url=url)

    def _refuse(self, response: requests.Response, body: bytes) -> NoReturn:
        status, url = response.status_code, response.url
        if status == 407:
            raise refused_by_proxy(self.service, url)
        said = _message(body)
        detail = self._shown(said or response.reason or "refused")
        if status in RETRIED_STATUSES:
            wait = seconds_asked_for(response.headers.get("Retry-After"))
            error = answered(UnavailableError)(
                self.service, detail, status=status, url=url, wait=wait
            )
            raise self._with_response(error, response, body)
        if status < 400:
            detail = f"another address is not asked: {self._shown(_elsewhere(response))}"
        # a page that is not there is no word of the API that a thing is not there
        is_odd = status < 400 or (status == 404 and said is None)
        kind = OddAnswerError if is_odd else RemoteError
        error = answered(kind)(self.service, detail, status=status, url=url)
        raise self._with_response(error, response, body)

    def _with_response(
        self, error: RemoteError, response: requests.Response, body: bytes
    ) -> RemoteError:
        """Give an error what callers of requests look at, without the request and its token."""
        shown = requests.Response()
        shown.status_code = response.status_code
        shown.reason = response.reason
        shown.url = without_query(response.url)
        for name, value in response.headers.items():
            if name.lower() not in ("set-cookie", "location"):  # which can hold a credential
                shown.headers[name] = self._shown(value)
        shown.encoding = "utf-8"
        shown._content = self._shown(body.decode(errors="replace")).encode()
        vars(error)["response"] = shown
        return error

    def _parse(self, response: requests.Response, body: bytes) -> Any:
        for secret in self._secrets:  # whatever a server repeats, no name and no message has it
            body = body.replace(secret.encode(), b"...")
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            shown = self._shown(body.decode(errors="replace"))
            kind = response.headers.get("Content-Type") or "without a type"
            raise OddAnswerError(
                self.service,
                f"the answer is not JSON but {self._shown(kind)}: {quote(shown)}",
                status=response.status_code,
                url=response.url,
            ) from error

    def _shown(self, text: str) -> str:
        """Cut what a server says to a readable length, without the credential."""
        for secret in self._secrets:
            text = text.replace(secret, "...")
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

    def _address(self, url: str) -> str:
        base = getattr(self._session, "base_url", None)
        return url if "://" in url or not base else f"{base}{url}"


def _range(part: int | None) -> dict[str, Any]:
    if part is None:
        return {}
    wanted = f"bytes=0-{part - 1}" if part > 0 else f"bytes={part}"
    # the size of a compressed answer says nothing about the file
    return {"headers": {"Range": wanted, "Accept-Encoding": "identity"}}


def _is_not_done(error: RemoteError) -> bool:
    """Tell whether a write certainly did not happen: it was refused, or never arrived."""
    if isinstance(error, OfflineError) or _never_connected(error.__context__):
        return True
    # 408 comes from gateways too, which may have passed the request on
    return error.status is not None and 300 <= error.status < 500 and error.status != 408


def _never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, requests.ConnectTimeout):
        return True
    parts: list[Any] = [cause, *getattr(cause, "args", ())]
    parts += [getattr(part, "reason", None) for part in parts]
    return any(isinstance(part, urllib3.exceptions.NewConnectionError) for part in parts)


def _forms(secret: str) -> tuple[str, ...]:
    """Give a token as it is, as an address has it, and as the header has it."""
    return secret, quote_plus(secret), base64.b64encode(f"{secret}:".encode()).decode()


def _elsewhere(response: requests.Response) -> str:
    """Name the address that an answer sends to."""
    return without_query(response.headers.get("Location") or "none is given")


def _leave_status_to_us(response: requests.Response, *_: Any, **__: Any) -> requests.Response:
    # the SDK's own hook would read the body without a limit and raise an error that hides whether
    # the request may be repeated
    return response


def _message(body: bytes) -> str | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    message = answer.get("message") if isinstance(answer, dict) else None
    return str(message) if message else None


def _reason(error: Exception) -> str:
    """Say what went wrong, without the address: it may be signed."""
    if isinstance(error, (TooLateError, TooLargeError)):
        return str(error)
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return "no answer in time"
    if isinstance(error, (requests.ConnectionError, urllib3.exceptions.HTTPError)):
        return f"the connection failed ({in_short(error)})"
    return f"the request failed ({in_short(error)})"
