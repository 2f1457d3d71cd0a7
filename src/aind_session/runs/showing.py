"""Show plans and ledgers of runs as text, and as tables in notebooks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aind_session.conventions.institute import asset_page
from aind_session.display import Card, Cell, Table
from aind_session.display.cell import Tone

if TYPE_CHECKING:
    from aind_session.runs.driver import Runs
    from aind_session.runs.rows import RunRecord
    from aind_session.runs.run_plan import PlannedRun, RunPlan

_SHOWN = 5
_TONES: dict[str, Tone] = {
    "succeeded": "good",
    "captured": "good",
    "failed": "bad",
    "refused": "bad",
    "stopped": "bad",
    "gone": "bad",
    "planned": "off",
    "unknown": "unknown",
}


def plan_text(plan: RunPlan) -> str:
    """Show a plan: its rows by reason, the first request in full, and the number of requests."""
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


def plan_card(plan: RunPlan) -> Card:
    """Show a plan as a card: its rows by outcome and reason."""
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
        plan_text(plan).splitlines()[0],
        f"{plan._count()} sessions",
        parts=(Table.of(["what", "sessions", "why"], rows, right=["sessions"], wrap=["why"]),),
        notes=(*map(Cell, plan.notes), Cell(say)),
    )


def runs_text(runs: Runs) -> str:
    """Show a ledger: how many runs are in each state, and why some failed."""
    records = runs.records
    counts = Counter(record.state for record in records)
    lines = [f"{runs.path}: {len(records)} runs of {runs.label}"]
    lines += [f"  {state:<12} {count}" for state, count in counts.items()]
    explained = [record for record in records if record.why]
    lines += [f"  {record.session}: {record.state}: {record.why}" for record in explained[:_SHOWN]]
    if len(explained) > _SHOWN:
        lines.append(f"  and {len(explained) - _SHOWN} more with a reason: see to_records()")
    return "\n".join(lines)


def runs_card(runs: Runs) -> Card:
    """Show a ledger as a card: how many runs are in each state, and each of them."""
    records = runs.records
    counts = Counter(record.state for record in records)
    said = ", ".join(f"{count} {state}" for state, count in counts.items())
    names = ["session", "state", "computation", "asset", "attempts", "why"]
    table = Table.of(
        names,
        # failed runs first, so that they are not folded away
        map(_cells, sorted(records, key=lambda record: _TONES.get(record.state) != "bad")),
        right=["attempts"],
        wrap=["why"],
        whole=["session"],
        optional=["computation", "asset", "why"],
    )
    return Card(runs.label, f"{len(records)} runs: {said}", parts=(table,), notes=(_path(runs),))


def _path(runs: Runs) -> Cell:
    return Cell(f"ledger: {runs.path}")


def _cells(record: RunRecord) -> list[Cell | int]:
    computation, asset = record.computation or "", record.asset or ""
    return [
        Cell(record.session, "code"),
        Cell(record.state, _TONES.get(record.state, "wait")),
        Cell(computation[:8], "code", title=computation),
        Cell(asset[:8], "code", asset_page(asset) if asset else None, title=asset),
        record.attempts,
        Cell(record.why),
    ]
