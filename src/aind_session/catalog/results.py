"""Questions to the sources, and the outcome of a search: the places searched, and the failures.

`Found` contains the results of several similar questions; `Answer` contains one value chosen from
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aind_session.catalog.outages import answered_in_part, warn_of
from aind_session.conventions.names import SessionId, find_asset_name
from aind_session.errors import AccessDeniedError, Failure, Searched
from aind_session.errors.value import Value
from aind_session.errors.wording import number_of
from aind_session.runtime.warning import collected_warnings, warn_user
from aind_session.sources import Sources
from aind_session.sources.batch import Batch, LaterBatch
from aind_session.sources.encoding import as_key, batch_of_records
from aind_session.sources.protocols import RECORD_VERSIONS, Body
from aind_session.sources.servers.decode import asset_bodies, decode_assets

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.conventions.names import AssetName

T = TypeVar("T")


NOTHING = "nothing there"


class Found(Value, Generic[T]):
    """The results of several similar questions.

    Attributes
    ----------
    batches
        One batch per question that was answered.
    failures
        Why some places could not be asked.
    searched
        Every place searched, with its outcome, for messages.
    """

    batches: tuple[Batch[T], ...]
    failures: tuple[Failure, ...] = ()
    searched: tuple[Searched, ...] = ()

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
        """Return the results of a session, else those with its subject and time; see `close_to`.

        Only `SessionFinder.mine` knows whether these may be used: it also asks the other sources.
        """
        of_batches = (batch.by_key.get(session_id.key, ()) for batch in self.batches)
        return self.close_to(session_id) or [n.item for named in of_batches for n in named]

    def close_to(self, session_id: SessionId) -> list[T]:
        """Return the results of a session, under its own names: with its platform, and without."""
        same = [named for batch in self.batches for named in batch.by_key.get(session_id.key, ())]
        return [n.item for n in same if _is_close(n.name.session.platform, session_id.platform)]

    @property
    def sessions(self) -> set[SessionId]:
        """The sessions of the subject that occur in names."""
        return {session for batch in self.batches for session in batch.sessions}


def _how_many(place: str, batch: Batch[Any], session_id: SessionId) -> str:
    """Describe how many results a place has for the session, else for others."""
    mine = len(batch.by_key.get(session_id.key, ()))
    kind = "record" if place.startswith("DocDB") else "asset"
    if mine:
        return f"{number_of(mine, kind)} of this session, but not a suitable one"
    if batch.is_empty:
        return NOTHING
    whose = " of the subject" if "subject" in place else ""
    return f"{number_of(len(batch.items), kind)}{whose}, none of this session"


def _is_close(platform: str | None, wanted: str | None) -> bool:
    return platform is None or wanted is None or platform == wanted


class Answer(Value, Generic[T]):
    """The chosen answer, and the evidence for it.

    Attributes
    ----------
    value
        The answer; None if nothing was found.
    failures, searched
        As in `Found`.
    closed
        The refusals of places closed to the user, if nothing was found.
    """

    value: T | None
    failures: tuple[Failure, ...] = ()
    searched: tuple[Searched, ...] = ()
    closed: tuple[AccessDeniedError, ...] = ()

    def searched_for(self, session_id: SessionId) -> tuple[Searched, ...]:
        """Return every place searched; its outcome already is about one session."""
        return self.searched

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


class Question(Value, Generic[T]):
    """A question to a source.

    Attributes
    ----------
    place
        The place searched, for messages.
    key
        The key of the answer in the cache.
    ask
        Sends the request.
    of_mounts
        The same question to the mounted data, which may know a part; None if they do not stand in.
    """

    place: str
    key: tuple[Any, ...]
    ask: Callable[[], T]
    of_mounts: Question[T] | None = None

    @property
    def source(self) -> tuple[str, ...]:
        """The source to ask. DocDB's schema versions count as two, since each can fail alone."""
        return ("DocDB", str(self.key[1])) if self.key[0] == "find" else ("Code Ocean",)


def asset_question(
    asked: str, params: Mapping[str, Any], sources: Sources
) -> Question[Batch[DataAsset]]:
    """Return a search for assets."""
    return Question(
        f"Code Ocean, {asked}",
        ("search", as_key(params)),
        lambda: _batch_of_assets(sources.assets.search(params)),
        None if sources.mounts is None else asset_question(asked, params, sources.mounts),
    )


def _batch_of_assets(found: Iterable[Body]) -> Batch[DataAsset]:
    with collected_warnings() as left_out:
        bodies = asset_bodies(found)
    return LaterBatch(bodies, decode_assets, _name_of, left_out)


def _name_of(body: Body) -> AssetName | None:
    """Return the parsed name of an asset without building it, which imports the SDK's models."""
    stated = body.get("custom_metadata")
    return find_asset_name(
        SimpleNamespace(id=body["id"], name=body["name"], custom_metadata=stated)
    )


def record_questions(
    where: Mapping[str, Any], asked: str, fields: Sequence[str], sources: Sources
) -> list[Question[Batch[Body]]]:
    """Return searches for records, one per schema version."""
    return [record_question(version, where, asked, fields, sources) for version in RECORD_VERSIONS]


def record_question(
    version: str, where: Mapping[str, Any], asked: str, fields: Sequence[str], sources: Sources
) -> Question[Batch[Body]]:
    """Return a search for records of one schema version."""
    find, mounts = sources.records.find, sources.mounts
    return Question(
        f"DocDB {version}, records of {asked}",
        ("find", version, as_key(where), tuple(fields)),
        lambda: batch_of_records(find(version, where, fields), version),
        None if mounts is None else record_question(version, where, asked, fields, mounts),
    )


def found_by(
    questions: Sequence[Question[Batch[T]]],
    answers: Sequence[Batch[T] | Failure],
    parts: Sequence[Batch[T] | None],
) -> Found[T]:
    """Return the results of several questions, with warnings about results that were left out.

    Parameters
    ----------
    questions, answers
        The questions, and the answer or failure of each.
    parts
        What the mounted data know in place of a source that could not be asked; None for others.
        They may not know all, so the source's failure stays.
    """
    batches = tuple(batch for batch in (*answers, *parts) if isinstance(batch, Batch))
    for message, category in dict.fromkeys(pair for batch in batches for pair in batch.left_out):
        warn_user(message, category)  # at each use, since the answer is incomplete
    return Found(
        batches,
        failures=tuple(
            answer if part is None else answered_in_part(answer)
            for answer, part in zip(answers, parts, strict=True)
            if not isinstance(answer, Batch)
        ),
        searched=tuple(outcome_at(q.place, a) for q, a in zip(questions, answers, strict=True)),
    )
