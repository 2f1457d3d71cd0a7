"""Asking several questions in parallel."""

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
"""How many questions are asked at the same time."""


def side_by_side(
    calls: Sequence[Callable[[], T]],
    at_most: int = AT_MOST,
    *,
    sources: Sequence[Source] = (),
) -> list[T]:
    """Call several functions at the same time and give their answers in order.

    Parameters
    ----------
    calls
        Functions without arguments.
    at_most
        How many run at once.
    sources
        Whom each of them asks, where their answers can stand in for one another: when all but one
        source have answered, that one is waited for only so long; see `runtime.patience`.

    Raises
    ------
    BaseException
        What the first of them in order raised, once those that run have ended: nothing is left
        running, and no further one is begun.
    KeyboardInterrupt
        At once; those that run end by themselves, and no further one is begun.

    Examples
    --------
    >>> side_by_side([lambda: 1, lambda: 2])
    [1, 2]
    """
    if len(calls) < 2 or at_most < 2:  # a thread for one call at a time would only cost
        return [call() for call in calls]
    collected: list[Collected] = []
    group = Group(sources)
    with warning_afterwards(collected), scope() as waited_for:
        asked = [
            # each with the caller's context: how long it may take
            partial(
                contextvars.copy_context().run,
                partial(group.call, number, partial(collecting, call, collected)),
            )
            for number, call in enumerate(calls)
        ]
        return _in_threads(asked, min(len(calls), at_most), waited_for)


def _in_threads(calls: Sequence[Callable[[], T]], count: int, waited_for: Scope) -> list[T]:
    """Call functions in threads that are there for this alone.

    An interpreter that ends does not wait for them, as it would for those of a
    `ThreadPoolExecutor`: only a daemon thread can still ask then.
    """
    futures = [Future[T]() for _ in calls]
    waiting: SimpleQueue[tuple[Future[T], Callable[[], T]]] = SimpleQueue()
    for pair in zip(futures, calls, strict=True):
        waiting.put(pair)
    work = partial(_work, waiting, waited_for)
    try:
        # where no thread can be started, as when the interpreter ends, they are called here
        if not sum(start(work) for _ in range(count)):
            work()
        return [wait_for(future) for future in futures]
    except Exception:
        for future in futures:  # of those that have begun, this changes nothing
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
