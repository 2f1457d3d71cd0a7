"""What one question about a subject brought: things sorted by the session that their name holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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

    @property
    def is_empty(self) -> bool:
        """Whether nothing was brought."""
        return not self.items

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


class LaterBatch(Batch[T]):
    """A batch whose things are made when one of them is wanted: many an answer wants none.

    Parameters
    ----------
    bodies
        What they are made from, each one thing.
    make
        Makes all of them.
    left_out
        What was left out, as warnings say it.
    """

    def __init__(
        self,
        bodies: Sequence[Any],
        make: Callable[[Sequence[Any]], Iterable[T]],
        left_out: Iterable[Collected] = (),
    ) -> None:
        vars(self).update(_bodies=bodies, _make=make, left_out=tuple(left_out))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was brought."""
        return not (self.items if "_made" in vars(self) else vars(self)["_bodies"])

    @property
    def items(self) -> tuple[T, ...]:
        """All of it."""
        return self._all().items

    @property
    def by_key(self) -> Mapping[SessionKey, tuple[_Named[T], ...]]:
        """The same by session."""
        return self._all().by_key

    def _all(self) -> Batch[T]:
        mine = vars(self)
        made: Batch[T] | None = mine.get("_made")
        if made is None:
            # of threads that make them at the same time, one gives them to all
            made = mine.setdefault("_made", Batch.of(mine["_make"](mine["_bodies"])))
            mine["_bodies"] = ()
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Batch, (self.items, self.by_key, self.left_out)
