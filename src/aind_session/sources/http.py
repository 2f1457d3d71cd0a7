"""One HTTP server: its session, time limits, retries, and the errors its answers become."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import requests
import urllib3
from requests.adapters import HTTPAdapter

from aind_session import calls, observe
from aind_session.errors import (
    OddAnswerError,
    OfflineError,
    RemoteError,
    UnavailableError,
    quote,
    without_query,
)
from aind_session.forking import renew_in_child
from aind_session.modes import is_offline
from aind_session.sources.bounded import TooLargeError, TooLateError, read_within
from aind_session.sources.retries import (
    CONCURRENCY,
    CONNECT_SECONDS,
    NO_TIME,
    RETRIED_STATUSES,
    PassingError,
    retrying,
)

logger = logging.getLogger(__name__)


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
        Waits for so many seconds between two attempts.
    """

    def __init__(
        self,
        service: str,
        session: requests.Session,
        *,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.service = service
        self._session = session
        self._timeout = timeout
        self._sleep = sleep
        renew_in_child(self)

    def renew(self) -> None:
        """Make connections of its own in a forked process: those there are, its parent uses."""
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

    def read_bytes(self, url: str) -> bytes:
        """Ask for a file, of whatever kind; tried again as `read` does."""
        return self._read("GET", url, {})[0]

    def send(self, method: str, url: str, **options: Any) -> Any:
        """Send a request that starts or creates something: once, whatever comes of it."""
        # whatever the questions before it have cost: what is begun here must not be cut short
        deadline = time.monotonic() + self._timeout
        body, response = self._once(method, url, deadline, options)
        return self._parse(response, body)

    def _read(
        self, method: str, url: str, options: dict[str, Any]
    ) -> tuple[bytes, requests.Response]:
        deadline = calls.deadline(self._timeout)
        retry = retrying(self.service, deadline - time.monotonic(), self._sleep)
        return retry(self._once, method, url, deadline, options)

    def _once(
        self, method: str, url: str, deadline: float, options: dict[str, Any]
    ) -> tuple[bytes, requests.Response]:
        if is_offline():
            raise OfflineError(self.service, url=self._address(url))
        started = time.monotonic()
        if started > deadline:
            raise UnavailableError(self.service, NO_TIME, url=self._address(url))
        remaining = max(deadline - started, 0.001)
        status: int | None = None
        size = 0
        try:
            with self._session.request(
                method,
                url,
                timeout=(min(CONNECT_SECONDS, remaining), remaining),
                stream=True,
                hooks={"response": _leave_status_to_us},
                **options,
            ) as response:
                status = response.status_code
                body = read_within(response.raw, deadline)
                size = len(body)
                if status >= 400:
                    self._refuse(response, body)
                return body, response
        except (
            requests.ConnectionError,
            requests.Timeout,
            urllib3.exceptions.HTTPError,
            TooLateError,
        ) as error:
            detail = _reason(error)
            raise PassingError(self.service, detail, url=self._address(url)) from error
        except (requests.RequestException, TooLargeError) as error:
            raise RemoteError(self.service, _reason(error), url=self._address(url)) from error
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

    def _refuse(self, response: requests.Response, body: bytes) -> NoReturn:
        status, url = response.status_code, response.url
        detail = _message(body) or response.reason or "refused"
        if status in RETRIED_STATUSES:
            wait = _retry_after(response.headers.get("Retry-After"))
            raise PassingError(self.service, detail, status=status, url=url, wait=wait)
        raise RemoteError(self.service, detail, status=status, url=url)

    def _parse(self, response: requests.Response, body: bytes) -> Any:
        try:
            return json.loads(body)
        except ValueError as error:
            raise OddAnswerError(
                self.service,
                f"the answer is not JSON but {response.headers.get('Content-Type')}: "
                f"{quote(body[:100])}",
                status=response.status_code,
                url=response.url,
            ) from error

    def _address(self, url: str) -> str:
        base = getattr(self._session, "base_url", None)
        return url if "://" in url or not base else f"{base}{url}"


def _retry_after(value: str | None) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds from now."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError):
        return None


def _leave_status_to_us(response: requests.Response, *_: Any, **__: Any) -> requests.Response:
    # the SDK's own hook would read the body without a limit and raise an error that hides whether
    # the request may be repeated
    return response


def _message(body: bytes) -> str | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    message = answer.get("message") if isinstance(answer, dict) else None
    return str(message) if message else None


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, (requests.ConnectionError, urllib3.exceptions.HTTPError)):
        return f"the connection failed ({type(error).__name__})"
    return str(error)


class TimedAdapter(HTTPAdapter):
    """An adapter with time limits for requests that have none of their own.

    Parameters
    ----------
    timeout
        How long to wait for the next bytes of an answer, in seconds.
    **options
        Those of `requests.adapters.HTTPAdapter`.
    """

    def __init__(self, timeout: float, **options: Any) -> None:
        self._timeout = timeout
        super().__init__(pool_maxsize=CONCURRENCY, **options)

    def send(self, request: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send a request; see `requests.adapters.HTTPAdapter.send`."""
        if is_offline():
            raise OfflineError("the server", url=request.url)
        if options.get("timeout") is None:
            options["timeout"] = (CONNECT_SECONDS, self._timeout)
        return super().send(request, **options)


def pooled_adapter() -> HTTPAdapter:
    """Make an adapter whose pool is as large as the concurrency, without retries of its own."""
    return HTTPAdapter(pool_connections=4, pool_maxsize=CONCURRENCY, max_retries=0)
