"""A plan of runs: the sessions for which runs would start, and why the others are left out."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aind_session.conventions.names import parse_session
from aind_session.display import Shown
from aind_session.errors import PlanError
from aind_session.errors.wording import number_of, printable
from aind_session.runs.events import PLANNED
from aind_session.runs.process import Process
from aind_session.sources import Sources
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from aind_session.display import Card, Cell
    from aind_session.display.cell import Tone
    from aind_session.runs.driver import Runs

_SHOWN = 5


@dataclass(frozen=True)
class PlannedRun:
    """One row of a plan.

    Attributes
    ----------
    session
        The ID of the session.
    why
        Why it is skipped or cannot run; empty for a row that will run.
    key
        A hash of target, version, assets, parameters and profile; equal for the same work.
    request
        The body of ``POST computations`` that starts it.
    work
        The request that runs the target: the same, or the one that the monitor sends.
    labels
        The ``tags`` and ``custom_metadata`` of a captured asset.
    """

    session: str
    why: str = ""
    key: str = ""
    request: Body = field(default_factory=dict, repr=False)
    work: Body = field(default_factory=dict, repr=False)
    labels: Body = field(default_factory=dict, repr=False)

    def to_dict(self) -> Body:
        """Return the row as plain data."""
        return dict(vars(self))


@dataclass(frozen=True, repr=False)
class RunPlan(Shown):
    """What would start for each session; returned by `plan_runs`. Nothing has been sent.

    Assets are fixed by their IDs, so exactly what is shown will run. Notebooks show it as a table.

    Attributes
    ----------
    process
        The process.
    to_run, skipped, cannot
        Rows with ``session`` and ``why``, in the order of the sessions.
    notes
        What could not be checked.
    """

    process: Process
    to_run: tuple[PlannedRun, ...]
    skipped: tuple[PlannedRun, ...]
    cannot: tuple[PlannedRun, ...]
    notes: tuple[str, ...]
    head: Body = field(compare=False)
    sources: Sources = field(compare=False)

    @property
    def identity(self) -> str:
        """A hash of the process and its runs; equal plans have the same one, in any order."""
        runs = sorted([row.session, row.key] for row in self.to_run)
        content = [self.process.to_dict(), runs]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def requests(self) -> dict[str, int]:
        """The largest number of requests to Code Ocean, without polling and retries."""
        runs = len(self.to_run)
        captures = runs if self.process.capture and not self.process.via else 0
        subjects = {parse_session(row.session).subject_id for row in self.to_run}
        return {
            "starts": runs,
            "names": runs,
            "ends": 2 * runs,
            "captures": 4 * captures,
            "searches": len(subjects) if captures else 0,
        }

    def without_cannot(self) -> RunPlan:
        """Return the plan without the rows that cannot run, so that the others can start.

        Returns
        -------
        RunPlan
        """
        return replace(self, cannot=())

    def start(self, path: str | os.PathLike[str], at_most: int = 10, **pace: Any) -> Runs:
        """Write the ledger, start the first runs, and return.

        Parameters
        ----------
        path
            The ledger: a new file on a local disk, or the existing ledger of this plan, which is
            continued. Only its owner may read it; it contains no token.
        at_most
            The largest number of runs at the same time.
        **pace
            See `open_ledger`.

        Returns
        -------
        Runs
            ``wait()`` continues until all have ended.

        Raises
        ------
        PlanError
            Some rows cannot run, or there is nothing to run. Nothing is sent.
        LedgerError
            The file is the ledger of another plan, or another process is writing it.
        FileFormatError
            The file is not a ledger, or is damaged.
        """
        from aind_session.runs.driver import start

        self._check_startable()
        rows = [{name: getattr(row, name) for name in PLANNED} for row in self.to_run]
        return start(
            path,
            self.identity,
            head=self.head,
            rows=rows,
            sources=self.sources,
            process=self.process,
            at_most=at_most,
            **pace,
        )

    def _check_startable(self) -> None:
        if self.cannot:
            raise PlanError(
                f"{len(self.cannot)} of {self._count()} sessions cannot be run, so nothing is "
                f"started: {self.cannot[0].session}: {self.cannot[0].why}\n"
                "fix these and plan again, or start the others with plan.without_cannot()"
            )
        if not self.to_run:
            skipped = (
                "each session is skipped, as the plan shows; open_ledger(path) continues runs that "
                "were started"
            )
            why = skipped if self.skipped else "no session is left"
            raise PlanError(f"there is nothing to run: {why}")

    def to_dict(self) -> Body:
        """Return the plan as plain data, without functions."""
        return {
            "process": self.process.to_dict(),
            "identity": self.identity,
            **{
                name: [row.to_dict() for row in getattr(self, name)]
                for name in ("to_run", "skipped", "cannot")
            },
            "notes": list(self.notes),
            "requests": self.requests,
        }

    def to_records(self) -> list[Body]:
        """Return a row per session: ``session``, ``plan`` (to run, skipped, cannot), ``why``."""
        return [
            {"session": row.session, "plan": name.replace("_", " "), "why": row.why}
            for name in ("to_run", "skipped", "cannot")
            for row in getattr(self, name)
        ]

    def _count(self) -> int:
        return len(self.to_run) + len(self.skipped) + len(self.cannot)

    def __repr__(self) -> str:
        return printable(_text(self))

    def _card(self) -> Card:
        return _card(self)

    def as_text(self) -> str:
        """Return the text form, which is that of `repr`."""
        return repr(self)


def _text(plan: RunPlan) -> str:
    """Return the rows by reason, the first request in full, and the number of requests."""
    process = plan.process
    kind = "pipeline" if process.pipeline else "capsule"
    version = "" if process.version is None else f", version {process.version}"
    via = f", through the {process.via}" if process.via else ""
    lines = [f"{process.label}: {kind} {process.target}{version}{via}"]
    lines.append(f"  to run   {len(plan.to_run)}{_names(plan.to_run)}")
    for name in ("skipped", "cannot"):
        rows: Sequence[PlannedRun] = getattr(plan, name)
        lines.append(f"  {name:<8} {len(rows)}")
        lines += [f"    {why}{_names(of_one)}" for why, of_one in _by_why(rows).items()]
    lines += [f"  note: {note}" for note in plan.notes]
    if plan.to_run:
        lines.append("  the first request: POST computations")
        shown = json.dumps(plan.to_run[0].request, indent=2)
        lines += [f"    {line}" for line in shown.splitlines()]
        taken = ", ".join(f"{count} {name}" for name, count in plan.requests.items() if count)
        lines.append(f"  requests at most: {taken}; plus polling")
    return "\n".join(lines)


def _by_why(rows: Iterable[PlannedRun]) -> dict[str, list[PlannedRun]]:
    found: dict[str, list[PlannedRun]] = {}
    for row in rows:
        found.setdefault(row.why, []).append(row)
    return found


def _names(rows: Sequence[PlannedRun]) -> str:
    if not rows:
        return ""
    more = f", and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f": {', '.join(row.session for row in rows[:_SHOWN])}{more}"


def _card(plan: RunPlan) -> Card:
    from aind_session.display import Card, Cell, Table

    rows: list[list[Cell | int | str]] = [
        [Cell("to run", "good"), len(plan.to_run), _names(plan.to_run)[2:]]
    ]
    kinds: tuple[tuple[str, Tone], ...] = (("skipped", "off"), ("cannot", "bad"))
    for name, tone in kinds:
        for why, of_one in _by_why(getattr(plan, name)).items():
            rows.append([Cell(name, tone), len(of_one), f"{why}{_names(of_one)}"])
    taken = sum(plan.requests.values())
    say = f"Nothing has been sent. plan.start(path) starts them: {taken} requests at most."
    return Card(
        _text(plan).splitlines()[0],
        number_of(plan._count(), "session"),
        parts=(Table.of(["what", "sessions", "why"], rows, right=["sessions"], wrap=["why"]),),
        notes=(*map(Cell, plan.notes), Cell(say)),
    )
