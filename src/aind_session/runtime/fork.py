"""A forked process must not share its parent's connections and held locks."""

from __future__ import annotations

import os
import threading
import time
import weakref

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from typing import Protocol

    class Renewable(Protocol):
        """An object with connections or locks."""

        def renew(self) -> None:
            """Start afresh in a forked process, without touching the parent's connections."""


_TASKS = "/proc/self/task"
"""Where Linux lists the threads of this process, by their native IDs."""

_AT_MOST_SECONDS = 2.0
"""How long a fork waits at most for ended threads; a new thread can reuse an old ID."""

_SETTLED_SECONDS = 0.05
"""How long a fork waits after a thread's last statement, where there is no such list."""

_MANY = 100

_ending: set[int] = set()
_last_end = 0.0


def thread_ends() -> None:
    """Record that the calling thread is about to end; see `_settle`."""
    global _last_end
    _last_end = time.monotonic()
    _ending.add(threading.get_native_id())
    if len(_ending) > _MANY:
        _ending.intersection_update(_alive() or ())


def _settle() -> None:
    """Wait until ended threads are gone.

    After the last statement of a thread, OpenSSL still cleans up in it and holds a lock. A process
    forked at that moment inherits the held lock without its thread, so nothing ever releases it.
    """
    alive = _alive()
    if alive is None:
        time.sleep(max(0.0, _SETTLED_SECONDS - (time.monotonic() - _last_end)))
        return
    give_up = time.monotonic() + _AT_MOST_SECONDS
    while not _ending.isdisjoint(alive) and time.monotonic() < give_up:
        time.sleep(0.0005)
        alive = _alive() or set()
    _ending.clear()


def _alive() -> set[int] | None:
    """Return the native IDs of this process's threads; None where the system does not list them."""
    try:
        return set(map(int, os.listdir(_TASKS)))
    except (OSError, ValueError):
        return None


_known: weakref.WeakSet[Renewable] = weakref.WeakSet()


def renew_in_child(thing: Renewable) -> None:
    """Call the object's ``renew`` in each process forked from this one."""
    _known.add(thing)


class RenewedLock:
    """A reentrant lock that is free in a forked process.

    The thread that held it during the fork does not exist there, and would never release it.
    """

    def __init__(self) -> None:
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Replace the lock; see `Renewable`."""
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def _renew_all() -> None:
    _ending.clear()
    for thing in list(_known):
        thing.renew()


if hasattr(os, "register_at_fork"):  # systems without fork share nothing
    os.register_at_fork(before=_settle, after_in_child=_renew_all)
