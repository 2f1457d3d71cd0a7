"""A matrix of states, as a table of signs and as bars that count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from aind_session.display.cell import SIGNS, Cell, Tone, foot
from aind_session.display.drawing import Drawing, columns_of
from aind_session.display.ink import Ink, no_ink
from aind_session.display.markup import Room, alone, escape, head, svg
from aind_session.display.table import Table
from aind_session.display.words import cut, one_line, width

_TONES: tuple[Tone, ...] = ("good", "bad", "wait", "off", "none", "unknown")
_FILLS = {
    "good": 'fill="#17803f"',
    "bad": 'fill="#c9373e"',
    "wait": 'fill="#d99a00"',
    "off": 'fill="currentColor" fill-opacity=".3"',
    "none": 'fill="currentColor" fill-opacity=".12"',
    "unknown": 'fill="none" stroke="currentColor" stroke-opacity=".5" stroke-dasharray="2,2"',
}
_ROWS = 12


@dataclass(frozen=True)
class Matrix(Drawing):
    """A state for each row and column, such as sessions and processes.

    Attributes
    ----------
    rows, columns
        Their names.
    cells
        One tuple per row, with a cell for each column. The bars count the tones; the table shows
        the texts.
    corner
        The header of the rows' names.
    title, aside
        The title, and a remark at its right.
    legend
        Pairs of tone and meaning, in the order shown.
    notes
        Lines below the table.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    corner: str = ""
    title: str = ""
    aside: str = ""
    legend: tuple[tuple[Tone, str], ...] = ()
    notes: tuple[Cell, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether the HTML form contains bars as SVG, because the table cannot show all rows."""
        return len(self.rows) > _ROWS

    def counts(self) -> Mapping[str, Counter[Tone]]:
        """Count the tones of each column.

        Examples
        --------
        >>> cells = ((Cell("", "good"),), (Cell("", "none"),))
        >>> dict(Matrix(("a", "b"), ("nwb",), cells).counts()["nwb"])
        {'good': 1, 'none': 1}
        """
        return {
            name: Counter(row[i].tone for row in self.cells) for i, name in enumerate(self.columns)
        }

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the text form: a table with words, or with signs where words are too wide."""
        words = self._text_table(dict(self.legend), self.notes)
        if not self.rows:
            return replace(words, columns=()).text(columns, ink=ink)
        if max(map(width, words.lines())) <= columns_of(columns):
            return words.text(columns, rows=_ROWS, ink=ink)
        said = ", ".join(f"{SIGNS[tone]} {text}" for tone, text in self.legend)
        return self._text_table(SIGNS, (Cell(said), *self.notes)).text(columns, rows=_ROWS, ink=ink)

    def _text_table(self, words: Mapping[str, str], footer: Iterable[Cell]) -> Table:
        rows = [
            [name, *(Cell(str(cell) or words.get(cell.tone, cell.tone), cell.tone) for cell in row)]
            for name, row in zip(self.rows, self.cells, strict=True)
        ]
        return Table.of(
            [self.corner, *self.columns],
            rows,
            whole=[self.corner],
            title=self.title,
            aside=self.aside,
            footer=footer,
        )

    def svg(self) -> str:
        """Return the bars as standalone SVG."""
        return alone(self._drawing(Room(20, 160, 60)))

    def markup(self, room: Room) -> str:
        """Return the HTML form: bars if there are many rows, the table, and the legend."""
        bars = f'<div class="draw">{self._drawing(room)}</div>' if self.is_drawn else ""
        said = " &ensp;".join(
            f'<span class="id"><span class="{tone}">{SIGNS[tone]}</span> '
            f'<span class="dim">{escape(text, room.characters)}</span></span>'
            for tone, text in self.legend
        )
        table = self._table(room) if self.rows else ""
        below = foot(self.notes, room, said if self.rows else "")
        return f"{head(self.title, self.aside, room)}{bars}{table}{below}"

    def _table(self, room: Room) -> str:
        rows = [[Cell(name, "code"), *row] for name, row in zip(self.rows, self.cells, strict=True)]
        return Table.of([self.corner, *self.columns], rows).grid(room.fewer())

    def _drawing(self, room: Room) -> str:
        shown, hidden = self.columns[: room.rows], len(self.columns) - room.rows
        counts = self.counts()
        lines = [self._bar(name, counts[name], 6 + 24 * i) for i, name in enumerate(shown)]
        high = 10 + 24 * len(shown)
        if hidden > 0:
            lines.append(f'<text class="t" x="0" y="{high + 4}">… {hidden} more</text>')
            high += 16
        words = dict(self.legend)
        about = "; ".join(
            f"{one_line(name)[:40]}: "
            + ", ".join(f"{counts[name][t]} {words.get(t, t)}" for t in _TONES if counts[name][t])
            for name in shown[:6]
        )
        title = self.title or "Matrix"
        return svg((760, high), title, about, "".join(lines))

    def _bar(self, name: str, counts: Counter[Tone], y: float) -> str:
        x, parts = 120.0, [f'<text x="0" y="{y + 12}">{escape(cut(one_line(name), 18))}</text>']
        for tone in _TONES:
            wide = 620 * counts[tone] / max(len(self.rows), 1)
            if not wide:
                continue
            title = f"{counts[tone]} {dict(self.legend).get(tone, tone)}"
            parts.append(
                f"<g><title>{escape(title, 60)}</title>"
                f'<rect x="{x:.1f}" y="{y:g}" width="{max(wide - 1, 1):.1f}" height="16" '
                f"{_FILLS[tone]}/>{_number(counts[tone], tone, x, wide, y)}</g>"
            )
            x += wide
        return "".join(parts)


def _number(count: int, tone: Tone, x: float, wide: float, y: float) -> str:
    if wide < 8 + 7 * len(str(count)):
        return ""
    kind = {"good": "c", "bad": "c", "wait": "d"}.get(tone, "b")
    anchor = "" if kind in "cd" else ' text-anchor="middle"'
    return f'<text class="{kind}"{anchor} x="{x + wide / 2:.1f}" y="{y + 12:g}">{count}</text>'
