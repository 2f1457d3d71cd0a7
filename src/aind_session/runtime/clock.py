"""Clocks: the system's, and one for tests and examples that never really waits."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from aind_session.runtime.arguments import seconds


class Clock(Protocol):
    """A clock that can also wait."""

    def now(self) -> float:
        """Return the time in seconds since 1970-01-01 UTC."""

    def passed(self) -> float:
        """Return seconds that never decrease, to measure how long something takes."""

    def sleep(self, seconds: float) -> None:
        """Wait this many seconds."""


@dataclass(frozen=True)
class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Return the time; see `Clock.now`."""
        return time.time()

    def passed(self) -> float:
        """Return seconds that never decrease; see `Clock.passed`."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; see `Clock.sleep`."""
        time.sleep(seconds)


SYSTEM_CLOCK = SystemClock()


@dataclass(eq=True)
class PlayedClock:
    """A clock that stands still and jumps ahead when code waits, so waits take no time.

    Parameters
    ----------
    start
        The initial time, in seconds since 1970-01-01 UTC.

    Examples
    --------
    >>> clock = PlayedClock(1_700_000_000)
    >>> clock.sleep(60)
    >>> clock.now()
    1700000060.0
    """

    start: float = 1_750_000_000.0

    def __post_init__(self) -> None:
        self.start = seconds(self.start, "start")

    def now(self) -> float:
        """Return the time; see `Clock.now`."""
        return float(self.start)

    def passed(self) -> float:
        """Return seconds that never decrease; see `Clock.passed`."""
        return float(self.start)

    def sleep(self, seconds: float) -> None:
        """Advance the clock at once; see `Clock.sleep`."""
        self.start += max(seconds, 0.0)
