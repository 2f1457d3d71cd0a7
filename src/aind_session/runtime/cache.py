"""A cache with an age limit: threads that ask the same at the same time share a request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from aind_session.errors import CouldNotLook, Failure, OfflineError
from aind_session.runtime import calls
from aind_session.runtime import meter as observe
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
"""How long "nothing there" is taken as true at most: what is missing may be on its way."""

MAX_BYTES = 256 * 1024 * 1024
"""How many bytes, as they came from the servers, all kept answers may have together."""

FOR_GOOD = float("inf")
"""The age limit of what was loaded from a file."""


@dataclass(frozen=True)
class Asked:
    """How a question was asked, whatever its outcome.

    Attributes
    ----------
    at
        When the answer came, in seconds since 1970-01-01 UTC.
    seconds
        How long it took.
    requests, bytes, retries
        What it cost; 0 where other questions paid for it.
    failure
        Why there is no answer; None where there is one.
    """

    at: float
    seconds: float = 0.0
    requests: int = 0
    bytes: int = 0
    retries: int = 0
    failure: Failure | None = None


@dataclass(frozen=True)
class _Known:
    value: Any
    until: float
    asked: Asked

    def answer(self) -> Any:
        if isinstance(self.value, CouldNotLook):
            raise self.value
        return self.value


class _Pending(Future[Any]):
    """The answer to a question that was put, for all who wait for it."""

    def __init__(self, asked_for: Scope) -> None:
        super().__init__()
        self.asked_for = asked_for
        self.waiting = [asked_for]
        self._seen: tuple[int, float] | None = None

    def silence(self, source: Source, now: float) -> float:
        """Give for how long no answer of a source has been seen, in seconds."""
        answers = answers_of(source)
        if self._seen is None or answers != self._seen[0]:
            self._seen = answers, now
        return now - self._seen[1]


class _NobodyElseError(Exception):
    """There is nobody else to wait for, and no answer."""


class Shelf(Protocol):
    """Where answers are kept beyond the life of a process."""

    def put(self, scope: str, question: Hashable, value: Any, at: float) -> None:
        """Keep an answer, and from when it is."""

    def get(self, scope: str, question: Hashable) -> tuple[Any, float] | None:
        """Give an answer, and from when it is; None if there is none."""


class Cache:
    """Answers by scope and question, until they are too old.

    A scope is what is refreshed together: a subject.

    Parameters
    ----------
    seconds
        How long an answer is taken as true; 0: not at all.
    clock
        Gives seconds that only grow.
    now
        Gives the time of day, in seconds since 1970-01-01 UTC.
    entries, max_bytes
        How many answers are kept at most, and how many bytes of them, as they came from the
        servers; the ones asked for least recently go first.
    absence_seconds
        How long "nothing there" is taken as true at most.
    failure_seconds
        For how long a source that could not be asked is not asked again; 0: failures are not kept.
    patience
        How long a silent source is waited for when the others have answered, in seconds; see
        `aind_session.runtime.patience`.
    shelf
        Where answers are kept for other processes, which look there when they are offline.

    Attributes
    ----------
    is_for_many
        Whether many sessions share it, so that what each is asked for must be worth it.
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
        """Begin again in a forked process: who asked in its parent does not answer here."""
        self._lock = threading.Lock()
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
            kept = self._usable(key)
        if kept is not None:
            return self._give(key, kept)  # type: ignore[no-any-return]
        return self.share(key, partial(self._answer, key, ask, is_absence))

    def share(self, key: Key, work: Callable[[_Pending], T]) -> T:
        """Do some work once for all who want it at the same time, and give what comes of it.

        Parameters
        ----------
        key
            What tells it from all other work.
        work
            Called with what the others wait for.

        Raises
        ------
        BaseException
            What it raised, for all of them; an interruption only for who was interrupted, and the
            others begin again.
        SilentError
            It asks a silent source, while the others have answered: it goes on in the background.
        """
        source = source_to_leave()
        self._leave_when_silent(source)
        # made before others can see it, so that an interruption finds it below
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
        except CancelledError:  # the thread that did it was interrupted
            return self.share(key, work)
        except Exception:
            raise
        except BaseException:
            mine.asked_for.is_over = True
            raise
        finally:
            if mine.cancel():  # it had not begun, nor will it
                self._stop_sharing(key, mine)

    def _shared(self, key: Key, mine: _Pending) -> _Pending:
        there = self._asked.get(key)
        # what the user has not waited for any longer may hang: it is asked again
        if there is None or any(scope.has_ended() for scope in there.waiting):
            there = self._asked[key] = mine
        else:
            there.waiting.append(mine.asked_for)
        return there

    def _resolve(self, key: Key, work: Callable[[_Pending], T], mine: _Pending) -> T:
        """Do the work, and give its outcome, a result or an error, to all who wait."""
        if not mine.set_running_or_notify_cancel():
            raise CancelledError
        try:
            with no_member():  # nobody else stands in for what goes on in the background
                value = work(mine)
        except BaseException as error:
            self._stop_sharing(key, mine)
            # an interruption is of this thread alone
            mine.set_exception(error if isinstance(error, Exception) else CancelledError())
            raise
        self._stop_sharing(key, mine)
        mine.set_result(value)
        return value

    def _leaving(self, pending: _Pending, source: Source | None) -> Callable[[], None] | None:
        """Give what ends the waiting for a silent source; None where it must be waited for."""
        if source is None:
            return None
        pending.silence(source, self.clock())  # the first look

        def leave() -> None:
            if pending.silence(source, self.clock()) >= self.patience:
                with self._lock:
                    self._silent[source] = pending
                leave_silent(self.patience)

        return leave

    def _leave_when_silent(self, source: Source | None) -> None:
        """Ask nothing more of a source whose answer to another question is still waited for."""
        pending = None if source is None else self._silent.get(source)
        if source is None or pending is None:
            return
        if pending.silence(source, self.clock()) < self.patience:  # it has answered others since
            return

        def look() -> None:
            if not leave_silent(self.patience):
                raise _NobodyElseError

        with suppress(_NobodyElseError):  # only silent ones can know: they are asked
            wait_until_done(pending, look)

    def has(self, scope: str, question: Hashable) -> bool:
        """Tell whether a question would be answered without asking."""
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
        """Keep an answer, or a failure, that was obtained otherwise.

        Parameters
        ----------
        scope, question, value
            What is kept.
        is_absence
            Whether it says that there is nothing.
        asked
            How it was obtained; by default just now, and then it is put on the shelf, too.
        seconds
            How long it is taken as true, where that is not as for other answers.
        """
        failure = value if isinstance(value, CouldNotLook) else None
        if asked is None and failure is None:
            self._shelve((scope, question), value)
        with self._lock:
            known = asked or Asked(self.now(), failure=failure)
            self._keep((scope, question), value, known, is_absence=is_absence, seconds=seconds)

    def known(self, scope: str, question: Hashable) -> tuple[Any, Asked] | None:
        """Give an earlier answer of any age, and how it was asked; None if there is none."""
        with self._lock:
            kept = self._kept.get((scope, question))
        if kept is None or kept.asked.failure is not None:
            return None
        return kept.value, kept.asked

    def answers(self, scope: str) -> dict[Hashable, tuple[Any, Asked]]:
        """Give what is known in a scope, and how it was obtained, by question, without failures."""
        with self._lock:
            found = {q: self._usable((scope, q)) for q in self._kept.within(scope)}
        return {
            question: (kept.value, kept.asked)
            for question, kept in found.items()
            if kept is not None and kept.asked.failure is None
        }

    def how(self, scope: str, question: Hashable) -> Asked | None:
        """Tell how a question was put last; None when it was not."""
        with self._lock:
            return self._journal.get((scope, question))

    def journal(self, scope: str) -> dict[Hashable, Asked]:
        """Give how each question of a scope was put last, by question, the first asked first."""
        with self._lock:
            return {k[1]: asked for k, asked in self._journal.items() if k[0] == scope}

    def adopt(self, other: Cache) -> None:
        """Take over what another one knows."""
        with other._lock:
            kept, journal = other._kept.items(), dict(other._journal)
        with self._lock:
            for key, known, size in kept:
                self._kept.put(key, known, size)
            self._journal.update(journal)

    def drop(self, scope: str, question: Hashable) -> None:
        """Forget one answer that turned out to be useless."""
        with self._lock:
            self._kept.drop((scope, question))

    def forget(self, scope: str | None = None) -> None:
        """Drop the answers of a scope, or all; what is being asked meanwhile is not kept."""
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
        observe.count(observe.CACHE, cache_hits=1)
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
        with observe.counted() as cost:
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
        """Give an answer from the shelf; not kept here, where it would seem to be new."""
        calls.note_age(at)
        self._keep_if_wanted(key, mine, value, Asked(at), seconds=0)
        return value

    def _keep_if_wanted(
        self, key: Key, mine: _Pending, value: Any, asked: Asked, **how: Any
    ) -> bool:
        """Keep an answer, or a failure, unless it was forgotten meanwhile; tell which."""
        with self._lock:
            is_wanted = self._asked.get(key) is mine
            if is_wanted:
                self._keep(key, value, asked, **how)
        return is_wanted

    def _how(self, started: float, cost: observe.Tally, failure: Failure | None = None) -> Asked:
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
            return 0.0  # which holds until the user goes online
        if asked.failure is not None:
            return min(self.seconds, self._failure_seconds)
        return min(self.seconds, self._absence_seconds) if is_absence else self.seconds

    def _stop_sharing(self, key: Key, mine: _Pending) -> None:
        with self._lock:
            if self._asked.get(key) is mine:
                del self._asked[key]
