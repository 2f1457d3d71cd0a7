"""The base class of the values of this package: text, markup, and a frame around it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from aind_session.display.ink import Ink, no_ink
from aind_session.display.markup import Room, frame
from aind_session.display.shown import Shown
from aind_session.display.words import terminal_columns
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import whole_number


class Drawing(Shown, ABC):
    """A value with a text and an HTML form."""

    @abstractmethod
    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the text form, cut to a number of columns; by default the terminal's width."""

    @abstractmethod
    def markup(self, room: Room) -> str:
        """Return the HTML form without frame and style."""

    def html(self) -> str:
        """Return the HTML form: at most 20 kB, without scripts or external files."""
        return frame(self.markup, lambda: self.text(80), is_drawn=self.is_drawn)

    @property
    def is_drawn(self) -> bool:
        """Whether the HTML form contains SVG."""
        return False

    def _card(self) -> Drawing:
        return self

    def __str__(self) -> str:
        return self.text()


def columns_of(columns: int | None) -> int:
    """Return a number of columns; the terminal's width for None."""
    if columns is None:
        return terminal_columns()
    found = whole_number(columns)
    if found is None:
        raise TypeError(f"columns must be a whole number, not {quote(columns)}")
    return found
