"""Asking several questions side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aind_session.errors import CredentialsError, RemoteError

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
    with ThreadPoolExecutor(min(len(calls), at_most)) as pool:
        futures = [pool.submit(call) for call in calls]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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
