"""Send sessions to other processes with the known answers, but without clients."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from aind_session.catalog.bulk import AT_LEAST_SECONDS
from aind_session.diagnosis.notes import Note, note_of
from aind_session.runtime.cache import Cache
from aind_session.session import Session, travelled
from aind_session.sources import Sources, default_sources
from aind_session.sources.batch import Batch
from aind_session.sources.from_tables import Chosen, choose

T = TypeVar("T")


@dataclass(frozen=True)
class Parcel:
    """A session's name, and the known answers about it.

    Attributes
    ----------
    session_id
        The session's name.
    answers
        Answers by question. Answers about the whole subject include only the session's part.
    source
        The source of further answers; see `aind_session.sessions`. None uses the setting of the
        other process.
    """

    session_id: str
    answers: tuple[tuple[Any, Any], ...]
    source: Chosen | None = None

    @classmethod
    def of(cls, session: Session, sources: Sources, source: Chosen | None = None) -> Parcel:
        """Pack the known answers and the source of further answers; no request is sent."""
        known = sources.cache.answers(session.subject_id)
        return cls(
            session.id,
            tuple(
                (question, answer.only(session.key))
                for question, (answer, _) in known.items()
                if isinstance(answer, Batch) and _is_about(question, session)
            ),
            source,
        )

    def unpack(self) -> Session:
        """Create the session with the sources of this process; no request is sent."""
        sources = choose(default_sources(), self.source)
        cache = Cache(max(sources.cache.seconds, AT_LEAST_SECONDS), clock=sources.cache.clock)
        session = travelled(self.session_id, replace(sources, cache=cache))
        for question, answer in self.answers:
            cache.put(session.subject_id, question, answer)
        return session


def _is_about(question: Any, session: Session) -> bool:
    """Return whether a question is about the whole subject or about this session."""
    asked = str(question[1:3])
    return '"name"' not in asked or session.id.partition(session.subject_id)[2] in asked


def call_each(
    function: Callable[[Session], T],
    parcels: Sequence[Callable[[], Parcel]],
    executor: Executor,
    done: Callable[[int], object],
) -> list[T | Note]:
    """Call a function with each session in an executor, and return the answers in order.

    Parameters
    ----------
    function, parcels, executor
        The function, functions that pack its arguments, and where to call it. Each parcel is
        packed just before it is submitted.
    done
        Called with the number of sessions whose calls have ended.

    Raises
    ------
    BaseException
        An interruption; calls that had not begun are cancelled.
    """
    size = math.ceil(len(parcels) / _TASKS) or 1
    futures = []
    for start in range(0, len(parcels), size):
        some = [pack() for pack in parcels[start : start + size]]
        # as bytes, because dask would inspect the content
        futures.append(executor.submit(_call_with_some, function, pickle.dumps(some)))
        futures[-1].add_done_callback(partial(_tell, done, len(some)))
    try:
        return [answer for future in futures for answer in future.result()]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _tell(done: Callable[[int], object], count: int, _: Future[Any]) -> None:
    done(count)


_TASKS = 1000
"""The largest number of tasks for an executor: dask takes milliseconds for each."""


def _call_with_some(function: Callable[[Session], T], packed: bytes) -> list[T | Note]:
    """Call a function with the session in each parcel, in the executor's process."""
    parcels: list[Parcel] = pickle.loads(packed)  # noqa: S301 - of `call_each`
    return [_call_with(function, parcel) for parcel in parcels]


def _call_with(function: Callable[[Session], T], parcel: Parcel) -> T | Note:
    try:
        return function(parcel.unpack())
    except Exception as error:  # noqa: BLE001 - the user's function: any error is handed back
        return note_of(parcel.session_id, _portable(error))


def _portable(error: Exception) -> Exception:
    """Return an error that can be pickled; otherwise it would break the pool."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - made in the same line
    except Exception:  # noqa: BLE001 - another package's class can raise anything
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
