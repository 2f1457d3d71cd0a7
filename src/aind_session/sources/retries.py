"""When a read is tried again: one policy for all servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import tenacity

from aind_session import observe
from aind_session.errors import UnavailableError

RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
"""What a server answers when the same question may do better a moment later."""

ATTEMPTS = 4
"""How often a read is tried in all."""

CONCURRENCY = 16
"""How many requests one server gets at the same time at most; pools are as large."""

CONNECT_SECONDS = 10.0
"""How long a server may take to accept a connection."""

NO_TIME = "not asked, since what was asked before has taken all the time there is"
"""What an error says of a question that came too late in a call; see the timeout setting."""

LEAST_SECONDS = 0.01
"""With less time left a question is not asked: a server that is well would be blamed."""

_BACKOFF_SECONDS = 0.5


def seconds_asked_for(value: str | None) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds from now."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def retrying(
    service: str, timeout: float, sleep: Callable[[float], None] = time.sleep
) -> tenacity.Retrying:
    """Give what calls a function again after a `UnavailableError`. For reads only.

    Parameters
    ----------
    service
        Under which name repetitions are counted.
    timeout
        How long all attempts and the waits between them may take together, in seconds. A wait
        that would pass it is not begun: the error is raised at once.
    sleep
        Waits for so many seconds.
    """
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(UnavailableError),
        stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_before_delay(timeout),
        wait=_seconds_to_wait,
        sleep=sleep,
        before_sleep=lambda state: _count(service, state),
        reraise=True,
    )


def _count(service: str, state: tenacity.RetryCallState) -> None:
    waited = state.next_action.sleep if state.next_action else 0.0
    observe.count(service, retries=1, waited=waited)


def _seconds_to_wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as the server asks, else 0.5 s, 1 s, 2 s."""
    error = state.outcome.exception() if state.outcome else None
    wait = getattr(error, "wait", None)
    return float(wait) if wait is not None else _BACKOFF_SECONDS * 2 ** (state.attempt_number - 1)
