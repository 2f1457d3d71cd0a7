"""What a forked process must not share with its parent: connections, and locks that are held."""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Protocol


class Renewable(Protocol):
    """What has connections or locks."""

    def renew(self) -> None:
        """Begin again in a forked process, without touching what belongs to its parent."""


_TASKS = "/proc/self/task"
"""Where Linux lists the threads of this process, by their native IDs."""

_AT_MOST_SECONDS = 2.0
"""How long a fork waits for threads to go: one that was started since can have an old ID."""

_SETTLED_SECONDS = 0.05
"""The same where no such list is there, counted from the last statement of a thread."""

_MANY = 100

_ending: set[int] = set()
_last_end = 0.0


def thread_ends() -> None:
    """Note that the calling thread ends; see `_settle`."""
    global _last_end
    _last_end = time.monotonic()
    _ending.add(threading.get_native_id())
    if len(_ending) > _MANY:
        _ending.intersection_update(_alive() or ())


def _settle() -> None:
    """Wait until threads that have ended are gone.

    After the last statement of a thread, OpenSSL still cleans up in it, and holds a lock. A process
    forked at that moment gets the lock without the thread, so it can never take the lock.
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
    """Give the native IDs of the threads of this process; None where the system does not tell."""
    try:
        return set(map(int, os.listdir(_TASKS)))
    except (OSError, ValueError):
        return None


_known: weakref.WeakSet[Renewable] = weakref.WeakSet()


def renew_in_child(thing: Renewable) -> None:
    """Have something renewed in each process that is forked from this one."""
    _known.add(thing)


class RenewedLock:
    """A lock that a thread may take again. In a forked process it is free.

    There, the thread that held it at the moment of the fork does not exist, and would never let go.
    """

    def __init__(self) -> None:
        self.renew()
        renew_in_child(self)

    def renew(self) -> None:
        """Begin again; see `Renewable`."""
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def _renew_all() -> None:
    _ending.clear()
    for thing in list(_known):
        thing.renew()


if hasattr(os, "register_at_fork"):  # where there is no fork, nothing is shared
    os.register_at_fork(before=_settle, after_in_child=_renew_all)
