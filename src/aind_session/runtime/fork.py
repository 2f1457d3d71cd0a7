"""What a forked process must not share with its parent: connections, and locks that are held."""

from __future__ import annotations

import os
import time
import weakref
from typing import Protocol


class Renewable(Protocol):
    """What has connections or locks."""

    def renew(self) -> None:
        """Begin anew in a forked process, without touching what belongs to its parent."""


_SETTLED_SECONDS = 0.05
"""How long after its last statement a thread can still hold locks of OpenSSL."""

_last_end = 0.0


def thread_ends() -> None:
    """Note that a thread of this library ends; a fork waits until it has let go of its locks."""
    global _last_end
    _last_end = time.monotonic()


def _settle() -> None:
    time.sleep(max(0.0, _SETTLED_SECONDS - (time.monotonic() - _last_end)))


_known: weakref.WeakSet[Renewable] = weakref.WeakSet()


def renew_in_child(thing: Renewable) -> None:
    """Have something renewed in each process that is forked from this one."""
    _known.add(thing)


def _renew_all() -> None:
    for thing in list(_known):
        thing.renew()


if hasattr(os, "register_at_fork"):  # where there is no fork, nothing is shared
    os.register_at_fork(before=_settle, after_in_child=_renew_all)
