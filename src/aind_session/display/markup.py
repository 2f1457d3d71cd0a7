"""HTML and SVG for notebooks: escaped text, a shared style and frame, a limited size."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from aind_session.display.words import one_line

MAX_BYTES = 20_000
"""The largest HTML of one object, in bytes."""

COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#B8A800")
"""The palette of Okabe and Ito, which colour-blind people can distinguish."""

LIGHT = frozenset(COLOURS) - {"#0072B2"}
"""The colours that need dark text."""


@dataclass(frozen=True)
class Room:
    """How much to show.

    Attributes
    ----------
    rows
        The most rows of a table, or siblings in a tree.
    characters
        The most characters of one text.
    marks
        The most marks in one lane of a timeline.
    """

    rows: int
    characters: int
    marks: int

    def fewer(self) -> Room:
        """Return a size with fewer rows, for a table below a drawing."""
        return replace(self, rows=min(self.rows, 12))


_ROOMS = (
    Room(40, 160, 150),
    Room(20, 160, 150),
    Room(12, 80, 60),
    Room(8, 48, 30),
    Room(4, 24, 12),
    Room(2, 12, 4),
)

_NAME = re.compile(r"[^\s&;<>]*\d-\d[^\s&;<>]*")
"""A word with a date, a time or something similar; in escaped text, so it contains no entities."""

_SIGN = re.compile("([_/])(?=[^_/])")

_PIECE = 32
"""Names with longer pieces between ``_`` and ``/`` are broken anywhere."""

_LINES = 20
"""How many lines of text to show if the smallest markup is too large."""

_ALONE = (
    "svg.aind-drawing{color:#1f2328}"
    "@media(prefers-color-scheme:dark){svg.aind-drawing{color:#e6edf3}}"
)


@cache
def style(name: str) -> str:
    """Return a style sheet of this package, ``card`` or ``drawing``, minified."""
    sheet = files(__package__).joinpath(f"{name}.css").read_text(encoding="utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    return re.sub(r"\s*([{};,>])\s*|(?<=:)\s+|\s*\n\s*", r"\1", sheet).replace(";}", "}")


def escape(text: object, characters: int = 160) -> str:
    """Return text for HTML: in one line, cut to a number of characters, and escaped.

    Examples
    --------
    >>> escape("<b>")
    '&lt;b&gt;'
    """
    shown = one_line(text)
    if len(shown) > characters:
        shown = f"{shown[: characters - 1]}…"
    return html.escape(shown)


def broken_at_signs(escaped: str) -> str:
    """Let browsers break the names in a text after ``_`` and ``/``, but not in dates and times.

    Examples
    --------
    >>> broken_at_signs("a_2023-12-13")
    '<span class="id">a_<wbr>2023-12-13</span>'
    """
    return _NAME.sub(_with_breaks, escaped)


def _with_breaks(found: re.Match[str]) -> str:
    name = found[0]
    if max(map(len, _SIGN.split(name))) > _PIECE:
        return name
    broken = _SIGN.sub(r"\1<wbr>", name)
    return f'<span class="id">{broken}</span>'


def frame(draw: Callable[[Room], str], text: Callable[[], str], *, is_drawn: bool) -> str:
    """Put markup into a frame, at the largest size that fits into `MAX_BYTES`.

    Parameters
    ----------
    draw
        Returns the markup for a size.
    text
        Returns the text to show, cut, if no size is small enough.
    is_drawn
        Whether the markup contains SVG.
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
    """Return the line at the top: the title, and a remark at its right."""
    if not title and not aside:
        return ""
    right = f'<span class="aside">{escape(aside, room.characters)}</span>' if aside else ""
    name = broken_at_signs(escape(title, room.characters))
    return f'<div class="head"><b>{name}</b>{right}</div>'


def svg(size: tuple[float, float], title: str, description: str, inside: str) -> str:
    """Return an SVG element with a title and description for screen readers."""
    columns, rows = size
    said = escape(f"{title}. {description}", 400)
    return (
        f'<svg class="aind-drawing" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{said}" viewBox="0 0 {columns:g} {rows:g}" '
        f'style="min-width:{min(columns, max(560, 0.75 * columns)):g}px;max-width:{columns:g}px">'
        f"<title>{escape(title, 200)}</title><desc>{escape(description, 300)}</desc>{inside}</svg>"
    )


def alone(drawing: str) -> str:
    """Add its style to an SVG drawing, for use outside a notebook."""
    start, close, rest = drawing.partition(">")
    return f"{start}{close}<style>{_ALONE}{style('drawing')}</style>{rest}"
