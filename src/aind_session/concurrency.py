"""Asking several questions side by side."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from aind_session.errors import (
    CredentialsError,
    Doubt,
    RemoteError,
    collected_warnings,
    warn_caller,
)

T = TypeVar("T")

AT_MOST = 16
"""How many questions are asked at the same time."""

CouldNotLook = (RemoteError, CredentialsError)
"""The errors that say nothing about whether a thing exists."""

Failure = RemoteError | CredentialsError
"""One of `CouldNotLook`, as a value."""


def side_by_side(calls: Sequence[Callable[[], T]], at_most: int = AT_MOST) -> list[T]:
    """Call several functions at the same time and give their answers in order.

    Parameters
    ----------
    calls
        Functions without arguments.
    at_most
        How many run at once.

    Raises
    ------
    BaseException
        What the first of them in order raised, or an interruption, once those that run have
        ended: nothing is left running, and no further one is begun.

    Examples
    --------
    >>> side_by_side([lambda: 1, lambda: 2])
    [1, 2]
    """
    if len(calls) < 2:  # a thread for one call would only cost
        return [call() for call in calls]
    doubts: list[Doubt] = []
    with ThreadPoolExecutor(min(len(calls), at_most)) as pool:
        # each with the caller's context: how long it may take
        futures = [
            pool.submit(contextvars.copy_context().run, partial(_quietly, call, doubts))
            for call in calls
        ]
        try:
            answers = [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for message, category in doubts:  # here, where the warning can show the line of the user
        warn_caller(message, category)
    return answers


def _quietly(call: Callable[[], T], doubts: list[Doubt]) -> T:
    with collected_warnings() as found:
        answer = call()
    doubts += found
    return answer


def attempt(call: Callable[[], T]) -> T | Failure:
    """Call a function; give its answer, or the error that says it could not look.

    Examples
    --------
    >>> attempt(lambda: 1)
    1
    """
    try:
        return call()
    except CouldNotLook as error:
        return error
