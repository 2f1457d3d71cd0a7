"""Answer from mounted data assets instead of the servers, without a request."""

from __future__ import annotations

import datetime
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from aind_session.conventions.dates import moment_utc
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import Location
from aind_session.conventions.names import find_asset_name
from aind_session.conventions.records import record_created
from aind_session.errors import FileFormatError, NotMountedError, SourceDirNotFoundError
from aind_session.runtime.cache import Cache
from aind_session.runtime.files import read_file
from aind_session.sources.bodies import asset_of_record
from aind_session.sources.memory import MemoryAssets, MemoryRecords
from aind_session.sources.mount_list import Mounted, has_entries, mounted
from aind_session.sources.passed_on import PassedOn, PassedOnStorage, refused
from aind_session.sources.protocols import AssetSource, Body, Listing, StorageSource
from aind_session.sources.sources import Sources
from aind_session.sources.world import World

T = TypeVar("T")


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


class MountedStorage(PassedOnStorage):
    """The files of mounted assets, by their locations in S3; see `StorageSource`."""

    def __init__(self, servers: StorageSource, cache: Cache, *, asks_servers: bool) -> None:
        super().__init__(servers)
        self._cache = cache
        self._asks_servers = asks_servers

    def has_bucket(self, bucket: str) -> bool:
        """Return whether the bucket exists; see `StorageSource.has_bucket`."""
        return self._else(f"the bucket {bucket}").has_bucket(bucket)

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """List one level of a mounted folder; see `StorageSource.list`."""
        parent, _, start = prefix.rpartition("/")
        folder = self._folder(bucket, prefix if delimiter == "/" else f"{parent}/")
        if folder is not None:
            level = _level if delimiter == "/" else partial(_folded, start=start, sep=delimiter)
            if (found := _unless_refused(partial(level, folder))) is not None:
                return found
        asked = f"what is in s3://{bucket}/{prefix}"
        return self._else(asked).list(bucket, prefix, delimiter=delimiter)

    def exists(self, bucket: str, prefix: str) -> bool:
        """Return whether a mounted folder exists; see `StorageSource.exists`."""
        folder = self._folder(bucket, prefix)
        if (
            folder is not None
            and (found := _unless_refused(partial(_is_folder, folder))) is not None
        ):
            return found
        return self._else(f"whether s3://{bucket}/{prefix} exists").exists(bucket, prefix)

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of a mounted file; see `StorageSource.read`."""
        return self.fetch(bucket, key)[0]

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Return the content of a mounted file; see `StorageSource.fetch`."""
        path = self._folder(bucket, key)
        found = None if path is None else _unless_refused(partial(_content, path))
        if found is not None:
            return found, None
        return self._else(f"the file s3://{bucket}/{key}").fetch(bucket, key)

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object to S3, not to a mount; see `StorageSource.write`."""
        self._else(f"the file s3://{bucket}/{key}").write(bucket, key, content)

    def _folder(self, bucket: str, key: str) -> Path | None:
        """Return the mounted folder or file for a location in S3; None if it is not mounted."""
        for mount, place in _places(self._cache):
            if place.bucket != bucket or not f"{key}/".startswith(place.prefix):
                continue
            if has_entries(mount.path):  # else it is no longer mounted
                below = mount.path / key.removeprefix(place.key).strip("/")
                inside = Path(os.path.realpath(mount.path))
                return below if Path(os.path.realpath(below)).is_relative_to(inside) else None
        return None

    def _else(self, asked: str) -> StorageSource:
        return self._servers if self._asks_servers else _not_here(asked)


def _unless_refused(look: Callable[[], T]) -> T | None:
    """Return what a mounted folder holds; None if the system does not let it be read."""
    try:
        return look()
    except SourceDirNotFoundError:
        raise
    except OSError:
        return None


def _is_folder(path: Path) -> bool:
    """Return whether a folder exists; raise OSError if that cannot be seen."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _content(path: Path) -> bytes:
    """Read a file; raise OSError if it exists but cannot be read."""
    try:
        return read_file(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, FileFormatError):
        raise SourceDirNotFoundError(path.as_posix()) from None


def _level(folder: Path) -> Listing:
    """List the entries of a folder; empty if there is no such folder."""
    there = folder.iterdir() if _is_folder(folder) else ()
    entries = sorted(there, key=lambda path: path.name)
    folders = {path.name for path in entries if path.is_dir()}
    files = (path.name for path in entries if path.name not in folders)
    return Listing(tuple(path.name for path in entries if path.name in folders), tuple(files))


def _folded(top: Path, start: str, sep: str) -> Listing:
    """List paths below a folder that begin with some text, up to the delimiter, as S3 does.

    Folders are read only as deep as their paths lack the delimiter.
    """
    folders: dict[str, None] = {}
    files: list[str] = []
    todo = [top] if top.is_dir() else []
    while todo:
        for path in sorted(todo.pop().iterdir()):
            name = path.relative_to(top).as_posix() + "/" * path.is_dir()
            rest = name.removeprefix(start)
            if not name.startswith(start):
                continue
            if sep in rest:
                folders[rest.partition(sep)[0]] = None
            elif path.is_dir():
                todo += [] if path.is_symlink() else [path]
            else:
                files.append(rest)
    return Listing(tuple(folders), tuple(files))


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
