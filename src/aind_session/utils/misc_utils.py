"""Helpers of earlier releases, for code that still calls them."""

from __future__ import annotations

import doctest
import time
from typing import Any

from aind_session.errors.wording import quote
from aind_session.runtime.arguments import seconds as checked


def get_ttl_hash(seconds: float = 600) -> int:
    """Return a number that changes every few seconds.

    Parameters
    ----------
    seconds
        How long it stays the same.

    Notes
    -----
    Functions accept it as ``ttl_hash`` but ignore it: the setting ``AIND_SESSION_CACHE_SECONDS``
    says how long answers are cached.

    Examples
    --------
    >>> get_ttl_hash(1e12)
    0
    """
    span = checked(seconds, "seconds")
    if not span > 0:
        raise ValueError(f"seconds must be more than 0, not {quote(seconds)}")
    return round(time.time() / span)


def testmod(**testmod_kwargs: Any) -> doctest.TestResults:
    """Run the doctests of a module, for extensions that are run as a script.

    Parameters
    ----------
    **testmod_kwargs
        Arguments of `doctest.testmod`. By default whitespace and details of exceptions may differ.

    Returns
    -------
    doctest.TestResults

    Examples
    --------
    >>> import doctest
    >>> testmod(m=doctest, verbose=False).failed
    0
    """
    lenient = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    options: dict[str, Any] = {"optionflags": lenient, **testmod_kwargs}
    return doctest.testmod(**options)
