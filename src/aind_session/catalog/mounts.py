"""Data assets that are mounted in this capsule, or in a similar data directory."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeGuard, get_args

from aind_session.catalog.by_id import (
    AssetOrId,
    get_data_asset_model,
    get_normalized_uuid,
)
from aind_session.catalog.directories import get_data_asset_source_dir
from aind_session.catalog.finder import SessionFinder
from aind_session.conventions.named import names_of
from aind_session.conventions.names import SessionId
from aind_session.errors import AssetNotFoundError, DirectoryNotFoundError, Failure, Searched
from aind_session.runtime.arguments import file_name, one_of
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt
from aind_session.sources import MOUNTS, Sources, sources_or_default
from aind_session.sources.mount_list import is_of_another, listed_mounts
from aind_session.sources.settings import read_settings

if TYPE_CHECKING:
    import upath

logger = logging.getLogger(__name__)

Place = Literal["local", "s3"]
"""Where data are read: from a mounted directory or from S3."""

_SHOWN = 20


@one_call
def asset_dir(
    asset: AssetOrId, place: Place | None = None, *, sources: Sources | None = None
) -> upath.UPath:
    """Return the nearest directory of a data asset: mounted here, or else in S3.

    Parameters
    ----------
    asset
        An asset, or the ID of one.
    place
        ``"local"`` or ``"s3"`` to allow only that one.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    upath.UPath
        The mounted directory is found in the current computation's list of assets (one request,
        once), or else by its name in the data directory: the asset's ID, mount or name. For the
        last two, an asset passed by ID is requested.

    Raises
    ------
    DirectoryNotFoundError
        It is not mounted, and ``"local"`` was requested. An `AttributeError`.
    SourceDirNotFoundError
        It is not mounted, and has no directory in S3 either. A `FileNotFoundError`.
    AssetNotFoundError
        There is no asset with this ID.
    RemoteError, CredentialsError
        It was not found where the library could look, and some servers could not be asked.
    ValueError
        `place` has another value.

    Examples
    --------
    >>> asset_dir("16d46411-540a-4122-b47f-8cb2a15d593a").as_posix()
    's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40'
    """
    place = _checked(place)
    if place == "s3":
        return get_data_asset_source_dir(asset, sources=sources)
    asset_id = get_normalized_uuid(asset)
    here = look_here(sources)
    if here is not None:
        found = here.find(asset_id, [asset_id])  # needs only the ID
        if found is None and not here.lists(asset_id):
            asset = get_data_asset_model(asset, sources=sources)
            found = here.named([asset.mount, asset.name])
        if found is not None:
            return _local(found)
    _leave_for_s3(place, f"data asset {asset_id}", here)
    return get_data_asset_source_dir(asset, sources=sources)


def raw_folder(
    session_id: SessionId, sources: Sources | None, place: Place | None = None
) -> upath.UPath:
    """Return the nearest raw data directory of a session; see `Session.where`.

    The default sources are created only if a request is needed; a folder's name needs no request.
    """
    place = _checked(place)
    if place == "s3":
        return _raw_folder_in_s3(session_id, sources)
    here = look_here(sources)
    found, failure = (None, None) if here is None else _raw_folder_here(session_id, sources, here)
    if found is not None:
        return _local(found)
    _leave_for_s3(place, f"the raw data of {session_id.id}", here, failure)
    return _raw_folder_in_s3(session_id, sources)


def _raw_folder_in_s3(session_id: SessionId, sources: Sources | None) -> upath.UPath:
    finder = SessionFinder.of(session_id, sources)
    return finder.expect_raw_path()


def _raw_folder_here(
    session_id: SessionId, sources: Sources | None, here: Here
) -> tuple[Path | None, Failure | None]:
    """Find the mounted folder of the raw asset; without Code Ocean, by the session's names."""
    names = names_of(session_id)
    if not here.asset_ids:
        found = here.named(names)
        if found is not None:  # no other evidence exists, so no request is sent
            return found, None
    asked = SessionFinder.of(session_id, sources).raw_asset()
    raw = asked.value
    if raw is None:
        return here.named(names), next(iter(asked.failures), None)
    return here.find(raw.id, [raw.mount, raw.name, raw.id, *names]), None


def _checked(place: str | None) -> Place | None:
    """Return a valid place in lower case; None for None."""
    for known in get_args(Place):
        if isinstance(place, str) and place.lower() == known:
            return known  # type: ignore[no-any-return]
    if place is not None:
        one_of(place, get_args(Place), "a place")
    return None


@dataclass(frozen=True)
class Here:
    """The data directory, and the assets that the computation lists for its folders.

    Attributes
    ----------
    root
        The data directory; it may not exist.
    asset_ids
        IDs of data assets by folder name; empty if unknown.
    """

    root: Path
    asset_ids: Mapping[str, str]

    def folders(self) -> list[Path]:
        """Return the folders directly in the data directory, sorted by name."""
        try:
            there = sorted(self.root.iterdir())
        except OSError:  # there is no such directory, or it may not be read
            return []
        return [path for path in there if os.path.isdir(path)]

    def lists(self, asset_id: str) -> bool:
        """Return whether the computation lists this asset."""
        return asset_id in self.asset_ids.values()

    def find(self, asset_id: str, names: Iterable[str | None]) -> Path | None:
        """Return the folder that the computation lists for an asset, else one by name."""
        if not self.lists(asset_id):
            return self.named(names)
        mounted = [self.root / name for name, id_ in self.asset_ids.items() if id_ == asset_id]
        found = next((path for path in mounted if os.path.isdir(path)), None)
        outcome = "the computation says so" if found else "though the computation lists it"
        logger.debug("data asset %s is at %s: %s", asset_id, found or "no folder here", outcome)
        return found

    def named(self, names: Iterable[str | None]) -> Path | None:
        """Return the first folder with one of these names, unless it is another asset's."""
        for name in names:
            if not _is_name(name) or name in self.asset_ids:
                continue
            if os.path.isdir(self.root / name) and not is_of_another(self.root / name, name):
                logger.debug("%s was chosen by its name", self.root / name)
                return self.root / name
        return None

    def not_found(self, asked: str, failure: Failure | None = None) -> DirectoryNotFoundError:
        """Return the error for unmounted data; `failure` is why other names are unknown."""
        searched = [Searched(self.root.as_posix(), self._holds())]
        if failure is not None:
            searched.append(Searched("its other names", f"unknown: {failure}"))
        return DirectoryNotFoundError(
            f"a mounted directory of {asked}",
            searched=searched,
            hint="attach the data asset to the capsule in Code Ocean, or read it from S3: 's3'",
        )

    def _holds(self) -> str:
        if not os.path.isdir(self.root):
            return "no such directory"
        names = [path.name for path in self.folders()]
        more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
        return f"contains {', '.join(names[:_SHOWN] + more)}" if names else "contains no folders"


@one_call
def look_here(sources: Sources | None) -> Here | None:
    """Return what is mounted; None without a data directory.

    The capsule's list is used if there is one; the list of the computation costs a request.
    """
    settings = read_settings()
    if settings.data_dir is None:
        return None
    listed = listed_mounts(settings.data_dir)
    if listed is not None:
        return Here(settings.data_dir, listed)
    return Here(settings.data_dir, _asset_ids(settings.computation_id, sources))


def _asset_ids(computation_id: str | None, sources: Sources | None) -> Mapping[str, str]:
    """Return the computation's data assets by folder; empty if they are unknown."""
    if computation_id is None:
        return {}
    sources = sources_or_default(sources)
    ask = partial(_ask_computation, computation_id, sources)
    found = attempt(lambda: sources.cache.get(MOUNTS, computation_id, ask))
    if isinstance(found, Failure):
        logger.debug("mounted assets are found only by name: %s", found)
        return {}
    return found


def _ask_computation(computation_id: str, sources: Sources) -> dict[str, str]:
    try:
        parts = sources.assets.computation(computation_id).get("data_assets")
    except AssetNotFoundError as error:
        logger.debug("mounted assets are found only by name: %s", error)
        return {}
    listed = [part for part in parts if _is_mounted(part)] if isinstance(parts, list) else []
    return {part["mount"]: part["id"] for part in listed}


def _is_mounted(part: Any) -> bool:
    """Return whether an entry of a computation has a valid asset ID and folder name."""
    return isinstance(part, dict) and _is_id(part.get("id")) and _is_name(part.get("mount"))


def _is_id(said: Any) -> bool:
    try:
        return isinstance(said, str) and get_normalized_uuid(said) == said
    except ValueError:
        return False


def _is_name(said: Any) -> TypeGuard[str]:
    """Return whether a value from a server is a valid folder name, and not a path."""
    return file_name(said) is not None


def _local(found: Path) -> upath.UPath:
    import upath  # costs 150 ms

    return upath.UPath(found)


def _leave_for_s3(
    place: Place | None, asked: str, here: Here | None, failure: Failure | None = None
) -> None:
    if place == "local":
        raise _nowhere(asked) if here is None else here.not_found(asked, failure)
    logger.debug("%s is not mounted here: it is read from S3", asked)


def _nowhere(asked: str) -> DirectoryNotFoundError:
    return DirectoryNotFoundError(
        f"a mounted directory of {asked}",
        searched=[Searched("this machine", "has no data directory")],
        hint="outside Code Ocean, set AIND_SESSION_DATA_DIR to the directory with mounted assets",
    )
