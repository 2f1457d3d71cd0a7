"""Warnings about answers: given at the user's line, collected, or raised."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aind_session.errors import (
    AindSessionWarning,
    LeftOutWarning,
    OddAnswerWarning,
    SourceDownWarning,
    StrictError,
)
from aind_session.errors.wording import printable
from aind_session.runtime.modes import is_strict

_PACKAGE = __name__.partition(".")[0]

_ERRORS_IN_STRICT = (SourceDownWarning, OddAnswerWarning, LeftOutWarning)

Collected = tuple[str, type[AindSessionWarning]]
"""A warning that was collected, and is given later."""

_collected: ContextVar[list[Collected] | None] = ContextVar("collected", default=None)


def warn_user(
    message: str, category: type[AindSessionWarning], error: Exception | None = None
) -> None:
    """Warn at the line of the user's code that led here, not at a line of this package.

    Parameters
    ----------
    message
        What is wrong with an answer, and why.
    category
        The class by which users can silence it or make it an error.
    error
        The error that the warning comes from, which is raised in `strict` mode.

    Raises
    ------
    Exception
        In `strict` mode; but not for an age, or for something that runs already.
    """
    if is_strict() and category in _ERRORS_IN_STRICT:
        raise error or StrictError(message)
    collected = _collected.get()
    if collected is not None:
        collected.append((message, category))
        return
    message = printable(message)
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and _is_between(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


@contextmanager
def collected_warnings() -> Iterator[list[Collected]]:
    """Collect the warnings of this thread during a ``with`` block, instead of giving them.

    For many questions at once, whose warnings are given together.
    """
    found: list[Collected] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def _is_between(module: str) -> bool:
    # before Python 3.12, cached properties are called by a frame of functools
    return _is_ours(module) or module == "functools"


def _is_ours(module: str) -> bool:
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")
