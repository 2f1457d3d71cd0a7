"""A card: facts about one object in two columns, with parts and notes below."""

from __future__ import annotations

from dataclasses import dataclass

from aind_session.display.cell import Cell, foot
from aind_session.display.drawing import Drawing, columns_of
from aind_session.display.ink import Ink, inked, no_ink
from aind_session.display.markup import Room, escape, head
from aind_session.display.table import top_line
from aind_session.display.words import cut, fold, one_line, pad, width, wrap

_NAMES = 12
_LEAST_NAMES = 18
_LINES = 4
"""The most lines of one fact in a terminal."""

_NOTES = 8


@dataclass(frozen=True)
class Fact:
    """One fact.

    Attributes
    ----------
    name
        The name.
    cells
        The values.
    wide
        Whether the fact takes a whole line.
    in_text
        Whether the text form includes it; bare links are left out there.
    """

    name: str
    cells: tuple[Cell, ...]
    wide: bool = False
    in_text: bool = True

    @classmethod
    def of(cls, name: str, *cells: Cell | str, wide: bool = False) -> Fact:
        """Make a fact from texts or cells."""
        made = tuple(Cell(cell) if isinstance(cell, str) else cell for cell in cells)
        return cls(name, made, wide)


@dataclass(frozen=True)
class Card(Drawing):
    """Facts about one object.

    Attributes
    ----------
    title, aside
        The title, and a remark at its right.
    facts
        The facts, shown in two columns.
    parts
        Tables, trees and timelines below the facts.
    notes
        Lines at the end: what is missing and why, and the age of the data.
    """

    title: str
    aside: str = ""
    facts: tuple[Fact, ...] = ()
    parts: tuple[Drawing, ...] = ()
    notes: tuple[Cell, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether the card contains SVG."""
        return any(part.is_drawn for part in self.parts)

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the card as text."""
        room = columns_of(columns)
        blocks = [[*top_line(self.title, self.aside, room, ink), *self._fact_lines(room, ink)]]
        for part in self.parts:
            blocks.append([f"  {line}" for line in part.text(room - 2, ink=ink).splitlines()])
        first, hidden, last = fold(self.notes, _NOTES)
        more = [Cell(f"... {hidden} more notes", "dim")] if hidden else []
        said = (*first, *more, *last)
        blocks.append(
            [f"  {ink(line, cell.tone)}" for cell in said for line in wrap(str(cell), room - 2)]
        )
        return "\n\n".join("\n".join(block) for block in blocks if block)

    def _fact_lines(self, room: int, ink: Ink) -> list[str]:
        names = max([_NAMES, *(width(one_line(fact.name)) + 2 for fact in self.facts)])
        names = min(names, max(room // 3, _LEAST_NAMES))
        lines = []
        for fact in self.facts:
            said = _said(fact, room - names - 2, ink) if fact.in_text else []
            for i, line in enumerate(said):
                name = cut(one_line(fact.name), names - 1) if i == 0 else ""
                lines.append(f"  {inked(pad(name, names), 'dim', ink)}{line}")
        return lines

    def markup(self, room: Room) -> str:
        """Return the card as HTML, without frame and style."""
        facts = "".join(_fact(fact, room) for fact in self.facts)
        grid = f'<dl class="facts">{facts}</dl>' if facts else ""
        parts = "".join(part.markup(room) for part in self.parts)
        first, hidden, last = fold(self.notes, room.rows)
        more = [Cell(f"… {hidden} more notes")] if hidden else []
        below = foot((*first, *more, *last), room)
        return f"{head(self.title, self.aside, room)}{grid}{parts}{below}"


def _said(fact: Fact, room: int, ink: Ink) -> list[str]:
    """Return the lines of a fact: long ones are wrapped, and only very long ones are cut."""
    cells = [cell for cell in fact.cells if cell.text]
    whole = ", ".join(map(str, cells))
    if width(whole) > room:
        return wrap(cut(whole, room * _LINES), room)
    return [", ".join(inked(str(cell), cell.tone, ink) for cell in cells)] if cells else []


def _fact(fact: Fact, room: Room) -> str:
    chips = all(cell.colour for cell in fact.cells)
    joined = ("" if chips else ", ").join(cell.markup(room) for cell in fact.cells[: room.rows])
    wide = ' class="wide"' if fact.wide else ""
    return f"<dt{wide}>{escape(fact.name, room.characters)}</dt><dd{wide}>{joined}</dd>"
