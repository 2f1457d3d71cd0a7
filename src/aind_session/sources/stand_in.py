"""Mounted data assets in place of servers that cannot be asked.

They are used unless the setting ``AIND_SESSION_SOURCE`` chooses the sources. This module passes
questions about one asset, one record or one file to the mounts. Searches are left to
`aind_session.catalog.inventory`, which knows that the mounted assets may not be all.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from aind_session.errors import CouldNotLook, NotMountedError, is_unasked
from aind_session.runtime.cache import Cache
from aind_session.sources.mount_list import MADE_UP
from aind_session.sources.mounted import MountedStorage, over_mounts
from aind_session.sources.passed_on import PassedOn
from aind_session.sources.protocols import (
    AssetSource,
    Body,
    Listing,
    RecordSource,
    StorageSource,
)
from aind_session.sources.sources import Sources

T = TypeVar("T")


def beside_mounts(servers: Sources, *, first: bool) -> Sources:
    """Return sources that ask the servers, and the mounted data where servers cannot be asked.

    Parameters
    ----------
    servers
        The servers.
    first
        Whether the mounted data are read first, because there is no token for Code Ocean.
    """
    mounts = over_mounts(servers, asks_servers=False)
    in_order = partial(MountedStorage, asks_servers=True) if first else StandInStorage
    storage = in_order(servers.storage, mounts.cache)
    return replace(
        servers,
        assets=StandInAssets(servers.assets, mounts.assets),
        records=StandInRecords(servers.records, mounts.records),
        storage=storage,
        servers=servers,
        mounts=mounts,
        mounts_first=first,
    )


def _or_mounted(ask: Callable[[], T], instead: Callable[[], T]) -> T:
    """Ask a server; if it cannot be asked, the mounts; raise the server's error if they fail."""
    try:
        return ask()
    except CouldNotLook as error:
        if not is_unasked(error):
            raise
        try:
            return instead()
        except NotMountedError:
            raise error from None


class StandInAssets(PassedOn):
    """Code Ocean, and mounted assets that are requested by ID; see `AssetSource`."""

    def __init__(self, servers: AssetSource, mounts: AssetSource) -> None:
        super().__init__(servers)
        self._mounts = mounts

    def get(self, asset_id: str) -> Body:
        """Return one asset; see `AssetSource.get`."""
        return _or_mounted(partial(self._source.get, asset_id), partial(self._mounts.get, asset_id))


class StandInRecords:
    """DocDB, and the records of mounted assets that are requested by ID; see `RecordSource`."""

    def __init__(self, servers: RecordSource, mounts: RecordSource) -> None:
        self._servers = servers
        self._mounts = mounts

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Return the records that match; see `RecordSource.find`."""
        ask = partial(self._servers.find, version, where, fields)
        if where.keys() != {"_id"}:
            return ask()
        if str(where["_id"]).startswith(MADE_UP):
            return self._mounts.find(version, where, fields)
        return _or_mounted(ask, partial(self._mounts.find, version, where, fields))


class StandInStorage(MountedStorage):
    """S3, and the files of mounted assets if S3 cannot be asked; see `StorageSource`."""

    def __init__(self, servers: StorageSource, cache: Cache) -> None:
        super().__init__(servers, cache, asks_servers=True)
        self._mounts = MountedStorage(servers, cache, asks_servers=False)

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """List one level of a directory; see `StorageSource.list`."""
        return _or_mounted(
            partial(self._servers.list, bucket, prefix, delimiter=delimiter),
            partial(self._mounts.list, bucket, prefix, delimiter=delimiter),
        )

    def exists(self, bucket: str, prefix: str) -> bool:
        """Return whether a directory exists; see `StorageSource.exists`."""
        return _or_mounted(
            partial(self._servers.exists, bucket, prefix),
            partial(self._mounts.exists, bucket, prefix),
        )

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Return the content of a file; see `StorageSource.fetch`."""
        return _or_mounted(
            partial(self._servers.fetch, bucket, key), partial(self._mounts.fetch, bucket, key)
        )
