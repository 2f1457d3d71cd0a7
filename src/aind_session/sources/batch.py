"""What one question about a subject brought: things sorted by the session that their name holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from aind_session.conventions.names import AssetName, SessionKey, find_asset_name
from aind_session.runtime.warning import Collected

T = TypeVar("T")


@dataclass(frozen=True)
class _Named(Generic[T]):
    name: AssetName
    item: T


@dataclass(frozen=True, eq=False)
class Batch(Generic[T]):
    """What one question about the subject brought.

    Attributes
    ----------
    items
        All of it.
    by_key
        The same by session, for what has a session in its name.
    left_out
        What was left out, as warnings say it.
    """

    items: tuple[T, ...]
    by_key: Mapping[SessionKey, tuple[_Named[T], ...]]
    left_out: tuple[Collected, ...] = ()

    @classmethod
    def of(cls, items: Iterable[T], left_out: Iterable[Collected] = ()) -> Batch[T]:
        """Sort items by the session that their name holds, and their metadata do not deny."""
        items = tuple(items)
        by_key: dict[SessionKey, tuple[_Named[T], ...]] = {}
        for item in items:
            parsed = find_asset_name(item)
            if parsed is not None:
                key = parsed.session.key
                by_key[key] = (*by_key.get(key, ()), _Named(parsed, item))
        return cls(items, by_key, tuple(left_out))

    def only(self, key: SessionKey) -> Batch[T]:
        """Give the part of one session."""
        mine = self.by_key.get(key, ())
        return Batch(tuple(named.item for named in mine), {key: mine}, self.left_out)
