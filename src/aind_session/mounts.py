"""Data assets that are mounted where this runs: inside of a Code Ocean capsule, or as if."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aind_session.concurrency import Failure, attempt, side_by_side
from aind_session.directories import get_data_asset_source_dir
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    DirectoryNotFoundError,
    Searched,
    quote,
)
from aind_session.finding import find_raw_asset
from aind_session.ids import find_session
from aind_session.lookup import AssetOrId, get_data_asset_model, get_normalized_uuid
from aind_session.session import Session
from aind_session.settings import Settings, read_settings
from aind_session.sources import Sources, default_sources

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

logger = logging.getLogger(__name__)

Place = Literal["local", "s3"]
"""Where data are read: from a mounted directory, or from S3."""


@dataclass(frozen=True)
class Mount:
    """A folder at the top of the data directory.

    Attributes
    ----------
    path
        The folder.
    asset_id
        The data asset that is mounted there, as the computation says it; None when it does not.
    session_id
        The session that the name of the folder holds; None when it holds none.
    """

    path: Path
    asset_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True)
class Attached:
    """What is mounted here; made by `attached`.

    Attributes
    ----------
    folders
        All folders at the top of the data directory, by name.
    """

    folders: tuple[Mount, ...]
    _sources: Sources | None = field(default=None, repr=False, compare=False)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that names of folders hold, each once. Nothing is asked."""
        ids = dict.fromkeys(mount.session_id for mount in self.folders if mount.session_id)
        return tuple(Session(id_, sources=self._sources) for id_ in ids)

    @property
    def assets(self) -> tuple[DataAsset, ...]:
        """The data assets that the computation names: one request each, side by side."""
        ids = [mount.asset_id for mount in self.folders if mount.asset_id]
        sources = self._sources or default_sources()
        asked = [partial(get_data_asset_model, id_, sources=sources) for id_ in ids]
        return tuple(side_by_side(asked))


def attached(*, sources: Sources | None = None) -> Attached:
    """List what is mounted here: the folders at the top of the data directory, not deeper.

    One request at most, which tells their data assets, inside of a Code Ocean computation.

    Parameters
    ----------
    sources
        Who is asked; by default the real servers.

    Returns
    -------
    Attached
        Empty where there is no data directory; see the setting ``AIND_SESSION_DATA_DIR``.

    Examples
    --------
    >>> attached().folders
    ()
    """
    settings = read_settings()
    if settings.data_dir is None:
        return Attached((), sources)
    by_folder = {folder: id_ for id_, folder in _mounts(settings, sources).items()}
    folders = sorted(path for path in settings.data_dir.iterdir() if path.is_dir())
    return Attached(tuple(_mount(path, by_folder.get(path.name)) for path in folders), sources)


def _mount(path: Path, asset_id: str | None) -> Mount:
    session = find_session(path.name)
    return Mount(path, asset_id, None if session is None else session.id)


def asset_dir(
    asset: AssetOrId, place: Place | None = None, *, sources: Sources | None = None
) -> upath.UPath:
    """Give the directory of a data asset where it is nearest: mounted here, else in S3.

    Parameters
    ----------
    asset
        An asset, or the ID of one.
    place
        ``"local"`` or ``"s3"``: that and nothing else.
    sources
        Who is asked; by default the real servers.

    Returns
    -------
    upath.UPath
        The mounted directory is found by what the computation says, in which this runs (one
        request, once), else by its name at the top of the data directory.

    Raises
    ------
    DirectoryNotFoundError
        It is not mounted, and ``"local"`` was asked for. An `AttributeError`.
    ValueError
        There is no such place.

    Examples
    --------
    >>> asset_dir("16d46411-540a-4122-b47f-8cb2a15d593a").as_posix()
    's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40'
    """
    _check(place)
    if place != "s3":
        settings = read_settings()
        if settings.data_dir is not None or place == "local":
            asset_id = get_normalized_uuid(asset)
            known = partial(_names_of, asset, sources)
            found = _mounted(settings, [asset_id], known, sources)
            if found is not None or place == "local":
                return _local(found, f"data asset {asset_id}", settings)
    return get_data_asset_source_dir(asset, sources=sources)


def _names_of(asset: AssetOrId, sources: Sources | None) -> list[str]:
    model = get_data_asset_model(asset, sources=sources)
    return [model.mount, model.name, model.id]


def raw_dir(session: Session, place: Place | None = None) -> upath.UPath:
    """Give the raw data directory of a session where it is nearest; see `Session.where`."""
    _check(place)
    if place != "s3":
        settings = read_settings()
        if settings.data_dir is not None or place == "local":
            found = _mounted_raw(session, settings)
            if found is not None or place == "local":
                return _local(found, f"the raw data of {session.id}", settings)
    return session.raw_data_dir


def _mounted_raw(session: Session, settings: Settings) -> Path | None:
    """Look for the raw asset; without Code Ocean, for the session's names."""
    if settings.data_dir is None:
        return None
    raw = attempt(lambda: find_raw_asset(session._parsed, session._inventory).value)
    own = [session.id, session._parsed.with_platform(None).id]
    if raw is None or isinstance(raw, Failure):
        return _mounted(settings, [], lambda: own, session._sources)
    return _mounted(settings, [raw.id], lambda: [raw.mount, raw.name, *own], session._sources)


def _check(place: str | None) -> None:
    if place not in (None, "local", "s3"):
        raise ValueError(f"a place is 'local' or 's3', not {quote(place)}")


def _mounted(
    settings: Settings,
    asset_ids: Iterable[str],
    names: Callable[[], Iterable[str]],
    sources: Sources | None,
) -> Path | None:
    """Find a mounted folder: by what the computation says, else by name."""
    root = settings.data_dir
    if root is None:
        return None
    mounts = _mounts(settings, sources)
    for asset_id in asset_ids:
        if asset_id in mounts:
            found = root / mounts[asset_id]
            logger.debug("the computation says that %s is mounted at %s", asset_id, found)
            return found if found.is_dir() else None
    of_others = set(mounts.values())
    for name in names():
        if _is_name(name) and name not in of_others and (root / name).is_dir():
            logger.debug("%s is taken by its name", root / name)
            return root / name
    return None


def _mounts(settings: Settings, sources: Sources | None) -> Mapping[str, str]:
    """Give the folders of data assets by ID, as the computation says it; empty if it cannot."""
    computation_id = settings.computation_id
    if computation_id is None:
        return {}
    sources = sources or default_sources()

    def ask() -> dict[str, str]:
        parts = sources.assets.computation(computation_id).get("data_assets") or ()
        return {part["id"]: part["mount"] for part in parts if _is_name(part.get("mount"))}

    try:
        found = attempt(lambda: sources.cache.get(computation_id, "mounts", ask))
    except AssetNotFoundError as error:
        found = AccessDeniedError("Code Ocean", str(error))
    if isinstance(found, Failure):
        logger.debug("mounted assets are known by their names alone: %s", found)
        return {}
    return found


def _is_name(text: str | None) -> bool:
    """Tell whether what a server says is the name of a folder, and leads nowhere else."""
    return bool(text) and text not in (".", "..") and not set(text or "") & set("/\\\0")


def _local(found: Path | None, asked: str, settings: Settings) -> upath.UPath:
    import upath  # costs 150 ms

    if found is not None:
        return upath.UPath(found)
    root = settings.data_dir
    if root is None:
        raise DirectoryNotFoundError(
            f"a mounted directory of {asked}",
            searched=[Searched("this machine", "is no Code Ocean capsule")],
            hint="where data assets are mounted is set with AIND_SESSION_DATA_DIR",
        )
    raise DirectoryNotFoundError(
        f"a mounted directory of {asked}",
        searched=[Searched(str(root))],
        close=sorted(path.name for path in root.iterdir()) if root.is_dir() else (),
        hint="attach the data asset to the capsule",
    )
