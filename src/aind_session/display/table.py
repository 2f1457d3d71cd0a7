"""A table, as text and as HTML."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aind_session.display.cell import Cell, as_cell, foot
from aind_session.display.drawing import Drawing, columns_of
from aind_session.display.ink import Ink, inked, no_ink
from aind_session.display.markup import Room, broken_at_signs, escape, head
from aind_session.display.words import ANY_WIDTH, cut, fold, one_line, pad, width, wrap

_GAP = "  "
_NARROWEST, _LEAST = 6, 3
"""Columns are narrowed to the first, and beside names, which are kept whole, to the second."""

_ROWS = 40
"""A terminal shows at most this many rows; the middle ones are folded."""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes
    ----------
    name
        The header; may be empty.
    right
        Whether to align it right, as for numbers.
    wrap
        Whether to wrap long texts instead of cutting them.
    least
        The smallest width in a terminal.
    whole
        Whether to cut its texts only if nothing else helps, as for names.
    """

    name: str
    right: bool = False
    wrap: bool = False
    least: int = 0
    whole: bool = False


@dataclass(frozen=True)
class Table(Drawing):
    """Rows of cells under named columns.

    Attributes
    ----------
    columns
        The columns.
    rows
        The rows, each with a cell for every column.
    title, aside
        The title, and a remark at its right.
    footer
        Lines below the table.
    strong
        How many rows at the start to emphasize.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    aside: str = ""
    footer: tuple[Cell, ...] = ()
    strong: int = 0

    @classmethod
    def of(
        cls,
        columns: Iterable[str],
        rows: Iterable[Iterable[Any]],
        *,
        right: Collection[str] = (),
        wrap: Collection[str] = (),
        whole: Collection[str] = (),
        optional: Collection[str] = (),
        title: str = "",
        aside: str = "",
        footer: Iterable[Cell | str] = (),
        strong: int = 0,
    ) -> Table:
        """Make a table from column names and plain values.

        Parameters
        ----------
        columns
            Names.
        rows
            Texts, cells or numbers; None becomes an empty cell.
        right, wrap, whole
            Names of columns with numbers, with long texts, and with names; see `Column`.
        optional
            Names of columns to leave out if all their cells are empty.
        title, aside, footer, strong
            See the class.

        Examples
        --------
        >>> print(Table.of(["sorter", "assets"], [["kilosort2_5", 2]], right=["assets"]))
        sorter       assets
        kilosort2_5       2
        """
        cells = tuple(tuple(map(as_cell, row)) for row in rows)
        names = list(columns)
        shown = [
            i for i, n in enumerate(names) if n not in optional or any(r[i].text for r in cells)
        ]
        made = tuple(
            Column(names[i], names[i] in right, names[i] in wrap, whole=names[i] in whole)
            for i in shown
        )
        cells = tuple(tuple(row[i] for i in shown) for row in cells)
        return cls(made, cells, title, aside, tuple(map(as_cell, footer)), strong)

    # -- as text --

    def text(
        self, columns: int | None = None, *, rows: int | None = _ROWS, ink: Ink = no_ink
    ) -> str:
        """Return the table as text.

        Parameters
        ----------
        columns
            The width; by default the terminal's.
        rows
            The most rows to show, from the start and the end; None: all.
        ink
            Colours the text.
        """
        room = columns_of(columns)
        first, hidden, last = fold(self.rows, len(self.rows) if rows is None else rows)
        widths = self._widths([[str(cell) for cell in row] for row in (*first, *last)], room)
        is_cut = sum(widths) + len(_GAP) * (len(widths) - 1) > room  # too many columns
        if is_cut:
            ink = no_ink
        names = [Cell(c.name, "dim") for c in self.columns]
        lines = [self._line(list(map(str, names)), names, widths, ink)]
        lines += [line for row in first for line in self._lines(row, widths, ink)]
        if hidden:
            lines.append(f"... {hidden} more")
        lines += [line for row in last for line in self._lines(row, widths, ink)]
        if not lines[0] or (not self.rows and self.footer):  # the footer says what is missing
            del lines[0]
        below = [ink(line, cell.tone) for cell in self.footer for line in wrap(str(cell), room)]
        fitting = [cut(line, room) for line in lines] if is_cut else lines
        return "\n".join([*top_line(self.title, self.aside, room, ink), *fitting, *below])

    def lines(self, ink: Ink = no_ink) -> list[str]:
        """Return header and rows as text, uncut, without title and footer."""
        bare = replace(self, title="", aside="", footer=())
        return bare.text(ANY_WIDTH, rows=None, ink=ink).splitlines()

    def _widths(self, shown: Sequence[Sequence[str]], room: int) -> list[int]:
        """Return the width of each column; narrow the widest ones if the table is too wide."""
        widths = [
            min(max(c.least, width(one_line(c.name)), *(width(row[i]) for row in shown)), room)
            for i, c in enumerate(self.columns)
        ]
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - room
        while excess > 0 and max(widths) > _NARROWEST:
            widths[self._to_narrow(widths, room)] -= 1
            excess -= 1
        return widths

    def _to_narrow(self, widths: Sequence[int], room: int) -> int:
        """Return the column to narrow next: the widest of those that lose least by it."""
        able = [i for i, c in enumerate(self.columns) if c.wrap and widths[i] > room // 3]
        for least in (_NARROWEST, _LEAST):
            able = able or [
                i for i, c in enumerate(self.columns) if not c.whole and widths[i] > least
            ]
        return max(able or range(len(widths)), key=lambda i: widths[i])

    def _lines(self, row: Sequence[Cell], widths: Sequence[int], ink: Ink) -> list[str]:
        parts = [
            wrap(str(cell), columns) if column.wrap else [cut(str(cell), columns)]
            for cell, columns, column in zip(row, widths, self.columns, strict=True)
        ]
        count = max(map(len, parts), default=1)
        filled = [[*part, *[""] * (count - len(part))] for part in parts]
        return [self._line(line, row, widths, ink) for line in zip(*filled, strict=True)]

    def _line(
        self, texts: Sequence[str], cells: Sequence[Cell], widths: Sequence[int], ink: Ink
    ) -> str:
        padded = (
            pad(cut(text, columns), columns, right=column.right)
            for text, columns, column in zip(texts, widths, self.columns, strict=True)
        )
        said = (inked(text, cell.tone, ink) for text, cell in zip(padded, cells, strict=True))
        return _GAP.join(said).rstrip()

    # -- as HTML --

    def markup(self, room: Room) -> str:
        """Return the table as HTML."""
        return f"{head(self.title, self.aside, room)}{self.grid(room)}{foot(self.footer, room)}"

    def grid(self, room: Room) -> str:
        """Return only header and rows as HTML."""
        first, hidden, last = fold(self.rows, room.rows)
        rows = [self._row(row, room, strong=i < self.strong) for i, row in enumerate(first)]
        if hidden:
            span = len(self.columns)
            rows.append(f'<tr><td colspan="{span}" class="dim">… {hidden} more</td></tr>')
        rows += [self._row(row, room, strong=False) for row in last]
        names = "".join(
            f'<th scope="col"{_class(column)}>'
            f"{broken_at_signs(escape(column.name, room.characters))}</th>"
            for column in self.columns
        )
        top = f"<thead><tr>{names}</tr></thead>" if any(c.name for c in self.columns) else ""
        if not self.rows and self.footer:
            return ""
        body = "".join(rows)
        table = f'<table class="aind-table">{top}<tbody>{body}</tbody></table>'
        return f'<div class="scroll">{table}</div>'

    def _row(self, row: Sequence[Cell], room: Room, *, strong: bool) -> str:
        cells = "".join(
            f"<td{_class(column)}>{cell.markup(room)}</td>"
            for column, cell in zip(self.columns, row, strict=True)
        )
        kind = ' class="strong"' if strong else ""
        return f"<tr{kind}>{cells}</tr>"


def _class(column: Column) -> str:
    if column.right:
        return ' class="num"'
    return ' class="wrap"' if column.wrap or column.whole else ""


def top_line(title: str, aside: str, room: int, ink: Ink = no_ink) -> list[str]:
    """Return the title line of a text form, with the remark at its right; two lines if needed."""
    name, right = one_line(title), one_line(aside)
    if not name and not right:
        return []
    if width(name) + width(right) + len(_GAP) > room:
        lines = ((name, "strong"), (right, "dim"))
        return [ink(cut(text, room), tone) for text, tone in lines if text]
    wide = min(room, 80)
    blanks = " " * max(wide - width(name) - width(right), 0) if right else ""
    return [f"{ink(name, 'strong')}{blanks}{ink(right, 'dim')}"]
