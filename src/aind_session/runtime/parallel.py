"""Asking several questions side by side."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from aind_session.errors import CouldNotLook, Failure
from aind_session.runtime.warning import Doubt, collected_warnings, warn_caller

T = TypeVar("T")

AT_MOST = 16
"""How many questions are asked at the same time."""


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
    if len(calls) < 2 or at_most < 2:  # a thread for one call at a time would only cost
        return [call() for call in calls]
    doubts: list[Doubt] = []
    answers = _in_threads(
        [
            # each with the caller's context: how long it may take
            partial(contextvars.copy_context().run, partial(_quietly, call, doubts))
            for call in calls
        ],
        min(len(calls), at_most),
    )
    for message, category in doubts:  # here, where the warning can show the line of the user
        warn_caller(message, category)
    return answers


def _in_threads(calls: Sequence[Callable[[], T]], count: int) -> list[T]:
    """Call functions in threads that are there for this alone.

    An interpreter that ends does not wait for them, as it would for those of a
    `ThreadPoolExecutor`: whoever still asks then is a thread that nobody waits for either.
    """
    futures = [Future[T]() for _ in calls]
    waiting: SimpleQueue[tuple[Future[T], Callable[[], T]]] = SimpleQueue()
    for pair in zip(futures, calls, strict=True):
        waiting.put(pair)
    threads = [Thread(target=_work, args=(waiting,), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:  # of those that have begun, this changes nothing
            future.cancel()
        for thread in threads:
            thread.join()


def _work(waiting: SimpleQueue[tuple[Future[T], Callable[[], T]]]) -> None:
    while True:
        try:
            future, call = waiting.get_nowait()
        except Empty:
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            answer = call()
        except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
            future.set_exception(error)
        else:
            future.set_result(answer)


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
