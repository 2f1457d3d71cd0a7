"""Warnings about answers: shown at the user's line, collected, or raised."""

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
"""A collected warning, to be shown later: its message and class."""

_collected: ContextVar[list[Collected] | None] = ContextVar("collected", default=None)


def warn_user(
    message: str, category: type[AindSessionWarning], error: Exception | None = None
) -> None:
    """Warn at the line of the user's code that led here, not at a line of this library.

    Parameters
    ----------
    message
        What is wrong with the answer, and why.
    category
        The class, by which users can silence the warning or turn it into an error.
    error
        The error behind the warning, which is raised in `strict` mode.

    Raises
    ------
    Exception
        In `strict` mode, if the warning says that something was left out of the answer.
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
    """Collect this thread's warnings in a ``with`` block instead of showing them.

    Parallel questions use it to show their warnings together.
    """
    found: list[Collected] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def _is_between(module: str) -> bool:
    # before Python 3.12, functools calls cached properties from a frame in between
    return _is_ours(module) or module == "functools"


def _is_ours(module: str) -> bool:
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")
