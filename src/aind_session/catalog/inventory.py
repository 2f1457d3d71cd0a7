"""Questions about one subject: assets, records and files, shared by all its sessions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.catalog.results import (
    Answer,
    Found,
    Question,
    asset_question,
    found_by,
    outcome_at,
    record_questions,
)
from aind_session.conventions.assets import asset_location
from aind_session.conventions.location import Location
from aind_session.conventions.names import SessionId
from aind_session.conventions.records import SLIM_FIELDS
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    Failure,
    NotFoundError,
    OddAnswerError,
    is_unasked,
)
from aind_session.runtime.importing import ahead, importable
from aind_session.runtime.known_only import KnownOnly
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.runtime.parsing import parse_json
from aind_session.sources import MOUNTS, Sources
from aind_session.sources.batch import Batch
from aind_session.sources.protocols import RECORD_VERSIONS, Body, Listing
from aind_session.sources.servers.decode import decode_asset
from aind_session.sources.servers.sdk import asset_class
from aind_session.sources.subject_filter import assets_of, of_subjects, of_subjects_or_unstated

if TYPE_CHECKING:
    from collections.abc import Sized

    import upath
    from codeocean.data_asset import DataAsset

T = TypeVar("T")
S = TypeVar("S", bound="Sized")

_NAMED = 2
"""A message lists at most this many names."""

_OLDEST_FIRST = {"sort_field": "created", "sort_order": "asc"}


class Inventory:
    """Asks the sources about one subject; valid answers come from the cache.

    Parameters
    ----------
    subject_id
        The subject, spelled as in names.
    sources
        The sources to ask; their cache keeps the answers.
    """

    def __init__(self, subject_id: str, sources: Sources) -> None:
        self.subject_id = subject_id
        self.sources = sources

    def assets(self) -> Found[DataAsset]:
        """Ask Code Ocean for the subject's assets: two requests, in parallel."""
        with ahead(asset_class):
            return self._gather(self.asset_questions())

    def records(self) -> Found[Body]:
        """Ask DocDB for the subject's records: one request per schema version, in parallel."""
        return self._gather(self.record_questions())

    def records_or_unstated(self) -> Found[Body]:
        """Ask DocDB for the subject's records, also by name, which DocDB does not index."""
        where = of_subjects_or_unstated([self.subject_id])
        asked = f"subject {self.subject_id}, also by name"
        return self._gather(self._find(where, asked, SLIM_FIELDS))

    def assets_and_records(self) -> tuple[Found[DataAsset], Found[Body]]:
        """Ask for assets and records, in parallel."""
        of_assets, of_records = self.asset_questions(), self.record_questions()
        answers = self._answers([*of_assets, *of_records])
        n = len(of_assets)
        return self._found(of_assets, answers[:n]), self._found(of_records, answers[n:])

    def archived_assets(self) -> Found[DataAsset]:
        """Ask Code Ocean for the subject's archived assets, which other searches leave out."""
        return self._gather(self.asset_questions(archived=True))

    def assets_named(self, session_id: SessionId) -> Found[DataAsset]:
        """Ask Code Ocean for assets by name: the last resort for those that state no subject."""
        part = session_id.with_platform(None).id  # the name with a platform contains it
        params = {"filters": [{"key": "name", "value": part}], **_OLDEST_FIRST}
        return self._gather([asset_question(f"names that contain {part}", params, self.sources)])

    def linked_assets(self, ids: Iterable[str], known: Found[DataAsset]) -> Answer[list[DataAsset]]:
        """Return assets by ID; request those that a search did not find.

        IDs that are unknown to Code Ocean, or not visible to this user, are left out.
        """
        by_id = {asset.id: asset for asset in known.items}
        ids = list(dict.fromkeys(ids))
        asked = self.look_up(id_ for id_ in ids if id_ not in by_id)
        failures = tuple(
            answer
            for answer in asked.values()
            if isinstance(answer, Failure) and not isinstance(answer, AccessDeniedError)
        )
        by_id.update({i: a for i, a in asked.items() if not isinstance(a, Failure) and a})
        return Answer([by_id[id_] for id_ in ids if id_ in by_id], failures=failures)

    def look_up(self, ids: Iterable[str]) -> dict[str, DataAsset | Failure | None]:
        """Request assets by ID, in parallel; return None for an ID unknown to Code Ocean."""
        ids = list(ids)
        asked = side_by_side([partial(attempt, partial(self.asset, id_)) for id_ in ids])
        return dict(zip(ids, asked, strict=True))

    def asset(self, asset_id: str) -> DataAsset | None:
        """Return one asset by ID; None if the ID is unknown to Code Ocean."""

        def ask() -> DataAsset | None:
            try:
                with ahead(asset_class):
                    return decode_asset(self.sources.assets.get(asset_id))
            except AssetNotFoundError:
                return None

        return self._keep(("asset", asset_id), ask)

    def record(self, slim: Mapping[str, Any]) -> Body:
        """Return the complete record of a slim one; ``{}`` if it no longer exists."""
        version, id_ = slim["version"], slim["_id"]
        found = self._keep(
            ("record", version, id_), lambda: self.sources.records.find(version, {"_id": id_})
        )
        return found[0] if found else {}

    def records_named(
        self, names: Sequence[str], fields: Sequence[str] = SLIM_FIELDS
    ) -> Found[Body]:
        """Ask DocDB for records by name: the last resort for those that state no subject."""
        where = {"name": {"$in": sorted(names)}}
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return self._gather(self._find(where, f"names {', '.join(names[:_NAMED])}{more}", fields))

    def records_with(self, fields: Sequence[str]) -> Found[Body]:
        """Ask DocDB for other fields of the subject's records: one request per schema version."""
        return self._gather(self.record_questions(fields))

    def take_as_answered(self, fields: Sequence[str], fewer: Sequence[str]) -> None:
        """Let the cached answer to a question for some fields also answer one for fewer fields.

        A failure is used too, for as long as the cache keeps failures.
        """
        cache = self.sources.cache
        pairs = zip(self.record_questions(fields), self.record_questions(fewer), strict=True)
        for more, less in pairs:
            if cache.has(self.subject_id, less.key):
                continue
            had = cache.known(self.subject_id, more.key)
            how = cache.how(self.subject_id, more.key)
            if how is not None and how.failure is not None:
                cache.put(self.subject_id, less.key, how.failure)
            elif had is not None:
                batch, asked = had
                free = asked.__replace__(requests=0, bytes=0, retries=0, seconds=0.0)
                absent = batch.is_empty
                cache.put(self.subject_id, less.key, batch, is_absence=absent, asked=free)

    def whole_records(self) -> list[Body]:
        """Return all complete records of the subject, of both schema versions; a large answer."""

        def ask(version: str) -> list[Body]:
            where = of_subjects_or_unstated([self.subject_id])
            question = ("whole records", version)
            return self._keep(question, lambda: self.sources.records.find(version, where))

        return [
            record
            for found in side_by_side([partial(ask, version) for version in RECORD_VERSIONS])
            for record in found
        ]

    def listing(self, where: Location, below: str = "", delimiter: str = "/") -> Listing:
        """List one level of a directory: one request per thousand names."""
        prefix = f"{where.prefix}{below}"
        question = ("list", where.s3_bucket, prefix, delimiter)
        storage = self.sources.storage
        return self._keep(
            question,
            lambda: storage.list(where.s3_bucket, prefix, delimiter=delimiter),
            is_absence=lambda listing: listing.is_empty,
        )

    def content(self, where: Location, path: str) -> bytes | None:
        """Read a file below a directory; return None if it does not exist."""
        key = f"{where.prefix}{path}"

        def ask() -> bytes | None:
            try:
                return self.sources.storage.read(where.s3_bucket, key)
            except NotFoundError:
                return None

        question = _content_question(where, path)
        return self._keep(question, ask, is_absence=lambda body: body is None)

    def json(self, where: Location, path: str) -> Any:
        """Read a JSON file below a directory; return None if it does not exist.

        Raises
        ------
        OddAnswerError
            It is not JSON. It may have been truncated, so the next question reads it again.
        """
        content = self.content(where, path)
        if content is None:
            return None
        try:
            return parse_json(content)
        except (ValueError, RecursionError) as error:
            self.sources.cache.drop(self.subject_id, _content_question(where, path))
            url = f"{where}/{path}"
            raise OddAnswerError("S3", f"the file is not JSON: {error}", url=url) from error

    def directory(self, names: Sequence[str]) -> Answer[Location]:
        """Search all known buckets for directories with these names, one request each, in parallel.

        Returns
        -------
        Answer
            The first existing one, in the order of the names, then of the buckets.
        """
        places = [Location(b, name) for name in names for b in self.sources.storage.buckets]
        answers = side_by_side([partial(attempt, partial(self._is_there, p)) for p in places])
        looks = list(zip(places, answers, strict=True))
        return Answer(
            next((place for place, answer in looks if answer is True), None),
            failures=tuple(answer for answer in answers if isinstance(answer, Failure)),
            searched=tuple(outcome_at(str(place), answer) for place, answer in looks),
        )

    def path(self, where: Location) -> upath.UPath:
        """Return a location as a path; no request is sent."""
        with importable():
            if where.protocol == "s3":
                return self.sources.storage.path(where.bucket, where.key)
            return path_class()(str(where))

    def known_only(self) -> Inventory:
        """Return an inventory that sends no request: what is not cached raises a `RemoteError`."""
        cache = KnownOnly(self.sources.cache)
        return Inventory(self.subject_id, replace(self.sources, cache=cache))

    def refresh(self) -> None:
        """Forget all answers about the subject, the files of its assets, and what is mounted."""
        for scope in [*self.scopes(), MOUNTS]:
            self.sources.cache.forget(scope)
            if self.sources.mounts is not None:
                self.sources.mounts.cache.forget(scope)

    def scopes(self) -> list[str]:
        """Return the cache's scopes of the subject and of the files of its assets."""
        known = (self.sources.cache.known(self.subject_id, q.key) for q in self.asset_questions())
        assets = [asset for had in known if had is not None for asset in had[0].items]
        places = (asset_location(asset) for asset in assets)
        return [self.subject_id, *dict.fromkeys(str(place) for place in places if place)]

    def _is_there(self, place: Location) -> bool:
        question = ("exists", place.bucket, place.key)
        storage = self.sources.storage
        return self._keep(question, lambda: storage.exists(place.bucket, place.prefix))

    def asset_questions(self, *, archived: bool = False) -> list[Question[Batch[DataAsset]]]:
        """Return the searches for the subject's assets, or for archived ones only."""
        subject = self.subject_id
        kind = "archived assets" if archived else "assets"
        more = {"archived": True, **_OLDEST_FIRST} if archived else _OLDEST_FIRST
        searches = {
            f"{kind} with the subject id {subject}": assets_of(subject),
            f"{kind} with the text {subject}": subject,
        }
        return [
            asset_question(asked, {"query": query, **more}, self.sources)
            for asked, query in searches.items()
        ]

    def record_questions(self, fields: Sequence[str] = SLIM_FIELDS) -> list[Question[Batch[Body]]]:
        """Return the questions for fields of the subject's records, one per schema version."""
        where = of_subjects([self.subject_id])
        return self._find(where, f"subject {self.subject_id}", fields)

    def _find(
        self, where: Mapping[str, Any], asked: str, fields: Sequence[str]
    ) -> list[Question[Batch[Body]]]:
        return record_questions(where, asked, fields, self.sources)

    def of_mounts(self) -> Inventory | None:
        """Return the inventory of the mounted data; None if they do not stand in for servers."""
        mounts = self.sources.mounts
        return None if mounts is None else Inventory(self.subject_id, mounts)

    def checked(self, selected: S) -> S:
        """Return a selection of the subject's assets, unless it is empty and others may exist.

        Raises
        ------
        RemoteError, CredentialsError
            It is empty, and only the mounted assets are known.
        """
        if not selected:
            self.need_all()
        return selected

    def need_all(self) -> None:
        """Raise why a source could not be asked, if the mounted data answered in its place."""
        if self.sources.mounts is not None:
            for failure in self.assets().failures:
                raise failure

    def first_mounts(self) -> Inventory | None:
        """Return the inventory of the mounted data, if they are read before the servers."""
        return self.of_mounts() if self.sources.mounts_first else None

    def _found(
        self, questions: Sequence[Question[Batch[T]]], answers: Sequence[Batch[T] | Failure]
    ) -> Found[T]:
        return found_by(questions, answers, list(map(self._mounted_part, questions, answers)))

    def _mounted_part(
        self, question: Question[Batch[T]], answer: Batch[T] | Failure
    ) -> Batch[T] | None:
        """Ask the mounted data in place of a source that could not be asked."""
        mounts, asked = self.of_mounts(), question.of_mounts
        if mounts is None or asked is None or isinstance(answer, Batch) or not is_unasked(answer):
            return None
        part = attempt(partial(mounts._answer, asked))
        return part if isinstance(part, Batch) and not part.is_empty else None

    def _gather(self, questions: Sequence[Question[Batch[T]]]) -> Found[T]:
        return self._found(questions, self._answers(questions))

    def _answers(self, questions: Sequence[Question[Any]]) -> list[Any]:
        """Ask questions in parallel; without threads if all answers are cached."""
        asked = [partial(attempt, partial(self._answer, question)) for question in questions]
        if all(self.sources.cache.has(self.subject_id, question.key) for question in questions):
            return [ask() for ask in asked]
        return side_by_side(asked, sources=[question.source for question in questions])

    def _answer(self, question: Question[Batch[T]]) -> Batch[T]:
        return self._keep(question.key, question.ask, is_absence=lambda batch: batch.is_empty)

    def _keep(
        self,
        question: Hashable,
        ask: Callable[[], T],
        is_absence: Callable[[T], bool] = lambda answer: not answer,
    ) -> T:
        return self.sources.cache.get(self.subject_id, question, ask, is_absence=is_absence)


def path_class() -> type[upath.UPath]:
    """Return `UPath`; imported here, since it takes 30 ms and most answers need no path."""
    import upath

    return upath.UPath


def _content_question(where: Location, path: str) -> tuple[str, ...]:
    return ("read", where.bucket, f"{where.prefix}{path}")


def of_directory(where: Location, sources: Sources) -> Inventory:
    """Return an inventory that asks for the files of an asset, with the directory as its scope."""
    return Inventory(str(where), sources)
