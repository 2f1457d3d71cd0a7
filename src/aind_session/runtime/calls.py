"""One call by a user: its deadline, and the age of its answers."""

from __future__ import annotations

import datetime
import functools
import time
from contextlib import contextmanager
from contextvars import ContextVar

from aind_session.errors import AindSessionError, StaleWarning
from aind_session.errors.wording import in_utc
from aind_session.runtime.warning import warn_user

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")


class _Call:
    """A running call.

    Attributes
    ----------
    began
        Its start, by `time.monotonic`.
    oldest
        The time of the oldest answer that was used despite its age, in seconds since 1970-01-01
        UTC; None if there was none.
    left_out
        Whether the call did not wait for a silent server.
    waits_for_all
        Whether the call must wait for every server.
    """

    __slots__ = ("began", "left_out", "oldest", "waits_for_all")

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.oldest: float | None = None
        self.left_out = False
        self.waits_for_all = False

    def note_age(self, at: float | None) -> None:
        if at is not None:
            self.oldest = at if self.oldest is None else min(self.oldest, at)


_under_way: ContextVar[_Call | None] = ContextVar("call", default=None)


def one_call(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function, with all that it calls, one call by the user.

    All its requests share one deadline, retries and waits included. In offline mode, one warning
    states the age of the oldest answer. If the call left out a silent server and failed without it,
    the function is called once more and waits for that server. The error for an unknown keyword
    names similar ones.
    """

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        if _under_way.get() is not None:
            return function(*args, **kwargs)
        with _call() as call:
            try:
                answer = function(*args, **kwargs)
            except AindSessionError:
                if not call.left_out or call.waits_for_all:
                    raise
                # only the silent server may know; the answers of the others are cached
                call.waits_for_all = True
                answer = function(*args, **kwargs)
            except TypeError as error:
                if error.__traceback__ and error.__traceback__.tb_next is not None:
                    raise  # an error in the function; below, a call with wrong arguments
                from aind_session.runtime.misspelled import with_near_keyword  # rarely needed

                raise with_near_keyword(error, function) from None
        if call.oldest is not None:
            warn_user(f"answered offline, {_age(call.oldest)}", StaleWarning)
        return answer

    return called


@contextmanager
def call_of_its_own() -> Iterator[None]:
    """Use a separate deadline for the requests in a ``with`` block: one question among many."""
    outer = _under_way.get()
    with _call() as call:
        yield
    if outer is not None:
        outer.note_age(call.oldest)


@contextmanager
def _call() -> Iterator[_Call]:
    call = _Call()
    token = _under_way.set(call)
    try:
        yield call
    finally:
        _under_way.reset(token)


_SHARE = 2 / 3
"""The share of the remaining time that one question may take: a server that never answers must
leave time for the others."""


def deadline(seconds: float) -> float:
    """Return the deadline of a question, by `time.monotonic`.

    Parameters
    ----------
    seconds
        How long the whole call may take. A question outside a call is a call itself.
    """
    now, call = time.monotonic(), _under_way.get()
    left = seconds if call is None else max(call.began + seconds - now, 0.0)
    return now + left * _SHARE


def note_age(at: float) -> None:
    """Record the time of an answer that was used despite its age."""
    call = _under_way.get()
    if call is not None:
        call.note_age(at)


def waits_for_all() -> bool:
    """Return whether silent servers must be waited for; always True outside a call."""
    call = _under_way.get()
    return call is None or call.waits_for_all


def note_left_out() -> None:
    """Record that this call did not wait for a silent server."""
    call = _under_way.get()
    if call is not None:
        call.left_out = True


def note_sent() -> None:
    """Record that this call starts or creates something, so that it is never repeated."""
    call = _under_way.get()
    if call is not None:
        call.waits_for_all = True


def _age(at: float) -> str:
    """Describe the time of an answer, and how long ago it was."""
    then = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    ago = datetime.datetime.now(datetime.timezone.utc) - then
    return f"with data from {in_utc(then)}, {_span(ago)}"


def _span(span: datetime.timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:  # also negative, if a clock was set back
        return "just now"
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit} ago"
    return f"{minutes} minute{'s' * (minutes > 1)} ago"
