"""A cache with an age limit. Threads that ask the same question at once share a request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar

from aind_session.errors import CouldNotLook, Failure, OfflineError
from aind_session.errors.value import Value
from aind_session.runtime import calls, meter
from aind_session.runtime.fork import renew_in_child
from aind_session.runtime.kept import Kept, Key
from aind_session.runtime.modes import is_offline
from aind_session.runtime.patience import (
    Source,
    answers_of,
    leave_silent,
    no_member,
    source_to_leave,
)
from aind_session.runtime.waiting import (
    Scope,
    call_interruptibly,
    current_scope,
    wait_for,
    wait_until_done,
)

T = TypeVar("T")

ABSENCE_SECONDS = 30.0
"""How long at most the cache keeps a "not found": the object may be uploaded any time."""

MAX_BYTES = 256 * 1024 * 1024
"""The total size of all cached answers, in bytes as received from the servers."""

FOR_GOOD = float("inf")
"""The age limit of answers loaded from a file."""


class Asked(Value):
    """When a question was last asked, what it cost, and whether it failed.

    Attributes
    ----------
    at
        When the answer came, in seconds since 1970-01-01 UTC.
    seconds
        How long it took.
    requests, bytes, retries
        What it cost; 0 if the answer came with another question's.
    failure
        The error, if it failed; None if there is an answer.
    """

    at: float
    seconds: float = 0.0
    requests: int = 0
    bytes: int = 0
    retries: int = 0
    failure: Failure | None = None


class _Known(Value):
    value: Any
    until: float
    asked: Asked

    def answer(self) -> Any:
        if isinstance(self.value, CouldNotLook):
            raise self.value
        return self.value


class _Pending(Future[Any]):
    """A pending answer, shared by all threads that wait for it."""

    def __init__(self, asked_for: Scope) -> None:
        super().__init__()
        self.begun = 0.0
        self.asked_for = asked_for
        self.waiting = [asked_for]
        self._seen: tuple[int, float] | None = None

    def silence(self, source: Source, now: float) -> float:
        """Return for how many seconds a source has sent no answer, since the first call."""
        answers = answers_of(source)
        if self._seen is None or answers != self._seen[0]:
            self._seen = answers, now
        return now - self._seen[1]


class _NobodyElseError(Exception):
    """There is no answer, and no other source to wait for."""


class Shelf(Protocol):
    """A store of answers that outlives the process."""

    def put(self, scope: str, question: Hashable, value: Any, at: float) -> None:
        """Store an answer and its time."""

    def get(self, scope: str, question: Hashable) -> tuple[Any, float] | None:
        """Return an answer and its time; None if it is not stored."""


class Cache:
    """Answers by scope and question, until they are too old.

    A scope, such as a subject, is what is refreshed together.

    Parameters
    ----------
    seconds
        How long an answer is valid; 0: not at all.
    clock
        Returns seconds that never decrease.
    now
        Returns the current time, in seconds since 1970-01-01 UTC.
    entries, max_bytes
        How many answers are kept at most, and how many bytes of them, as received from the servers;
        the least recently used are dropped first.
    absence_seconds
        How long at most a "not found" is valid.
    failure_seconds
        How long a failed question is not asked again; 0: failures are not kept.
    patience
        How many seconds to wait for a silent source when the others have answered; see
        `aind_session.runtime.patience`.
    shelf
        A store of answers for other processes, which read it in offline mode.

    Attributes
    ----------
    is_for_many
        Whether many sessions share the cache, so that optional requests for each are not worth it.
    """

    is_for_many = False

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        shelf: Shelf | None = None,
        entries: int = 10_000,
        max_bytes: int = MAX_BYTES,
        absence_seconds: float = ABSENCE_SECONDS,
        failure_seconds: float = 0,
        patience: float = float("inf"),
    ) -> None:
        self.seconds = seconds
        self.patience = patience
        self.clock = clock
        self.now = now
        self.shelf = shelf
        self._entries = entries
        self._absence_seconds = absence_seconds
        self._failure_seconds = failure_seconds
        self._kept: Kept[_Known] = Kept(entries, max_bytes)
        self._journal: OrderedDict[Key, Asked] = OrderedDict()
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Start afresh in a forked process: the parent's pending answers never arrive here."""
        # reentrant, since a signal handler or finalizer may ask while this thread holds it
        self._lock = threading.RLock()
        self._asked: dict[Key, _Pending] = {}
        self._silent: dict[Source, _Pending] = {}

    def get(
        self,
        scope: str,
        question: Hashable,
        ask: Callable[[], T],
        *,
        is_absence: Callable[[T], bool] = lambda answer: not answer,
    ) -> T:
        """Return the answer to a question; ask if none is cached or it is too old.

        Parameters
        ----------
        scope, question
            The key of the answer.
        ask
            Sends the request. Its error is raised, and the next caller asks again.
        is_absence
            Whether an answer means "not found", which is kept only briefly.
        """
        key = (scope, question)
        with self._lock:
            kept = self._usable(key)
        if kept is not None:
            return self._give(key, kept)  # type: ignore[no-any-return]
        return self.share(key, partial(self._answer, key, ask, is_absence))

    def share(self, key: Key, work: Callable[[_Pending], T]) -> T:
        """Do some work once for all threads that want it at the same time; return its result.

        Parameters
        ----------
        key
            The key of the work.
        work
            Called with the pending answer that the other threads wait for.

        Raises
        ------
        BaseException
            The work's error, in all waiting threads. An interruption is raised only in the
            interrupted thread; the others start the work again.
        SilentError
            The source is silent and the others have answered. The work continues in the background.
        """
        source = source_to_leave()
        self._leave_when_silent(source)
        # created before other threads can see it, so that `finally` can cancel it
        mine = _Pending(Scope(current_scope()))
        try:
            with self._lock:
                kept = self._usable(key)
                shared = mine if kept is not None else self._shared(key, mine)
            if kept is not None:  # stored in the meantime
                return self._give(key, kept)  # type: ignore[no-any-return]
            leave = self._leaving(shared, source)
            if shared is not mine:
                return wait_for(shared, leave)  # type: ignore[no-any-return]
            return call_interruptibly(partial(self._resolve, key, work, mine), leave)
        except CancelledError:  # the thread that did the work was interrupted
            return self.share(key, work)
        except Exception:
            raise
        except BaseException:
            mine.asked_for.is_over = True
            raise
        finally:
            if mine.cancel():  # the work never started
                self._stop_sharing(key, mine)

    def _shared(self, key: Key, mine: _Pending) -> _Pending:
        there = self._asked.get(key)
        # a request whose user stopped waiting may hang, so it is sent again
        if there is None or any(scope.has_ended() for scope in there.waiting):
            mine.begun = self.clock()
            there = self._asked[key] = mine
        else:
            there.waiting.append(mine.asked_for)
        return there

    def _resolve(self, key: Key, work: Callable[[_Pending], T], mine: _Pending) -> T:
        """Do the work, and pass its result or error to all waiting threads."""
        if not mine.set_running_or_notify_cancel():
            raise CancelledError
        try:
            with no_member():  # in the background, no source stands in for another
                value = work(mine)
        except BaseException as error:
            self._stop_sharing(key, mine)
            # an interruption concerns this thread only
            mine.set_exception(error if isinstance(error, Exception) else CancelledError())
            raise
        self._stop_sharing(key, mine)
        mine.set_result(value)
        return value

    def _leaving(self, pending: _Pending, source: Source | None) -> Callable[[], None] | None:
        """Return a function that raises once a silent source may be left out, or None."""
        if source is None:
            return None
        pending.silence(source, self.clock())  # start counting

        def leave() -> None:
            if pending.silence(source, self.clock()) >= self.patience:
                with self._lock:
                    self._silent[source] = pending
                leave_silent(self.patience)

        return leave

    def _leave_when_silent(self, source: Source | None) -> None:
        """Raise if the source is already silent for another question and may be left out."""
        pending = None if source is None else self._silent.get(source)
        if source is None or pending is None:
            return
        if pending.silence(source, self.clock()) < self.patience:  # it has answered since
            return

        def look() -> None:
            if not leave_silent(self.patience):
                raise _NobodyElseError

        with suppress(_NobodyElseError):  # only silent sources are left: ask this one
            wait_until_done(pending, look)

    def has(self, scope: str, question: Hashable) -> bool:
        """Return whether the cache can answer a question without a request."""
        with self._lock:
            return self._usable((scope, question)) is not None

    def put(
        self,
        scope: str,
        question: Hashable,
        value: Any,
        *,
        is_absence: bool = False,
        asked: Asked | None = None,
        seconds: float | None = None,
    ) -> None:
        """Store an answer or a failure that did not come from `get`.

        Parameters
        ----------
        scope, question, value
            The key and the answer.
        is_absence
            Whether the answer means "not found".
        asked
            How it was obtained. By default just now; the answer is then also put on the shelf.
        seconds
            How long it is valid, if that differs from other answers.
        """
        failure = value if isinstance(value, CouldNotLook) else None
        if asked is None and failure is None:
            self._shelve((scope, question), value)
        with self._lock:
            known = asked or Asked(self.now(), failure=failure)
            self._keep((scope, question), value, known, is_absence=is_absence, seconds=seconds)

    def known(self, scope: str, question: Hashable) -> tuple[Any, Asked] | None:
        """Return an answer of any age, and how it was asked; None if there is none or it failed."""
        with self._lock:
            kept = self._kept.get((scope, question))
        if kept is None or kept.asked.failure is not None:
            return None
        return kept.value, kept.asked

    def answers(self, scope: str) -> dict[Hashable, tuple[Any, Asked]]:
        """Return a scope's valid answers by question, with how they were asked; no failures."""
        with self._lock:
            found = {q: self._usable((scope, q)) for q in self._kept.within(scope)}
        return {
            question: (kept.value, kept.asked)
            for question, kept in found.items()
            if kept is not None and kept.asked.failure is None
        }

    def how(self, scope: str, question: Hashable) -> Asked | None:
        """Return how a question was last asked; None if it never was."""
        with self._lock:
            return self._journal.get((scope, question))

    def journal(self, scope: str) -> dict[Hashable, Asked]:
        """Return how each question of a scope was last asked, by question, oldest first."""
        with self._lock:
            return {k[1]: asked for k, asked in self._journal.items() if k[0] == scope}

    def unanswered(self, scope: str) -> dict[Hashable, float]:
        """Return the age in seconds of each question of a scope that has no answer yet."""
        with self._lock:
            return {k[1]: self.clock() - p.begun for k, p in self._asked.items() if k[0] == scope}

    def adopt(self, other: Cache) -> None:
        """Copy the answers and journal of another cache."""
        with other._lock:
            kept, journal = other._kept.items(), dict(other._journal)
        with self._lock:
            for key, known, size in kept:
                self._kept.put(key, known, size)
            self._journal.update(journal)

    def drop(self, scope: str, question: Hashable) -> None:
        """Forget one answer."""
        with self._lock:
            self._kept.drop((scope, question))

    def forget(self, scope: str | None = None) -> None:
        """Forget the answers of a scope, or all. Answers still under way will not be kept."""
        with self._lock:
            scopes = self._kept.scopes() if scope is None else [scope]
            for key in [(s, q) for s in scopes for q in self._kept.within(s)]:
                self._kept.drop(key)
            for known in (self._asked, self._journal):
                for key in [k for k in known if scope in (None, k[0])]:
                    del known[key]

    def _give(self, key: Key, kept: _Known) -> Any:
        with self._lock:
            self._kept.touch(key)
        meter.count(meter.CACHE, cache_hits=1)
        if is_offline():
            calls.note_age(kept.asked.at)
        return kept.answer()

    def _answer(
        self, key: Key, ask: Callable[[], T], is_absence: Callable[[T], bool], mine: _Pending
    ) -> T:
        shelved = self._shelved(key)
        if shelved is not None:
            return self._take(key, *shelved, mine)  # type: ignore[no-any-return]
        started = self.clock()
        with meter.counted() as cost:
            try:
                value = ask()
            except CouldNotLook as error:
                self._keep_if_wanted(key, mine, error, self._how(started, cost, error))
                raise
        asked = self._how(started, cost)
        if self._keep_if_wanted(key, mine, value, asked, is_absence=is_absence(value)):
            self._shelve(key, value)
        return value

    def _shelved(self, key: Key) -> tuple[Any, float] | None:
        return self.shelf.get(*key) if self.shelf is not None and is_offline() else None

    def _shelve(self, key: Key, value: Any) -> None:
        if self.shelf is not None:
            self.shelf.put(*key, value, self.now())

    def _take(self, key: Key, value: Any, at: float, mine: _Pending) -> Any:
        """Return an answer from the shelf. The cache does not keep it, since it would look new."""
        calls.note_age(at)
        self._keep_if_wanted(key, mine, value, Asked(at), seconds=0)
        return value

    def _keep_if_wanted(
        self, key: Key, mine: _Pending, value: Any, asked: Asked, **how: Any
    ) -> bool:
        """Keep an answer or failure unless it was forgotten meanwhile; return whether it was."""
        with self._lock:
            is_wanted = self._asked.get(key) is mine
            if is_wanted:
                self._keep(key, value, asked, **how)
        return is_wanted

    def _how(self, started: float, cost: meter.Tally, failure: Failure | None = None) -> Asked:
        seconds = self.clock() - started
        return Asked(self.now(), seconds, cost.requests, cost.bytes, cost.retries, failure)

    def _usable(self, key: Key) -> _Known | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self.clock() < kept.until or (kept.asked.failure is None and is_offline()):
            return kept
        return None

    def _keep(
        self,
        key: Key,
        value: Any,
        asked: Asked,
        *,
        is_absence: bool = False,
        seconds: float | None = None,
    ) -> None:
        self._journal[key] = asked
        self._journal.move_to_end(key)
        while len(self._journal) > self._entries:
            self._journal.popitem(last=False)
        seconds = self._seconds(asked, is_absence=is_absence) if seconds is None else seconds
        if seconds > 0:
            known = _Known(value, self.clock() + seconds, asked)
            self._kept.put(key, known, asked.bytes)

    def _seconds(self, asked: Asked, *, is_absence: bool) -> float:
        if isinstance(asked.failure, OfflineError):
            return 0.0  # must not outlive offline mode
        if asked.failure is not None:
            return min(self.seconds, self._failure_seconds)
        return min(self.seconds, self._absence_seconds) if is_absence else self.seconds

    def _stop_sharing(self, key: Key, mine: _Pending) -> None:
        with self._lock:
            if self._asked.get(key) is mine:
                del self._asked[key]
