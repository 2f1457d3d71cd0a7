"""What is shown of an object whose forms cannot be made."""

from __future__ import annotations

from aind_session.display.cell import Cell
from aind_session.display.ink import Ink, no_ink
from aind_session.display.markup import Room, frame, head
from aind_session.display.words import cut, one_line, terminal_columns, wrap


class NotShown:
    """The class of an object, and the error that was raised instead of a form.

    Not a `Card`: cards are themselves objects with forms.
    """

    def __init__(self, thing: object, error: Exception) -> None:
        self._title = type(thing).__name__
        self._why = Cell(f"cannot be shown: {type(error).__name__}: {error}", "unknown")

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the text form; by default as wide as the terminal."""
        room = terminal_columns() if columns is None else columns
        title = ink(cut(one_line(self._title), room), "strong")
        lines = [f"  {ink(line, self._why.tone)}" for line in wrap(str(self._why), room - 2)]
        return "\n".join([title, "", *lines])

    def html(self) -> str:
        """Return the HTML form."""
        return frame(self._markup, lambda: self.text(80), is_drawn=False)

    def _markup(self, room: Room) -> str:
        why = self._why.markup(room)
        return f'{head(self._title, "", room)}<div class="foot"><div>{why}</div></div>'
