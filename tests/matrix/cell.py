"""One cell: a call during a fault, its outcome, and the rules that every outcome must obey."""

from __future__ import annotations

import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from aind_session import (
    AccessDeniedError,
    CredentialsError,
    NotFoundError,
    OddAnswerError,
    OddAnswerWarning,
    RemoteError,
    SourceDownWarning,
    Sources,
    UnavailableError,
)
from aind_session.runtime.cache import Cache
from aind_session.runtime.warning import collected_warnings
from aind_session.sources.servers.retries import NO_TIME
from tests.matrix.calls import Call
from tests.matrix.faults import Place
from tests.platform import Platform

RIGHT, WARNED, PART, UNAVAILABLE, REMOTE = "=", "!", "~", "U", "R"
ODD, DENIED, CREDENTIALS, ABSENT, LEFT_OUT, NO_TIME_LEFT = "O", "A", "C", "N", "?", "T"

LEGEND = {
    RIGHT: "the right answer",
    WARNED: "the right answer, with a `SourceDownWarning`",
    PART: "what the others know of it, with a `SourceDownWarning` or with notes",
    LEFT_OUT: "the answer without what could not be understood, with an `OddAnswerWarning`",
    UNAVAILABLE: "`UnavailableError`",
    NO_TIME_LEFT: "`UnavailableError`: no time was left to ask another server, which it names",
    ODD: "`OddAnswerError`",
    CREDENTIALS: "`CredentialsError`",
    DENIED: "`AccessDeniedError`",
    REMOTE: "`RemoteError`",
    ABSENT: "`NotFoundError`: the server itself says that it is not there",
}

_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (UnavailableError, UNAVAILABLE),
    (OddAnswerError, ODD),
    (CredentialsError, CREDENTIALS),
    (AccessDeniedError, DENIED),
    (RemoteError, REMOTE),
    (NotFoundError, ABSENT),
)


_AT_ONCE = 12


@dataclass(frozen=True)
class Outcome:
    """The outcome of a call.

    Attributes
    ----------
    answer
        The answer, as plain data; None after an error.
    error
        The error that was raised.
    warned
        The classes of the warnings.
    said
        The texts of the error, warnings and notes.
    seconds
        How long it took.
    """

    answer: Any
    error: Exception | None
    warned: tuple[type[Warning], ...]
    said: str
    seconds: float


def ask(call: Call, sources: Sources) -> Outcome:
    """Make a call, and record its outcome."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # from earlier sources
        answer, error, seconds = _ask(call, sources)
    warned = tuple(w.category for w in caught)
    said = _said(answer, error, [str(w.message) for w in caught])
    return Outcome(answer, error, warned, said, seconds)


def ask_at_once(calls: Sequence[Call], sources: Sources) -> list[Outcome]:
    """Make many calls at the same time, each with its own cache: for faults that only wait."""

    def one(call: Call) -> Outcome:
        with collected_warnings() as caught:
            answer, error, seconds = _ask(call, fresh(sources))
        warned = tuple(category for _, category in caught)
        said = _said(answer, error, [text for text, _ in caught])
        return Outcome(answer, error, warned, said, seconds)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(one, calls))


def _ask(call: Call, sources: Sources) -> tuple[Any, Exception | None, float]:
    started = time.monotonic()
    try:
        answer, error = call.ask(sources), None
    except Exception as raised:
        answer, error = None, raised
    return answer, error, time.monotonic() - started


def _said(answer: Any, error: Exception | None, warnings_: Iterable[str]) -> str:
    notes = str(answer) if "notes" in str(answer) else ""
    return "\n".join([str(error or ""), *warnings_, notes])


def fresh(sources: Sources) -> Sources:
    """Return the same sources with an empty cache."""
    return replace(sources, cache=Cache(sources.cache.seconds))


def code_of(call: Call, outcome: Outcome, healthy: Any, places: Sequence[Place]) -> str:
    """Return the code of an outcome, after asserting that it is allowed."""
    if outcome.error is not None:
        return _code_of_error(outcome.error, places)
    kinds = set(outcome.warned)
    assert kinds <= {SourceDownWarning, OddAnswerWarning}, kinds
    if outcome.answer == healthy:
        return WARNED if SourceDownWarning in kinds else LEFT_OUT if kinds else RIGHT
    if kinds == {OddAnswerWarning}:
        assert outcome.answer, "nothing at all"
        return LEFT_OUT
    assert call.is_part is not None, outcome.answer
    assert call.is_part(outcome.answer, healthy), outcome.answer
    assert outcome.said, "less than all, and no word of it"
    return PART


def _code_of_error(error: Exception, places: Iterable[Place]) -> str:
    code = next((code for cls, code in _ERRORS if isinstance(error, cls)), None)
    assert code is not None, repr(error)
    text = str(error)
    is_named = any(all(part in text for part in place.says) for place in places)
    if isinstance(error, UnavailableError) and (NO_TIME in text or not is_named):
        return NO_TIME_LEFT
    assert is_named, text
    return code


def most_attempts(platform: Platform) -> int:
    """Return how often the servers got the most frequent request."""
    asked = Counter((r.service, r.method, r.path, r.query, r.body) for r in platform.requests)
    return max(asked.values(), default=0)


def starts(platform: Platform) -> int:
    """Return how many requests that start something reached the server."""
    return sum(r.method == "POST" and r.path.endswith("/computations") for r in platform.requests)


def threads_left() -> list[str]:
    """Return the threads that a call has left running."""
    ours = ("ThreadPoolExecutor", "aind")
    return [t.name for t in threading.enumerate() if t.name.startswith(ours)]
