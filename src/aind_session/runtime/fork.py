"""What a forked process must not share with its parent: connections, and locks that are held."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Renewable(Protocol):
    """What has connections or locks."""

    def renew(self) -> None:
        """Begin anew in a forked process, without touching what belongs to its parent."""


_known: weakref.WeakSet[Renewable] = weakref.WeakSet()


def renew_in_child(thing: Renewable) -> None:
    """Have something renewed in each process that is forked from this one."""
    _known.add(thing)


def _renew_all() -> None:
    for thing in list(_known):
        thing.renew()


if hasattr(os, "register_at_fork"):  # where there is no fork, nothing is shared
    os.register_at_fork(after_in_child=_renew_all)
