"""The HTTP server: one port per service, one thread per connection, one record for all."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from .faults import Faults, answer_wrongly
from .messages import Answer, Call, Refusal, json_answer
from .recorder import Recorder
from .rules import Rules


class Server:
    """Listens for several services at once, on ports that the system chooses.

    It uses plain sockets, because `http.server.HTTPServer` needs a thread and half a second to stop
    for every port, and looks up its host name when it starts.
    """

    def __init__(self, services: Mapping[str, Callable[[Call], Answer]], rules: Rules) -> None:
        self.services = services
        self.rules = rules
        self.recorder = Recorder()
        self.faults = Faults()
        self.closing = threading.Event()
        self.errors: list[str] = []
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []  # only the acceptor uses these
        self._listeners = {
            name: socket.create_server(("127.0.0.1", 0), backlog=128) for name in services
        }
        self._wake, self._woken = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, name="platform", daemon=True)

    def start(self) -> None:
        """Start accepting connections."""
        self._acceptor.start()

    def url(self, service: str) -> str:
        """Return the address of a service, without a slash at its end."""
        host, port = self._listeners[service].getsockname()
        return f"http://{host}:{port}"

    def close(self) -> None:
        """Close all connections, and end all threads."""
        self.closing.set()
        self._wake.send(b"x")
        self._acceptor.join()
        for opened in (*self._listeners.values(), self._wake, self._woken):
            opened.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            for service, listener in self._listeners.items():
                selector.register(listener, selectors.EVENT_READ, service)
            while not self.closing.is_set():
                for key, _ in selector.select():
                    if key.data is not None:
                        self._welcome(self._listeners[key.data], key.data)

    def _welcome(self, listener: socket.socket, service: str) -> None:
        try:
            connection, address = listener.accept()
        except OSError:  # the client left before it was accepted
            return
        thread = threading.Thread(
            target=self._serve, args=(connection, address, service), name="platform", daemon=True
        )
        with self._lock:
            self._connections.add(connection)
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
        thread.start()

    def _serve(self, connection: socket.socket, address: Any, service: str) -> None:
        try:
            Handler(connection, address, self, service)
        except OSError:  # the client left
            pass
        finally:
            with self._lock:  # `close` must not shut down closed sockets
                self._connections.remove(connection)
            connection.close()


class Handler(BaseHTTPRequestHandler):
    """Serves one connection; it is the `faults.Wire` of faults."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and a short body are sent in one packet

    def __init__(self, connection: Any, address: Any, hub: Server, service: str) -> None:
        self.hub = hub
        self.service = service
        self.started = 0.0
        super().__init__(connection, address, cast("Any", hub))

    def parse_request(self) -> bool:
        """Record the time when the request line was read."""
        self.started = time.perf_counter()
        return super().parse_request()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""

    def handle_expect_100(self) -> bool:
        """Answer at once to a client that waits before it sends its body."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def respond(self) -> None:
        """Record a request, wait according to the rules, and answer it."""
        self._call = self._read()
        self._status = self._sent = 0
        self._number = self.hub.recorder.begin(self._call, self.started)
        try:
            if not self._hold():
                self.close_connection = True
                return
            fault = self.hub.faults.take(self._call)
            if fault is None:
                self.send(self.genuine())
            else:
                answer_wrongly(self, self._call, fault)
        except OSError:  # the client left
            self.close_connection = True
        finally:
            self._finish()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def _hold(self) -> bool:
        """Wait according to the rules; return False if the stand-in closes meanwhile."""
        hub, rules = self.hub, self.hub.rules
        if rules.latency and hub.closing.wait(rules.latency):
            return False
        while (left := rules.quiet - hub.recorder.since_the_latest()) > 0:
            if hub.closing.wait(min(left, 0.1)):  # a test may change the rule meanwhile
                return False
        return True

    def genuine(self) -> Answer:
        """Return the service's answer; errors in the stand-in itself are shown."""
        try:
            return self.hub.services[self.service](self._call)
        except Refusal as refusal:
            return refusal.answer
        except Exception:
            self.hub.errors.append(traceback.format_exc())
            return json_answer({"message": self.hub.errors[-1]}, 500)

    def send(self, answer: Answer) -> None:
        """Send a complete answer."""
        headers = {name.title(): value for name, value in answer.headers.items()}
        if self.command != "HEAD" or "Content-Length" not in headers:
            headers["Content-Length"] = str(len(answer.body))
        body = b"" if self.command == "HEAD" else answer.body
        self._head(answer.status, headers)
        self._sent = len(body)
        self._finish()  # now, because after the last byte the test may read the record
        self.wfile.write(body)
        self.wfile.flush()

    def open(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the headers of an answer."""
        self._head(status, {name.title(): value for name, value in headers.items()})
        self.wfile.flush()

    def write(self, data: bytes) -> None:
        """Send a piece of the body at once."""
        self._sent += len(data)
        self.raw(data)

    def raw(self, data: bytes) -> None:
        """Send bytes at once, without counting them as body."""
        self.wfile.write(data)
        self.wfile.flush()

    def wait(self, seconds: float | None) -> bool:
        """Wait; False as soon as the client has left or the stand-in closes."""
        deadline = None if seconds is None else time.perf_counter() + seconds
        while not self._client_left():
            left = 0.02 if deadline is None else min(0.02, deadline - time.perf_counter())
            if left <= 0:
                return True
            if self.hub.closing.wait(left):
                return False
        return False

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self._status = status
        self.send_response_only(status)  # moto sends its own Server and Date
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _finish(self) -> None:
        self.hub.recorder.finish(self._number, self._status, self._sent)

    def _client_left(self) -> bool:
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"")
        except BlockingIOError:  # nothing to read, so still there
            return False

    def _read(self) -> Call:
        target = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Call(
            service=self.service,
            method=self.command,
            target=self.path,
            path=unquote(target.path),
            query=target.query,
            headers=headers,
            body=self._read_body(headers),
        )

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        return self.rfile.read(int(headers.get("content-length", 0)))

    def _chunks(self) -> Iterable[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
