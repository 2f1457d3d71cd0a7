"""The state that the steps of a driver share: ledger, sources, pace, failures."""

from __future__ import annotations

import socket
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from numbers import Real
from typing import Any, TypeVar

from aind_session.errors import (
    AssetNotFoundError,
    CredentialsError,
    OfflineError,
    RemoteError,
    SourceDownWarning,
)
from aind_session.errors.wording import quote
from aind_session.runs.ledger import Ledger
from aind_session.runs.requests import Surroundings
from aind_session.runs.rows import UNDER_WAY, Row, of_state
from aind_session.runtime.arguments import several, truth, whole_number
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources
from aind_session.sources.protocols import AssetSource, Body

T = TypeVar("T")

LONGEST_PAUSE = 600.0
"""The longest polling interval, in seconds."""

_SHARE_OF_RUN = 0.05
"""The polling interval as a fraction of the duration of runs."""

_LONGEST_WAIT = 30 * 86_400.0

_FEW = 8
"""With more runs under way, all runs are listed with one request instead of one for each."""


@dataclass(frozen=True)
class Pace:
    """How many runs to start, and how often to check them.

    Attributes
    ----------
    at_most
        The largest number of runs at the same time.
    poll_seconds
        The initial polling interval. For long runs it grows to a twentieth of their duration, at
        most ten minutes.
    settle_seconds
        When to look for a run or an asset whose start or creation was not confirmed. If it is not
        found at the last of these times, it counts as not started or not created.
    starts_per_second
        The largest number of start requests per second.
    name_runs
        Whether to give runs a readable name in Code Ocean, with one request each.
    """

    at_most: int = 10
    poll_seconds: float = 10.0
    settle_seconds: tuple[float, ...] = (5.0, 15.0, 60.0)
    starts_per_second: float = 2.0
    name_runs: bool = True

    def __post_init__(self) -> None:
        at_most = whole_number(self.at_most)
        if at_most is None or at_most < 1:
            raise ValueError(f"at_most is a whole number of at least 1, not {quote(self.at_most)}")
        settled = several(self.settle_seconds)
        if not settled:
            raise ValueError(
                f"settle_seconds must hold a number of seconds, not {quote(self.settle_seconds)}"
            )
        checked = {
            "at_most": at_most,
            "poll_seconds": _wait(self.poll_seconds, "poll_seconds"),
            "settle_seconds": tuple(
                sorted(_wait(one, "each of settle_seconds") for one in settled)
            ),
            "starts_per_second": _rate(self.starts_per_second),
            "name_runs": truth(self.name_runs, "name_runs"),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)


def _rate(value: Any) -> float:
    rate = _wait(value, "starts_per_second")
    _wait(1 / rate, "the time between two starts")
    return rate


def _wait(value: Any, what: str) -> float:
    """Return a number of seconds to wait."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not 0 < value <= _LONGEST_WAIT:
        raise ValueError(
            f"{what} must be a number above 0, with waits of at most 30 days, not {quote(value)}"
        )
    return float(value)


@dataclass
class Engine:
    """The state that the steps of a driver share.

    Attributes
    ----------
    ok
        The function that judges success; see `Process`.
    not_before
        The clock's time before which no run is started, because the server asked for a pause.
    pauses, denied
        The number of consecutive starts after which the server asked for a pause, or denied
        access.
    trouble
        The error of the last query of this round that failed; None if all were answered.
    asked
        When this process began each search for a run or an asset, by `Row.search`.
    """

    ledger: Ledger
    sources: Sources
    pace: Pace
    ok: Callable[[Any, Sequence[str]], bool] | None = None
    not_before: float = 0.0
    pauses: int = 0
    denied: int = 0
    trouble: RemoteError | None = None
    troubles: int = 0
    asked: dict[tuple[str, int], float] = field(default_factory=dict)

    @property
    def rows(self) -> Iterable[Row]:
        """All runs of the ledger, in the order of the plan."""
        return self.ledger.state.rows.values()

    @property
    def source(self) -> AssetSource:
        """Code Ocean."""
        return self.sources.assets

    @property
    def process(self) -> Body:
        """The process, as stored in the ledger."""
        return dict(self.ledger.state.head["process"])

    @property
    def is_monitored(self) -> bool:
        """Whether the pipeline monitor starts and captures the runs."""
        return self.process.get("via") == "monitor"

    @cached_property
    def around(self) -> Surroundings:
        """The fixed assets and default parameters of runs."""
        around = self.ledger.state.head["around"]
        return Surroundings(tuple(around["fixed"]), around["defaults"])

    @property
    def free(self) -> int:
        """The number of further runs that may be started now."""
        return max(self.pace.at_most - len(of_state(self.rows, *UNDER_WAY)), 0)

    def note(self, kind: str, row: Row, *, durable: bool = False, **more: Any) -> None:
        """Write an event of a run to the ledger."""
        event = {"event": kind, "key": row.key, **more}
        self.ledger.append(event, durable=durable, at=self.sources.clock.now())

    def remark(self, row: Row, text: str, computation: str | None = None) -> None:
        """Add a note to a run, unless it has this note."""
        if text not in row.notes:
            self.note("note", row, text=text, computation=computation)

    def quietly(self, ask: Callable[[], T]) -> T | None:
        """Ask; return None, and warn, if the server could not be asked.

        Raises
        ------
        CredentialsError, OfflineError
            Asking again would not help.
        AssetNotFoundError
            The object does not exist.
        """
        try:
            return ask()
        except (CredentialsError, OfflineError, AssetNotFoundError):
            raise
        except RemoteError as error:
            if self.trouble is None and self.troubles == 0:
                warn_user(
                    f"the runs of {self.ledger.path} could not be checked, so their states are "
                    f"unchanged; they will be checked again: {error}",
                    SourceDownWarning,
                    error,
                )
            self.trouble = error
            return None

    def each(self, calls: Sequence[Callable[[], T]]) -> list[T | None]:
        """Make several queries in parallel, each as `quietly` does."""
        asked = [partial(self.quietly, call) for call in calls]
        return side_by_side(asked, self.sources.concurrency) if asked else []

    def is_overdue(self, row: Row) -> bool:
        """Return whether a run or asset has been missing long enough to give up the search.

        Parameters
        ----------
        row
            The run that was not found now. The first time is written to the ledger, so that another
            process continues from there, by the time of day.
        """
        clock, last = self.sources.clock, self.pace.settle_seconds[-1]
        is_resumed = row.search not in self.asked
        began = self.asked.setdefault(row.search, clock.passed())
        if row.missing is None or row.missing > clock.now():  # the time was set back since then
            self.note("missing", row, host=socket.gethostname(), passed=clock.passed())
        elif is_resumed and clock.now() - row.missing >= last:
            return self._has_measured(row, last)
        # the time of day can be set ahead, so a process measures what it can
        return clock.passed() - began >= last

    def _has_measured(self, row: Row, seconds: float) -> bool:
        """Return whether another process on this machine began to search that long ago.

        Other machines, and this one before it was restarted, measured from another moment.
        """
        host, passed = row.measured
        since = self.sources.clock.passed() - passed
        return host != socket.gethostname() or since < 0 or since >= seconds

    def pause(self) -> float:
        """Return how long to wait until the next round, in seconds."""
        clock, pace = self.sources.clock, self.pace
        pauses = [LONGEST_PAUSE]
        if self.trouble is not None:
            return min(pace.poll_seconds * 2.0 ** min(self.troubles, 10), LONGEST_PAUSE)
        if of_state(self.rows, "running") or any(row.capture == "draft" for row in self.rows):
            pauses.append(self._interval())
        for row in self.rows:
            if row.state == "unknown" or row.capture == "sent":
                pauses.append(self._until_look(row))
            elif row.state == "succeeded" and not row.capture and self.process["capture"]:
                pauses.append(pace.poll_seconds)
        if of_state(self.rows, "planned") and self.free > 0:
            pauses.append(max(self.not_before - clock.passed(), pace.poll_seconds))
        return max(min(pauses), min(pace.poll_seconds, 0.5))

    def _interval(self) -> float:
        taken = [row.run_time for row in self.rows if row.run_time]
        median = statistics.median(taken) if taken else 0.0
        return min(max(self.pace.poll_seconds, median * _SHARE_OF_RUN), LONGEST_PAUSE)

    def _until_look(self, row: Row) -> float:
        passed = self.sources.clock.passed() - self.asked.get(
            row.search, self.sources.clock.passed()
        )
        left = [offset - passed for offset in self.pace.settle_seconds if offset > passed]
        return left[0] if left else self.pace.poll_seconds


class Round:
    """One round of a driver, which requests the list of runs at most once.

    Parameters
    ----------
    engine
        The state that the rounds share.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        engine.trouble = None

    @cached_property
    def listed(self) -> list[Body] | None:
        """All runs of the target or the monitor; None if the server could not be asked."""
        engine = self.engine
        target = engine.ledger.state.head["listed_by"]
        return engine.quietly(lambda: engine.source.computations(target))

    def bodies(self, rows: Sequence[Row]) -> Mapping[str, Body | AssetNotFoundError]:
        """Return the current computations of rows by key, without those that could not be asked.

        The value is an error if the computation was deleted.
        """
        under_way = of_state(self.engine.rows, *UNDER_WAY)
        found: dict[str, Body | AssetNotFoundError] = {}
        left = list(rows)
        if len(under_way) > _FEW:
            if self.listed is None:
                return found
            by_id = {str(run.get("id")): run for run in self.listed}
            found = {row.key: by_id[row.computation] for row in rows if row.computation in by_id}
            left = [row for row in rows if row.key not in found]
        asked = self.engine.each([partial(self._one, row) for row in left])
        found |= {row.key: body for row, body in zip(left, asked, strict=True) if body is not None}
        return found

    def _one(self, row: Row) -> Body | AssetNotFoundError:
        try:
            return self.engine.source.computation(str(row.computation))
        except AssetNotFoundError as error:
            return error
