"""When to retry a read: one policy for all servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from aind_session.errors import UnavailableError
from aind_session.runtime import calls, meter
from aind_session.runtime.modes import is_offline
from aind_session.runtime.waiting import call_interruptibly
from aind_session.sources.servers.exchange import http_date
from aind_session.sources.servers.surroundings import need_network

T = TypeVar("T")

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed a moment later."""

ATTEMPTS = 4
"""The total number of attempts of a read."""

CONCURRENCY = 16
"""The largest number of parallel requests to one server, and the size of connection pools."""

CONNECT_SECONDS = 10.0
"""How long a server may take to accept a connection."""

NO_TIME = "not asked, because earlier requests used up the time limit"
"""The message for a query that came too late in a call; see the timeout setting."""

LEAST_SECONDS = 0.01
"""With less time left no request is sent, as its timeout would be blamed on a healthy server."""

SUSPENDED_SECONDS = 10.0
"""For how long after a failure a server gets only one attempt for each query."""

_SHORT_SECONDS = 5.0
"""The time limit of that attempt."""

_BACKOFF_SECONDS = 0.5


def seconds_asked_for(value: str | None) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds from now.

    Examples
    --------
    >>> seconds_asked_for("120")
    120.0
    """
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(http_date(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


class Patience:
    """How often and how long to ask a server for one answer.

    For reads only. After a failure, the next queries get one short attempt each, so that a loop
    over sessions does not wait for a broken server at each session.

    Parameters
    ----------
    service
        The name under which retries are counted.
    timeout
        The time limit of a user's call in seconds, including all attempts and the waits between
        them. If a wait would exceed it, the error is raised at once.
    sleep
        Waits for a number of seconds.
    clock
        A monotonic clock, in seconds.
    """

    def __init__(
        self,
        service: str,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._timeout = timeout
        self._sleep = sleep
        self._clock = clock
        self._suspended_until: dict[str, float] = {}

    def ask(
        self, part: str, attempt: Callable[[float], T], address: Callable[[], str] | None = None
    ) -> T:
        """Ask until there is an answer, or no attempt or time is left.

        Parameters
        ----------
        part
            The part of the server, as messages name it: one part may be down while others work.
        attempt
            Asks once, until a deadline by `time.monotonic`.
        address
            Returns the server's address, to see whether this machine has a network that leads
            there; None if the address is not known.
        """
        if address is not None and not is_offline():  # offline, the attempt says so
            need_network(self._service, address)
        deadline, attempts = calls.deadline(self._timeout), ATTEMPTS
        if deadline - time.monotonic() < LEAST_SECONDS:  # not this server's fault
            raise UnavailableError(self._service, NO_TIME, url=part)
        if self._clock() < self._suspended_until.get(part, 0.0):
            deadline, attempts = min(deadline, time.monotonic() + _SHORT_SECONDS), 1
        try:
            answer = call_interruptibly(partial(self._repeat, attempt, deadline, attempts))
        except UnavailableError:
            self._suspended_until[part] = self._clock() + SUSPENDED_SECONDS
            raise
        self._suspended_until.pop(part, None)
        return answer

    def _repeat(self, attempt: Callable[[float], T], deadline: float, attempts: int) -> T:
        """Ask until there is an answer; raise the last error if there is none."""
        number = 1
        while True:
            try:
                return attempt(deadline)
            except UnavailableError as error:
                wait = _seconds_to_wait(error, number)
                if number == attempts or time.monotonic() + wait >= deadline:
                    raise
            # outside the except block, so that the error does not become the context of the next
            # one
            meter.count(self._service, retries=1, waited=wait)
            self._sleep(wait)
            number += 1


def _seconds_to_wait(error: UnavailableError, number: int) -> float:
    """Wait as long as the server asks, else 0.5 s, 1 s, 2 s."""
    wait = error.wait
    return float(wait) if wait is not None else _BACKOFF_SECONDS * 2 ** (number - 1)
