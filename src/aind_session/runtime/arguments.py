"""Checks of callers' arguments, before any request is sent.

Each function returns its argument in a plain form, or raises an error: a `TypeError` if it has
another type, a `ValueError` if its value is not allowed. The message quotes the argument, and says
with `what` what it means. The examples show the messages.
"""

from __future__ import annotations

import math
import operator
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeVar

from aind_session.errors.wording import quote

T = TypeVar("T")

_LONGEST_KEY = 1024
"""The longest key in S3, in bytes."""

_LONGEST_NAME = 255
"""The longest file name, in bytes."""

_ELSEWHERE = frozenset((".", ".."))


def text(value: Any, what: str) -> str:
    """Return a text unchanged.

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
    if isinstance(value, Mapping) or hasattr(value, "columns"):  # its keys are not meant
        raise TypeError(f"{what} must be text, or several, not {quote(value)}")
    return tuple(filter(None, (text(one, what) for one in several(value))))


def one_of(value: Any, allowed: Sequence[str], what: str) -> str:
    """Return one of a few texts; case matters. All else is a `ValueError`, with similar texts.

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
        *most, last = map(repr, allowed)
        choices = f"{', '.join(most)} or {last}" if most else last
        raise ValueError(f"{what} must be {choices}, not {quote(value)}{hint}")
    return value


def count(value: Any, what: str) -> int:
    """Return a whole number of at least one.

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


def truth(value: Any, what: str) -> bool:
    """Return True or False, also from numpy, or from 1 and 0; not texts, since "no" is true.

    Examples
    --------
    >>> truth("no", "overwrite")
    Traceback (most recent call last):
    ...
    TypeError: overwrite must be True or False, not 'no'
    """
    is_bool = isinstance(value, bool) or (_is_numpy_bool(value) and value.ndim == 0)
    if is_bool or whole_number(value) in (0, 1):
        return bool(value)
    raise TypeError(f"{what} must be True or False, not {quote(value)}")


def optional_truth(value: Any, what: str) -> bool | None:
    """Return None, True or False; see `truth`.

    For arguments of which None has a meaning, and those of 0.3.27, for which it counts as False.
    """
    return None if value is None else truth(value, what)


def seconds(value: Any, what: str) -> float:
    """Return a number of seconds, not negative; it may be infinite.

    Examples
    --------
    >>> seconds(-1, "a timeout")
    Traceback (most recent call last):
    ...
    ValueError: a timeout must be 0 seconds or more, not -1
    """
    if isinstance(value, bool) or _is_numpy_bool(value) or not isinstance(value, Real):
        raise TypeError(f"{what} must be a number of seconds, not {quote(value)}")
    number: Any = value
    if not number >= 0:
        raise ValueError(f"{what} must be 0 seconds or more, not {quote(value)}")
    try:
        return float(number)
    except OverflowError:  # an int of hundreds of digits
        return math.inf


def optional_seconds(value: Any, what: str) -> float | None:
    """Return None or a number of seconds; see `seconds`."""
    return None if value is None else seconds(value, what)


def function(value: T, what: str) -> T:
    """Return a function, or anything else that can be called, unchanged.

    Examples
    --------
    >>> function("id", "fits")
    Traceback (most recent call last):
    ...
    TypeError: fits must be a function, not 'id'
    """
    if not callable(value):
        raise TypeError(f"{what} must be a function, not {quote(value)}")
    return value


def instance(value: Any, kind: type[T], what: str, how: str = "") -> T:
    """Return an object of a class unchanged.

    Parameters
    ----------
    kind
        The class.
    how
        Where to get such an object, for the message.

    Examples
    --------
    >>> instance("sorted", int, "a process", "see `Process`")
    Traceback (most recent call last):
    ...
    TypeError: a process must be of the class int, not 'sorted': see `Process`
    """
    if not isinstance(value, kind):
        more = f": {how}" if how else ""
        raise TypeError(f"{what} must be of the class {kind.__name__}, not {quote(value)}{more}")
    return value


def mapping(value: Any, what: str) -> Mapping[Any, Any]:
    """Return a mapping, such as a dict, unchanged.

    Examples
    --------
    >>> mapping(["a"], "users")
    Traceback (most recent call last):
    ...
    TypeError: users must be a mapping, such as a dict, not ['a']
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} must be a mapping, such as a dict, not {quote(value)}")
    return value


def file_path(value: Any, what: str) -> str:
    """Return the path of a local file as text; not numbers, which `open` takes for open files.

    Examples
    --------
    >>> file_path(3, "the path of a lock file")
    Traceback (most recent call last):
    ...
    TypeError: the path of a lock file must be text or a local path, not 3
    """
    try:
        path = os.fsdecode(value)
    except TypeError:
        raise TypeError(f"{what} must be text or a local path, not {quote(value)}") from None
    if not path.strip() or "\0" in path:
        raise ValueError(f"{what} must name a file, not {quote(value)}")
    return path


def whole_number(value: Any) -> int | None:
    """Return a whole number from Python, numpy or pandas as int; None otherwise, also for True.

    Examples
    --------
    >>> whole_number(5), whole_number(True), whole_number("5")
    (5, None, None)
    """
    # numpy's booleans have __index__ in old releases
    if isinstance(value, bool) or not hasattr(value, "__index__") or _is_numpy_bool(value):
        return None
    try:
        return operator.index(value)
    except TypeError:  # arrays have __index__, but it fails
        return None


def _is_numpy_bool(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", None) == "b"


def key(value: str, what: str) -> str:
    """Return the key of an object, or of a directory, in S3, without a slash at either end.

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
