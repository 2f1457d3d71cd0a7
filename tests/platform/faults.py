"""Faults to inject: which requests they affect, and what the client gets instead."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, Protocol, get_args
from urllib.parse import unquote_plus

from .messages import Answer, Call, compact, json_answer

Service = Literal["code_ocean", "docdb", "s3"]
Kind = Literal[
    "status",
    "reset",
    "hang",
    "html",
    "truncated",
    "shape",
    "altered",
    "endless",
    "drip",
    "slow head",
    "lost",
    "done, and refused",
]

LOGIN_PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
S3_CODES = {403: "AccessDenied", 404: "NoSuchKey", 429: "SlowDown", 500: "InternalError"}


@dataclass
class Fault:
    """A fault that is active until it is healed or used up.

    Attributes
    ----------
    times
        How many more requests it hits; None for all.
    status
        Or several, of which each request gets the next.
    hits
        How many requests it has hit.
    """

    service: str
    kind: Kind = "status"
    method: str | None = None
    path: str = ""
    query: str = ""
    times: int | None = None
    status: int | tuple[int, ...] = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    alter: Callable[[bytes], bytes] = bytes
    pause: float = 0.05
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or self.service not in get_args(Service):
            raise ValueError(f"no such fault: {self.kind!r} of {self.service!r}")

    def matches(self, call: Call) -> bool:
        """Return whether the fault affects a request."""
        return (
            self.times != 0
            and call.service == self.service
            and self.method in (None, call.method)
            and self.path in call.path
            and (self.query in call.query or self.query in unquote_plus(call.query))
        )


class Faults:
    """The active faults; the newest one has priority."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.insert(0, fault)

    def clear(self) -> None:
        """Remove all faults; requests that they already affect still fail."""
        with self._lock:
            self._faults.clear()

    def take(self, call: Call) -> Fault | None:
        """Return the fault that affects a request, and count it."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(call):
                    fault.hits += 1
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None


class Wire(Protocol):
    """The connection to one client, as faults use it."""

    close_connection: bool

    @property
    def connection(self) -> Any:
        """The socket."""

    def genuine(self) -> Answer:
        """Return the answer without the fault."""

    def send(self, answer: Answer) -> None:
        """Send a complete answer."""

    def open(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the headers of an answer."""

    def write(self, data: bytes) -> None:
        """Send a piece of the body at once."""

    def raw(self, data: bytes) -> None:
        """Send bytes at once, without counting them as body."""

    def wait(self, seconds: float | None) -> bool:
        """Wait; False as soon as the client has left or the stand-in closes."""


def answer_wrongly(wire: Wire, call: Call, fault: Fault) -> None:
    """Send the fault's answer to the client."""
    _KINDS[fault.kind](wire, call, fault)


def _status(wire: Wire, call: Call, fault: Fault) -> None:
    several = fault.status if isinstance(fault.status, tuple) else (fault.status,)
    status = several[fault.hits % len(several)]
    default = s3_error(status) if call.service == "s3" else _message(status)
    body = default.body if fault.body is None else fault.body
    wire.send(Answer(status, body, {**default.headers, **fault.headers}))


def _html(wire: Wire, call: Call, fault: Fault) -> None:
    body = LOGIN_PAGE if fault.body is None else fault.body
    wire.send(Answer(200, body, {"Content-Type": "text/html; charset=utf-8", **fault.headers}))


def _shape(wire: Wire, call: Call, fault: Fault) -> None:
    body = compact({"foo": 1}).encode() if fault.body is None else fault.body
    wire.send(Answer(200, body, {"Content-Type": "application/json", **fault.headers}))


def _reset(wire: Wire, call: Call, fault: Fault) -> None:
    # To linger for no time means RST instead of FIN when the socket is closed.
    wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close_connection = True


def _hang(wire: Wire, call: Call, fault: Fault) -> None:
    wire.wait(None)
    wire.close_connection = True


def _truncated(wire: Wire, call: Call, fault: Fault) -> None:
    answer = wire.genuine()
    promised = max(len(answer.body), 2)
    wire.open(answer.status, {**answer.headers, "Content-Length": str(promised)})
    wire.write(answer.body[: promised // 2])
    wire.close_connection = True


def _altered(wire: Wire, call: Call, fault: Fault) -> None:
    answer = wire.genuine()
    wire.send(Answer(answer.status, fault.alter(answer.body), {**answer.headers, **fault.headers}))


def _slow_head(wire: Wire, call: Call, fault: Fault) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Patience: " + b"z" * 60_000:
        if not wire.wait(fault.pause):
            break
        wire.raw(bytes([byte]))
    wire.close_connection = True


def _endless(wire: Wire, call: Call, fault: Fault) -> None:
    wire.open(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    chunk = b"400\r\n" + b" " * 0x400 + b"\r\n"
    wire.write(chunk)
    while wire.wait(0.01):
        wire.write(chunk)
    wire.close_connection = True


def _lost(wire: Wire, call: Call, fault: Fault) -> None:
    wire.genuine()
    _reset(wire, call, fault)


def _done_and_refused(wire: Wire, call: Call, fault: Fault) -> None:
    wire.genuine()
    _status(wire, call, fault)


def _drip(wire: Wire, call: Call, fault: Fault) -> None:
    answer = wire.genuine()
    wire.open(answer.status, {**answer.headers, "Content-Length": str(len(answer.body))})
    for position in range(len(answer.body)):
        if not wire.wait(fault.pause):
            wire.close_connection = True
            return
        wire.write(answer.body[position : position + 1])


def _message(status: int) -> Answer:
    return json_answer({"message": _phrase(status)}, status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"


def s3_error(status: int, code: str | None = None, message: str | None = None) -> Answer:
    """Answer with an error in the XML of S3."""
    code = code or S3_CODES.get(status, "SlowDown" if status == 503 else "ServiceUnavailable")
    text = message or _phrase(status)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{text}</Message><RequestId>0</RequestId></Error>"
    )
    return Answer(status, body.encode(), {"Content-Type": "application/xml"})


_KINDS: dict[str, Callable[[Wire, Call, Fault], None]] = {
    "status": _status,
    "reset": _reset,
    "hang": _hang,
    "html": _html,
    "truncated": _truncated,
    "shape": _shape,
    "altered": _altered,
    "endless": _endless,
    "drip": _drip,
    "slow head": _slow_head,
    "lost": _lost,
    "done, and refused": _done_and_refused,
}
