"""Questions about assets and records, and the results of several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aind_session.catalog.outages import answered_in_part
from aind_session.catalog.results import Found, outcome_at
from aind_session.conventions.names import find_asset_name
from aind_session.errors import Failure
from aind_session.errors.value import Value
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
    for message, category in dict.fromkeys(told for batch in batches for told in batch.left_out):
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
