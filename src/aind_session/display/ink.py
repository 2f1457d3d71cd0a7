"""How the text of a cell looks by what it stands for: in colour on a terminal, else as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Ink = Callable[[str, str], str]
"""Takes text and its tone (see `Cell`), and gives the text with what colours it."""


def no_ink(text: str, tone: str) -> str:
    """Leave text as it is."""
    return text


class HasText(Protocol):
    """Anything with a text form that can be coloured."""

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Give it as text, cut to a number of columns; by default those of the terminal."""


def inked(padded: str, tone: str, ink: Ink) -> str:
    """Colour text, and not the blanks around it."""
    text = padded.strip(" ")
    return padded.replace(text, ink(text, tone), 1) if text else padded
