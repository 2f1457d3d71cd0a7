"""The sources of facts: the only part of the library that uses the network.

Public API: `Sources` (everything that can be queried), `default_sources` (the real servers, created
on first use), `use_sources` and `demo` (other sources during a ``with`` block), `memory_sources`
(plain data, without a network).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ContextDecorator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aind_session.runtime.arguments import function, instance, seconds, texts
from aind_session.runtime.cache import Cache
from aind_session.runtime.fork import RenewedLock
from aind_session.runtime.importing import importable
from aind_session.sources.sources import MOUNTS, Sources

if TYPE_CHECKING:
    from aind_session.sources.disk_cache import DiskShelf
    from aind_session.sources.settings import Settings
    from aind_session.sources.world import World

__all__ = [
    "MOUNTS",
    "Sources",
    "default_sources",
    "demo",
    "memory_sources",
    "reset_sources",
    "sources_or_default",
    "use_sources",
]


def memory_sources(
    world: World,
    *,
    buckets: tuple[str, ...] | None = None,
    cache_seconds: float = 600,
    clock: Callable[[], float] = time.monotonic,
) -> Sources:
    """Create sources from plain data.

    Parameters
    ----------
    world
        The content of the servers.
    buckets
        Buckets to search; by default those of the world, in its order.
    cache_seconds
        How long answers are cached; 0 if the world changes.
    clock
        A monotonic clock, in seconds.

    Raises
    ------
    TypeError, ValueError
        An argument of another type, or a negative number of seconds.
    """
    from aind_session.sources.memory import MemoryAssets, MemoryRecords, MemoryStorage
    from aind_session.sources.world import World

    instance(world, World, "a world")
    chosen = None if buckets is None else texts(buckets, "a bucket")
    kept = seconds(cache_seconds, "cache_seconds")
    return Sources(
        assets=MemoryAssets(world),
        records=MemoryRecords(world),
        storage=MemoryStorage(world, chosen),
        cache=Cache(kept, clock=function(clock, "a clock")),
        clock=world.clock,
    )


def remote_sources() -> Sources:
    """Create sources for the real servers from the current settings; no request is sent.

    Raises
    ------
    ValueError
        A setting has an invalid value.
    """
    # these imports take half a second, which parsing names and the demo do not need
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
    if settings.source == ("servers",) or not (settings.source or settings.data_dir):
        return servers
    if settings.source:
        from aind_session.sources.from_tables import choose

        return choose(servers, settings.source)
    from aind_session.sources.stand_in import beside_mounts

    return beside_mounts(servers, first=settings.code_ocean_api_token is None)


def _shelf(settings: Settings) -> DiskShelf | None:
    """Return the disk cache; None if answers are not stored on disk."""
    if not settings.disk_cache:
        return None
    from aind_session.sources.disk_cache import DiskShelf
    from aind_session.sources.settings import cache_dir

    return DiskShelf(cache_dir() / "answers", settings.code_ocean_domain, settings.docdb_host)


_lock = RenewedLock()
_in_use: list[Sources] = []
_default: Sources | None = None


def default_sources() -> Sources:
    """Return the current sources: those of `use_sources`, or else the real servers.

    Returns
    -------
    Sources
        The same object each time, created on the first call.
    """
    global _default
    with _lock:
        if _in_use:
            return _in_use[-1]
        if _default is None:
            _default = remote_sources()
        return _default


def sources_or_default(sources: Sources | None) -> Sources:
    """Return the sources that a caller passed, or else the current ones.

    Raises
    ------
    TypeError
        The argument is not `Sources`.
    """
    return default_sources() if sources is None else _checked(sources)


def _checked(sources: Any) -> Sources:
    how = "memory_sources(world) makes them from data, and a FakeAIND has them as .sources"
    return instance(sources, Sources, "sources", how)


def reset_sources() -> None:
    """Discard the sources of the real servers, so that the settings are read again."""
    global _default
    with _lock:
        _default = None


class _InUse(ContextDecorator, AbstractContextManager[Sources]):
    """Sources that are used between entering and leaving.

    Not a generator-based context manager: that would exit when it is garbage-collected, and a
    notebook only enters it.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def __repr__(self) -> str:
        return "<sources for a with block; __enter__() uses them from now on>"

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
        Used wherever no sources are passed.

    Raises
    ------
    TypeError
        The argument is not `Sources`.

    Examples
    --------
    >>> from aind_session import World
    >>> with use_sources(memory_sources(World())) as sources:
    ...     default_sources() is sources
    True
    """
    return _InUse(_checked(sources))


def demo() -> AbstractContextManager[Sources]:
    """Use documented facts about real sessions, without network and credentials.

    `meter` counts its answers as requests, and `offline` refuses them. In a notebook,
    ``demo().__enter__();`` in the first cell applies to all cells.

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
        holds="this is the demo, which has only sessions of subject 676909; leave out demo() or "
        "--demo to ask the servers",
    )
    return use_sources(asked)
