"""The outcome of a search, with the places searched and those that could not be asked.

`Found` contains the results of several similar questions; `Answer` contains one value chosen from
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aind_session.catalog.outages import warn_of
from aind_session.conventions.names import SessionId
from aind_session.errors import AccessDeniedError, Failure, Searched
from aind_session.sources.batch import Batch

T = TypeVar("T")


NOTHING = "nothing there"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The places that were searched.

    Attributes
    ----------
    failures
        Why some places could not be asked.
    searched
        Every place searched, with its outcome, for messages.
    """

    failures: tuple[Failure, ...] = ()
    searched: tuple[Searched, ...] = ()

    def searched_for(self, session_id: SessionId) -> tuple[Searched, ...]:
        """Return every place searched, with the number of results for a session and for others."""
        return self.searched


@dataclass(frozen=True, eq=False)
class Found(Looked, Generic[T]):
    """The results of several similar questions.

    Attributes
    ----------
    batches
        One batch per question that was answered.
    """

    batches: tuple[Batch[T], ...]

    def searched_for(self, session_id: SessionId) -> tuple[Searched, ...]:
        """Return every place searched, with the number of results for a session and for others."""
        batches = iter(self.batches)
        return tuple(
            Searched(one.place, _how_many(one.place, next(batches), session_id))
            if one.outcome == NOTHING
            else one
            for one in self.searched
        )

    @property
    def items(self) -> list[T]:
        """All results; the same one can come from several questions."""
        return [item for batch in self.batches for item in batch.items]

    def of(self, session_id: SessionId) -> list[T]:
        """Return the results that belong to a session, under any of its names.

        The same acquisition has an older name with its platform and a newer one without. A name
        with another platform is used only if no other name has this subject and time.
        """
        same = [named for batch in self.batches for named in batch.by_key.get(session_id.key, ())]
        close = [n for n in same if _is_close(n.name.session.platform, session_id.platform)]
        return [named.item for named in close or same]

    @property
    def sessions(self) -> set[SessionId]:
        """The sessions of the subject that occur in names."""
        return {session for batch in self.batches for session in batch.sessions}


def _how_many(place: str, batch: Batch[Any], session_id: SessionId) -> str:
    """Describe how many results a place has for the session, else for others."""
    mine = len(batch.by_key.get(session_id.key, ()))
    kind = "record" if place.startswith("DocDB") else "asset"
    if mine:
        return f"{_counted(mine, kind)} of this session, but not a suitable one"
    if batch.is_empty:
        return NOTHING
    whose = " of the subject" if "subject" in place else ""
    return f"{_counted(len(batch.items), kind)}{whose}, none of this session"


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind}" if count == 1 else f"{count} {kind}s"


def _is_close(platform: str | None, wanted: str | None) -> bool:
    return platform is None or wanted is None or platform == wanted


@dataclass(frozen=True)
class Answer(Looked, Generic[T]):
    """The chosen answer, and the evidence for it.

    Attributes
    ----------
    value
        The answer; None if nothing was found.
    closed
        The refusals of places closed to the user, if nothing was found.
    """

    value: T | None
    closed: tuple[AccessDeniedError, ...] = ()

    def known(self, asked: str) -> T | None:
        """Return the value, and warn if a source could not be asked; None if nothing was found.

        Parameters
        ----------
        asked
            What was requested, for the warning.

        Raises
        ------
        RemoteError, CredentialsError
            Nothing was found, and some source could not be asked.
        """
        if self.value is None and self.failures:
            raise self.failures[0]
        warn_of(self.failures, asked)
        return self.value


def outcome_at(place: str, answer: object) -> Searched:
    """Return a place with its outcome: the failure if `answer` is one, else "nothing there"."""
    if isinstance(answer, AccessDeniedError):
        return Searched(place, answer.detail)
    if isinstance(answer, Failure):
        return Searched(place, str(answer))
    return Searched(place)
