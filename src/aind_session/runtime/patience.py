"""How long a call waits for a silent server when the others have answered.

Several sources are asked in parallel, and one can often stand in for another. When all others have
answered and one has been silent for ``AIND_SESSION_PATIENCE_SECONDS``, the call returns without it
and warns, as if the server were down. The request continues in the background, and its answer is
cached. If there is no result without that server, the call is repeated and waits for it until the
deadline of the call.

A server that answers other requests is not silent, however long one request is queued: the time
counts from the server's last answer to any request of this process.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from aind_session.errors import Failure, UnavailableError
from aind_session.errors.value import Value
from aind_session.runtime import calls

T = TypeVar("T")

Source = tuple[str, ...]
"""The name of a service, and of its part if parts can fail separately."""


_answers: Counter[Source] = Counter()
"""How many answers, including failures, each source has sent. Counted, since clocks may differ."""


def note_answer(service: str, part: str) -> None:
    """Record that a server has answered a request.

    Parameters
    ----------
    service
        The server's name, as in errors.
    part
        The first part of the requested path: a source is a whole server, or such a part of it.
    """
    # not locked: if two threads count at once, one count is lost, but the number still changes
    _answers[service,] += 1
    _answers[service, part] += 1


def answers_of(source: Source) -> int:
    """Return how many answers a source has sent; the number never decreases."""
    return _answers[source]


class SilentError(UnavailableError):
    """A server was silent for too long, and the others' answers are used without it."""

    def __init__(self, service: str, seconds: float) -> None:
        super().__init__(
            service,
            f"it has been silent for {seconds:g} s while others have answered, so the call did not "
            "wait; its answer is cached if it arrives; set AIND_SESSION_PATIENCE_SECONDS to wait "
            "longer",
        )


class Group:
    """Questions that are asked in parallel, to several sources.

    Parameters
    ----------
    sources
        The source of each question; empty if no source can stand in for another.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources if len(set(sources)) > 1 else ()
        self._lock = threading.Lock()
        self._open = list(self._sources)
        self._silent: set[Source] = set()
        self._has_answer = False

    def call(self, number: int, call: Callable[[], T]) -> T:
        """Ask one of the questions as a member of this group."""
        if not self._sources:
            return call()
        source = self._sources[number]
        token = _member.set(_Member(self, source))
        try:
            answer = call()
            self._has_answer = self._has_answer or not isinstance(answer, Failure)
            return answer
        finally:
            _member.reset(token)
            with self._lock:
                self._open.remove(source)

    def may_leave(self, source: Source) -> bool:
        """Record a silent source; return whether others answered and only silent ones are open."""
        with self._lock:
            self._silent.add(source)
            return self._has_answer and self._silent >= set(self._open)

    def waits_for_others(self) -> bool:
        """Return whether a source that is not silent is still open."""
        with self._lock:
            return not self._silent >= set(self._open)


class _Member(Value):
    group: Group
    source: Source


_member: ContextVar[_Member | None] = ContextVar("member", default=None)


@contextmanager
def no_member() -> Iterator[None]:
    """Let requests in a ``with`` block wait for every source; they run in the background."""
    token = _member.set(None)
    try:
        yield
    finally:
        _member.reset(token)


def source_to_leave() -> Source | None:
    """Return the source that this call may leave out; None if it must wait for its answer."""
    member = _member.get()
    return None if member is None or calls.waits_for_all() else member.source


def leave_silent(seconds: float) -> bool:
    """Raise if the others have answered, so that the call need not wait for this source.

    Parameters
    ----------
    seconds
        How long the source has been silent.

    Returns
    -------
    bool
        Whether the call still waits for another source that is not silent.

    Raises
    ------
    SilentError
        Others have answered, and only silent sources are left.
    """
    member = _member.get()
    if member is None:
        return False
    if member.group.may_leave(member.source):
        calls.note_left_out()
        raise SilentError(member.source[0], seconds)
    return member.group.waits_for_others()
