"""When a read is tried again: one policy for all servers."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TypeVar

from aind_session.errors import UnavailableError
from aind_session.runtime import calls
from aind_session.runtime import meter as observe
from aind_session.runtime.waiting import call_interruptibly

T = TypeVar("T")

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""What a server answers when the same question may do better a moment later."""

ATTEMPTS = 4
"""How often a read is tried in all."""

CONCURRENCY = 16
"""How many requests one server gets at the same time at most; pools are as large."""

CONNECT_SECONDS = 10.0
"""How long a server may take to accept a connection."""

NO_TIME = "not asked, because earlier requests used up the time limit"
"""What an error says of a question that came too late in a call; see the timeout setting."""

LEAST_SECONDS = 0.01
"""With less time left a question is not asked: a healthy server would be blamed."""

SUSPENDED_SECONDS = 10.0
"""For how long a server that could not be asked is asked only once for each answer."""

_SHORT_SECONDS = 5.0
"""How long an answer of such a server may take."""

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
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:  # of the three forms, one names no zone; all are in GMT
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        return max(moment.timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


class Patience:
    """How often a server is asked for one answer, and for how long. For reads only.

    A server that could not be asked is asked again at once by the next question, but once, and
    not for long: a loop over sessions must not wait for it at each.

    Parameters
    ----------
    service
        Under which name repetitions are counted.
    timeout
        How long a call of the user may take, in seconds, all attempts and the waits between them
        included. A wait that would pass it is not begun: the error is raised at once.
    sleep
        Waits a number of seconds.
    clock
        Gives seconds that only grow.
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

    def ask(self, part: str, attempt: Callable[[float], T]) -> T:
        """Ask until there is an answer, or no more patience.

        Parameters
        ----------
        part
            The address of what is asked, as messages name it: one part of a server may be down
            while the others are well.
        attempt
            Asks once, until a deadline by `time.monotonic`.
        """
        deadline, attempts = calls.deadline(self._timeout), ATTEMPTS
        if deadline - time.monotonic() < LEAST_SECONDS:  # no fault of this server
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
        """Ask until there is an answer; the last error is raised as it is."""
        number = 1
        while True:
            try:
                return attempt(deadline)
            except UnavailableError as error:
                wait = _seconds_to_wait(error, number)
                if number == attempts or time.monotonic() + wait >= deadline:
                    raise
            # not where the error is caught, which would be the context of the next one
            observe.count(self._service, retries=1, waited=wait)
            self._sleep(wait)
            number += 1


def _seconds_to_wait(error: UnavailableError, number: int) -> float:
    """Wait as long as the server asks, else 0.5 s, 1 s, 2 s."""
    wait = error.wait
    return float(wait) if wait is not None else _BACKOFF_SECONDS * 2 ** (number - 1)
