"""The record of requests, and what it shows about clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .messages import Call


@dataclass(frozen=True)
class Request:
    """One request that reached the stand-in.

    Attributes
    ----------
    status
        Status of the answer; 0 as long as there is none.
    start, end
        Seconds of `time.perf_counter`, from the request line to just before the last byte of the
        answer. An unfinished request ends when it is looked at.
    headers
        By name in lower case, without ``authorization``.
    authorized
        Whether an ``Authorization`` header came along, whatever it said.
    signed
        Whether the request was signed for AWS, in a header or in its URL.
    sent
        Size of the answer's body in bytes.
    """

    service: str
    method: str
    path: str
    query: str
    body: bytes
    headers: Mapping[str, str]
    authorized: bool
    signed: bool
    start: float
    end: float
    status: int = 0
    sent: int = 0


class Recorder:
    """Keeps requests in the order of their arrival. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[int, Request] = {}
        self._open: set[int] = set()
        self._next = 0
        self._latest = 0.0

    def begin(self, call: Call, start: float) -> int:
        """Record a request that is not answered yet; return its number."""
        request = Request(
            service=call.service,
            method=call.method,
            path=call.path,
            query=call.query,
            body=call.body,
            headers={k: v for k, v in call.headers.items() if k != "authorization"},
            authorized="authorization" in call.headers,
            signed=is_signed(call),
            start=start,
            end=start,
        )
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._requests[number] = request
            self._open.add(number)
            self._latest = time.perf_counter()
        return number

    def since_the_latest(self) -> float:
        """Return the seconds since a request began."""
        with self._lock:
            return time.perf_counter() - self._latest

    def finish(self, number: int, status: int, sent: int) -> None:
        """Record the end of a request; only the first call for a number counts."""
        with self._lock:
            if number not in self._open:
                return
            self._open.remove(number)
            if number in self._requests:
                self._requests[number] = replace(
                    self._requests[number], end=time.perf_counter(), status=status, sent=sent
                )

    def requests(self) -> list[Request]:
        """Return all requests so far, including unfinished ones."""
        with self._lock:
            now = time.perf_counter()
            return [
                replace(request, end=now) if number in self._open else request
                for number, request in self._requests.items()
            ]

    def forget(self) -> None:
        """Clear all records; requests that are under way are not added when they end."""
        with self._lock:
            self._requests.clear()


def is_signed(call: Call) -> bool:
    """Return whether a request carries an AWS signature."""
    header = call.headers.get("authorization", "")
    return header.startswith("AWS") or is_presigned(call)


def is_presigned(call: Call) -> bool:
    """Return whether the AWS signature is in the URL."""
    return "X-Amz-Signature=" in call.query or "AWSAccessKeyId=" in call.query


def steps(requests: Iterable[Request]) -> int:
    """Return the largest number of requests of which no two overlap in time.

    Requests that depend on each other never overlap, so this is the length of the longest chain.
    Taking whichever ends first is exact for intervals; it tells parallel requests from sequential
    ones as long as each takes longer than the client needs to send the others.
    """
    count, last_end = 0, float("-inf")
    for request in sorted(requests, key=lambda request: request.end):
        if request.start >= last_end:
            count, last_end = count + 1, request.end
    return count
