"""How plans and ledgers of runs show themselves: as text, and as tables in notebooks."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aind_session.errors.wording import printable

if TYPE_CHECKING:
    from aind_session.runs.driver import Runs
    from aind_session.runs.rows import RunRecord
    from aind_session.runs.run_plan import PlannedRun, RunPlan

_SHOWN = 5
_ROWS = 50


def plan_text(plan: RunPlan) -> str:
    """Show a plan: its rows by reason, the first request in full, and what it takes."""
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
        lines.append(f"  requests at most: {taken}; and looks at what is under way")
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


def plan_html(plan: RunPlan) -> str:
    """Show a plan as a table."""
    rows = [(r["session"], r["plan"], r["why"]) for r in plan.to_records()]
    first, *_ = plan_text(plan).splitlines()
    return _table(first, ("session", "plan", "why"), rows)


def runs_text(runs: Runs) -> str:
    """Show a ledger: how many runs are in each state, and why some failed."""
    records = runs.records
    counts = Counter(record.state for record in records)
    lines = [f"{runs.path}: {len(records)} runs of {runs.label}"]
    lines += [f"  {state:<12} {count}" for state, count in counts.items()]
    told = [record for record in records if record.why]
    lines += [f"  {record.session}: {record.state}: {record.why}" for record in told[:_SHOWN]]
    if len(told) > _SHOWN:
        lines.append(f"  and {len(told) - _SHOWN} more with a reason: see to_records()")
    return "\n".join(lines)


def runs_html(runs: Runs) -> str:
    """Show a ledger as a table."""
    rows = [_cells(record) for record in runs.records]
    first, *_ = runs_text(runs).splitlines()
    return _table(first, ("session", "state", "computation", "asset", "attempts", "why"), rows)


def _cells(record: RunRecord) -> tuple[str, ...]:
    ids = (record.computation or "", record.asset or "")
    return (record.session, record.state, *ids, str(record.attempts), record.why)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def cells(tag: str, texts: Sequence[str]) -> str:
        return "".join(f"<{tag}>{html.escape(printable(text))}</{tag}>" for text in texts)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows[:_ROWS])
    more = f"<tr><td>and {len(rows) - _ROWS} more</td></tr>" if len(rows) > _ROWS else ""
    caption = f"<caption>{html.escape(printable(title))}</caption>"
    return f"<table>{caption}<tr>{cells('th', head)}</tr>{body}{more}</table>"
