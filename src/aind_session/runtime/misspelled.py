"""Warnings about names that may be misspelled, because nothing was found under them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aind_session.errors import NothingFoundWarning
from aind_session.errors.wording import quote
from aind_session.runtime.near import near, near_in_words
from aind_session.runtime.warning import warn_user

_SHOWN_AT_MOST = 5

_UNEXPECTED = r"unexpected keyword argument '(\w+)'$"


def warn_if_misspelled(what: str, wanted: str, known: Iterable[str | None]) -> None:
    """Warn that nothing was found under a name, if a similar name exists.

    Parameters
    ----------
    what
        What the name stands for, such as ``process``.
    wanted
        What the user wrote.
    known
        The existing names, likeliest first.
    """
    close = near(wanted, filter(None, known))
    if close:
        warn_user(nothing_has(what, wanted, close), NothingFoundWarning)


def warn_of_unknown(what: str, wanted: Iterable[str], there: Sequence[str]) -> None:
    """Warn about each name that is not among the existing ones."""
    for one in wanted:
        if one not in there:
            warn_user(nothing_has(what, one, near(one, there), there), NothingFoundWarning)


def with_near_keyword(error: TypeError, function: Callable[..., Any]) -> TypeError:
    """Return Python's error for an unknown keyword, with similar keywords, else all, added.

    Examples
    --------
    >>> def f(*, limit): ...
    >>> with_near_keyword(TypeError("f() got an unexpected keyword argument 'limt'"), f)
    TypeError("f() got an unexpected keyword argument 'limt'; near: 'limit'")
    >>> with_near_keyword(TypeError("f() got an unexpected keyword argument 'x'"), f)
    TypeError("f() got an unexpected keyword argument 'x'; it takes limit")
    """
    found = re.search(_UNEXPECTED, str(error))
    if found is None:
        return error
    import inspect  # only needed after a misspelling

    names = [name for name in inspect.signature(function).parameters if name != "self"]
    more = near_in_words(near(found[1], names)) or f"; it takes {', '.join(names)}"
    return TypeError(f"{error}{more}")


def nothing_has(what: str, wanted: str, close: Sequence[str], there: Sequence[str] = ()) -> str:
    """Return the message that nothing has a name, with similar names, else the existing ones.

    Examples
    --------
    >>> nothing_has("tag", "ProbeA", ["probe:A"])
    "nothing has the tag 'ProbeA'; near: 'probe:A'"
    >>> nothing_has("tag", "x", [], ["a", "b"])
    "nothing has the tag 'x'; there are 'a', 'b'"
    """
    said = f"nothing has the {what} {quote(wanted)}{near_in_words(close)}"
    if close or not there:
        return said
    shown = ", ".join(map(quote, there[:_SHOWN_AT_MOST]))
    more = len(there) - _SHOWN_AT_MOST
    return f"{said}; there are {shown}{f' and {more} more' if more > 0 else ''}"
