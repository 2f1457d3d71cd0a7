"""A timeline: one lane per kind, one mark per event, drawn so that marks do not overlap."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aind_session.display.cell import Cell, foot
from aind_session.display.drawing import Drawing, columns_of
from aind_session.display.ink import Ink, no_ink
from aind_session.display.markup import COLOURS, LIGHT, Room, alone, escape, head, svg
from aind_session.display.scale import Scale
from aind_session.display.table import Table, top_line
from aind_session.display.words import cut, fold, one_line, pad, width, wrap
from aind_session.errors.wording import number_of

State = Literal["filled", "empty", "unknown"]
Ring = Literal["", "ring", "failed"]

_LEFT, _RIGHT, _TOP, _LANE = 120, 744, 30, 32
_WIDE = 760
_APART = 10.5
"""The least distance between marks, in pixels."""

_ROWS = 3
_LANES = 12


@dataclass(frozen=True)
class Mark:
    """One event.

    Attributes
    ----------
    at
        The time, without time zone.
    lane
        Its kind.
    name
        Its name, such as an ID.
    state
        ``filled``: it exists; ``empty``: it does not; ``unknown``: could not be checked.
    ring
        ``ring``: it has results; ``failed``: the latest result failed.
    said
        The state in words, for the table.
    """

    at: datetime.datetime
    lane: str
    name: str
    state: State = "filled"
    ring: Ring = ""
    said: str = ""


@dataclass(frozen=True)
class Legend:
    """The meaning of marks, in words.

    Attributes
    ----------
    filled, empty, unknown, ring, failed
        The text for each state; unused states are left out of the drawing.
    """

    filled: str = "exists"
    empty: str = "missing"
    unknown: str = "unknown"
    ring: str = "ring"
    failed: str = "failed"


@dataclass(frozen=True)
class _Group:
    """Marks that are drawn as one; most groups hold a single mark."""

    x: float
    row: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Timeline(Drawing):
    """Events over time.

    Attributes
    ----------
    marks
        In any order.
    title, aside
        The title, and a remark at its right.
    legend
        The meaning of marks.
    notes
        Lines below the timeline.
    colours
        Pairs of lane and colour; a palette is used if a lane has no colour or two share one.
    """

    marks: tuple[Mark, ...]
    title: str = ""
    aside: str = ""
    legend: Legend = Legend()
    notes: tuple[Cell, ...] = ()
    colours: tuple[tuple[str, str], ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether the HTML form contains SVG: it does if there are marks."""
        return bool(self.marks)

    def _colours(self, lanes: Sequence[str]) -> list[str]:
        wanted = dict(self.colours)
        found = [wanted.get(name, "") for name in lanes]
        if "" in found or len(set(found)) < len(found):
            return [COLOURS[i % len(COLOURS)] for i in range(len(lanes))]
        return found

    def lanes(self) -> dict[str, list[Mark]]:
        """Return the marks by lane, sorted by time; the lane with the earliest mark comes first."""
        found: dict[str, list[Mark]] = {}
        for mark in sorted(self.marks, key=lambda mark: (mark.at, mark.name)):
            found.setdefault(mark.lane, []).append(mark)
        return found

    # -- as text --

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the text form: a row per lane, a character per time step."""
        room = columns_of(columns)
        below = [line for cell in self.notes for line in wrap(str(cell), room)]
        return "\n".join([*top_line(self.title, self.aside, room, ink), *self._rows(room), *below])

    def _rows(self, room: int) -> Iterator[str]:
        if not self.marks:
            return
        lanes = self.lanes()
        shown, hidden, _ = fold(list(lanes), _LANES)
        left = min(max(width(one_line(name)) for name in shown), room // 3) + 2
        cells = max(room - left - 8, 10)
        scale = Scale.of([mark.at for mark in self.marks], 0, cells - 1)
        yield " " * left + _axis(scale, cells)
        for name in shown:
            row = ["─"] * cells
            for mark in lanes[name]:
                at = min(round(scale.x(mark.at)), cells - 1)
                row[at] = _sign(mark, row[at])
            count = pad(str(len(lanes[name])), 6, right=True)
            yield f"{pad(cut(one_line(name), left - 2), left)}{''.join(row)}{count}"
        if hidden:
            yield f"... {hidden} more lanes"
        said = ", ".join(f"{_SIGNS[key]} {said}" for key, said in self._said())
        yield cut(" " * left + said, room)

    def _said(self) -> list[tuple[str, str]]:
        kinds = {mark.state for mark in self.marks} | {mark.ring for mark in self.marks}
        names = ("filled", "empty", "unknown", "ring", "failed")
        return [(name, one_line(getattr(self.legend, name))) for name in names if name in kinds]

    # -- as HTML --

    def svg(self) -> str:
        """Return the drawing as standalone SVG."""
        return alone(self._drawing(Room(20, 160, 150)))

    def table(self) -> Table:
        """Return the marks as a table: a row per mark, sorted by time."""
        rows = [
            [Cell(mark.name, "code"), mark.lane, f"{mark.at:%Y-%m-%d %H:%M}", self._words(mark)]
            for of_one in self.lanes().values()
            for mark in of_one
        ]
        rows.sort(key=lambda row: str(row[2]))
        return Table.of(["name", "lane", "time", "state"], rows)

    def _words(self, mark: Mark) -> str:
        if mark.said:
            return mark.said
        parts = [getattr(self.legend, mark.state)]
        return ", ".join([*parts, getattr(self.legend, mark.ring)] if mark.ring else parts)

    def markup(self, room: Room) -> str:
        """Return the HTML form: the drawing, the table and the notes."""
        drawn = table = ""
        if self.marks:
            drawn = f'<div class="draw">{self._drawing(room)}</div>'
            table = (
                f"<details><summary>as a table</summary>{self.table().grid(room.fewer())}</details>"
            )
        return f"{head(self.title, self.aside, room)}{drawn}{table}{foot(self.notes, room)}"

    def _drawing(self, room: Room) -> str:
        lanes = self.lanes()
        shown, hidden, _ = fold(list(lanes), min(_LANES, room.rows))
        scale = Scale.of([mark.at for mark in self.marks], _LEFT + 8, _RIGHT - 8)
        parts: list[str] = []
        top = float(_TOP)
        for name, colour in zip(shown, self._colours(shown), strict=True):
            groups = _groups(lanes[name], scale, room.marks)
            rows = 1 + max(group.row for group in groups)
            marks = "".join(self._mark(group, top, colour, room) for group in groups)
            parts.append(f"{_lane(name, top)}{marks}")
            top += _LANE + (rows - 1) * _APART
        if hidden:
            parts.append(f'<text class="t" x="0" y="{top + 4:g}">… {hidden} more lanes</text>')
            top += 16
        grid = _grid(scale, top - 14)
        said = f"{len(self.marks)} in {number_of(len(lanes), 'lane')}, {_span(self.marks)}"
        about = f"{said}; the table lists them"
        title = self.title or "Timeline"
        inside = grid + "".join(parts) + self._legend(top + 8)
        return svg((_WIDE, top + 20), title, about, inside)

    def _mark(self, group: _Group, y: float, colour: str, room: Room) -> str:
        down = y + group.row * _APART
        if len(group.marks) > 1:
            return _count(group, down, colour, map(self._words, group.marks))
        mark = group.marks[0]
        title = escape(f"{mark.name}: {self._words(mark)}", room.characters)
        drawn = _glyph(mark.state, group.x, down, colour)
        if mark.ring:
            drawn += _glyph(mark.ring, group.x, down, colour, alone=False)
        return f"<g><title>{title}</title>{drawn}</g>"

    def _legend(self, y: float) -> str:
        parts, x = [], float(_LEFT)
        for key, said in self._said():
            text = cut(said, 26)
            parts.append(
                f"{_glyph(key, x + 5, y, 'currentColor')}"
                f'<text class="t" x="{x + 16:g}" y="{y + 4:g}">{escape(text)}</text>'
            )
            x += 34 + 6.2 * width(text)
        return "".join(parts)


_SIGNS = {"filled": "●", "empty": "○", "unknown": "?", "ring": "◉", "failed": "✕"}
_STRONG = ("✕", "◉", "●", "?", "○", "─")


def _sign(mark: Mark, before: str) -> str:
    """Return the character of a mark; of several in one place, the most important one."""
    sign = _SIGNS[mark.ring or mark.state]
    return min(sign, before, key=_STRONG.index)


def _axis(scale: Scale, cells: int) -> str:
    row = [" "] * cells
    free = 0
    for x, text in scale.ticks:
        at = round(x)
        if at >= free and at + len(text) <= cells:
            row[at : at + len(text)] = text
            free = at + len(text) + 1
    return "".join(row).rstrip()


def _groups(marks: Sequence[Mark], scale: Scale, at_most: int) -> list[_Group]:
    """Place marks in up to three rows without overlap; if that fails, draw counts instead."""
    placed: list[_Group] = []
    free = [float("-inf")] * _ROWS
    for mark in marks:
        x = scale.x(mark.at)
        row = next((row for row in range(_ROWS) if x - free[row] >= _APART), None)
        if row is None:
            return _counted(marks, scale, at_most)
        free[row] = x
        placed.append(_Group(x, row, (mark,)))
    return placed if len(placed) <= at_most else _counted(marks, scale, at_most)


def _counted(marks: Sequence[Mark], scale: Scale, at_most: int) -> list[_Group]:
    wide = max(18.0, (scale.right - scale.left) / at_most)
    bins: dict[int, list[Mark]] = {}
    for mark in marks:
        bins.setdefault(int((scale.x(mark.at) - scale.left) / wide), []).append(mark)
    return [
        _Group(sum(map(scale.x, (m.at for m in of_one))) / len(of_one), 0, tuple(of_one))
        for of_one in bins.values()
    ]


def _lane(name: str, y: float) -> str:
    label = escape(cut(one_line(name), 18))
    return f'<text x="0" y="{y + 4:g}">{label}</text><path class="l" d="M{_LEFT} {y:g}H{_RIGHT}"/>'


def _count(group: _Group, y: float, colour: str, said: Iterable[str]) -> str:
    counted = "; ".join(f"{count} {words}" for words, count in Counter(said).items())
    title = escape(f"{len(group.marks)}, {_span(group.marks)}: {counted}", 160)
    states = {mark.ring or mark.state for mark in group.marks}
    kind = "d" if colour in LIGHT else "c"
    ring = _glyph("ring", group.x, y, colour, alone=False, wider=3.5) if "ring" in states else ""
    failed = _glyph("failed", group.x, y - 4, colour, alone=False) if "failed" in states else ""
    return (
        f'<g><title>{title}</title><circle cx="{group.x:.1f}" cy="{y:g}" r="8" fill="{colour}"/>'
        f'{ring}{failed}<text class="{kind}" x="{group.x:.1f}" y="{y + 3.5:g}">'
        f"{len(group.marks)}</text></g>"
    )


def _glyph(
    kind: str, x: float, y: float, colour: str, *, alone: bool = True, wider: float = 0
) -> str:
    where = f'cx="{x:.1f}" cy="{y:g}"'
    if kind == "filled":
        return f'<circle {where} r="4.2" fill="{colour}"/>'
    if kind == "empty":
        dashes = 'stroke-width="1.4" stroke-dasharray="2,1.4"'
        return f'<circle {where} r="3.8" fill="none" stroke="{colour}" {dashes}/>'
    if kind == "ring":
        dot = f'<circle {where} r="3.4" fill="{colour}"/>' if alone else ""
        ring = f'<circle {where} r="{6.6 + wider:g}" fill="none" stroke="{colour}"/>'
        return dot + ring
    if kind == "failed":
        up = y if alone else y - 9
        return f'<path class="x" d="M{x - 2.8:.1f} {up - 2.8:.1f}l5.6 5.6m0-5.6l-5.6 5.6"/>'
    return f'<text class="b" x="{x - 3:.1f}" y="{y + 4:g}">?</text>'


def _grid(scale: Scale, bottom: float) -> str:
    lines, free = [], float("-inf")
    for x, text in scale.ticks:
        lines.append(f'<path class="l" d="M{x:.1f} 16V{bottom:g}"/>')
        if x >= free:
            lines.append(f'<text class="t" x="{x + 3:.1f}" y="12">{escape(text)}</text>')
            free = x + 8 + 6.2 * len(text)
    return "".join(lines)


def _span(marks: Sequence[Mark]) -> str:
    first, last = min(mark.at for mark in marks), max(mark.at for mark in marks)
    begin, end = (f"{at.day} {at:%b %Y}" for at in (first, last))
    return begin if begin == end else f"{begin} to {end}"
