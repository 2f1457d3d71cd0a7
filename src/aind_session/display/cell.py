"""A cell: a short text, such as a state, a name or a link."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from aind_session.display.markup import Room, broken_at_signs, escape
from aind_session.display.words import one_line

Tone = Literal["plain", "strong", "dim", "code", "good", "bad", "wait", "none", "unknown", "off"]
"""``none``: does not exist; ``unknown``: could not be checked; ``off``: left out."""

SIGNS: dict[str, str] = {
    "good": "●",
    "bad": "✕",
    "wait": "◐",
    "none": "·",
    "unknown": "?",
    "off": "○",
}
"""The sign of each state, so that no state is shown by colour alone."""

_SAFE_LINK = "https://"

_FEW = 4
"""With at most this many rows, notes are cut like names."""

_WHOLE = 48
"""The most characters of a text that is cut by the browser: an ID has 36."""


@dataclass(frozen=True)
class Cell:
    """A short text.

    Attributes
    ----------
    text
        The text.
    tone
        The state or style of the text.
    link
        A URL that starts with ``https://``; any other text is not linked.
    title
        The full text, if `text` is an abbreviation.
    colour
        The colour of a small square before the text, such as ``#0072B2``; "" for no square.
    whole
        The text that is copied in a notebook, if `text` is its beginning; "" to copy `text`.
    """

    text: str
    tone: Tone = "plain"
    link: str | None = None
    title: str = ""
    colour: str = ""
    whole: str = ""

    def __str__(self) -> str:
        return one_line(self.text)

    def markup(self, room: Room) -> str:
        """Return the cell as HTML."""
        inside = broken_at_signs(escape(self.text, room.characters))
        sign = SIGNS.get(self.tone)
        if self.whole:
            inside = f'<span class="cut">{escape(self.whole, _WHOLE)}</span>'
        if self.tone == "code":
            inside = f"<code>{inside}</code>"
        elif self.tone == "strong":
            inside = f"<strong>{inside}</strong>"
        title = f' title="{escape(self.title, room.characters)}"' if self.title else ""
        if self.colour:
            square = f'<i style="background:{html.escape(self.colour)}"></i>'
            return f'<span class="chip"{title}>{square}{inside}</span>'
        if self.link is not None and self.link.startswith(_SAFE_LINK) and len(self.link) < 500:
            href = html.escape(one_line(self.link))
            whole = (
                f'<a href="{href}" target="_blank" rel="noopener noreferrer"{title}>{inside}</a>'
            )
            return whole if sign is None else f'<span class="{self.tone}">{sign}</span> {whole}'
        if sign is not None:
            inside = f"{sign} {inside}".rstrip()
        if sign is not None or self.tone == "dim":
            return f'<span class="{self.tone}"{title}>{inside}</span>'
        return f"<span{title}>{inside}</span>" if title else inside


def foot(cells: Iterable[Cell], room: Room, before: str = "") -> str:
    """Return lines below a table or a drawing, after other markup; "" if there are none."""
    if room.rows > _FEW:  # notes are cut only if little else is shown
        room = replace(room, characters=max(room.characters, 160))
    lines = [f"<div>{before}</div>"] if before else []
    for cell in cells:
        kind = ' class="dim"' if cell.tone == "plain" else ""
        lines.append(f"<div{kind}>{cell.markup(room)}</div>")
    return f'<div class="foot">{"".join(lines)}</div>' if lines else ""


def as_cell(value: Any) -> Cell:
    """Return a value as a cell; None becomes an empty one."""
    if isinstance(value, Cell):
        return value
    return Cell("" if value is None else str(value))
