"""The cache's store: values by scope and key, bounded, least recently used first out."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

Key = tuple[str, Hashable]
"""A scope, whose values are dropped together, and the key in it."""


class Kept(Generic[T]):
    """A bounded store of values. It has no lock: threads that share it must use one.

    Parameters
    ----------
    entries, max_bytes
        How many values are kept at most, and their total size.

    Examples
    --------
    >>> kept: Kept[str] = Kept(entries=2, max_bytes=100)
    >>> for name in ("a", "b", "c"):
    ...     kept.put(("676909", name), name.upper(), size=10)
    >>> kept.get(("676909", "a")), kept.get(("676909", "c"))
    (None, 'C')
    """

    def __init__(self, entries: int, max_bytes: int) -> None:
        self._entries = entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._values: OrderedDict[Key, tuple[T, int]] = OrderedDict()
        self._by_scope: defaultdict[str, dict[Hashable, None]] = defaultdict(dict)

    def get(self, key: Key) -> T | None:
        """Return a value; None if there is none."""
        held = self._values.get(key)
        return None if held is None else held[0]

    def put(self, key: Key, value: T, size: int) -> None:
        """Store or replace a value, and drop the least recently used ones beyond the limits."""
        self.drop(key)
        self._values[key] = (value, size)
        self._by_scope[key[0]][key[1]] = None
        self._bytes += size
        while len(self._values) > self._entries or self._bytes > self._max_bytes:
            self.drop(next(iter(self._values)))

    def touch(self, key: Key) -> None:
        """Mark a value as recently used."""
        if key in self._values:
            self._values.move_to_end(key)

    def drop(self, key: Key) -> None:
        """Forget a value, if it is there."""
        held = self._values.pop(key, None)
        if held is None:
            return
        self._bytes -= held[1]
        scope = self._by_scope[key[0]]
        scope.pop(key[1], None)
        if not scope:  # else each subject leaves an empty dict
            del self._by_scope[key[0]]

    def scopes(self) -> list[str]:
        """Return the scopes that hold values."""
        return list(self._by_scope)

    def within(self, scope: str) -> list[Hashable]:
        """Return the keys in a scope, oldest first."""
        return list(self._by_scope.get(scope, ()))

    def items(self) -> list[tuple[Key, T, int]]:
        """Return all keys, values and sizes, least recently used first."""
        return [(key, value, size) for key, (value, size) in self._values.items()]
