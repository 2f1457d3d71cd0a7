"""One HTTP server: its session, time limits, retries, and the errors its answers become."""

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
from aind_session.runtime import calls
from aind_session.runtime import meter as observe
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
from aind_session.sources.servers.surroundings import (
    error_of_surroundings,
    in_short,
    refused_by_proxy,
)

if TYPE_CHECKING:
    from aind_session.sources.servers.through import Through

logger = logging.getLogger(__name__)

_SHOWN = 300
"""Characters of what a server says that a message repeats."""


class Http:
    """Reads JSON from one server, and sends it what must not be sent twice.

    Parameters
    ----------
    service
        How errors name the server.
    caller
        Has the credential and the headers; by default neither.
    timeout
        How long one question may take, its retries included, in seconds.
    sleep
        Waits a number of seconds between two attempts.
    secrets
        Texts such as the credential, which no message shows, even when the server repeats them.
    keep_alive
        Whether idle connections are kept alive.
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
        self._direct = Direct(keep_alive=keep_alive)
        self._through: Through | None = None
        self._keep_alive = keep_alive
        self._timeout = timeout
        self._patience = Patience(service, timeout, sleep)
        self._secrets = [form for secret in secrets for form in _forms(secret)]
        renew_in_child(self)

    def renew(self) -> None:
        """Make new connections in a forked process: its parent uses the existing ones."""
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
        reply = self._read(method, url, options)
        return self._parse(reply), len(reply.body)

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
            reply = self._read("GET", url, _range(part))
        except RemoteError as error:
            if error.status == 416:  # an empty file has no part
                return b""
            raise
        if reply.header("ETag") is None:
            raise OddAnswerError(self.service, "a file was expected", url=reply.url)
        # a server may send the whole file in spite of the header
        body = reply.body
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
            Those of `Caller.request`.

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
            reply = self._once(method, url, options, deadline)
            return self._parse(reply) if is_answered else None
        except RemoteError as error:
            if _is_not_done(error):
                raise
            detail = f"sent, but the outcome is unknown: {error.detail}"
            raise UnknownOutcomeError(
                self.service, detail, status=error.status, url=error.url
            ) from error

    def _read(self, method: str, url: str, options: dict[str, Any]) -> Reply:
        part = "/".join(self._part(url))
        return self._patience.ask(part, partial(self._once_whole, method, url, options))

    def _part(self, url: str) -> list[str]:
        """Divide an address up to the first part of its path.

        DocDB's two versions differ there, and each has its own bad days.
        """
        return self._caller.address(url).split("/")[:4]

    def _once_whole(self, method: str, url: str, options: dict[str, Any], deadline: float) -> Reply:
        """Ask once; a success that is not the whole of what was requested is odd."""
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
            if isinstance(error, AindSessionError):  # some are a ValueError, too
                raise
            # its text, and that of its causes, has the address: it may be signed
            raise self._error_of(error, address) from None
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
        if isinstance(error, TooLateError):
            return UnavailableError(self.service, str(error), url=url)
        if not isinstance(error, (NoReplyError, TooLargeError)):
            return RemoteError(self.service, f"the request failed ({in_short(error)})", url=url)
        if isinstance(error, TooLargeError) or not (error.is_odd or error.may_pass):
            return RemoteError(self.service, str(error), url=url)
        kind = OddAnswerError if error.is_odd else UnavailableError
        return kind(self.service, str(error), url=url)

    def _refuse(self, reply: Reply) -> NoReturn:
        status, url = reply.status, reply.url
        if status == 407:
            raise refused_by_proxy(self.service, url)
        said = _message(reply.body)
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
        # a page that is not there is no word of the API that a thing is not there
        is_odd = status < 400 or (status == 404 and said is None)
        kind = OddAnswerError if is_odd else RemoteError
        error = answered(kind)(self.service, detail, status=status, url=url)
        raise self._with_response(error, reply)

    def _with_response(self, error: RemoteError, reply: Reply) -> RemoteError:
        """Give an error what callers of requests look at, without the request and its token."""
        with importable():
            import requests  # its class of the error needs it, too

        shown = requests.Response()
        shown.status_code = reply.status
        shown.reason = reply.reason
        shown.url = without_query(reply.url)
        for name, value in reply.headers:
            if name.lower() not in ("set-cookie", "location"):  # which can hold a credential
                shown.headers[name] = self._shown(value)
        shown.encoding = "utf-8"
        shown._content = self._shown(reply.body.decode(errors="replace")).encode()
        vars(error)["response"] = shown
        return error

    def _parse(self, reply: Reply) -> Any:
        body = reply.body
        for secret in self._secrets:  # whatever a server repeats, no name and no message has it
            body = body.replace(secret.encode(), b"...")
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

    def _shown(self, text: str) -> str:
        """Cut what a server says to a readable length, without the credential."""
        for secret in self._secrets:
            text = text.replace(secret, "...")
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _range(part: int | None) -> dict[str, Any]:
    if part is None:
        return {}
    wanted = f"bytes=0-{part - 1}" if part > 0 else f"bytes={part}"
    # the size of a compressed answer says nothing about the file
    return {"headers": {"Range": wanted, "Accept-Encoding": "identity"}}


def _is_not_done(error: RemoteError) -> bool:
    """Tell whether a write certainly did not happen: it was refused, or never arrived."""
    cause = error.__context__
    if isinstance(error, OfflineError) or (isinstance(cause, NoReplyError) and not cause.was_sent):
        return True
    # 408 comes from gateways too, which may have passed the request on
    return error.status is not None and 300 <= error.status < 500 and error.status != 408


def _forms(secret: str) -> tuple[str, ...]:
    """Give a token as it is, as an address has it, and as the header has it."""
    return secret, quote_plus(secret), base64.b64encode(f"{secret}:".encode()).decode()


def _elsewhere(reply: Reply) -> str:
    """Name the address that an answer sends to."""
    return without_query(reply.header("Location") or "none is given")


def _message(body: bytes) -> str | None:
    try:
        answer = parse_json(body)
    except (ValueError, RecursionError):
        return None
    message = answer.get("message") if isinstance(answer, dict) else None
    return str(message) if message else None
