"""Finding the directory of a data asset."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aind_session.catalog.by_id import AssetOrId, get_data_asset_model
from aind_session.catalog.inventory import Inventory
from aind_session.catalog.outages import that_hide_something, warn_of_closed
from aind_session.conventions.assets import asset_location
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.institute import KNOWN_BUCKETS as S3_DATA_BUCKET_NAMES
from aind_session.conventions.location import Location
from aind_session.errors import AccessDeniedError, Failure, Searched, SourceDirNotFoundError
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import key, leads_elsewhere, text
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt
from aind_session.sources import Sources, sources_or_default

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset


__all__ = [
    "S3_DATA_BUCKET_NAMES",
    "expect_files",
    "files_of",
    "get_data_asset_source_dir",
    "get_source_dir_by_name",
    "location_of",
]


@one_call
def get_data_asset_source_dir(
    asset_id: AssetOrId, ttl_hash: int | None = None, *, sources: Sources | None = None
) -> upath.UPath:
    """Return the directory of a data asset.

    Parameters
    ----------
    asset_id
        An asset, or the ID of one.
    ttl_hash
        Accepted for older callers, and ignored.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    upath.UPath
        The location in the asset's ``source_bucket``, without checking that it exists. For other
        assets, the directory in a known bucket that is named after the ID or the asset's name.

    Raises
    ------
    AssetNotFoundError
        There is no asset with this ID.
    SourceDirNotFoundError
        The asset has no directory. A `FileNotFoundError`.
    RemoteError, CredentialsError
        It was not found where the library could look, and some servers could not be asked.

    Examples
    --------
    >>> get_data_asset_source_dir("16d46411-540a-4122-b47f-8cb2a15d593a").as_posix()
    's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40'
    """
    sources = sources_or_default(sources)
    asset = get_data_asset_model(asset_id, sources=sources)
    if sources.mounts is None or sources.servers is None:
        return Inventory("", sources).path(location_of(asset, sources))
    # mounts that stand in for S3 can be read, but only their metadata state where they are in S3
    servers = sources.servers
    try:
        return Inventory("", sources).path(location_of(asset, servers))
    except SourceDirNotFoundError:
        get_data_asset_model(asset_id, sources=servers)  # the name of the mounted asset may differ
        raise


def location_of(asset: DataAsset, sources: Sources) -> Location:
    """Return where the files of an asset are; raise like `get_data_asset_source_dir`."""
    stated = asset_location(asset)
    if stated is not None and (asset.source_bucket or _may_be_there(stated, sources)):
        return stated
    names = [name for name in (asset.id, asset.name) if not leads_elsewhere(name)]
    return _search(names, f"the directory of data asset {asset.id}", sources)


def files_of(asset: DataAsset, sources: Sources) -> Location:
    """Return where to read the files of an asset; no request is sent if the asset states it."""
    return asset_location(asset) or _mounted(asset, sources) or location_of(asset, sources)


def _mounted(asset: DataAsset, sources: Sources) -> Location | None:
    """Return the location by which the mounts know an asset, if they are read first.

    They know assets without a stated location by their IDs.
    """
    if sources.mounts is None or not sources.mounts_first:
        return None
    place = Location(CODE_OCEAN_BUCKET, asset.id)
    is_there = attempt(partial(sources.mounts.storage.exists, place.bucket, place.prefix))
    return place if is_there is True else None


def expect_files(asset: DataAsset, where: Location, sources: Sources) -> None:
    """Raise `SourceDirNotFoundError` if the directory of an asset no longer exists."""
    if not sources.storage.exists(where.s3_bucket, where.prefix):
        raise SourceDirNotFoundError(
            f"the directory of data asset {asset.name!r} ({asset.id})",
            searched=[Searched(str(where), "no file, although Code Ocean lists the asset there")],
        )


def _may_be_there(place: Location, sources: Sources) -> bool:
    """Return whether a directory exists; True also if its bucket cannot be searched."""
    there = attempt(lambda: sources.storage.exists(place.bucket, place.prefix))
    return there is True or isinstance(there, Failure)


@one_call
def get_source_dir_by_name(
    name: str, ttl_hash: int | None = None, *, sources: Sources | None = None
) -> upath.UPath:
    """Return the directory with a name in the first known bucket that has it.

    Parameters
    ----------
    name
        The name of the directory, such as the name or ID of an asset.
    ttl_hash
        Accepted for older callers, and ignored.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    SourceDirNotFoundError
        No known bucket has it. A `FileNotFoundError`.
    ValueError
        The name is empty, contains ``..``, or is too long for S3.
    RemoteError, CredentialsError
        It was not found in the buckets that answered, and some could not be asked.

    Examples
    --------
    >>> get_source_dir_by_name("ecephys_676909_2023-12-13_13-43-40").as_posix()
    's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40'
    """
    import uuid  # 2 ms, and most questions are about sessions

    wanted = key(str(name) if isinstance(name, uuid.UUID) else text(name, "a name"), "a name")
    if not wanted:
        raise ValueError(f"the name of a directory was expected, not {quote(name)}")
    sources = sources_or_default(sources)
    place = _search([wanted], f"a directory {quote(name)}", sources)
    return Inventory("", sources).path(place)


def _search(names: list[str], asked: str, sources: Sources) -> Location:
    looked = Inventory("", sources).directory(names)
    if looked.value is not None:
        return looked.value
    hidden = that_hide_something(looked.failures, len(looked.searched))
    if hidden:
        raise hidden[0]
    warn_of_closed([one for one in looked.failures if isinstance(one, AccessDeniedError)], asked)
    raise SourceDirNotFoundError(
        asked, searched=looked.searched, hint="AIND_SESSION_BUCKETS sets the buckets to search"
    )
