"""Restore frozen sessions, and report what has changed since."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aind_session.catalog.bulk import in_bulk
from aind_session.catalog.by_id import get_data_asset_model
from aind_session.catalog.inventory import Inventory
from aind_session.catalog.results import Found
from aind_session.conventions.assets import asset_location, assets_by_creation
from aind_session.conventions.names import parse_session
from aind_session.display import Shown, Table
from aind_session.errors import AccessDeniedError, AssetNotFoundError
from aind_session.errors.wording import in_utc, number_of, printable
from aind_session.many import lock as lockfile
from aind_session.many.changes import (
    AssetClosed,
    AssetGone,
    AssetMoved,
    AssetRenamed,
    Change,
    NewerAssets,
)
from aind_session.many.lock import Lock, LockedAsset, LockedSession
from aind_session.many.sessions import Sessions
from aind_session.runtime.arguments import file_path
from aind_session.runtime.cache import Cache
from aind_session.runtime.parallel import side_by_side
from aind_session.session import Session
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.pinned import PinnedAssets
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


@dataclass(frozen=True, eq=False, repr=False)
class Thawed(Shown):
    """Sessions as they were frozen; returned by `thaw`.

    Attributes
    ----------
    path
        The lock file.
    frozen
        When it was written, in UTC.
    sessions
        The sessions, by ID. They use only the frozen data assets, under their old names. Metadata
        records are not frozen. Sessions that are pickled, or sent to an executor by ``map``, use
        all current assets: call `thaw` in that process.
    assets
        The frozen assets that still exist, by session, in order of creation.
    changes
        The changes since, by session; empty if nothing has changed.
    """

    path: Path
    frozen: datetime.datetime
    sessions: Sessions
    assets: Mapping[Session, tuple[DataAsset, ...]]
    changes: tuple[Change, ...]

    def __repr__(self) -> str:
        lines = [self._summary(), *(f"  - {change}" for change in self.changes)]
        return printable("\n".join(lines))

    def _card(self) -> Table:
        kinds = {change: type(change).__name__ for change in self.changes}
        rows = [[change.session_id, kinds[change], str(change)] for change in self.changes]
        footer = [] if rows else ["nothing has changed since"]
        return Table.of(
            ["session", "change", "what"], rows, wrap=["what"], title=self._summary(), footer=footer
        )

    def as_text(self) -> str:
        """Return the text form, which is that of `repr`."""
        return repr(self)

    def _summary(self) -> str:
        assets = sum(map(len, self.assets.values()))
        counts = {"session": len(self.assets), "asset": assets, "change": len(self.changes)}
        said = ", ".join(number_of(count, noun) for noun, count in counts.items())
        return f"Thawed({self.path.name} of {in_utc(self.frozen)}: {said})"


def thaw(path: str | os.PathLike[str], *, sources: Sources | None = None) -> Thawed:
    """Restore frozen sessions, and report what has changed since.

    Parameters
    ----------
    path
        A lock file of `Sessions.freeze`.
    sources
        The sources to ask; by default the real servers. Two searches for each subject, in parallel,
        and one request for each frozen asset that they do not find.

    Returns
    -------
    Thawed
        ``sessions``, ``assets`` and ``changes``. It is not updated: call `thaw` again to check
        again.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    FileFormatError
        It is not a lock file, is damaged, or a newer release wrote it. A `ValueError`.
    RemoteError, CredentialsError
        Code Ocean could not be asked, so changes are unknown.

    Examples
    --------
    >>> import tempfile
    >>> from aind_session import sessions
    >>> path = Path(tempfile.mkdtemp(), "paper.lock")
    >>> sessions("ecephys_676909_2023-12-13_13-43-40").freeze(path)
    >>> thawed = thaw(path)
    >>> thawed.changes
    ()
    >>> thawed.sessions[0].derived("sorted").latest().name
    'ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45'
    """
    lock = lockfile.read(file_path(path, "the path of a lock file"))
    asked = sources_or_default(sources)
    now = _look(lock, asked)
    pinned = dataclasses.replace(
        asked,
        assets=PinnedAssets(asked.assets, _bodies(lock, now), now.closed, str(path)),
        cache=Cache(asked.cache.seconds, clock=asked.cache.clock),
    )
    members = Sessions([Session(locked.id) for locked in lock.sessions], sources=pinned)
    held = {
        member: tuple(now.held(locked) for locked in of_one.assets if locked.id in now.assets)
        for member, of_one in zip(members, lock.sessions, strict=True)
    }
    return Thawed(Path(path), lock.frozen, members, held, tuple(_changes(lock, now)))


@dataclass(frozen=True)
class _Now:
    """The current content of Code Ocean.

    Attributes
    ----------
    found
        Assets by subject.
    assets
        The frozen assets that exist, by ID.
    closed
        Errors about frozen assets without access, by ID.
    """

    found: Mapping[str, Found[DataAsset]]
    assets: Mapping[str, DataAsset]
    closed: Mapping[str, AccessDeniedError]

    def held(self, locked: LockedAsset) -> DataAsset:
        """Return an asset with its old name."""
        asset = self.assets[locked.id]
        return (
            dataclasses.replace(asset, name=locked.name) if _name(asset) != locked.name else asset
        )


def _look(lock: Lock, sources: Sources) -> _Now:
    subjects = dict.fromkeys(_subject(session) for session in lock.sessions)
    shared = in_bulk(sources, subjects)
    found = {subject: Inventory(subject, shared).assets() for subject in subjects}
    failures = [failure for part in found.values() for failure in part.failures]
    if failures:
        raise failures[0]
    known = {asset.id: asset for part in found.values() for asset in part.items}
    ids = dict.fromkeys(asset.id for session in lock.sessions for asset in session.assets)
    unknown = [id_ for id_ in ids if id_ not in known]
    asked = side_by_side([partial(_ask, id_, sources) for id_ in unknown], sources.concurrency)
    answers = {**known, **dict(zip(unknown, asked, strict=True))}
    return _Now(
        found,
        {i: a for i in ids if not isinstance(a := answers[i], Exception)},
        {i: a for i in ids if isinstance(a := answers[i], AccessDeniedError)},
    )


def _ask(asset_id: str, sources: Sources) -> DataAsset | AssetNotFoundError | AccessDeniedError:
    try:
        return get_data_asset_model(asset_id, sources=sources)
    except (AssetNotFoundError, AccessDeniedError) as error:
        return error


def _subject(session: LockedSession) -> str:
    return parse_session(session.id).subject_id


def _bodies(lock: Lock, now: _Now) -> dict[str, list[Body]]:
    bodies: dict[str, dict[str, Body]] = {}
    for session in lock.sessions:
        of_subject = bodies.setdefault(_subject(session), {})
        for locked in session.assets:
            if locked.id in now.assets:
                of_subject[locked.id] = dataclasses.asdict(now.held(locked))
    return {subject: list(held.values()) for subject, held in bodies.items()}


def _changes(lock: Lock, now: _Now) -> Iterator[Change]:
    frozen = {asset.id for session in lock.sessions for asset in session.assets}
    for session in lock.sessions:
        for locked in session.assets:
            yield from _changes_of(session.id, locked, now)
        found = now.found[_subject(session)].of(parse_session(session.id))
        newer = [a for a in found if a.id not in frozen and _is_since(a, lock.frozen)]
        if newer:
            yield NewerAssets(session.id, tuple(a.name for a in assets_by_creation(newer)))


def _changes_of(session_id: str, locked: LockedAsset, now: _Now) -> Iterator[Change]:
    which = (session_id, locked.id, locked.name)
    if locked.id in now.closed:
        yield AssetClosed(*which, now.closed[locked.id].detail)
    elif locked.id not in now.assets:
        yield AssetGone(*which)
    else:
        asset = now.assets[locked.id]
        place = asset_location(asset)
        location = None if place is None else str(place)
        if _name(asset) != locked.name:
            yield AssetRenamed(*which, _name(asset))
        if location != locked.location:
            yield AssetMoved(*which, locked.location, location)


def _name(asset: DataAsset) -> str:
    return asset.name or ""


def _is_since(asset: DataAsset, moment: datetime.datetime) -> bool:
    return (asset.created or 0) >= moment.timestamp()
