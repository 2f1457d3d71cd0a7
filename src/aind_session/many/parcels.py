"""Sessions that travel to other processes with what is known of them, and without a client."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
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
    """A session's name, and the answers about it.

    Attributes
    ----------
    session_id
        Its name.
    answers
        By question. Of what was fetched for the whole subject only the session's part is there.
    source
        The source of the rest, see `aind_session.sessions`; None: the setting of the other process.
    """

    session_id: str
    answers: tuple[tuple[Any, Any], ...]
    source: Chosen | None = None

    @classmethod
    def of(cls, session: Session, sources: Sources, source: Chosen | None = None) -> Parcel:
        """Pack what is known, and who is asked about the rest; no request is sent."""
        known = sources.cache.answers(session.subject_id)
        return cls(
            session.id,
            tuple(
                (question, answer.only(session.key))
                for question, (answer, _) in known.items()
                if isinstance(answer, Batch)
            ),
            source,
        )

    def unpack(self) -> Session:
        """Make the session, over the sources of this process; no request is sent."""
        sources = choose(default_sources(), self.source)
        cache = Cache(max(sources.cache.seconds, AT_LEAST_SECONDS), clock=sources.cache.clock)
        session = travelled(self.session_id, replace(sources, cache=cache))
        for question, answer in self.answers:
            cache.put(session.subject_id, question, answer)
        return session


def call_each(
    function: Callable[[Session], T],
    parcels: Iterable[Parcel],
    executor: Executor,
    advance: Callable[[], object],
) -> list[T | Note]:
    """Call a function with each session where an executor runs it; give the answers in order.

    Parameters
    ----------
    function, parcels, executor
        What is called, with what, and where.
    advance
        Called when one has ended.

    Raises
    ------
    BaseException
        An interruption. What had not begun is cancelled.
    """
    futures = [executor.submit(call_with, function, parcel) for parcel in parcels]
    for future in futures:
        future.add_done_callback(lambda done: advance())
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def call_with(function: Callable[[Session], T], parcel: Parcel) -> T | Note:
    """Call a function with the session in a parcel, wherever this runs."""
    try:
        return function(parcel.unpack())
    except Exception as error:  # noqa: BLE001 - the user's function: any error is handed back
        return note_of(parcel.session_id, _portable(error))


def _portable(error: Exception) -> Exception:
    """Give an error that can travel: one that cannot would break the pool."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - made in the same line
    except Exception:  # noqa: BLE001 - another package's class can raise anything
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
