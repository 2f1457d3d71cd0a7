"""Waiting for an answer that can be interrupted.

Requests run in daemon threads. So Ctrl-C ends the wait at once, even during a system call that
cannot be interrupted (such as a DNS lookup), and a request to a silent server continues in the
background while the others answer.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures import TimeoutError as NotYetError
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from types import FrameType
from typing import TypeVar

from aind_session.runtime.fork import thread_ends
from aind_session.runtime.warning import Collected, collected_warnings, warn_user

T = TypeVar("T")

_FIRST_LOOK_SECONDS, _LOOK_SECONDS = 0.01, 0.2
"""The first and the longest interval after which a waiting thread checks whether to give up.
An answer ends the wait at once."""


class Scope:
    """One wait of a caller, possibly part of an outer wait.

    Attributes
    ----------
    is_over
        Whether the user has interrupted it.
    """

    def __init__(self, outer: Scope | None = None) -> None:
        self.is_over = False
        self._outer = outer

    def has_ended(self) -> bool:
        """Return whether this wait or an outer one was interrupted."""
        return self.is_over or (self._outer is not None and self._outer.has_ended())


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


@contextmanager
def scope() -> Iterator[Scope]:
    """Make questions in a ``with`` block part of one wait, until the user interrupts it."""
    mine = Scope(_scope.get())
    token = _scope.set(mine)
    try:
        yield mine
    except Exception:
        raise
    except BaseException:
        mine.is_over = True
        raise
    finally:
        _scope.reset(token)


def current_scope() -> Scope:
    """Return the wait that this thread works for."""
    return _scope.get() or Scope()


class AskingThread(threading.Thread):
    """A daemon thread of this library: the interpreter does not wait for it at exit."""

    def __init__(self, target: Callable[[], object]) -> None:
        super().__init__(target=target, daemon=True)

    def run(self) -> None:
        """Do the work; see `threading.Thread.run`."""
        try:
            super().run()
        finally:
            thread_ends()


def call_interruptibly(call: Callable[[], T], leave: Callable[[], None] | None = None) -> T:
    """Call a function in a thread, so that the wait for it can be interrupted.

    Parameters
    ----------
    call
        The function.
    leave
        See `wait_for`; None: only Ctrl-C ends the wait.

    Examples
    --------
    >>> call_interruptibly(lambda: 1)
    1
    """
    is_ours = isinstance(threading.current_thread(), AskingThread)
    if leave is None and is_ours:  # the thread's own caller can give up
        return call()
    future, collected = Future[T](), list[Collected]()
    with warning_afterwards(collected), scope():
        thread = start(partial(resolve, future, partial(collecting, call, collected)))
        return call() if thread is None else wait_for(future, leave, [thread])


@contextmanager
def warning_afterwards(collected: Sequence[Collected]) -> Iterator[None]:
    """Show the warnings that threads collected in a ``with`` block, at the user's line.

    After an error, too, which a warning may explain; but not after an interruption.
    """
    try:
        yield
    except Exception:
        warn_all(collected)
        raise
    warn_all(collected)


def warn_all(collected: Iterable[Collected]) -> None:
    """Show collected warnings."""
    for message, category in collected:
        warn_user(message, category)


def start(work: Callable[[], object]) -> AskingThread | None:
    """Start work in a thread, with the caller's context; return None if no thread can start."""
    context = contextvars.copy_context()
    thread = AskingThread(partial(context.run, work))
    try:
        thread.start()
    except RuntimeError:  # the interpreter is exiting, or there are too many threads
        return None
    return thread


def resolve(future: Future[T], call: Callable[[], T]) -> None:
    """Call a function, and pass its result or error to the waiting thread."""
    try:
        answer = call()
    except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
        future.set_exception(error)
    else:
        future.set_result(answer)


def collecting(call: Callable[[], T], collected: list[Collected]) -> T:
    """Call a function and collect its warnings, to be shown later at the user's line."""
    with collected_warnings() as found:
        try:
            return call()
        finally:
            collected += found


def wait_for(
    future: Future[T],
    leave: Callable[[], None] | None = None,
    threads: Sequence[threading.Thread] = (),
) -> T:
    """Wait for an answer and return it.

    Parameters
    ----------
    future
        The pending answer.
    leave
        Called now and then; raises to end the wait.
    threads
        Those that can provide the answer; empty if others do.

    Raises
    ------
    BaseException
        The error of the question, or of ``leave``.
    MemoryError
        All threads ended without an answer: Python could not begin their work.
    KeyboardInterrupt
        The user has interrupted this thread, or the pool it belongs to.
    """
    wait_until_done(future, leave, threads)
    return future.result()


def wait_until_done(
    future: Future[T],
    leave: Callable[[], None] | None = None,
    threads: Sequence[threading.Thread] = (),
) -> None:
    """Wait as `wait_for` does, without returning the answer."""
    seconds = _FIRST_LOOK_SECONDS
    while not future.done():
        with suppress(NotYetError, CancelledError):
            future.exception(seconds)
            return
        seconds = min(2 * seconds, _LOOK_SECONDS)
        if threads and not any(thread.is_alive() for thread in threads) and not future.done():
            raise MemoryError("a thread for a request ended before its work began")
        if leave is not None:
            leave()
        if _pool_was_interrupted():
            raise KeyboardInterrupt


def _pool_was_interrupted() -> bool:
    """Return whether the user interrupted the main thread, which now waits for a pool's threads.

    Ctrl-C reaches only the main thread. It then leaves the ``with`` block of an executor or
    `asyncio.run`, or exits, and each of these waits for the pool's threads, which do not learn of
    the interruption. (Before Python 3.11, the frame of `asyncio.run` does not hold the exception.)
    """
    main = threading.main_thread()
    if isinstance(threading.current_thread(), AskingThread) or threading.current_thread() is main:
        return False
    frame = sys._current_frames().get(main.ident or 0)
    while frame is not None:
        if _is_interrupted_exit(frame):
            return True
        frame = frame.f_back
    return False


def _is_interrupted_exit(frame: FrameType) -> bool:
    code, module = frame.f_code, frame.f_globals.get("__name__")
    is_exit = code.co_name == "__exit__" and module == "asyncio.runners"
    if is_exit or code is Executor.__exit__.__code__:
        return frame.f_locals.get("exc_type") is KeyboardInterrupt
    is_ending = code.co_name == "_python_exit"  # concurrent.futures, at interpreter exit
    return is_ending and getattr(sys, "last_type", None) is KeyboardInterrupt
