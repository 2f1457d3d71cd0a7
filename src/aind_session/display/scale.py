"""The time axis of a drawing: the position of a time, and the ticks."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A mapping from times to positions.

    Attributes
    ----------
    first, last
        The span of time.
    left, right
        The positions of both.
    """

    first: datetime.datetime
    last: datetime.datetime
    left: float
    right: float

    @classmethod
    def of(cls, moments: Sequence[datetime.datetime], left: float, right: float) -> Scale:
        """Make a scale that spans all moments, at least a week."""
        first, last = min(moments), max(moments)
        missing = max(datetime.timedelta(days=7) - (last - first), datetime.timedelta())
        try:
            return cls(first - missing / 2, last + missing / 2, left, right)
        except OverflowError:  # at the first or last date of the calendar
            return cls(first, last, left, right)

    def x(self, at: datetime.datetime) -> float:
        """Return the position of a time."""
        span = (self.last - self.first) / datetime.timedelta(seconds=1)
        part = (at - self.first) / datetime.timedelta(seconds=1) / span if span else 0.5
        return self.left + part * (self.right - self.left)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The positions where days, months or years begin, with labels: at most eight."""
        days = (self.last - self.first).days
        moments = list(_days(self, days)) if days <= 45 else list(_months(self, days))
        found, year = [], 0
        for moment in moments:
            text = f"{moment:%b}" if days > 45 else f"{moment.day} {moment:%b}"
            found.append((self.x(moment), text if moment.year == year else f"{text} {moment.year}"))
            year = moment.year
        if days > 366 * 5:
            return [(x, text[-4:]) for x, text in found]
        return found


def _days(scale: Scale, days: int) -> Iterator[datetime.datetime]:
    step = datetime.timedelta(days=next(n for n in (1, 2, 7, 14) if days / n <= 7 or n == 14))
    moment = scale.first.replace(hour=0, minute=0, second=0, microsecond=0)
    while moment <= scale.last:
        if moment >= scale.first:
            yield moment
        moment += step


def _months(scale: Scale, days: int) -> Iterator[datetime.datetime]:
    months = next((n for n in (1, 2, 3, 6, 12, 24, 60) if days / 30.4 / n <= 7), 120)
    year, month = scale.first.year, 1
    while year <= datetime.MAXYEAR:
        moment = datetime.datetime(year, month, 1)
        if moment > scale.last:
            return
        if moment >= scale.first:
            yield moment
        year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
