"""Text for a terminal: width, cutting, padding and wrapping."""

from __future__ import annotations

import functools
import shutil
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

from aind_session.errors.wording import printable

T = TypeVar("T")

ANY_WIDTH = 1_000_000
"""A width that cuts nothing."""

_AT_LEAST = 40
"""The least width used, even if the terminal is narrower."""

_LONGEST = 1_000
"""Longer texts are cut to this many characters before they are processed."""

_NO_WIDTH = ("Mn", "Me", "Cf")


def one_line(text: object) -> str:
    r"""Return text in one line, with characters escaped that could change the output.

    Examples
    --------
    >>> one_line("a\nb\x1b[2J\u202ec")
    'a b\\x1b[2J\\u202ec'
    """
    whole = str(text)
    if len(whole) > _LONGEST:
        whole = f"{whole[:_LONGEST]}…"
    return " ".join(printable(whole).split())


def width(text: str) -> int:
    """Return the width of text in columns: East Asian characters take two, accents none.

    Examples
    --------
    >>> width("mouse"), width("マウス")
    (5, 6)
    """
    return len(text) if text.isascii() else sum(map(_width_of, text))


@functools.lru_cache(4096)
def _width_of(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """Cut text to a number of columns; an ellipsis marks the cut.

    Examples
    --------
    >>> cut("kilosort2_5", 8), cut("マウス", 5), cut("short", 8)
    ('kilosor…', 'マウ…', 'short')
    """
    if width(text) <= columns:
        return text
    kept, left = [], columns - 1
    for character in text:
        left -= _width_of(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Pad text with blanks to a number of columns, at its end, or at its start if `right`."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, columns: int) -> list[str]:
    """Wrap text into lines of a number of columns, between words; longer words are broken.

    They are broken after ``_`` or ``/`` if one is in the second half of the line.

    Examples
    --------
    >>> wrap("no metadata record", 11), wrap("ecephys_676909_sorted", 12)
    (['no metadata', 'record'], ['ecephys_', '676909_', 'sorted'])
    """
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width(joined) <= columns:
            lines[-1] = joined
            continue
        pieces = _pieces(word, columns)
        lines = [*lines, *pieces] if lines[-1] else pieces
    return lines


def _pieces(word: str, columns: int) -> list[str]:
    pieces, left = [""], columns
    for character in word:
        left -= _width_of(character)
        if left < 0 and pieces[-1]:
            pieces[-1:] = _parted(pieces[-1])
            left = columns - width(pieces[-1]) - _width_of(character)
        pieces[-1] += character
    return pieces


def _parted(full: str) -> tuple[str, str]:
    """Split a full line after its last sign, or at its end."""
    after = max(full.rfind(sign) for sign in "_/") + 1
    return (full[:after], full[after:]) if after > len(full) // 2 else (full, "")


def fold(items: Sequence[T], at_most: int) -> tuple[Sequence[T], int, Sequence[T]]:
    """Return the first and the last few items, and how many are left out between them.

    Parameters
    ----------
    items
        All items.
    at_most
        How many to keep: three quarters from the start, the others from the end.

    Examples
    --------
    >>> fold(range(10), 4), fold(range(3), 4)
    ((range(0, 3), 6, range(9, 10)), (range(0, 3), 0, range(3, 3)))
    """
    if len(items) <= at_most:
        return items, 0, items[len(items) :]
    last = at_most // 4
    return items[: at_most - last], len(items) - at_most, items[len(items) - last :]


def terminal_columns() -> int:
    """Return the width of the terminal, at least 40; 80 if there is no terminal."""
    return max(_AT_LEAST, shutil.get_terminal_size((80, 24)).columns)
