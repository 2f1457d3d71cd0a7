"""Show the runs of a ledger as text, and as a table in notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aind_session.conventions.institute import asset_page
from aind_session.display import Card, Cell, Table
from aind_session.display.cell import Tone
from aind_session.errors.wording import number_of
from aind_session.runs.rows import UNSUCCESSFUL, RunRecord

_SHOWN = 5
_TONES: dict[str, Tone] = {
    "succeeded": "good",
    "captured": "good",
    **dict.fromkeys(UNSUCCESSFUL, "bad"),
    "planned": "off",
    "unknown": "unknown",
}


def not_confirmed(path: Path, count: int) -> str:
    """Return the message that asks for the number of runs to stop."""
    if count == 0:
        return f"no run of {path} is under way: stop(confirm=0) only ends the planned ones"
    said = f"run of {path} is" if count == 1 else f"runs of {path} are"
    them = "it with its" if count == 1 else "them with their"
    return (
        f"{count} {said} under way. Stopping deletes {them} results: stop(confirm={count}) does it"
    )


def runs_text(path: Path, label: str, records: Sequence[RunRecord]) -> str:
    """Show a ledger: how many runs are in each state, and why some failed."""
    counts = Counter(record.state for record in records)
    lines = [f"{path}: {number_of(len(records), 'run')} of {label}"]
    lines += [f"  {state:<12} {count}" for state, count in counts.items()]
    explained = [record for record in records if record.why]
    lines += [f"  {record.session}: {record.state}: {record.why}" for record in explained[:_SHOWN]]
    if len(explained) > _SHOWN:
        lines.append(f"  and {len(explained) - _SHOWN} more with a reason: see to_records()")
    return "\n".join(lines)


def runs_card(path: Path, label: str, records: Sequence[RunRecord]) -> Card:
    """Show a ledger as a card: how many runs are in each state, and each of them."""
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
    notes = (Cell(f"ledger: {path}"),)
    aside = f"{number_of(len(records), 'run')}: {said}"
    return Card(label, aside, parts=(table,), notes=notes)


def _cells(record: RunRecord) -> list[Cell | int]:
    computation, asset = record.computation or "", record.asset or ""
    return [
        Cell(record.session, "code"),
        Cell(record.state, _TONES.get(record.state, "wait")),
        Cell(computation[:8], "code", title=computation, whole=computation),
        Cell(asset[:8], "code", asset_page(asset) if asset else None, title=asset, whole=asset),
        record.attempts,
        Cell(record.why),
    ]
