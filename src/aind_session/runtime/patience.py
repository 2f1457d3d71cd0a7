"""How long a silent server is waited for when the others have answered.

Several sources are asked in parallel, and what one of them does not say another often does. When
all others have answered and one has said nothing for ``AIND_SESSION_PATIENCE_SECONDS``, the answer
is given without it, with a warning, as if it were down. Its question goes on in the background, and
what it brings is kept for later ones. Where there turns out to be no answer without it, the call is
made again, and then waits for it as long as any call may take: only it can know.

A server that answers somebody is not silent, however long this question has to wait for its turn:
the time is counted from the last answer of that server to any question of this process.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from aind_session.errors import Failure, UnavailableError
from aind_session.runtime import calls

T = TypeVar("T")

Source = tuple[str, ...]
"""The name of a service, and of its part if parts can fail separately."""


_answers: Counter[Source] = Counter()
"""How many answers each source has given, whatever they said; counted, since clocks may differ."""


def note_answer(service: str, part: str) -> None:
    """Note that a server has answered some question.

    Parameters
    ----------
    service
        Its name, as errors have it.
    part
        The first part of the path that was asked: a source may be a whole server, or such a part.
    """
    # not locked: a count that is lost among others changes nothing, since these have changed it
    _answers[service,] += 1
    _answers[service, part] += 1


def answers_of(source: Source) -> int:
    """Give how many answers a source has given; it only grows."""
    return _answers[source]


class SilentError(UnavailableError):
    """A server has said nothing for so long that others' answers are taken without it."""

    def __init__(self, service: str, seconds: float) -> None:
        super().__init__(
            service,
            f"it has been silent for {seconds:g} s while others have answered, so the call did not "
            "wait; its answer is cached if it arrives; set AIND_SESSION_PATIENCE_SECONDS to wait "
            "longer",
        )


class Group:
    """Questions that are asked in parallel, of several sources.

    Parameters
    ----------
    sources
        Whom each of them asks; empty where none can stand in for another.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources if len(set(sources)) > 1 else ()
        self._lock = threading.Lock()
        self._open = list(self._sources)
        self._silent: set[Source] = set()
        self._has_answer = False

    def call(self, number: int, call: Callable[[], T]) -> T:
        """Put one of the questions, as a member of this group."""
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
        """Tell, for a source that is silent, whether others than silent ones are waited for."""
        with self._lock:
            self._silent.add(source)
            return self._has_answer and self._silent >= set(self._open)

    def waits_for_others(self) -> bool:
        """Tell whether some source is waited for that is not silent."""
        with self._lock:
            return not self._silent >= set(self._open)


@dataclass(frozen=True)
class _Member:
    group: Group
    source: Source


_member: ContextVar[_Member | None] = ContextVar("member", default=None)


@contextmanager
def no_member() -> Iterator[None]:
    """Let what is asked in a ``with`` block be waited for: it goes on in the background."""
    token = _member.set(None)
    try:
        yield
    finally:
        _member.reset(token)


def source_to_leave() -> Source | None:
    """Tell which source's silence would be tolerated here; None where answers are waited for."""
    member = _member.get()
    return None if member is None or calls.waits_for_all() else member.source


def leave_silent(seconds: float) -> bool:
    """Raise when the others have answered, and the one that is asked here is not waited for.

    Parameters
    ----------
    seconds
        For how long it has said nothing.

    Returns
    -------
    bool
        Whether there is somebody else to wait for.

    Raises
    ------
    SilentError
        Others have answered, and there is nobody else to wait for.
    """
    member = _member.get()
    if member is None:
        return False
    if member.group.may_leave(member.source):
        calls.note_left_out()
        raise SilentError(member.source[0], seconds)
    return member.group.waits_for_others()
