"""Calling several functions in parallel, in threads."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import NoReturn, TypeVar

from aind_session.errors import CouldNotLook, Failure
from aind_session.runtime.patience import Group, Source
from aind_session.runtime.waiting import (
    Scope,
    collecting,
    resolve,
    scope,
    start,
    wait_for,
    wait_until_done,
    warning_afterwards,
)
from aind_session.runtime.warning import Collected

T = TypeVar("T")

AT_MOST = 16
"""How many functions run at the same time by default."""


def side_by_side(
    calls: Sequence[Callable[[], T]],
    at_most: int = AT_MOST,
    *,
    sources: Sequence[Source] = (),
) -> list[T]:
    """Call several functions at the same time; return their results in order.

    Parameters
    ----------
    calls
        Functions without arguments.
    at_most
        How many run at once.
    sources
        The source that each function asks, if one source can stand in for another: when the others
        have answered, a silent one is waited for only a limited time; see `runtime.patience`.

    Raises
    ------
    BaseException
        The error of the first function in order that failed. It is raised when all running
        functions have ended, and no further one is started.
    KeyboardInterrupt
        Raised at once. Running functions end by themselves, and no further one is started.

    Examples
    --------
    >>> side_by_side([lambda: 1, lambda: 2])
    [1, 2]
    """
    if len(calls) < 2 or at_most < 2:  # a thread would only cost time
        return [call() for call in calls]
    collected: list[Collected] = []
    group = Group(sources)
    with warning_afterwards(collected), scope() as waited_for:
        asked = [
            # each runs with the caller's context, which holds the deadline
            partial(
                contextvars.copy_context().run,
                partial(group.call, number, partial(collecting, call, collected)),
            )
            for number, call in enumerate(calls)
        ]
        return _in_threads(asked, min(len(calls), at_most), waited_for)


def _in_threads(calls: Sequence[Callable[[], T]], count: int, waited_for: Scope) -> list[T]:
    """Call functions in new daemon threads.

    The interpreter does not wait for them at exit, as it does for threads of a
    `ThreadPoolExecutor`, which could not send requests then.
    """
    futures = [Future[T]() for _ in calls]
    waiting: SimpleQueue[tuple[Future[T], Callable[[], T]]] = SimpleQueue()
    for pair in zip(futures, calls, strict=True):
        waiting.put(pair)
    work = partial(_work, waiting, waited_for)
    try:
        # if no thread can start, as at interpreter exit, call the functions here
        threads = [thread for _ in range(count) if (thread := start(work)) is not None]
        if not threads:
            work()
        return [wait_for(future, threads=threads) for future in futures]
    except Exception:
        for future in futures:  # running ones cannot be cancelled
            future.cancel()
        for future in futures:
            wait_until_done(future)
        raise


def _work(waiting: SimpleQueue[tuple[Future[T], Callable[[], T]]], waited_for: Scope) -> None:
    while True:
        try:
            future, call = waiting.get_nowait()
        except Empty:
            return
        if future.set_running_or_notify_cancel():
            resolve(future, _interrupted if waited_for.has_ended() else call)


def _interrupted() -> NoReturn:
    raise KeyboardInterrupt


def attempt(call: Callable[[], T]) -> T | Failure:
    """Call a function; return its result, or the `RemoteError` or `CredentialsError` it raised.

    Examples
    --------
    >>> attempt(lambda: 1)
    1
    """
    try:
        return call()
    except CouldNotLook as error:
        return error
