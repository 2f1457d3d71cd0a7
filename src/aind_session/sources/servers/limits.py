"""Reading an answer, but not for ever: within a time and a size, however slowly it comes.

The time limits of urllib3 and botocore are for the next bytes alone: a server that sends one now
and then is never given up. They have no public way to limit a whole answer, so private parts of
urllib3, http.client and botocore are replaced, here and nowhere else: `BoundedConnection`,
`bound_manager` and `bound_s3`. ``AIND_SESSION_PLAIN_CLIENTS=1`` turns them off, should a new
release of one of them break with it; then only the libraries' own limits hold, requests are sent
by the package requests (see `direct`), and the SDK is imported whole (see `sdk`).
"""

from __future__ import annotations

import http.client
import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

OFF_VARIABLE = "AIND_SESSION_PLAIN_CLIENTS"
"""The environment variable that leaves urllib3, http.client and botocore as they are."""

MAX_BYTES = 256 * 1024 * 1024
"""No answer is larger: a page of assets has a few megabytes, a metadata record at most two."""

_CHUNK_BYTES = 64 * 1024

_SHORTEST_SECONDS = 0.001
"""A time limit of 0 would mean not to wait at all."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class TooLateError(Exception):
    """The time limit was reached while the answer still came in."""


class TooLargeError(Exception):
    """The answer is larger than any that is expected."""


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Let connections that are bounded here neither connect nor read beyond a moment.

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
    """Shorten a time limit to what is left."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = max(deadline - time.monotonic(), _SHORTEST_SECONDS)
    return min(left, timeout) if isinstance(timeout, (int, float)) else left


def is_off() -> bool:
    """Tell whether urllib3, http.client and botocore are left as they are."""
    return os.environ.get(OFF_VARIABLE, "").lower() not in ("", "0", "false", "no", "off")


def bound_manager(manager: Any) -> None:
    """Make the connections of a `urllib3.PoolManager` heed `until`."""
    if not is_off():
        manager.pool_classes_by_scheme = _bounded_pools(manager.pool_classes_by_scheme)


def bound_s3(client: Any, limits: threading.local, check: Callable[..., None]) -> None:
    """Make a client of botocore read each answer within a time and a size.

    Parameters
    ----------
    client
        The client, just made.
    limits
        Holds, for each thread, the ``deadline`` of its request; gets the ``size`` of the answer.
    check
        Called with each request, its answer and all bytes of it; raises when they do not fit.
    """
    if not is_off():
        client._endpoint.http_session = _Bounded(client._endpoint.http_session, limits, check)


def _bounded_pools(pools: Mapping[str, Any]) -> dict[str, Any]:
    return {
        scheme: type(
            f"Bounded{pool.__name__}",
            (pool,),
            {"ConnectionCls": type("Connection", (BoundedConnection, pool.ConnectionCls), {})},
        )
        for scheme, pool in pools.items()
    }


class _Stream(io.RawIOBase):
    """What comes from a socket, each piece within the time that is left."""

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


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Stream(self.fp.detach(), sock))


class BoundedConnection:
    """A connection of http.client, or one made of it, that heeds `until`."""

    response_class: Any = _Response
    timeout: Any

    def connect(self) -> None:
        """Connect, within the time that is left."""
        self.timeout = _within(self.timeout)
        super().connect()  # type: ignore[misc]


def read_within(raw: Any, deadline: float, *, decode: bool = True) -> bytes:
    """Read the body of an answer of urllib3.

    Parameters
    ----------
    raw
        The answer, of which nothing has been read.
    deadline
        By `time.monotonic`.
    decode
        Whether to undo the compression that a header names.

    Raises
    ------
    TooLateError, TooLargeError
        A limit was reached.
    urllib3.exceptions.HTTPError
        The connection failed.
    """
    # read1 gives what has arrived; read waits until there is as much as was requested
    read = raw.read1 if hasattr(raw, "read1") else raw.read
    chunks: list[bytes] = []
    size = 0
    while chunk := read(_CHUNK_BYTES, decode_content=decode):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > deadline:
            raise TooLateError("the answer took too long to come in")
        if size > MAX_BYTES:
            raise TooLargeError(f"the answer is larger than {MAX_BYTES} bytes")
    return b"".join(chunks)


class _Bounded:
    """Botocore's HTTP session, which reads each answer within a time and a size."""

    def __init__(self, session: Any, limits: threading.local, check: Callable[..., None]) -> None:
        # which connections are made of when they are first needed; there is no other way in
        pools = _bounded_pools(session._pool_classes_by_scheme)
        session._pool_classes_by_scheme = session._manager.pool_classes_by_scheme = pools
        self._session = session
        self._limits = limits
        self._check = check

    def send(self, request: Any) -> AWSResponse:
        """Send a request, and read all of the answer."""
        from botocore.awsrequest import AWSResponse  # requests for other servers need no botocore

        request.stream_output = True  # else it is read here and now
        self._limits.size = 0
        answer = self._session.send(request)
        body = read_within(answer.raw, self._limits.deadline, decode=False)
        self._limits.size = len(body)
        if answer.status_code < 200:  # another one comes, to be taken for that to no other request
            self._session.close()
        self._check(request, answer, body)
        return AWSResponse(answer.url, answer.status_code, answer.headers, _Whole(body))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class _Whole(io.BytesIO):
    """A body that was read already, as botocore expects one."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Give it in one piece."""
        yield self.read()
