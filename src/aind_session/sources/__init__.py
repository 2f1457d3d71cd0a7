"""Where facts come from: the only part of the library that touches the network.

Public API: `Sources` (what can be asked), `default_sources` (the real servers, made at first
use), `use_sources` and `demo` (others during a ``with`` block), `memory_sources`
(plain data, without a network).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ContextDecorator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aind_session.runtime.cache import Cache
from aind_session.runtime.clock import SYSTEM_CLOCK, Clock
from aind_session.runtime.fork import RenewedLock
from aind_session.runtime.importing import importable
from aind_session.sources.protocols import AssetSource, RecordSource, StorageSource

if TYPE_CHECKING:
    from aind_session.sources.disk_cache import DiskShelf
    from aind_session.sources.nightly_tables import NightlyTables
    from aind_session.sources.settings import Settings
    from aind_session.sources.world import World

__all__ = ["Sources", "default_sources", "demo", "memory_sources", "reset_sources", "use_sources"]


@dataclass(frozen=True, eq=False)
class Sources:
    """Everything that can be asked, and what was answered lately.

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
        How many questions about many sessions are asked at the same time.
    clock
        By which runs are waited for; that of a world that plays runs, else of this machine.
    tables
        The nightly tables that are read instead of the servers, or before them; None: the
        servers alone are asked.
    servers
        The servers behind the tables; None without tables.
    holds
        What messages say of what these sources hold, where that is not all there is.
    """

    assets: AssetSource
    records: RecordSource
    storage: StorageSource
    cache: Cache
    concurrency: int = 8
    clock: Clock = SYSTEM_CLOCK
    tables: NightlyTables | None = None
    servers: Sources | None = None
    holds: str | None = None


def memory_sources(
    world: World,
    *,
    buckets: tuple[str, ...] | None = None,
    cache_seconds: float = 600,
    clock: Callable[[], float] = time.monotonic,
) -> Sources:
    """Make sources of plain data.

    Parameters
    ----------
    world
        What the servers hold.
    buckets
        Buckets that are searched; by default those of the world, in its order.
    cache_seconds
        How long an answer is taken as true; 0 when the world changes.
    clock
        Gives seconds that only grow.
    """
    from aind_session.sources.memory import MemoryAssets, MemoryRecords, MemoryStorage

    return Sources(
        assets=MemoryAssets(world),
        records=MemoryRecords(world),
        storage=MemoryStorage(world, buckets),
        cache=Cache(cache_seconds, clock=clock),
        clock=world.clock,
    )


def remote_sources() -> Sources:
    """Make sources of the real servers, from the settings as they are now; no request is sent.

    Raises
    ------
    ValueError
        A setting has a value that it cannot have.
    """
    # these imports cost half a second: who only parses names, or runs the demo, does not pay
    with importable():
        from aind_session.sources.servers.code_ocean import CodeOceanAssets
        from aind_session.sources.servers.docdb import DocdbRecords
        from aind_session.sources.servers.s3 import S3Storage
        from aind_session.sources.settings import read_settings

    settings = read_settings()
    servers = Sources(
        assets=CodeOceanAssets(settings),
        records=DocdbRecords(settings),
        storage=S3Storage(settings),
        cache=Cache(
            settings.cache_seconds, shelf=_shelf(settings), patience=settings.patience_seconds
        ),
        concurrency=settings.concurrency,
    )
    if settings.source == ("servers",):
        return servers
    from aind_session.sources.from_tables import choose

    return choose(servers, settings.source)


def _shelf(settings: Settings) -> DiskShelf | None:
    """Give where answers are kept on disk; None where they are not."""
    if not settings.disk_cache:
        return None
    from aind_session.sources.disk_cache import DiskShelf
    from aind_session.sources.settings import cache_dir

    return DiskShelf(cache_dir() / "answers", settings.code_ocean_domain, settings.docdb_host)


_lock = RenewedLock()
_in_use: list[Sources] = []
_default: Sources | None = None


def default_sources() -> Sources:
    """Give the sources in use: those of `use_sources`, else the real servers.

    Returns
    -------
    Sources
        The same object each time, made at the first call.
    """
    global _default
    with _lock:
        if _in_use:
            return _in_use[-1]
        if _default is None:
            _default = remote_sources()
        return _default


def reset_sources() -> None:
    """Forget the sources of the real servers, so that the settings are read again."""
    global _default
    with _lock:
        _default = None


class _InUse(ContextDecorator, AbstractContextManager[Sources]):
    """Sources that are used between entering and leaving.

    Not a generator: that would leave as soon as nobody holds it, and a notebook only enters.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def __enter__(self) -> Sources:
        with _lock:
            _in_use.append(self._sources)
        return self._sources

    def __exit__(self, *error: object) -> None:
        with _lock:
            _in_use.remove(self._sources)


def use_sources(sources: Sources) -> AbstractContextManager[Sources]:
    """Use other sources during a ``with`` block, in all threads.

    Parameters
    ----------
    sources
        Used wherever none are given.

    Examples
    --------
    >>> from aind_session import World
    >>> with use_sources(memory_sources(World())) as sources:
    ...     default_sources() is sources
    True
    """
    return _InUse(sources)


def demo() -> AbstractContextManager[Sources]:
    """Use documented facts about real sessions, without network and credentials.

    Questions count for `meter`, and are refused by `offline`, as those to servers are. In a
    notebook, ``demo().__enter__();`` in the first cell is for all cells.

    Examples
    --------
    >>> from aind_session import Session
    >>> with demo():
    ...     Session("ecephys_676909_2023-12-13_13-43-40").raw_data_asset.id
    '16d46411-540a-4122-b47f-8cb2a15d593a'
    """
    from aind_session.sources.counted import as_server
    from aind_session.sources.demo_world import demo_world

    world = memory_sources(demo_world())
    asked: Any = replace(
        world,
        assets=as_server(world.assets, "Code Ocean"),
        records=as_server(world.records, "DocDB"),
        storage=as_server(world.storage, "S3"),
        holds="this is the demo, which holds sessions of subject 676909 alone; leave demo(), or "
        "--demo, to ask the servers",
    )
    return use_sources(asked)
