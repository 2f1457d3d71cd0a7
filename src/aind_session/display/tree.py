"""A tree of nodes, such as data assets and what was made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from aind_session.display.cell import SIGNS, Cell, Tone, foot
from aind_session.display.drawing import Drawing, columns_of
from aind_session.display.ink import Ink, no_ink
from aind_session.display.markup import Room, alone, escape, head, svg
from aind_session.display.table import Table, top_line
from aind_session.display.words import cut, fold, one_line, pad, width

Line = Literal["solid", "dashed", "dotted"]
"""The style of the line from a node to its parent."""

_SIBLINGS = 12
_DEEPEST = 8
_DASHES = {"solid": "", "dashed": ' stroke-dasharray="6,3"', "dotted": ' stroke-dasharray="2,3"'}
_TWIGS = {"solid": "─", "dashed": "╌", "dotted": "┈"}
_HIGH, _ROW, _GAP = 40, 50, 50
_WIDE, _BOXES = 850, (200, 300)
"""The width of a card, and the smallest and the largest width of a box."""


@dataclass(frozen=True)
class Node:
    """One node of a tree.

    Attributes
    ----------
    label, detail
        The name, and details.
    children
        The nodes made from it.
    line
        The line to its parent.
    tone
        ``bad`` marks a branch that failed.
    title
        The full text if `label` is an abbreviation, such as an ID.
    """

    label: str
    detail: str = ""
    children: tuple[Node, ...] = ()
    line: Line = "solid"
    tone: Tone = "plain"
    title: str = ""


@dataclass(frozen=True)
class Tree(Drawing):
    """A tree, as lines of text, and as SVG with a table.

    Attributes
    ----------
    root
        The root node.
    title, aside
        The title, and a remark at its right.
    lines
        Pairs of line style and meaning, such as ``("dashed", "by its record")``.
    siblings
        The most children of a node to show; the others are folded.
    notes
        Lines below the tree.
    """

    root: Node
    title: str = ""
    aside: str = ""
    lines: tuple[tuple[Line, str], ...] = ()
    siblings: int = _SIBLINGS
    notes: tuple[Cell, ...] = ()

    @property
    def is_drawn(self) -> bool:
        """Whether the HTML form contains SVG: it always does."""
        return True

    # -- as text --

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the text form: a line per node."""
        room = columns_of(columns)
        pairs = list(self._text_lines())
        left = min(max(width(line) for line, _, _ in pairs) + 2, room - 2)
        lines = [
            ink(cut(f"{pad(cut(line, left), left)}{said}" if said else line, room).rstrip(), tone)
            for line, said, tone in pairs
        ]
        below = [cut(str(cell), room) for cell in self.notes]
        return "\n".join([*top_line(self.title, self.aside, room, ink), *lines, *below])

    def _text_lines(self) -> Iterator[tuple[str, str, str]]:
        yield _words(self.root), "", self.root.tone
        yield from self._below(_folded(self.root, self.siblings), "", 1)

    def _below(self, node: Node, margin: str, depth: int) -> Iterator[tuple[str, str, str]]:
        said = dict(self.lines)
        for i, child in enumerate(node.children):
            is_last = i == len(node.children) - 1
            twig = ("└" if is_last else "├") + _TWIGS[child.line]
            words = f"({said[child.line]})" if child.line != "solid" and child.line in said else ""
            yield f"{margin}{twig} {_words(child)}", one_line(words), child.tone
            further = margin + ("   " if is_last else "│  ")
            yield from self._below(child, further, depth + 1)

    # -- as HTML --

    def svg(self) -> str:
        """Return the drawing as standalone SVG."""
        return alone(self._drawing(Room(self.siblings, 160, 60)))

    def markup(self, room: Room) -> str:
        """Return the HTML form: the drawing, the table and the notes."""
        table = f"<details><summary>as a table</summary>{self.table().grid(room.fewer())}</details>"
        drawn = f'<div class="draw">{self._drawing(room)}</div>'
        return f"{head(self.title, self.aside, room)}{drawn}{table}{foot(self.notes, room)}"

    def table(self) -> Table:
        """Return the nodes as a table: a row per node."""
        said = dict(self.lines)
        rows = [
            [
                one_line(node.label),
                "" if parent is None else one_line(parent.label),
                "" if parent is None else said.get(node.line, ""),
                Cell(one_line(node.detail), node.tone),
            ]
            for node, parent in _each(_folded(self.root, self.siblings))
        ]
        return Table.of(["name", "made from", "evidence", "state"], rows)

    def _drawing(self, room: Room) -> str:
        root = _folded(self.root, min(self.siblings, room.rows))
        box = _box_width(root)
        places = _places(root, box + _GAP)
        high = max(y for _, _, _, y in places) + _HIGH + 14
        wide = max(x for _, _, x, _ in places) + box + 12
        at = {id(node): (x, y) for node, _, x, y in places}
        lines = "".join(
            _edge(at[id(parent)], at[id(node)], node.line, box)
            for node, parent, _, _ in places
            if parent is not None
        )
        boxes = "".join(_box(node, x, y, box, room) for node, _, x, y in places)
        legend, more = self._legend(high)
        failed = sum(node.tone == "bad" for node, *_ in places)
        names = ", ".join(one_line(node.label) for node, *_ in places)
        about = f"{len(places)} nodes, {failed} failed: {names}"
        title = self.title or root.label
        return svg((max(wide, 420), high + more), title, about, lines + boxes + legend)

    def _legend(self, top: float) -> tuple[str, float]:
        if not self.lines:
            return "", 0
        parts = [
            f'<path class="e" d="M{12 + 150 * i} {top + 8:g}h26"{_DASHES[line]}/>'
            f'<text class="t" x="{44 + 150 * i}" y="{top + 12:g}">{escape(said, 20)}</text>'
            for i, (line, said) in enumerate(self.lines)
        ]
        return "".join(parts), 22


def _words(node: Node) -> str:
    sign = f"{SIGNS['bad']} " if node.tone == "bad" else ""
    detail = one_line(node.detail)
    return f"{one_line(node.label)}{f'  {sign}{detail}' if detail else ''}"


def _folded(node: Node, siblings: int, depth: int = 0) -> Node:
    """Fold children beyond the limit, and levels that are too deep."""
    if depth >= _DEEPEST:
        more = (Node(f"... {len(node.children)} more", "deeper"),) if node.children else ()
        return replace(node, children=more)
    first, hidden, last = fold(node.children, max(siblings, 1))
    kept = [_folded(child, siblings, depth + 1) for child in (*first, *last)]
    if hidden:
        kept.insert(len(first), Node(f"... {hidden} more", "folded", line=node.children[0].line))
    return replace(node, children=tuple(kept))


def _each(node: Node, parent: Node | None = None) -> Iterator[tuple[Node, Node | None]]:
    yield node, parent
    for child in node.children:
        yield from _each(child, node)


def _box_width(root: Node) -> int:
    """Return the width of all boxes: what a card has room for, within limits."""
    least, most = _BOXES
    levels = _levels(root)
    return max(least, min(most, (_WIDE - 22 - _GAP * (levels - 1)) // levels))


def _levels(node: Node) -> int:
    return 1 + max(map(_levels, node.children), default=0)


def _places(root: Node, step: int) -> list[tuple[Node, Node | None, float, float]]:
    """Place each node: depth from left to right, each parent centred on its children."""
    placed: list[tuple[Node, Node | None, float, float]] = []
    leaves = 0

    def put(node: Node, parent: Node | None, depth: int) -> float:
        nonlocal leaves
        mine = len(placed)
        placed.append((node, parent, 0, 0))
        rows = [put(child, node, depth + 1) for child in node.children]
        if rows:
            y = (rows[0] + rows[-1]) / 2
        else:
            y, leaves = 12 + _ROW * leaves, leaves + 1
        placed[mine] = (node, parent, 10 + step * depth, y)
        return y

    put(root, None, 0)
    return placed


def _edge(start: tuple[float, float], end: tuple[float, float], line: Line, box: int) -> str:
    x, y = start[0] + box, start[1] + _HIGH / 2
    to, down = end[0], end[1] + _HIGH / 2
    middle = (x + to) / 2
    path = f"M{x:g} {y:g}C{middle:g} {y:g} {middle:g} {down:g} {to:g} {down:g}"
    return f'<path class="e" d="{path}"{_DASHES[line]}/>'


def _box(node: Node, x: float, y: float, box: int, room: Room) -> str:
    is_bad = node.tone == "bad"
    sign = f"{SIGNS['bad']} " if is_bad else ""
    label, detail = (min(room.characters, int((box - 18) / wide)) for wide in (7, 6.2))
    title = escape(node.title or f"{node.label} {node.detail}", room.characters)
    return (
        f"<g><title>{title}</title>"
        f'<rect class="n{" xb" if is_bad else ""}" x="{x:g}" y="{y:g}" width="{box}" '
        f'height="{_HIGH}" rx="7"/>'
        f'<text class="b" x="{x + 10:g}" y="{y + 17:g}">{_fitting(node.label, label)}</text>'
        f'<text class="t" x="{x + 10:g}" y="{y + 32:g}">'
        f"{_fitting(sign + node.detail, detail)}</text></g>"
    )


def _fitting(text: str, columns: int) -> str:
    return escape(cut(one_line(text), columns))
