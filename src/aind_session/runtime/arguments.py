"""What callers give: refused where it is of another kind, before anything is asked.

Each function returns its argument, or raises an error that quotes it and says what it
is for.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Sequence
from typing import Any

from aind_session.errors.wording import quote

_LONGEST_KEY = 1024
"""Bytes of the longest key in S3."""

_LONGEST_NAME = 255
"""Bytes of the longest name of a file."""

_ELSEWHERE = frozenset((".", ".."))

_NEAR = 0.8
"""The similarity from which on texts count as similar; 1 is equal."""

_DIGITS = re.compile(r"[0-9]+")
_SEPARATORS = re.compile(r"[\s._-]+")


def text(value: Any, what: str) -> str:
    """Give a text as it is.

    Parameters
    ----------
    value
        What was given.
    what
        What it is, as the message names it.

    Raises
    ------
    TypeError
        It is not text.

    Examples
    --------
    >>> text("ecephys", "a platform")
    'ecephys'
    >>> text(5, "a platform")
    Traceback (most recent call last):
    ...
    TypeError: a platform is text, not 5
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {quote(value)}")
    return value


def optional_text(value: Any, what: str) -> str | None:
    """Do as `text`, but let None be."""
    return None if value is None else text(value, what)


def text_or_number(value: Any, what: str) -> str:
    """Give a text, or a whole number as text, such as a subject.

    Raises
    ------
    TypeError
        It is neither.

    Examples
    --------
    >>> text_or_number(676909, "a subject")
    '676909'
    """
    number = whole_number(value)
    return text(value if number is None else str(number), what)


def several(value: Any) -> tuple[Any, ...]:
    """Give one thing, or several, as a tuple; None gives an empty one.

    Examples
    --------
    >>> several(None), several("a"), several(["a", "b"])
    ((), ('a',), ('a', 'b'))
    """
    if value is None:
        return ()
    is_one = isinstance(value, (str, bytes)) or not isinstance(value, Iterable)
    return (value,) if is_one else tuple(value)


def texts(value: Any, what: str) -> tuple[str, ...]:
    """Give one text, or several, as a tuple; see `text`. Empty ones are left out.

    Examples
    --------
    >>> texts(["a", ""], "a platform")
    ('a',)
    """
    return tuple(filter(None, (text(one, what) for one in several(value))))


def one_of(value: Any, allowed: Sequence[str], what: str) -> str:
    """Return one of a few texts; case matters.

    Raises
    ------
    ValueError
        It is not one of them; the message names similar ones.

    Examples
    --------
    >>> one_of("S3", ["local", "s3"], "a place")
    Traceback (most recent call last):
    ...
    ValueError: a place is 'local' or 's3', not 'S3'; near: 's3'
    """
    if not isinstance(value, str) or value not in allowed:
        hint = near_in_words(_nearest(value, allowed)) if isinstance(value, str) else ""
        raise ValueError(f"{what} is {' or '.join(map(repr, allowed))}, not {quote(value)}{hint}")
    return value


def _nearest(value: str, allowed: Sequence[str]) -> Sequence[str]:
    """Return texts similar to one, else those that contain it or are part of it."""
    plain = _plain(value)
    return near(value, allowed) or [
        one for one in allowed if plain and (plain in _plain(one) or _plain(one) in plain)
    ]


def near(value: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known texts similar to one, nearest first; case and separators do not matter.

    Parameters
    ----------
    value
        What a user wrote. If it is a known text, nothing is similar.
    known
        What there is.

    Examples
    --------
    >>> near("kilosort25", ["kilosort2_5", "kilosort4", "spykingcircus2"])
    ('kilosort2_5',)
    >>> near("kilosort3", ["kilosort2_5", "kilosort4"])
    ()
    >>> near("ecephys", ["ecephys", "Ecephys"])
    ()
    """
    import difflib  # paid by who mistypes

    names = tuple(known)
    by_plain = {_plain(one): one for one in reversed(names)}  # of two alike the first counts
    if value in names:
        return ()
    found = difflib.get_close_matches(_plain(value), by_plain, cutoff=_NEAR)
    same = [one for one in found if one == _plain(value)]
    # names that differ in their numbers alone are of two versions, and neither is mistyped
    others = [one for one in found if _DIGITS.sub("", one) != _DIGITS.sub("", _plain(value))]
    return tuple(by_plain[one] for one in same or others)


def near_in_words(words: Iterable[str]) -> str:
    """Name similar ones, to be put behind a message; empty where nothing is similar.

    Examples
    --------
    >>> near_in_words(["a", "b"])
    "; near: 'a' or 'b'"
    """
    names = " or ".join(map(quote, words))
    return f"; near: {names}" if names else ""


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", text.casefold())


def count(value: Any, what: str) -> int:
    """Give a whole number of at least one.

    Raises
    ------
    TypeError
        It is no whole number.
    ValueError
        It is less than one.

    Examples
    --------
    >>> count(0, "a limit")
    Traceback (most recent call last):
    ...
    ValueError: a limit is 1 or more, not 0
    """
    number = whole_number(value)
    if number is None:
        raise TypeError(f"{what} is a whole number, not {quote(value)}")
    if number < 1:
        raise ValueError(f"{what} is 1 or more, not {quote(value)}")
    return number


def whole_number(value: Any) -> int | None:
    """Give a whole number of Python, numpy or pandas; None for anything else, such as True.

    Examples
    --------
    >>> whole_number(5), whole_number(True), whole_number("5")
    (5, None, None)
    """
    # older releases of numpy take their truth values for numbers, too
    if isinstance(value, bool) or not hasattr(value, "__index__") or _is_truth(value):
        return None
    try:
        return operator.index(value)
    except TypeError:  # arrays have the method, and can say so only when it is called
        return None


def _is_truth(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", None) == "b"


def key(value: str, what: str) -> str:
    """Give the key of an object, or of a directory, in S3, without a slash at either end.

    Parameters
    ----------
    value
        A text.
    what
        What it is, as the message names it.

    Raises
    ------
    ValueError
        It leads elsewhere (``..``), is longer than any key, or no text that can be written.

    Examples
    --------
    >>> key("/a/b/", "a directory")
    'a/b'
    >>> key("a/../b", "a directory")
    Traceback (most recent call last):
    ...
    ValueError: a directory has no '.' or '..' in it: 'a/../b'
    """
    if leads_elsewhere(value):
        raise ValueError(f"{what} has no '.' or '..' in it: {quote(value)}")
    if not 0 <= _bytes(value) <= _LONGEST_KEY:
        raise ValueError(f"{what} has at most {_LONGEST_KEY} bytes in UTF-8: {quote(value)}")
    return value.strip("/")


def _bytes(value: str) -> int:
    """Count the bytes of a text in UTF-8; -1 for one that cannot be written in it."""
    try:
        return len(value.encode())
    except UnicodeEncodeError:  # halves of a character
        return -1


def leads_elsewhere(path: str) -> bool:
    """Tell whether a part of a path is ``.`` or ``..``, which HTTP clients resolve.

    Examples
    --------
    >>> leads_elsewhere("a/../../b"), leads_elsewhere("a..b/c.d")
    (True, False)
    """
    return not _ELSEWHERE.isdisjoint(re.split(r"[/\\]", path))


def file_name(value: Any) -> str | None:
    """Give the name of a file or folder; None for an invalid name, or one that leads elsewhere.

    Examples
    --------
    >>> file_name("session"), file_name("../session"), file_name(5)
    ('session', None, None)
    """
    if not isinstance(value, str) or value in _ELSEWHERE:
        return None
    is_plain = 0 < _bytes(value) <= _LONGEST_NAME and not set(value) & set("/\\\0")
    return value if is_plain else None
