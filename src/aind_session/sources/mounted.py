"""Answer from mounted data assets instead of the servers, without a request.

A capsule's ``.codeocean/.datasets.json`` lists which data asset is mounted in which folder, and the
metadata files at the top of each folder describe it.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from aind_session.conventions.dates import moment_utc
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import Location
from aind_session.conventions.mentions import stated_subject
from aind_session.conventions.names import find_asset_name, find_session
from aind_session.conventions.records import (
    METADATA_PARTS,
    linked_asset_ids,
    record_created,
    record_location,
)
from aind_session.errors import (
    FileFormatError,
    LeftOutWarning,
    NotMountedError,
    SourceDirNotFoundError,
)
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import file_name
from aind_session.runtime.cache import Cache
from aind_session.runtime.files import read_file
from aind_session.runtime.modes import is_offline
from aind_session.runtime.parsing import object_in, parse_json
from aind_session.runtime.warning import warn_user
from aind_session.sources import MOUNTS, Sources
from aind_session.sources.bodies import asset_of_record
from aind_session.sources.memory import MemoryAssets, MemoryRecords
from aind_session.sources.passed_on import PassedOn, refused
from aind_session.sources.protocols import AssetSource, Body, Listing, StorageSource
from aind_session.sources.settings import read_settings
from aind_session.sources.world import World

if TYPE_CHECKING:
    import upath

_LISTED = Path(".codeocean", ".datasets.json")
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Mounted:
    """A mounted data asset.

    Attributes
    ----------
    asset_id
        The ID of the asset; None if neither the capsule's list nor its metadata state it.
    path
        The folder in which it is mounted.
    record
        The content of its metadata files, as a metadata record.
    version
        The schema version of the metadata: ``v1`` or ``v2``.
    has_metadata
        Whether there are metadata files.
    """

    asset_id: str | None
    path: Path
    record: Body
    version: str
    has_metadata: bool

    @property
    def location(self) -> Location | None:
        """The location of its files in S3; None if the metadata do not state it."""
        return record_location(self.record)


def listed_mounts(root: Path) -> dict[str, str] | None:
    """Return the IDs of mounted assets by folder, as the capsule's file lists them.

    Parameters
    ----------
    root
        The data directory.

    Returns
    -------
    dict or None
        Folders are relative to the data directory. None if there is no such file in the current
        directory, above it, or beside the data directory. Entries that lead outside the data
        directory, repeat a folder or have no folder are left out with a `LeftOutWarning`.
    """
    here = Path(os.path.realpath("."))
    folders = dict.fromkeys([here, *here.parents, Path(os.path.realpath(root)).parent])
    file = next((path for f in folders if (path := f / _LISTED).is_file()), None)
    return None if file is None else _read_list(file, root)


def _read_list(file: Path, root: Path) -> dict[str, str]:
    content = _read_json(file)
    entries = content.get("attached_datasets") if isinstance(content, Mapping) else None
    if not isinstance(entries, list) or content.get("version") != 1:
        warn_user(f"{file} does not list mounted assets in version 1", LeftOutWarning)
        return {}
    found: dict[str, str] = {}
    for entry in entries:
        reason = _why_not(entry, root, found)
        if reason is None:
            found[entry["mount"]] = entry["id"]
        else:
            warn_user(f"left out of {file}: {quote(entry)} {reason}", LeftOutWarning)
    return found


def _why_not(entry: Any, root: Path, found: Mapping[str, str]) -> str | None:
    """Return why an entry is invalid; None if it is valid."""
    mount = entry.get("mount") if isinstance(entry, Mapping) else None
    if not isinstance(mount, str) or not isinstance(entry.get("id"), str):
        return "lacks an ID or a mount"
    if file_name(mount) is None:
        return "does not name a folder"
    if mount in found:
        return "repeats a mount"
    path, top = Path(os.path.realpath(root / mount)), Path(os.path.realpath(root))
    if not path.is_relative_to(top):
        return "leads out of the data directory"
    return None if path.is_dir() else "has no folder"


def is_of_another(folder: Path, name: str) -> bool:
    """Return whether the metadata in a folder state a different session from its name."""
    description = _read_json(folder / "data_description.json")
    said = description.get("name") if isinstance(description, Mapping) else None
    here, named = find_asset_name(str(said)), find_asset_name(name)
    return here is not None and named is not None and here.session.key != named.session.key


def mounted(cache: Cache) -> list[Mounted]:
    """Return the mounted assets with their metadata, which the cache keeps.

    In a capsule without a list of the mounted assets, these are the folders whose metadata name an
    asset.
    """
    settings = read_settings()
    root = settings.data_dir
    if root is None:
        return []
    listed: Mapping[str, str | None] | None = listed_mounts(root)
    if listed is None:
        is_capsule = settings.capsule_id or settings.computation_id
        listed = dict.fromkeys(_folders(root)) if is_capsule else {}
    read = partial(_read_mounts, root, listed)
    if is_offline():  # the cache would warn that its answer is old
        return read()
    return cache.get(MOUNTS, (str(root), *listed.items()), read, is_absence=_lack_metadata)


def _folders(root: Path) -> list[str]:
    """Return the names of the folders in the data directory that do not lead out of it."""
    top = Path(os.path.realpath(root))
    there = sorted(root.iterdir()) if root.is_dir() else []
    real = ((path.name, Path(os.path.realpath(path))) for path in there)
    return [name for name, path in real if path.is_dir() and path.is_relative_to(top)]


def _read_mounts(root: Path, listed: Mapping[str, str | None]) -> list[Mounted]:
    found = [_describe(asset_id, root / mount) for mount, asset_id in listed.items()]
    return [one for one in found if listed[one.path.name] or find_asset_name(one.record["name"])]


def _lack_metadata(found: Sequence[Mounted]) -> bool:
    """Return whether some metadata are missing, as they are for a moment after attaching."""
    return not all(mount.has_metadata for mount in found)


def _describe(asset_id: str | None, path: Path) -> Mounted:
    whole = _read_json(path / "metadata.nd.json")
    record: Body = dict(whole) if isinstance(whole, Mapping) else {}
    for part in METADATA_PARTS:
        if record.get(part) is None and (content := _read_json(path / f"{part}.json")) is not None:
            record[part] = content
    has_metadata = bool(record)
    asset_id = asset_id or _only(linked_asset_ids(record))
    description = object_in(record, "data_description")
    version = "v2" if "modalities" in description else "v1"
    record["name"] = record.get("name") or description.get("name") or path.name
    record.setdefault("_id", f"mounted-{asset_id or path.name}")
    links = "other_identifiers" if version == "v2" else "external_links"
    record[links] = {"Code Ocean": [asset_id] if asset_id else []}
    if stated_subject(record) is None and (session := find_session(record["name"])) is not None:
        record["subject"] = {**object_in(record, "subject"), "subject_id": session.subject_id}
    return Mounted(asset_id, path, record, version, has_metadata)


def _only(found: Sequence[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _read_json(path: Path) -> Any:
    """Read a metadata file; None if it is missing, too large or damaged."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return parse_json(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _world(cache: Cache) -> World:
    """Return the mounted assets and their records as a world that can be searched."""
    world = World()
    for mount in mounted(cache):
        world.records[mount.version].append(mount.record)
        if mount.asset_id is not None:
            asset = asset_of_record(mount.record, mount.asset_id, _created(mount.record))
            world.assets.append({**asset, "mount": mount.path.name})
    return world


def over_mounts(servers: Sources, *, asks_servers: bool) -> Sources:
    """Return sources that search mounted assets, and ask the servers for the rest if allowed."""
    cache = Cache(servers.cache.seconds, clock=servers.cache.clock, now=servers.cache.now)
    return replace(
        servers,
        assets=MountedAssets(servers.assets if asks_servers else refused(_not_here), cache),
        records=MountedRecords(servers, cache, asks_servers=asks_servers),
        storage=MountedStorage(servers.storage, cache, asks_servers=asks_servers),
        cache=cache,
        servers=servers,
    )


def _created(record: Body) -> datetime.datetime | None:
    """Return when a record was created, or else the date and time in its name."""
    name = find_asset_name(record["name"])
    return moment_utc(record_created(record)) or (name.dt if name is not None else None)


class MountedAssets(PassedOn):
    """The data assets that are mounted; see `AssetSource`."""

    def __init__(self, servers: AssetSource, cache: Cache) -> None:
        super().__init__(servers)
        self._cache = cache

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Return the mounted assets that match, or else other ones; see `AssetSource.search`."""
        plain = {name: value for name, value in params.items() if not name.startswith("sort")}
        found = MemoryAssets(_world(self._cache)).search(plain)
        return found or self._source.search(params, at_most=at_most)

    def get(self, asset_id: str) -> Body:
        """Return one asset; see `AssetSource.get`."""
        for asset in _world(self._cache).assets:
            if asset["id"] == asset_id:
                return asset
        return self._source.get(asset_id)


class MountedRecords:
    """The metadata files of mounted assets, as records; see `RecordSource`."""

    def __init__(self, servers: Sources, cache: Cache, *, asks_servers: bool) -> None:
        self._servers = servers.records
        self._cache = cache
        self._asks_servers = asks_servers

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Return the records that match; see `RecordSource.find`."""
        found = MemoryRecords(_world(self._cache)).find(version, where, fields)
        if found:
            return found
        if self._asks_servers:
            return self._servers.find(version, where, fields)
        return _not_here(f"metadata ({version}) {_in_words(where)}")


class MountedStorage:
    """The files of mounted assets, by their locations in S3; see `StorageSource`."""

    def __init__(self, servers: StorageSource, cache: Cache, *, asks_servers: bool) -> None:
        self._servers = servers
        self._cache = cache
        self._asks_servers = asks_servers

    @property
    def service(self) -> str | None:
        """Which service answers; see `StorageSource.service`."""
        return self._servers.service

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that would be searched; see `StorageSource.buckets`."""
        return self._servers.buckets

    def credentials(self) -> str | None:
        """Return how credentials were found; see `StorageSource.credentials`."""
        return self._servers.credentials()

    def has_bucket(self, bucket: str) -> bool:
        """Return whether the bucket exists; see `StorageSource.has_bucket`."""
        return self._else(f"the bucket {bucket}").has_bucket(bucket)

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """List one level of a mounted folder; see `StorageSource.list`."""
        folder = self._folder(bucket, prefix)
        if folder is None or delimiter != "/":
            asked = f"what is in s3://{bucket}/{prefix}"
            return self._else(asked).list(bucket, prefix, delimiter=delimiter)
        entries = sorted(folder.iterdir(), key=lambda path: path.name) if folder.is_dir() else []
        return Listing(
            tuple(path.name for path in entries if path.is_dir()),
            tuple(path.name for path in entries if not path.is_dir()),
        )

    def exists(self, bucket: str, prefix: str) -> bool:
        """Return whether a mounted folder exists; see `StorageSource.exists`."""
        folder = self._folder(bucket, prefix)
        if folder is None:
            asked = f"whether s3://{bucket}/{prefix} exists"
            return self._else(asked).exists(bucket, prefix)
        return folder.is_dir()

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of a mounted file; see `StorageSource.read`."""
        return self.fetch(bucket, key)[0]

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Return the content of a mounted file; see `StorageSource.fetch`."""
        path = self._folder(bucket, key)
        if path is None:
            return self._else(f"the file s3://{bucket}/{key}").fetch(bucket, key)
        try:
            return read_file(path), None
        except (OSError, FileFormatError):
            raise SourceDirNotFoundError(path.as_posix()) from None

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object to S3, not to a mount; see `StorageSource.write`."""
        self._else(f"the file s3://{bucket}/{key}").write(bucket, key, content)

    def path(self, bucket: str, key: str) -> upath.UPath:
        """Return a path, which accesses S3 when it is opened; see `StorageSource.path`."""
        return self._servers.path(bucket, key)

    def _folder(self, bucket: str, key: str) -> Path | None:
        """Return the mounted folder or file for a location in S3; None if it is not mounted."""
        for mount, place in _places(self._cache):
            if place.bucket == bucket and f"{key}/".startswith(place.prefix):
                below = mount.path / key.removeprefix(place.key).strip("/")
                inside = Path(os.path.realpath(mount.path))
                return below if Path(os.path.realpath(below)).is_relative_to(inside) else None
        return None

    def _else(self, asked: str) -> StorageSource:
        return self._servers if self._asks_servers else _not_here(asked)


def _places(cache: Cache) -> Iterator[tuple[Mounted, Location]]:
    for mount in mounted(cache):
        if mount.location is not None:
            yield mount, mount.location
        elif mount.asset_id is not None:
            # Code Ocean keeps an asset without a stated location in its own bucket, under its ID
            yield mount, Location(CODE_OCEAN_BUCKET, mount.asset_id)


def _in_words(where: Mapping[str, Any]) -> str:
    """Describe a filter for the user, who did not write it."""
    values = {name: _values(condition) for name, condition in where.items()}
    if not all(values.values()):
        return "that match the search"
    return "with " + ", ".join(f"{name} {' or '.join(texts)}" for name, texts in values.items())


def _values(condition: Any) -> list[str]:
    """Return the values that a condition allows, each once; none for any other condition."""
    if isinstance(condition, Mapping):
        return list(dict.fromkeys(str(value).strip() for value in condition.get("$in", ())))
    return [] if isinstance(condition, list) else [str(condition)]


def _not_here(what: str) -> NoReturn:
    raise NotMountedError(what)
