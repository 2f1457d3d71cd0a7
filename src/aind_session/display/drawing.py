"""What the values of this package have in common: a text, markup, and a frame around it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from aind_session.display.ink import Ink, no_ink
from aind_session.display.markup import Room, frame
from aind_session.display.shown import Shown
from aind_session.display.words import terminal_columns


class Drawing(Shown, ABC):
    """A value that is shown; text, markup in a frame, or markup alone."""

    @abstractmethod
    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Give it as text, cut to a number of columns; by default those of the terminal."""

    @abstractmethod
    def markup(self, room: Room) -> str:
        """Give it as HTML without frame and style."""

    def html(self) -> str:
        """Give it as HTML: at most 20 kB, without script and without anything from elsewhere."""
        return frame(self.markup, lambda: self.text(80), is_drawn=self.is_drawn)

    @property
    def is_drawn(self) -> bool:
        """Whether SVG is in it."""
        return False

    def _card(self) -> Drawing:
        return self

    def __str__(self) -> str:
        return self.text()


def columns_of(columns: int | None) -> int:
    """Take a number of columns, or those of the terminal."""
    return terminal_columns() if columns is None else columns
