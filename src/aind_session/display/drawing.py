"""What the values of this package have in common: a text, markup, and a frame around it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from aind_session.display.ink import Ink, no_ink
from aind_session.display.markup import Room, frame
from aind_session.display.shown import Shown
from aind_session.display.words import terminal_columns


class Drawing(Shown, ABC):
    """A value with a text and an HTML form."""

    @abstractmethod
    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return it as text, cut to a number of columns; by default those of the terminal."""

    @abstractmethod
    def markup(self, room: Room) -> str:
        """Return it as HTML without frame and style."""

    def html(self) -> str:
        """Return it as HTML: at most 20 kB, without scripts and without external files."""
        return frame(self.markup, lambda: self.text(80), is_drawn=self.is_drawn)

    @property
    def is_drawn(self) -> bool:
        """Whether it contains SVG."""
        return False

    def _card(self) -> Drawing:
        return self

    def __str__(self) -> str:
        return self.text()


def columns_of(columns: int | None) -> int:
    """Take a number of columns, or those of the terminal."""
    return terminal_columns() if columns is None else columns
