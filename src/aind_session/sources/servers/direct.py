"""Send requests directly to a server, over connections that are reused.

This module supports only the parts of HTTP that the library needs, and imports in a third of the
time of the package requests. If proxies are set, requests sends them: see `through`.
"""

from __future__ import annotations

import errno
import http.client
import os
import select
import socket
import ssl
import sys
import threading
import time
import weakref
import zlib
from typing import Any
from urllib.parse import urlsplit

from aind_session.runtime.fork import RenewedLock
from aind_session.runtime.importing import while_waiting
from aind_session.sources.servers.exchange import NoReplyError, Reply, Request, keep_alive_options
from aind_session.sources.servers.limits import BoundedConnection, is_off, read_within
from aind_session.sources.servers.retries import CONCURRENCY, CONNECT_SECONDS, LEAST_SECONDS
from aind_session.sources.servers.surroundings import (
    certificate_variables,
    in_short,
    is_plain_path,
)


def is_direct() -> bool:
    """Return whether to use direct connections: no proxy is set, and they are not turned off."""
    if is_off():
        return False
    if sys.platform in ("darwin", "win32"):  # the system settings may name proxies, too
        from urllib.request import getproxies

        return not getproxies()
    names = (name.lower() for name, value in os.environ.items() if value)
    return not any(name.endswith("_proxy") and name != "no_proxy" for name in names)


class Direct:
    """Connections to servers; only one request at a time uses each connection.

    Parameters
    ----------
    service
        The service that is asked, which decides the variables for certificates.
    keep_alive
        Whether to send TCP keep-alive probes, because devices on the way may drop idle connections.
    """

    def __init__(self, service: str = "", *, keep_alive: bool = False) -> None:
        self._bundles = certificate_variables(service)
        self._keep_alive = keep_alive
        self._idle: dict[tuple[str, str], list[Any]] = {}
        self.renew()
        weakref.finalize(self, _close, self._idle)

    def renew(self) -> None:
        """Discard all connections; in a forked process they belong to the parent."""
        self._lock = threading.RLock()  # see `Cache.renew`
        _close(self._idle)  # closes only this process's copies; the parent's connections stay open

    def ask(self, request: Request, deadline: float) -> Reply:
        """Send a request, and read the whole reply.

        Raises
        ------
        NoReplyError
            The reply is missing or incomplete.
        TooLateError, TooLargeError
            The reply takes too long, or is too large.
        """
        parts = urlsplit(request.url)
        where = (parts.scheme, parts.netloc.rpartition("@")[2])
        connection = self._take(where) or self._connect(where, deadline)
        try:
            reply, is_reusable = _exchange(connection, request, deadline)
        except BaseException:
            connection.close()
            raise
        self._put(where, connection) if is_reusable else connection.close()
        return reply

    def _take(self, where: tuple[str, str]) -> Any:
        """Return an idle connection that the server has not closed; None if there is none."""
        while True:
            with self._lock:
                idle = self._idle.get(where)
                connection = idle.pop() if idle else None
            if connection is None or _is_quiet(connection.sock):
                return connection
            connection.close()

    def _put(self, where: tuple[str, str], connection: Any) -> None:
        with self._lock:
            idle = self._idle.setdefault(where, [])
            if len(idle) < CONCURRENCY:
                idle.append(connection)
                return
        connection.close()

    def _connect(self, where: tuple[str, str], deadline: float) -> Any:
        scheme, address = where
        seconds = min(CONNECT_SECONDS, max(deadline - time.monotonic(), LEAST_SECONDS))
        connection = None
        try:
            connection = self._make(scheme, address, seconds)
            connection.connect()
            if self._keep_alive:
                for option in keep_alive_options():
                    connection.sock.setsockopt(*option)
        except OSError as error:
            if connection is not None:
                connection.close()
            raise NoReplyError(_why(error), was_sent=False) from error
        return connection

    def _make(self, scheme: str, address: str, seconds: float) -> Any:
        if scheme == "https":
            bundle = next(filter(None, map(os.environ.get, self._bundles)), None) or _certificates()
            return _Https(address, timeout=seconds, context=_context(bundle))
        return _Http(address, timeout=seconds)


class _Http(BoundedConnection, http.client.HTTPConnection):
    """A connection that respects `limits.until`."""


class _Https(BoundedConnection, http.client.HTTPSConnection):
    """An encrypted connection that respects `limits.until`."""


_BROKEN = (zlib.error, http.client.HTTPException, ConnectionError, NoReplyError)
"""What reading a body raises that is cut off, or not compressed as its header says."""


def _exchange(connection: Any, request: Request, deadline: float) -> tuple[Reply, bool]:
    """Send a request; return the reply, and whether the connection can be reused."""
    connection.sock.settimeout(max(deadline - time.monotonic(), LEAST_SECONDS))
    parts = urlsplit(request.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(request.method, target, request.body, dict(request.headers))
        while_waiting()
        with connection.getresponse() as response:
            _check_lengths(response)
            whole = _Body(response, is_decoded=request.is_decoded)
            body = read_within(whole, deadline, status=response.status, broken=_BROKEN)
    except zlib.error as error:
        raise NoReplyError(_odd(error), is_odd=True) from error
    except (OSError, http.client.HTTPException) as error:
        raise NoReplyError(_why(error)) from error
    except ValueError as error:
        raise NoReplyError(_why(error), may_pass=False) from error
    headers = tuple(response.getheaders())
    reply = Reply(response.status, response.reason, request.url, headers, body)
    # what follows must not answer the next request: after a status below 200 the real reply, and
    # after a refusal without a body the rest of a broken one
    is_at_end = 200 <= response.status < 300 or (response.status >= 300 and body != b"")
    return reply, is_at_end and not response.will_close


def _check_lengths(response: http.client.HTTPResponse) -> None:
    """Raise if a reply states two lengths, or one that is not a number."""
    stated = response.headers.get_all("Content-Length") or []
    lengths = {length.strip() for each in stated for length in each.split(",")}
    if len(lengths) > 1:
        raise NoReplyError("the answer is not what its headers say (two lengths)", is_odd=True)
    if not all(length.isascii() and length.isdecimal() for length in lengths):
        raise NoReplyError("the answer is not what its headers say (no length)", is_odd=True)
    if lengths and response.length is None and not response.chunked:
        response.length = int(*lengths)  # http.client does not read the same length stated twice


class _Body:
    """The body of a reply, in the pieces in which it arrives; decompressed if wanted."""

    def __init__(self, response: http.client.HTTPResponse, *, is_decoded: bool) -> None:
        self._response = response
        said = response.headers.get("Content-Encoding") if is_decoded else None
        encoding = (said or "identity").strip().lower()
        self._unknown = encoding not in ("identity", "gzip", "x-gzip", "deflate") and encoding
        # 32: detect gzip or zlib by the header
        self._unpacker = None if encoding == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._has_begun = False

    def read1(self, amount: int, *, decode_content: bool = True) -> bytes:
        """Return some bytes; empty at the end."""
        if self._unknown:
            raise NoReplyError(f"the answer is compressed as {self._unknown!r}", is_odd=True)
        while data := self._response.read1(amount):
            self._has_begun = True
            if self._unpacker is None or not decode_content:
                return data
            if unpacked := self._unpacked(data):
                return unpacked
        if missing := self._response.length:
            raise http.client.IncompleteRead(b"", missing)
        if self._unpacker is not None and self._has_begun and not self._unpacker.eof:
            raise zlib.error("no end")
        return b""

    def _unpacked(self, data: bytes) -> bytes:
        """Decompress some bytes; gzip may have several members."""
        parts: list[bytes] = []
        while data:
            if self._unpacker is None or self._unpacker.eof:
                self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
            parts.append(self._unpacker.decompress(data))
            data = self._unpacker.unused_data
        return b"".join(parts)


def _close(idle: dict[tuple[str, str], list[Any]]) -> None:
    while idle:
        for connection in idle.popitem()[1]:
            connection.close()


def _is_quiet(sock: socket.socket) -> bool:
    """Return whether nothing arrived on an idle connection; its end would arrive, too."""
    if not hasattr(select, "poll"):
        return not select.select([sock], [], [], 0)[0]
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return not poll.poll(0)


_contexts: dict[tuple[str, int], ssl.SSLContext] = {}
_reading = RenewedLock()


def _context(bundle: str) -> ssl.SSLContext:
    """Return the settings of encryption with a file or folder of certificates.

    Reading the usual file takes 17 ms, so all servers share what was read, until the file changes.
    """
    if not is_plain_path(bundle):
        raise FileNotFoundError(errno.ENOENT, "not a file or folder", bundle)
    is_folder = os.path.isdir(bundle)
    with _reading:
        key = bundle, os.stat(bundle).st_mtime_ns
        if key not in _contexts:
            context = ssl.create_default_context(
                cafile=None if is_folder else bundle, capath=bundle if is_folder else None
            )
            context.set_alpn_protocols(["http/1.1"])
            _contexts[key] = context
        return _contexts[key]


def _certificates() -> str:
    import certifi

    return certifi.where()


def _odd(error: Exception) -> str:
    return f"the answer is not what its headers say ({type(error).__name__})"


def _why(error: Exception) -> str:
    """Describe an error without the address, which may be signed."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, (OSError, http.client.HTTPException)):
        return f"the connection failed ({in_short(error)})"
    return f"the request failed ({in_short(error)})"
