"""Checks of callers' arguments, before any request is sent.

Each function returns its argument in a plain form, or raises an error that names and quotes it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Sequence
from typing import Any

from aind_session.errors.wording import quote

_LONGEST_KEY = 1024
"""The longest key in S3, in bytes."""

_LONGEST_NAME = 255
"""The longest file name, in bytes."""

_ELSEWHERE = frozenset((".", ".."))


def text(value: Any, what: str) -> str:
    """Return a text unchanged.

    Parameters
    ----------
    value
        The argument.
    what
        What it means, for the message.

    Raises
    ------
    TypeError
        The argument is not text.

    Examples
    --------
    >>> text("ecephys", "a platform")
    'ecephys'
    >>> text(5, "a platform")
    Traceback (most recent call last):
    ...
    TypeError: a platform must be text, not 5
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} must be text, not {quote(value)}")
    return value


def optional_text(value: Any, what: str) -> str | None:
    """Return None or a text; see `text`."""
    return None if value is None else text(value, what)


def text_or_number(value: Any, what: str) -> str:
    """Return a text, or a whole number as text, such as a subject.

    Raises
    ------
    TypeError
        The argument is neither.

    Examples
    --------
    >>> text_or_number(676909, "a subject")
    '676909'
    """
    number = whole_number(value)
    return text(value if number is None else str(number), what)


def several(value: Any) -> tuple[Any, ...]:
    """Return one value or several as a tuple; None gives an empty one.

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
    """Return one text or several as a tuple, without empty texts; see `text`.

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
        The argument is not one of them; the message names similar ones.

    Examples
    --------
    >>> one_of("S3", ["local", "s3"], "a place")
    Traceback (most recent call last):
    ...
    ValueError: a place must be 'local' or 's3', not 'S3'; near: 's3'
    """
    if not isinstance(value, str) or value not in allowed:
        from aind_session.runtime.near import near_in_words, nearest  # only for this message

        hint = near_in_words(nearest(value, allowed)) if isinstance(value, str) else ""
        choices = " or ".join(map(repr, allowed))
        raise ValueError(f"{what} must be {choices}, not {quote(value)}{hint}")
    return value


def count(value: Any, what: str) -> int:
    """Return a whole number of at least one.

    Raises
    ------
    TypeError
        The argument is not a whole number.
    ValueError
        The argument is less than one.

    Examples
    --------
    >>> count(0, "a limit")
    Traceback (most recent call last):
    ...
    ValueError: a limit must be 1 or more, not 0
    """
    number = whole_number(value)
    if number is None:
        raise TypeError(f"{what} must be a whole number, not {quote(value)}")
    if number < 1:
        raise ValueError(f"{what} must be 1 or more, not {quote(value)}")
    return number


def whole_number(value: Any) -> int | None:
    """Return a whole number from Python, numpy or pandas as int; None otherwise, also for True.

    Examples
    --------
    >>> whole_number(5), whole_number(True), whole_number("5")
    (5, None, None)
    """
    # numpy's booleans have __index__ in old releases
    if isinstance(value, bool) or not hasattr(value, "__index__") or _is_truth(value):
        return None
    try:
        return operator.index(value)
    except TypeError:  # arrays have __index__, but it fails
        return None


def _is_truth(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", None) == "b"


def key(value: str, what: str) -> str:
    """Return the key of an object, or of a directory, in S3, without a slash at either end.

    Parameters
    ----------
    value
        A text.
    what
        What it means, for the message.

    Raises
    ------
    ValueError
        The text contains ``.`` or ``..`` as a part, is too long, or cannot be encoded.

    Examples
    --------
    >>> key("/a/b/", "a directory")
    'a/b'
    >>> key("a/../b", "a directory")
    Traceback (most recent call last):
    ...
    ValueError: a directory must not contain '.' or '..': 'a/../b'
    """
    if leads_elsewhere(value):
        raise ValueError(f"{what} must not contain '.' or '..': {quote(value)}")
    if not 0 <= _bytes(value) <= _LONGEST_KEY:
        raise ValueError(f"{what} must have at most {_LONGEST_KEY} bytes in UTF-8: {quote(value)}")
    return value.strip("/")


def _bytes(value: str) -> int:
    """Return the length of a text in UTF-8; -1 if it cannot be encoded."""
    try:
        return len(value.encode())
    except UnicodeEncodeError:  # lone surrogates
        return -1


def leads_elsewhere(path: str) -> bool:
    """Return whether a part of a path is ``.`` or ``..``, which HTTP clients resolve.

    Examples
    --------
    >>> leads_elsewhere("a/../../b"), leads_elsewhere("a..b/c.d")
    (True, False)
    """
    return not _ELSEWHERE.isdisjoint(re.split(r"[/\\]", path))


def file_name(value: Any) -> str | None:
    """Return a valid name of a file or folder unchanged; None for anything else, such as a path.

    Examples
    --------
    >>> file_name("session"), file_name("../session"), file_name(5)
    ('session', None, None)
    """
    if not isinstance(value, str) or value in _ELSEWHERE:
        return None
    is_plain = 0 < _bytes(value) <= _LONGEST_NAME and not set(value) & set("/\\\0")
    return value if is_plain else None
