"""Texts that are similar to a text, for messages about misspelled names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aind_session.errors.wording import quote

_NEAR = 0.8
"""The least similarity of similar texts; 1 is equal."""

_DIGITS = re.compile(r"[0-9]+")
_SEPARATORS = re.compile(r"[\s._-]+")


def nearest(value: str, allowed: Sequence[str]) -> Sequence[str]:
    """Return the allowed texts similar to a value, else those of which it is nearly a part.

    Examples
    --------
    >>> nearest("vidoes", ["behavior_videos", "settings"])
    ['behavior_videos']
    """
    plain = _plain(value)
    parts = [one for one in allowed if plain and (plain in _plain(one) or _plain(one) in plain)]
    similar = near(value, allowed) or parts
    return similar or [one for one in allowed if near(value, _SEPARATORS.split(one))]


def near(value: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known texts similar to a value, nearest first; ignore case and separators.

    Parameters
    ----------
    value
        What a user wrote. If it is itself a known text, the result is empty.
    known
        The texts that exist.

    Examples
    --------
    >>> near("kilosort25", ["kilosort2_5", "kilosort4", "spykingcircus2"])
    ('kilosort2_5',)
    >>> near("kilosort3", ["kilosort2_5", "kilosort4"])
    ()
    >>> near("ecephys", ["ecephys", "Ecephys"])
    ()
    """
    import difflib  # only needed after a misspelling

    names = tuple(known)
    by_plain = {_plain(one): one for one in reversed(names)}  # the first of equal ones wins
    if value in names:
        return ()
    found = difflib.get_close_matches(_plain(value), by_plain, cutoff=_NEAR)
    same = [one for one in found if one == _plain(value)]
    # names that differ only in their numbers are two versions, not misspellings
    others = [one for one in found if _DIGITS.sub("", one) != _DIGITS.sub("", _plain(value))]
    return tuple(by_plain[one] for one in same or others)


def near_in_words(words: Iterable[str]) -> str:
    """Return a suffix for a message that names similar texts; empty if there are none.

    Examples
    --------
    >>> near_in_words(["a", "b"])
    "; near: 'a' or 'b'"
    """
    names = " or ".join(map(quote, words))
    return f"; near: {names}" if names else ""


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", text.casefold())
