"""Requests to one HTTP server: time limits, retries, and this library's errors for failures."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote_plus

from aind_session.errors import (
    AindSessionError,
    OddAnswerError,
    OfflineError,
    RemoteError,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.errors.wording import quote, without_query
from aind_session.runtime import calls, meter
from aind_session.runtime.fork import renew_in_child
from aind_session.runtime.importing import importable
from aind_session.runtime.modes import is_offline
from aind_session.runtime.parsing import parse_json
from aind_session.runtime.patience import note_answer
from aind_session.sources.servers.answered import answered
from aind_session.sources.servers.direct import Direct, is_direct
from aind_session.sources.servers.exchange import Caller, NoReplyError, Reply
from aind_session.sources.servers.limits import TooLargeError, TooLateError, until
from aind_session.sources.servers.retries import (
    RETRIED_STATUSES,
    Patience,
    seconds_asked_for,
)
from aind_session.sources.servers.surroundings import error_of_failure, refused_by_proxy

if TYPE_CHECKING:
    from aind_session.sources.servers.through import Through

logger = logging.getLogger(__name__)

_SHOWN = 300
"""The largest number of characters of a server's answer that a message repeats."""


class Http:
    """Reads JSON from one server, with retries, and sends requests that must not be repeated.

    Parameters
    ----------
    service
        The name of the server in errors.
    caller
        The base address, credential and headers; by default none.
    timeout
        The time limit of one query, including retries, in seconds.
    sleep
        Waits for a number of seconds between two attempts.
    secrets
        Texts such as the credential that no message shows, even if the server repeats them.
    keep_alive
        Whether to send TCP keep-alive probes.
    """

    def __init__(
        self,
        service: str,
        caller: Caller | None = None,
        *,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
        secrets: Sequence[str] = (),
        keep_alive: bool = False,
    ) -> None:
        self.service = service
        self._caller = caller or Caller()
        self._direct = Direct(service, keep_alive=keep_alive)
        self._through: Through | None = None
        self._keep_alive = keep_alive
        self._timeout = timeout
        self._patience = Patience(service, timeout, sleep)
        self._secrets = [form for secret in secrets for form in _forms(secret)]
        renew_in_child(self)

    def renew(self) -> None:
        """Discard the connections in a forked process, because its parent uses them."""
        self._direct.renew()
        self._through = None

    def _carrier(self) -> Direct | Through:
        if is_direct():
            return self._direct
        with importable():
            from aind_session.sources.servers.through import Through

        if self._through is None:
            self._through = Through(keep_alive=self._keep_alive)
        return self._through

    def read(self, method: str, url: str, **options: Any) -> Any:
        """Request JSON; retry if the server is overloaded or cannot be reached.

        Raises
        ------
        UnavailableError
            No answer within the time limit, or only temporary refusals.
        RemoteError
            Any other status of 400 or above; see ``status``.
        OddAnswerError
            The answer is not JSON.
        """
        return self.read_sized(method, url, **options)[0]

    def read_sized(self, method: str, url: str, **options: Any) -> tuple[Any, int]:
        """Request JSON as `read` does; return it with the size of the answer in bytes."""
        reply = self._read(method, url, options)
        return self._parse(reply), len(reply.body)

    def read_file(self, url: str, *, part: int | None = None) -> bytes:
        """Download a file from S3 by a signed URL, with the retries of `read`.

        Parameters
        ----------
        url
            The signed URL.
        part
            The largest number of bytes: from the start, or from the end if negative; None downloads
            the whole file.

        Raises
        ------
        OddAnswerError
            The answer has no ``ETag``, as each file in S3 has, so it may be a proxy's login page.
            Or it does not state its length.
        """
        try:
            reply = self._read("GET", url, _range(part))
        except RemoteError as error:
            if error.status == 416:  # the file is empty
                return b""
            raise
        if reply.header("ETag") is None:
            raise OddAnswerError(self.service, "a file was expected", url=reply.url)
        with importable():
            from aind_session.sources.servers.s3_answers import check_length  # only files need it

        check_length(reply.url, reply.fields)
        # a server may ignore the header and send the whole file
        body = reply.body
        return body if part is None else body[:part] if part > 0 else body[part:]

    def send(self, method: str, url: str, *, is_answered: bool = True, **options: Any) -> Any:
        """Send a request that starts, creates or changes something, once.

        Parameters
        ----------
        method, url
            The HTTP method and the address.
        is_answered
            Whether the server answers with JSON, which is then returned; otherwise None is, and an
            answer is JSON or empty.
        **options
            Further arguments of `Caller.request`.

        Raises
        ------
        UnknownOutcomeError
            The request was sent, but no usable answer arrived, so it may have been done.
        UnavailableError
            It was not done: the server asks for a pause (429), or cannot be reached.
        RemoteError
            The server refused it; see ``status``.
        """
        calls.note_sent()
        # not the deadline of the call: a write must not be cut short because earlier reads took
        # long
        deadline = time.monotonic() + self._timeout
        try:
            reply = self._once(method, url, options, deadline)
            if reply.status < 200:
                detail = "only an interim answer arrived"
                raise OddAnswerError(self.service, detail, status=reply.status, url=reply.url)
            # a sign-in page is no answer, even if none is expected
            answer = self._parse(reply) if is_answered or reply.body else None
            return answer if is_answered else None
        except RemoteError as error:
            if _is_not_done(error):
                raise
            detail = f"sent, but the outcome is unknown: {error.detail}"
            raise UnknownOutcomeError(
                self.service, detail, status=error.status, url=error.url
            ) from error

    def _read(self, method: str, url: str, options: dict[str, Any]) -> Reply:
        part = "/".join(self._part(url))
        attempt = partial(self._once_whole, method, url, options)
        return self._patience.ask(part, attempt, partial(self._caller.address, url))

    def _part(self, url: str) -> list[str]:
        """Split an address up to the first part of its path.

        DocDB's two schema versions differ there, and one may be down while the other works.
        """
        return self._caller.address(url).split("/")[:4]

    def _once_whole(self, method: str, url: str, options: dict[str, Any], deadline: float) -> Reply:
        """Send once; raise if a success is not the complete answer."""
        reply = self._once(method, url, options, deadline)
        status = reply.status
        if status == 200 or (status == 206 and "Range" in options.get("headers", {})):
            return reply
        detail = "an answer with this status is incomplete"
        raise OddAnswerError(self.service, detail, status=status, url=reply.url)

    def _once(self, method: str, url: str, options: dict[str, Any], deadline: float) -> Reply:
        address = self._caller.address(url)
        if is_offline():
            raise OfflineError(self.service, url=address)
        started = time.monotonic()
        status: int | None = None
        size = 0
        try:
            with until(deadline):
                request = self._caller.request(method, url, **options)
                reply = self._carrier().ask(request, deadline)
            status, size = reply.status, len(reply.body)
            note_answer(self.service, self._part(url)[-1])
            if status >= 300:
                self._refuse(reply)
            return reply
        except (NoReplyError, TooLateError, TooLargeError, ValueError, OSError) as error:
            if isinstance(error, AindSessionError):  # some are also ValueErrors
                raise
            # without the cause, whose text has the address, which may be signed
            raise error_of_failure(self.service, error, address) from None
        finally:
            meter.count(self.service, requests=1, bytes=size)
            logger.debug(
                "%s %s %s -> %s in %.3f s",
                self.service,
                method,
                without_query(url),
                status,
                time.monotonic() - started,
            )

    def _refuse(self, reply: Reply) -> NoReturn:
        status, url = reply.status, reply.url
        if status == 407:
            raise refused_by_proxy(self.service, url)
        said = _message(self._masked(reply.body))
        detail = self._shown(said or reply.reason or "refused")
        if status in RETRIED_STATUSES:
            wait = seconds_asked_for(reply.header("Retry-After"))
            error = answered(UnavailableError)(
                self.service, detail, status=status, url=url, wait=wait
            )
            raise self._with_response(error, reply)
        if status < 400:
            detail = (
                f"redirects to other addresses are not followed: {self._shown(_elsewhere(reply))}"
            )
        # a 404 without the API's message does not mean that the object is missing
        is_odd = status < 400 or (status == 404 and said is None)
        kind = OddAnswerError if is_odd else RemoteError
        error = answered(kind)(self.service, detail, status=status, url=url)
        raise self._with_response(error, reply)

    def _with_response(self, error: RemoteError, reply: Reply) -> RemoteError:
        """Add a `requests.Response` to an error, without the request and its token."""
        with importable():
            import requests  # already imported for the error's class

        shown = requests.Response()
        shown.status_code = reply.status
        shown.reason = reply.reason
        shown.url = without_query(reply.url)
        for name, value in reply.headers:
            if name.lower() not in ("set-cookie", "location"):  # these can hold a credential
                shown.headers[name] = self._shown(value)
        shown.encoding = "utf-8"
        shown._content = self._shown(reply.body.decode(errors="replace")).encode()
        vars(error)["response"] = shown
        return error

    def _parse(self, reply: Reply) -> Any:
        body = self._masked(reply.body)
        try:
            return parse_json(body)
        except (ValueError, RecursionError) as error:
            shown = self._shown(body.decode(errors="replace"))
            kind = reply.header("Content-Type") or "without a type"
            raise OddAnswerError(
                self.service,
                f"the answer is not JSON but {self._shown(kind)}: {quote(shown)}",
                status=reply.status,
                url=reply.url,
            ) from error

    def _masked(self, body: bytes) -> bytes:
        """Return an answer without the credential, which a server may repeat.

        A function, so that no variable of a caller's frame holds a secret: some tracebacks show
        variables.
        """
        for secret in self._secrets:
            body = body.replace(secret.encode(), b"...")
        return body

    def _shown(self, text: str) -> str:
        """Shorten text from a server to a readable length, without the credential."""
        for secret in self._secrets:
            text = text.replace(secret, "...")
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _range(part: int | None) -> dict[str, Any]:
    if part is None:
        return {}
    wanted = f"bytes=0-{part - 1}" if part > 0 else f"bytes={part}"
    # ranges of a compressed answer are not ranges of the file
    return {"headers": {"Range": wanted, "Accept-Encoding": "identity"}}


def _is_not_done(error: RemoteError) -> bool:
    """Return whether a write was certainly not done: it was refused, or never arrived."""
    cause = error.__context__
    if isinstance(error, OfflineError) or (isinstance(cause, NoReplyError) and not cause.was_sent):
        return True
    # a 408 may come from a gateway that has passed the request on
    return error.status is not None and 300 <= error.status < 500 and error.status != 408


def _forms(secret: str) -> tuple[str, ...]:
    """Return the forms of a token: plain, as in a URL, and as in the header."""
    return secret, quote_plus(secret), base64.b64encode(f"{secret}:".encode()).decode()


def _elsewhere(reply: Reply) -> str:
    """Return the address to which an answer redirects."""
    return without_query(reply.header("Location") or "none is given")


def _message(body: bytes) -> str | None:
    try:
        answer = parse_json(body)
    except (ValueError, RecursionError):
        return None
    message = answer.get("message") if isinstance(answer, dict) else None
    return message if isinstance(message, str) and message else None
