"""Everything that can be queried, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aind_session.runtime.cache import Cache
from aind_session.runtime.clock import SYSTEM_CLOCK, Clock
from aind_session.sources.protocols import AssetSource, RecordSource, StorageSource

if TYPE_CHECKING:
    from aind_session.sources.nightly_tables import NightlyTables

MOUNTS = "mounts"
"""The scope in the cache for what is mounted here."""


@dataclass(frozen=True, eq=False)
class Sources:
    """Everything that can be queried, and a cache of recent answers.

    Attributes
    ----------
    assets
        Data assets and computations: Code Ocean.
    records
        Metadata records: DocDB.
    storage
        Directories and files: S3.
    cache
        Answers of all three.
    concurrency
        The largest number of parallel requests for many sessions.
    clock
        The clock used to wait for runs: that of a world with simulated runs, else of this machine.
    tables
        The nightly tables that are read instead of or before the servers; None uses only the
        servers.
    servers
        The servers behind the tables or the mounts; None if these are the servers.
    mounts
        The mounted data, which stand in for servers that cannot be asked; None if they do not.
    mounts_first
        Whether the mounted data are read before the servers are asked.
    holds
        How messages describe the content of these sources, if it is incomplete.
    """

    assets: AssetSource
    records: RecordSource
    storage: StorageSource
    cache: Cache
    concurrency: int = 8
    clock: Clock = SYSTEM_CLOCK
    tables: NightlyTables | None = None
    servers: Sources | None = None
    mounts: Sources | None = None
    mounts_first: bool = False
    holds: str | None = None
