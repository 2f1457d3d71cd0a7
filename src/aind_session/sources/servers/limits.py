"""Reading an answer, but not for ever: within a time and a size, however slowly it comes."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

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
    """Let connections of `bounded_pools` neither connect nor read beyond a moment.

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


def bounded_pools(pools: Mapping[str, Any]) -> dict[str, Any]:
    """Make the connections of a `urllib3.PoolManager` heed `until`.

    Time limits of their own start anew with each byte, so that a server that sends one now and
    then, in the headers too, is never given up.

    Parameters
    ----------
    pools
        Its ``pool_classes_by_scheme``.
    """
    return {
        scheme: type(
            f"Bounded{pool.__name__}",
            (pool,),
            {"ConnectionCls": type("Connection", (_Connection, pool.ConnectionCls), {})},
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


class _Connection:
    response_class = _Response
    timeout: Any

    def connect(self) -> None:
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
    # read1 gives what is there; read waits until there is as much as it was asked for
    read = getattr(raw, "read1", raw.read)
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
