"""Waiting for an answer in a way that can end before the answer comes.

A question runs in a daemon thread. So Ctrl-C ends the waiting at once, even
where the system does not let a thread be interrupted (looking up a host name), and a question to
a silent server goes on in the background while the others answer.
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
"""How soon, and then how often at least, a waiting thread looks whether it should leave. An answer
is taken at once."""


class Scope:
    """What somebody waits for, maybe on behalf of others who wait.

    Attributes
    ----------
    is_over
        Whether nobody waits any more: the user has interrupted it.
    """

    def __init__(self, outer: Scope | None = None) -> None:
        self.is_over = False
        self._outer = outer

    def has_ended(self) -> bool:
        """Return whether nobody waits for this, or for what needs it."""
        return self.is_over or (self._outer is not None and self._outer.has_ended())


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


@contextmanager
def scope() -> Iterator[Scope]:
    """Count questions in a ``with`` block as those of the waiting thread, until interrupted."""
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
    """Give the thread for which this one asks."""
    return _scope.get() or Scope()


class AskingThread(threading.Thread):
    """A thread of this library. An interpreter that ends does not wait for it."""

    def __init__(self, target: Callable[[], object]) -> None:
        super().__init__(target=target, daemon=True)

    def run(self) -> None:
        """Do the work; see `threading.Thread.run`."""
        try:
            super().run()
        finally:
            thread_ends()


def call_interruptibly(call: Callable[[], T], leave: Callable[[], None] | None = None) -> T:
    """Call a function so that the waiting for it can end before it has ended.

    Parameters
    ----------
    call
        The function.
    leave
        See `wait_for`; None: only Ctrl-C ends the waiting.

    Examples
    --------
    >>> call_interruptibly(lambda: 1)
    1
    """
    is_ours = isinstance(threading.current_thread(), AskingThread)
    if leave is None and is_ours:  # the caller that waits for this thread can leave
        return call()
    future, collected = Future[T](), list[Collected]()
    with warning_afterwards(collected), scope():
        if not start(partial(resolve, future, partial(collecting, call, collected))):
            return call()
        return wait_for(future, leave)


@contextmanager
def warning_afterwards(collected: Sequence[Collected]) -> Iterator[None]:
    """Give what threads have collected at the end: here, the warnings can show the user's line.

    With an error, too, which a warning may explain; but not after an interruption.
    """
    try:
        yield
    except Exception:
        warn_all(collected)
        raise
    warn_all(collected)


def warn_all(collected: Iterable[Collected]) -> None:
    """Give warnings that were collected."""
    for message, category in collected:
        warn_user(message, category)


def start(work: Callable[[], object]) -> bool:
    """Begin something in a thread, with the caller's context; tell whether that could be done."""
    context = contextvars.copy_context()
    try:
        AskingThread(partial(context.run, work)).start()
    except RuntimeError:  # the interpreter is ending, or there are too many threads
        return False
    return True


def resolve(future: Future[T], call: Callable[[], T]) -> None:
    """Call a function, and give its outcome, a result or an error, to the waiting thread."""
    try:
        answer = call()
    except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
        future.set_exception(error)
    else:
        future.set_result(answer)


def collecting(call: Callable[[], T], collected: list[Collected]) -> T:
    """Call a function, and collect its warnings, to be given where they can show a user's line."""
    with collected_warnings() as found:
        try:
            return call()
        finally:
            collected += found


def wait_for(future: Future[T], leave: Callable[[], None] | None = None) -> T:
    """Wait for an answer, and give it.

    Parameters
    ----------
    future
        What it is the answer to.
    leave
        Called now and then; raises when the answer is not to be waited for any longer.

    Raises
    ------
    BaseException
        What the question ended in, or what ``leave`` raised.
    KeyboardInterrupt
        The user has interrupted this thread, or the pool that it belongs to.
    """
    wait_until_done(future, leave)
    return future.result()


def wait_until_done(future: Future[T], leave: Callable[[], None] | None = None) -> None:
    """Wait as `wait_for` does, and drop the answer."""
    seconds = _FIRST_LOOK_SECONDS
    while not future.done():
        with suppress(NotYetError, CancelledError):
            future.exception(seconds)
            return
        seconds = min(2 * seconds, _LOOK_SECONDS)
        if leave is not None:
            leave()
        if _pool_was_interrupted():
            raise KeyboardInterrupt


def _pool_was_interrupted() -> bool:
    """Tell whether the main thread, interrupted by the user, only waits for threads of a pool.

    Ctrl-C reaches the main thread alone. There it leaves the ``with`` block of an executor, or
    `asyncio.run`, or ends the program, and all wait for the pool's threads, which nothing tells
    that they may go. (Before Python 3.11, `asyncio.run` does not show why it ends.)
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
    is_ending = code.co_name == "_python_exit"  # concurrent.futures, before Python ends
    return is_ending and getattr(sys, "last_type", None) is KeyboardInterrupt
