"""Limit the time and size of a whole answer, even if it arrives slowly.

The time limits of urllib3 and botocore apply only to the next bytes, so a server that sends a byte
now and then never times out. Both have no public way to limit a whole answer, so this module, and
no other, replaces private parts of urllib3, http.client and botocore: `BoundedConnection`,
`bound_manager` and `bound_s3`. It also keeps what urllib3 and botocore log about these requests at
level DEBUG out of the logs, since it holds credentials. ``AIND_SESSION_PLAIN_CLIENTS=1`` turns this
off, in case a new release of one of them is incompatible. Then only the libraries' own limits
apply, the package requests sends the requests (see `direct`), botocore those to S3 (see
`s3_account`), and the whole SDK is imported (see `sdk`).
"""

from __future__ import annotations

import http.client
import io
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.runtime.waiting import call_interruptibly

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

T = TypeVar("T")

OFF_VARIABLE = "AIND_SESSION_PLAIN_CLIENTS"
"""The environment variable that leaves urllib3, http.client and botocore unchanged."""

MAX_BYTES = 256 * 1024 * 1024
"""The limit of an answer: a page of assets has a few megabytes, a metadata record at most two."""

_CHUNK_BYTES = 64 * 1024

_SHORTEST_SECONDS = 0.001
"""A time limit of 0 would make a socket non-blocking."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class TooLateError(Exception):
    """Raise if the time limit was reached while the answer was still arriving."""


class TooLargeError(Exception):
    """Raise if the answer is larger than `MAX_BYTES`."""


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Keep bounded connections from connecting or reading after a deadline.

    Parameters
    ----------
    deadline
        By `time.monotonic`.
    """
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def _within(timeout: Any) -> Any:
    """Shorten a time limit to the time that is left."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = max(deadline - time.monotonic(), _SHORTEST_SECONDS)
    return min(left, timeout) if isinstance(timeout, (int, float)) else left


def call_within(call: Callable[[], T], leave: Callable[[], Exception]) -> T:
    """Call a function that has no time limit, and give up when the deadline of `until` is reached.

    Parameters
    ----------
    call
        The function; it runs in a thread if there is a deadline, and may continue after it.
    leave
        Returns the error to raise.
    """
    deadline = _deadline.get()
    if deadline is None:
        return call()

    def look() -> None:
        if time.monotonic() > deadline:
            raise leave()

    return call_interruptibly(call, look)


def is_off() -> bool:
    """Return whether urllib3, http.client and botocore are left unchanged."""
    return os.environ.get(OFF_VARIABLE, "").lower() not in ("", "0", "false", "no", "off")


class _OnlyOthers(logging.Filter):
    """Leaves out what a library logs about our requests; we log each request once."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _deadline.get() is None or is_off()


# at DEBUG these log session tokens of AWS, signatures, signed addresses, and answers with them
for _name in ("botocore.auth", "botocore.endpoint", "botocore.parsers", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_OnlyOthers())


def bound_manager(manager: Any) -> None:
    """Make the connections of a `urllib3.PoolManager` respect `until`."""
    if not is_off():
        manager.pool_classes_by_scheme = _bounded_pools(manager.pool_classes_by_scheme)


def bound_s3(client: Any, limits: threading.local, check: Callable[..., None]) -> None:
    """Limit the time and size of each answer to a botocore client.

    Parameters
    ----------
    client
        A new client.
    limits
        Holds the ``deadline`` of each thread's request, and receives the ``size`` of the answer.
    check
        Called with each request, its answer and the body; raises if the answer is invalid.
    """
    if not is_off():
        client._endpoint.http_session = _Bounded(client._endpoint.http_session, limits, check)


def _bounded_pools(pools: Mapping[str, Any]) -> dict[str, Any]:
    return {
        scheme: type(
            f"Bounded{pool.__name__}",
            (pool,),
            {"ConnectionCls": type("Connection", (_OfPool, pool.ConnectionCls), {})},
        )
        for scheme, pool in pools.items()
    }


class _Stream(io.RawIOBase):
    """A raw stream from a socket that reads each piece within the time that is left."""

    def __init__(self, raw: Any, sock: Any) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        before = self._sock.gettimeout()
        self._sock.settimeout(_within(before))
        try:
            count: int | None = self._raw.readinto(buffer)
        finally:
            self._sock.settimeout(before)
        return count

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Lines(io.BufferedReader):
    """A buffered stream that remembers the line that was read last."""

    last = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        self.last = super().readline(size)
        return self.last


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._lines = self.fp = _Lines(_Stream(self.fp.detach(), sock))

    def begin(self) -> None:
        """Read the headers; raise if the connection ends before their end.

        http.client takes the headers that arrived for all, so a file would seem to be empty.
        """
        super().begin()
        if not self._lines.last:  # the end of the stream, instead of an empty line
            raise http.client.IncompleteRead(b"")


class BoundedConnection:
    """Mixin for connections of http.client, or subclasses of them, that respects `until`."""

    response_class: Any = _Response
    debuglevel = 0  # what http.client prints for users who set it there has the token
    timeout: Any
    _is_left = False

    def connect(self) -> None:
        """Connect within the time that is left.

        The lookup of a name has no time limit, and each address of a server may take the whole
        time, so a thread connects, and is abandoned at the limit.
        """
        connect = super().connect  # type: ignore[misc]
        self.timeout = _within(self.timeout)
        call_within(partial(self._connect, connect), self._leave)

    def _connect(self, connect: Callable[[], None]) -> None:
        connect()
        if self._is_left:
            self.close()  # type: ignore[attr-defined]

    def _leave(self) -> Exception:
        self._is_left = True  # now the thread or the caller closes it
        return self._too_late()

    def _too_late(self) -> Exception:
        return TimeoutError()


class _OfPool(BoundedConnection):
    """A connection of urllib3, which needs an error of urllib3 to know that nothing was sent."""

    def _too_late(self) -> Exception:
        from urllib3.exceptions import ConnectTimeoutError  # imported already

        return ConnectTimeoutError(self, "no connection in time")


def read_within(
    raw: Any,
    deadline: float,
    *,
    decode: bool = True,
    status: int = 200,
    broken: tuple[type[Exception], ...] = (),
) -> bytes:
    """Read the body of an answer within a deadline and `MAX_BYTES`.

    Parameters
    ----------
    raw
        An answer of urllib3, or a similar object, of which nothing has been read.
    deadline
        By `time.monotonic`.
    decode
        Whether to decompress the content.
    status
        The status of the answer. From 300 on, the status alone says what happened, so a body that
        is broken, late or too large is returned as empty. Not for 404, whose body tells whether an
        object is missing, or the whole page.
    broken
        The errors that a broken body raises.

    Raises
    ------
    TooLateError, TooLargeError
        A limit was reached.
    urllib3.exceptions.HTTPError
        The connection failed.
    """
    no_body: tuple[type[Exception], ...] = (TooLateError, TooLargeError, *broken)
    try:
        return _whole_within(raw, deadline, decode=decode)
    except no_body:
        if status < 300 or status == 404:
            raise
        return b""


def _whole_within(raw: Any, deadline: float, *, decode: bool) -> bytes:
    # read1 returns the bytes that have arrived; read waits for the whole amount
    read = raw.read1 if hasattr(raw, "read1") else raw.read
    chunks: list[bytes] = []
    size = 0
    while chunk := read(_CHUNK_BYTES, decode_content=decode):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > deadline:
            raise TooLateError("the answer took too long to arrive")
        if size > MAX_BYTES:
            raise TooLargeError(f"the answer is larger than {MAX_BYTES} bytes")
    return b"".join(chunks)


class _Bounded:
    """Botocore's HTTP session with a limit on the time and size of each answer."""

    def __init__(self, session: Any, limits: threading.local, check: Callable[..., None]) -> None:
        # botocore creates connections from these when needed, and offers no public way to set them
        pools = _bounded_pools(session._pool_classes_by_scheme)
        session._pool_classes_by_scheme = session._manager.pool_classes_by_scheme = pools
        self._session = session
        self._limits = limits
        self._check = check

    def send(self, request: Any) -> AWSResponse:
        """Send a request, and read all of the answer."""
        from botocore.awsrequest import AWSResponse  # only requests to S3 need botocore

        request.stream_output = True  # otherwise botocore reads the body itself
        self._limits.size = 0
        answer = self._session.send(request)
        from urllib3.exceptions import DecodeError, ProtocolError

        body = read_within(
            answer.raw,
            self._limits.deadline,
            decode=False,
            status=answer.status_code,
            broken=(DecodeError, ProtocolError),
        )
        self._limits.size = len(body)
        if answer.status_code < 200:  # the real answer follows, and must not answer another request
            self._session.close()
        self._check(request, answer, body)
        return AWSResponse(answer.url, answer.status_code, answer.headers, _Whole(body))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class _Whole(io.BytesIO):
    """A body that has been read, with the interface that botocore expects."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Yield it in one piece."""
        yield self.read()
