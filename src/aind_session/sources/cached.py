"""One cache with an age limit: whoever asks the same at the same time shares one request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

ABSENCE_SECONDS = 30.0
"""How long "nothing there" is taken as true at most: what is missing may be on its way."""


@dataclass(frozen=True)
class _Kept:
    value: Any
    until: float


class Cache:
    """Answers by scope and question, until they are too old.

    Failures are never kept. A scope is what is refreshed together: a subject.

    Parameters
    ----------
    seconds
        How long an answer is taken as true; 0: not at all.
    clock
        Gives seconds that only grow.
    entries
        How many answers are kept at most; the ones asked for least recently go first.
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        entries: int = 10_000,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._entries = entries
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, Hashable], _Kept] = OrderedDict()
        self._asked: dict[tuple[str, Hashable], Future[Any]] = {}

    def get(
        self,
        scope: str,
        question: Hashable,
        ask: Callable[[], T],
        *,
        is_absence: Callable[[T], bool] = lambda answer: not answer,
    ) -> T:
        """Give the answer to a question, asking when there is none that is young enough.

        Parameters
        ----------
        scope, question
            What tells this answer from all others.
        ask
            Asks; what it raises is raised, and the next caller asks again.
        is_absence
            Whether an answer says that there is nothing: such is kept only briefly.
        """
        key = (scope, question)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self._clock() < kept.until:
                self._kept.move_to_end(key)
                return kept.value  # type: ignore[no-any-return]
            other = self._asked.get(key)
            if other is None:
                mine = self._asked[key] = Future[T]()
        if other is not None:
            return other.result()  # type: ignore[no-any-return]
        return self._ask(key, ask, is_absence, mine)

    def forget(self, scope: str | None = None) -> None:
        """Drop the answers of a scope, or all; what is being asked meanwhile is not kept."""
        with self._lock:
            for key in [k for k in self._kept if scope in (None, k[0])]:
                del self._kept[key]
            for key in [k for k in self._asked if scope in (None, k[0])]:
                del self._asked[key]

    def _ask(
        self,
        key: tuple[str, Hashable],
        ask: Callable[[], T],
        is_absence: Callable[[T], bool],
        mine: Future[T],
    ) -> T:
        try:
            value = ask()
        except BaseException as error:
            with self._lock:
                self._done(key, mine)
            mine.set_exception(error)
            raise
        seconds = min(self._seconds, ABSENCE_SECONDS) if is_absence(value) else self._seconds
        with self._lock:
            if self._done(key, mine) and seconds > 0:
                self._kept[key] = _Kept(value, self._clock() + seconds)
                while len(self._kept) > self._entries:
                    self._kept.popitem(last=False)
        mine.set_result(value)
        return value

    def _done(self, key: tuple[str, Hashable], mine: Future[Any]) -> bool:
        """Stop sharing a question; tell whether its answer is still wanted."""
        if self._asked.get(key) is not mine:
            return False
        del self._asked[key]
        return True
