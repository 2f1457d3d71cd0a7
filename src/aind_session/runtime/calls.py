"""One call of a user: how long it may take in all, and how old its answers are."""

from __future__ import annotations

import datetime
import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from aind_session.errors import AindSessionError, StaleWarning
from aind_session.runtime.warning import warn_user

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class _Call:
    """A call that is under way.

    Attributes
    ----------
    began
        When, by `time.monotonic`.
    oldest
        When the oldest of the answers was given that were taken whatever their age, in seconds
        since 1970-01-01 UTC; None when there was none.
    left_out
        Whether a silent server was not waited for.
    waits_for_all
        Whether none may be left out.
    """

    began: float = field(default_factory=time.monotonic)
    oldest: float | None = None
    left_out: bool = False
    waits_for_all: bool = False

    def note_age(self, at: float | None) -> None:
        if at is not None:
            self.oldest = at if self.oldest is None else min(self.oldest, at)


_under_way: ContextVar[_Call | None] = ContextVar("call", default=None)


def one_call(function: Callable[P, T]) -> Callable[P, T]:
    """Take what a function asks, and what functions that it calls ask, for one call of the user.

    The time limit is for all of it together, retries and waits included. When it was answered
    offline, one warning says from when the oldest of the answers is. When a silent server was left
    out and there is no answer without it, the function is called once more, and waits for it.
    The error for a mistyped keyword names similar ones.
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
                # only the server that was left out can know; what the others said is kept
                call.waits_for_all = True
                answer = function(*args, **kwargs)
            except TypeError as error:
                if error.__traceback__ and error.__traceback__.tb_next is not None:
                    raise  # else it was not even called
                from aind_session.runtime.slips import with_near_keyword  # paid by who mistypes

                raise with_near_keyword(error, function) from None
        if call.oldest is not None:
            warn_user(f"answered offline, {_age(call.oldest)}", StaleWarning)
        return answer

    return called


@contextmanager
def call_of_its_own() -> Iterator[None]:
    """Give what is asked in a ``with`` block its own time limit: a question among many."""
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
"""Which part of the time left one question may take: a server that never answers must leave some
for those that are well."""


def deadline(seconds: float) -> float:
    """Give the time, by `time.monotonic`, until which a question may take.

    Parameters
    ----------
    seconds
        How long the whole call may take. Outside of any, a question is a call.
    """
    now, call = time.monotonic(), _under_way.get()
    left = seconds if call is None else max(call.began + seconds - now, 0.0)
    return now + left * _SHARE


def note_age(at: float) -> None:
    """Note that an answer was taken whatever its age, and when it was given."""
    call = _under_way.get()
    if call is not None:
        call.note_age(at)


def waits_for_all() -> bool:
    """Tell whether no server may be left out, however silent; outside any call, none may."""
    call = _under_way.get()
    return call is None or call.waits_for_all


def note_left_out() -> None:
    """Note that a silent server was not waited for."""
    call = _under_way.get()
    if call is not None:
        call.left_out = True


def note_sent() -> None:
    """Note that something is started or created: a call that has done so is never made again."""
    call = _under_way.get()
    if call is not None:
        call.waits_for_all = True


def _age(at: float) -> str:
    """Say when something was, and how long ago."""
    then = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    ago = datetime.datetime.now(datetime.timezone.utc) - then
    return f"with what was known at {then:%Y-%m-%d %H:%M} UTC, {_span(ago)}"


def _span(span: datetime.timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:  # or less than nothing, where a clock was put back
        return "just now"
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit} ago"
    return f"{minutes} minute{'s' * (minutes > 1)} ago"
