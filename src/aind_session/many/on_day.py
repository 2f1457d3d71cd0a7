"""The sessions of a subject on a day, and the one nearest to a time."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from numbers import Real

from aind_session.conventions.dates import DateLike, parse_when
from aind_session.errors import NotFoundError, Searched
from aind_session.errors.wording import number_of, quote
from aind_session.runtime.arguments import text
from aind_session.session import Session
from aind_session.subject import Subject

NEAR_AT_MOST = 5
"""How many of the nearest sessions to name."""


@dataclass(frozen=True)
class Near:
    """A time of day, and the largest allowed distance of a session from it."""

    clock: datetime.time | None = None
    limit: datetime.timedelta | None = None

    def choose(self, found: Iterable[Session], date: datetime.date) -> tuple[Session, ...]:
        """Return the sessions within the limit, nearest first."""
        if self.clock is None:
            return tuple(found)
        moment = datetime.datetime.combine(date, self.clock)
        near = [s for s in found if self.limit is None or abs(s.dt - moment) <= self.limit]
        return tuple(sorted(near, key=lambda session: abs(session.dt - moment)))


def sessions_on(subject: Subject, day: DateLike, near: Near) -> tuple[Session, ...]:
    """Return the sessions of a day, in order of time, or those near a time, the nearest first.

    Parameters
    ----------
    subject
        The subject, whose sessions are requested.
    day
        The day; a moment is the day and the time.
    near
        The time and the tolerance.

    Raises
    ------
    NotFoundError
        There is none. The message names the nearest.
    """
    date, near = _parsed(day, near)
    found = near.choose((s for s in subject.sessions if s.dt.date() == date), date)
    if not found:
        raise _no_session(subject, date, near.clock)
    return found


def is_one(day: DateLike, near: Near) -> bool:
    """Return whether a day and a time choose one session, the nearest."""
    return _parsed(day, near)[1].clock is not None


def _parsed(day: DateLike, near: Near) -> tuple[datetime.date, Near]:
    when = parse_when(day)
    if not isinstance(when, datetime.datetime):
        return when, near
    return when.date(), near if near.clock else replace(near, clock=when.time())


def as_time(near: str | datetime.time) -> datetime.time:
    """Return a time of the day from a text such as ``"12:11"``."""
    if isinstance(near, datetime.time):
        return near.replace(tzinfo=None)
    said = text(near, "near")
    match = re.fullmatch(r"\s*(\d{1,2})[:-](\d{2})(?:[:-](\d{2}))?\s*", said, re.ASCII)
    try:
        if match is not None:
            hour, minute, second = (int(part or 0) for part in match.groups())
            return datetime.time(hour, minute, second)
    except ValueError:  # 25:00
        pass
    raise ValueError(f"near is a time of the day such as '12:11' or '12:11:30', not {quote(near)}")


def as_limit(tolerance: datetime.timedelta | float | None) -> datetime.timedelta | None:
    """Return a tolerance in minutes as a timedelta."""
    if tolerance is None:
        return None
    if isinstance(tolerance, datetime.timedelta) and tolerance >= datetime.timedelta():
        return tolerance
    is_number = isinstance(tolerance, Real) and not isinstance(tolerance, bool)
    if is_number and 0 <= tolerance <= 24 * 60:  # type: ignore[operator]
        return datetime.timedelta(minutes=float(tolerance))  # type: ignore[arg-type]
    raise ValueError(f"tolerance is a timedelta, or minutes from 0 to 1440, not {quote(tolerance)}")


def _no_session(
    subject: Subject, date: datetime.date, clock: datetime.time | None
) -> NotFoundError:
    """Return the error that no session matches, with the nearest sessions of the subject."""
    moment = datetime.datetime.combine(date, clock or datetime.time(12))
    close = sorted(subject.sessions, key=lambda session: abs(session.dt - moment))
    at = f" near {clock.isoformat('minutes')}" if clock else ""
    return NotFoundError(
        f"a session of subject {subject.id} on {date.isoformat()}{at}",
        searched=[Searched(f"the {number_of(len(close), 'session')} of the subject")],
        close=tuple(session.id for session in close[:NEAR_AT_MOST]),
    )
