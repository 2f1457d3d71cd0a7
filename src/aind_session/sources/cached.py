"""One cache with an age limit: whoever asks the same at the same time shares one request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from aind_session import observe
from aind_session.concurrency import CouldNotLook

T = TypeVar("T")

ABSENCE_SECONDS = 30.0
"""How long "nothing there" is taken as true at most: what is missing may be on its way."""


@dataclass(frozen=True)
class _Kept:
    value: Any
    until: float

    def answer(self) -> Any:
        if isinstance(self.value, CouldNotLook):
            raise self.value
        return self.value


class Cache:
    """Answers by scope and question, until they are too old.

    A scope is what is refreshed together: a subject.

    Parameters
    ----------
    seconds
        How long an answer is taken as true; 0: not at all.
    clock
        Gives seconds that only grow.
    entries
        How many answers are kept at most; the ones asked for least recently go first.
    absence_seconds
        How long "nothing there" is taken as true at most.
    failure_seconds
        For how long a source that could not be asked is not asked again; 0: failures are not kept.
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        entries: int = 10_000,
        absence_seconds: float = ABSENCE_SECONDS,
        failure_seconds: float = 0,
    ) -> None:
        self.seconds = seconds
        self.clock = clock
        self._entries = entries
        self._absence_seconds = absence_seconds
        self._failure_seconds = failure_seconds
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
            kept = self._young(key)
            if kept is not None:
                self._kept.move_to_end(key)
                observe.count(observe.CACHE, cache_hits=1)
                return kept.answer()  # type: ignore[no-any-return]
            other = self._asked.get(key)
            if other is None:
                mine = self._asked[key] = Future[T]()
        if other is not None:
            return other.result()  # type: ignore[no-any-return]
        return self._ask(key, ask, is_absence, mine)

    def has(self, scope: str, question: Hashable) -> bool:
        """Tell whether a question would be answered without asking."""
        with self._lock:
            return self._young((scope, question)) is not None

    def put(self, scope: str, question: Hashable, value: Any, *, is_absence: bool = False) -> None:
        """Keep an answer, or a failure, that was had otherwise."""
        with self._lock:
            self._keep((scope, question), value, is_absence=is_absence)

    def answers(self, scope: str) -> dict[Hashable, Any]:
        """Give what is known in a scope, by question, without failures."""
        with self._lock:
            keys = [key for key in self._kept if key[0] == scope and self._young(key)]
            found = {question: self._kept[scope, question].value for scope, question in keys}
        return {q: value for q, value in found.items() if not isinstance(value, CouldNotLook)}

    def adopt(self, other: Cache) -> None:
        """Take over what another one knows."""
        with other._lock:
            known = dict(other._kept)
        with self._lock:
            self._kept.update(known)

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
                if self._done(key, mine) and isinstance(error, CouldNotLook):
                    self._keep(key, error)
            mine.set_exception(error)
            raise
        with self._lock:
            if self._done(key, mine):
                self._keep(key, value, is_absence=is_absence(value))
        mine.set_result(value)
        return value

    def _young(self, key: tuple[str, Hashable]) -> _Kept | None:
        kept = self._kept.get(key)
        return kept if kept is not None and self.clock() < kept.until else None

    def _keep(self, key: tuple[str, Hashable], value: Any, *, is_absence: bool = False) -> None:
        seconds = self.seconds
        if isinstance(value, CouldNotLook):
            seconds = min(seconds, self._failure_seconds)
        elif is_absence:
            seconds = min(seconds, self._absence_seconds)
        if seconds <= 0:
            return
        self._kept[key] = _Kept(value, self.clock() + seconds)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)

    def _done(self, key: tuple[str, Hashable], mine: Future[Any]) -> bool:
        """Stop sharing a question; tell whether its answer is still wanted."""
        if self._asked.get(key) is not mine:
            return False
        del self._asked[key]
        return True
