"""The state of each run in a ledger, from its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

from aind_session.conventions.failures import Reason
from aind_session.conventions.names import parse_session
from aind_session.runs.events import Event, check_head, check_of_run, check_planned
from aind_session.sources.protocols import Body

UNDER_WAY = frozenset({"unknown", "running"})
"""States of runs that count as under way; an unknown one may be."""

UNSUCCESSFUL = ("failed", "refused", "stopped", "gone")
"""States of runs that ended without success, and can be retried."""


@dataclass(frozen=True)
class RunRecord:
    """What a ledger knows about one run.

    Attributes
    ----------
    session
        The ID of the session.
    state
        ``planned``, ``unknown`` (sent, but the start was not confirmed), ``running``,
        ``succeeded``, ``capturing``, ``captured``, ``failed``, ``refused``, ``stopped`` or ``gone``
        (deleted).
    computation, asset
        IDs in Code Ocean; None if there is none yet.
    why
        Why it is in this state, if that needs an explanation.
    attempts
        How often it was started.
    key
        See `PlannedRun`.
    reason
        Why it failed, according to its logs; None otherwise.
    notes
        Anything odd about it.
    """

    session: str
    state: str
    computation: str | None
    asset: str | None
    why: str
    attempts: int
    key: str
    reason: Reason | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> Body:
        """Return the record as plain data."""
        return asdict(self)


@dataclass
class Row:
    """One run of a ledger, updated by its events.

    Attributes
    ----------
    state
        The state of the run; see `RunRecord`, without ``capturing`` and ``captured``.
    capture
        The state of its capture: ``""``, ``sent`` (not confirmed), ``draft``, ``done`` or
        ``failed``.
    created, run_time
        When the computation was created, in seconds since 1970 UTC, and how many seconds it ran.
    missing
        When a search for an unconfirmed start or capture first failed, in seconds since 1970 UTC.
    measured
        The machine of that search, and what its clock measured then; see `Clock.passed`.
    sent
        The number of requests for it that started a run or made an asset.
    watermark
        The latest creation time and runs on the server before the last start; see `latest`.
    namings, is_named
        The number of attempts to name it in Code Ocean, and whether one succeeded.
    is_lost
        Whether a start was never confirmed, so that its run may still appear.
    described
        Whether the results have a ``data_description.json``.
    has_results
        Whether Code Ocean says that there are results.
    """

    key: str
    session: str
    request: Body
    work: Body
    labels: Body
    state: str = "planned"
    capture: str = ""
    attempts: int = 0
    captures: int = 0
    computation: str | None = None
    created: float | None = None
    run_time: float | None = None
    asset: str | None = None
    why: str = ""
    reason: Reason | None = None
    resume: str | None = None
    missing: float | None = None
    measured: tuple[str | None, float] = (None, 0.0)
    sent: int = 0
    watermark: Body = field(default_factory=dict)
    described: bool = False
    has_results: bool = False
    is_shared: bool = False
    namings: int = 0
    is_named: bool = False
    is_lost: bool = False
    notes: list[str] = field(default_factory=list)

    @cached_property
    def subject(self) -> str:
        """The subject of the session."""
        return parse_session(self.session).subject_id

    @property
    def search(self) -> tuple[str, int]:
        """The search for what its last request made; another process may have sent that."""
        return self.key, self.sent

    @property
    def record(self) -> RunRecord:
        """The record that users see."""
        state = self.state
        if self.capture in ("sent", "draft"):
            state = "capturing"
        elif self.capture == "done":
            state = "captured"
        return RunRecord(
            self.session,
            state,
            self.computation,
            self.asset,
            self.why,
            self.attempts,
            self.key,
            self.reason,
            tuple(self.notes),
        )


@dataclass
class State:
    """The content of a ledger.

    Attributes
    ----------
    head
        The first event.
    rows
        The runs by key, in the order of the plan.
    held
        The IDs of all computations that its runs have, or had in earlier attempts.
    """

    head: Event = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    opened: Event = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Update the state by an event.

        Raises
        ------
        LookupError, TypeError, ValueError
            The event or row is unknown, or a field is missing or wrong: a newer release wrote the
            ledger, or it is damaged.
        """
        kind = event["event"]
        check_of_run(event)
        if kind in _OF_LEDGER:
            _OF_LEDGER[kind](self, event)
        else:
            _OF_ROW[kind](self.rows[event["key"]], event)
        if event.get("computation") and kind != "note":  # notes name runs of others
            self.held.add(event["computation"])


def _head(state: State, event: Event) -> None:
    if state.head:
        raise ValueError("it begins a second ledger")
    check_head(event)
    state.head = event


def _planned(state: State, event: Event) -> None:
    if event["key"] in state.rows:
        raise ValueError("it was planned before")
    check_planned(event, state.head)
    names = ("key", "session", "request", "work", "labels")
    state.rows[event["key"]] = Row(**{name: event[name] for name in names})


def _opened(state: State, event: Event) -> None:
    state.opened = event


def _note(state: State, event: Event) -> None:
    if event.get("key"):
        state.rows[event["key"]].notes.append(event["text"])
    else:
        state.notes.append(event["text"])


def _start(row: Row, event: Event) -> None:
    row.state, row.attempts, row.watermark = "unknown", event["attempt"], event["watermark"]
    row.why, row.reason, row.missing = "its start has not been confirmed yet", None, None
    row.sent += 1


def _started(row: Row, event: Event) -> None:
    row.state, row.why, row.missing = "running", event.get("why", ""), None
    row.computation, row.created = event["computation"], event.get("created")


def _missing(row: Row, event: Event) -> None:
    row.missing = event["at"]
    row.measured = (event.get("host"), event.get("passed") or 0.0)


def _not_started(row: Row, event: Event) -> None:
    row.state, row.why, row.missing = "planned", event["why"], None
    row.attempts = max(row.attempts - 1, 0)
    row.is_lost = row.is_lost or bool(event.get("asked"))


def _refused(row: Row, event: Event) -> None:
    row.state, row.why = "refused", event["why"]


def _ended(row: Row, event: Event) -> None:
    row.is_lost = row.is_lost or row.state == "unknown"
    row.state, row.why = event["state"], event["why"] if event["state"] != "succeeded" else ""
    row.run_time, row.described = event.get("run_time"), bool(event.get("described"))
    row.created = event.get("created", row.created)
    row.has_results = bool(event.get("results"))
    reason = event.get("reason")
    row.reason = Reason(**reason) if reason else None
    if row.state != "succeeded" and row.capture == "sent":
        row.capture = ""


def _capture(row: Row, event: Event) -> None:
    row.capture, row.captures, row.missing = "sent", event["attempt"], None
    row.sent += 1


def _drafted(row: Row, event: Event) -> None:
    row.capture, row.asset, row.missing = "draft", event["asset"], None
    row.is_shared = bool(event.get("adopted"))


def _shared(row: Row, event: Event) -> None:
    row.is_shared = True


def _not_captured(row: Row, event: Event) -> None:
    row.capture = "failed" if event["final"] else ""
    row.asset, row.why, row.missing = None, event["why"], None


def _captured(row: Row, event: Event) -> None:
    row.capture, row.asset, row.missing = "done", event["asset"], None
    row.why = event.get("why", "")


def _retry(row: Row, event: Event) -> None:
    row.state, row.capture, row.why = "planned", "", ""
    row.reason, row.resume = None, event.get("resume")
    row.computation, row.created, row.run_time = None, None, None
    row.asset, row.described, row.captures = None, False, 0


def _recapture(row: Row, event: Event) -> None:
    row.capture, row.captures, row.why = "", 0, ""


def _named(row: Row, event: Event) -> None:
    row.namings, row.is_named = event["attempt"], event["done"]


_OF_LEDGER: Mapping[str, Callable[[State, Event], None]] = {
    "head": _head,
    "planned": _planned,
    "opened": _opened,
    "note": _note,
}
_OF_ROW: Mapping[str, Callable[[Row, Event], None]] = {
    "start": _start,
    "started": _started,
    "adopted": _started,
    "missing": _missing,
    "not_started": _not_started,
    "refused": _refused,
    "ended": _ended,
    "capture": _capture,
    "drafted": _drafted,
    "shared": _shared,
    "not_captured": _not_captured,
    "captured": _captured,
    "retry": _retry,
    "recapture": _recapture,
    "named": _named,
}


def of_state(rows: Iterable[Row], *states: str) -> list[Row]:
    """Return the rows that are in one of these states."""
    return [row for row in rows if row.state in states]
