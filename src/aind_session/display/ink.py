"""Colours for the text of cells, on terminals that have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Ink = Callable[[str, str], str]
"""Takes a text and its tone (see `Cell`); returns the text with colour codes."""


def no_ink(text: str, tone: str) -> str:
    """Return text unchanged."""
    return text


class HasText(Protocol):
    """Anything with a text form that can be coloured."""

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the text form, cut to a number of columns; by default the terminal's width."""


class HasForms(HasText, Protocol):
    """Anything with a text and an HTML form, such as the values of this package."""

    def html(self) -> str:
        """Return the HTML form."""


def inked(padded: str, tone: str, ink: Ink) -> str:
    """Colour a text, but not the blanks around it."""
    text = padded.strip(" ")
    return padded.replace(text, ink(text, tone), 1) if text else padded
