"""Notes as lines below tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aind_session.display import Cell, Table
from aind_session.errors.wording import first_line

if TYPE_CHECKING:
    from aind_session.diagnosis.notes import Note


def noted_table(items: Sequence[Any], notes: Sequence[Note] | None) -> Table:
    """Return a table of items, with their notes below if they are known."""
    rows = [[Cell(getattr(item, "id", None) or str(item), "code")] for item in items]
    return Table.of(["what"], rows, footer=note_cells(notes))


def note_cells(notes: Sequence[Note] | None) -> list[Cell]:
    """Return a line per note; None means that they were not requested."""
    if notes is None:
        return [Cell("Notes: not asked yet, see .notes")]
    return [Cell(first_line(note), note.tone) for note in notes]
