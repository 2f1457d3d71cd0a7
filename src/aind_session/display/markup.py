"""Markup for notebooks: escaped text, one style for all, one frame; small enough for a cell."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from aind_session.display.words import one_line

MAX_BYTES = 20_000
"""How much one object may put into a notebook."""

COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#B8A800")
"""The palette of Okabe and Ito, which people with other colour vision tell apart."""

LIGHT = frozenset({"#E69F00", "#56B4E9", "#B8A800", "#CC79A7"})
"""Those on which dark text is read."""


@dataclass(frozen=True)
class Room:
    """How much may be shown.

    Attributes
    ----------
    rows
        Rows of a table, or siblings in a tree.
    characters
        Characters of one text.
    marks
        Marks in one lane of a timeline.
    """

    rows: int
    characters: int
    marks: int

    def fewer(self) -> Room:
        """Give less: for what stands beside something else."""
        return replace(self, rows=min(self.rows, 12))


_ROOMS = (
    Room(40, 160, 150),
    Room(20, 160, 150),
    Room(12, 80, 60),
    Room(8, 48, 30),
    Room(4, 24, 12),
    Room(2, 12, 4),
)

_LINES = 20
"""Lines of text that stand in for what is too large even so."""

_ALONE = (
    "svg.aind-drawing{color:#1f2328}"
    "@media(prefers-color-scheme:dark){svg.aind-drawing{color:#e6edf3}}"
)


@cache
def style(name: str) -> str:
    """Give a style sheet of this package, ``card`` or ``drawing``, as short as it can be."""
    sheet = files(__package__).joinpath(f"{name}.css").read_text(encoding="utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    return re.sub(r"\s*([{};,>])\s*|(?<=:)\s+|\s*\n\s*", r"\1", sheet).replace(";}", "}")


def escape(text: object, characters: int = 160) -> str:
    """Give text as markup: in one line, cut to a number of characters, with its markup escaped.

    Examples
    --------
    >>> escape("<b>")
    '&lt;b&gt;'
    """
    shown = one_line(text)
    if len(shown) > characters:
        shown = f"{shown[: characters - 1]}…"
    return html.escape(shown)


def frame(draw: Callable[[Room], str], text: Callable[[], str], *, is_drawn: bool) -> str:
    """Put markup into the one frame, with as much of it as fits into `MAX_BYTES`.

    Parameters
    ----------
    draw
        Gives the markup for a size.
    text
        Gives the text that stands in for it, cut, where no size is small enough.
    is_drawn
        Whether SVG is in it.
    """
    sheets = style("card") + (style("drawing") if is_drawn else "")
    for room in _ROOMS:
        whole = _framed(sheets, draw(room))
        if len(whole.encode()) <= MAX_BYTES:
            return whole
    lines = (escape(line, 80) for line in text().splitlines()[:_LINES])
    return _framed(sheets, f"<pre>{chr(10).join(lines)}</pre>")


def _framed(sheets: str, inside: str) -> str:
    return f'<div class="aind-session"><style>{sheets}</style><div class="box">{inside}</div></div>'


def head(title: str, aside: str, room: Room) -> str:
    """Give the line at the top: what it is, and one thing about it at the right."""
    if not title and not aside:
        return ""
    right = f'<span class="aside">{escape(aside, room.characters)}</span>' if aside else ""
    return f'<div class="head"><b>{escape(title, room.characters)}</b>{right}</div>'


def svg(size: tuple[float, float], title: str, description: str, inside: str) -> str:
    """Give a drawing as SVG that says in words what it shows."""
    columns, rows = size
    said = escape(f"{title}. {description}", 400)
    return (
        f'<svg class="aind-drawing" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{said}" viewBox="0 0 {columns:g} {rows:g}" '
        f'style="min-width:{min(columns, 560):g}px;max-width:{columns:g}px">'
        f"<title>{escape(title, 200)}</title><desc>{escape(description, 300)}</desc>{inside}</svg>"
    )


def alone(drawing: str) -> str:
    """Give a drawing its style, for a file or a page outside a notebook's cell."""
    start, close, rest = drawing.partition(">")
    return f"{start}{close}<style>{_ALONE}{style('drawing')}</style>{rest}"
