"""The results of one query about a subject, grouped by the session in each result's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from aind_session.conventions.names import AssetName, SessionId, SessionKey, find_asset_name
from aind_session.errors.value import Value
from aind_session.runtime.warning import Collected

T = TypeVar("T")


class _Named(Value, Generic[T]):
    name: AssetName
    item: T


class Batch(Value, Generic[T]):
    """The results of one query about a subject.

    Attributes
    ----------
    items
        All results.
    by_key
        The results whose name contains a session, by session.
    left_out
        Warnings about results that were left out.
    """

    items: tuple[T, ...]
    by_key: Mapping[SessionKey, tuple[_Named[T], ...]]
    left_out: tuple[Collected, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there are no results."""
        return not self.items

    @property
    def sessions(self) -> set[SessionId]:
        """The sessions in the names of the results."""
        return {named.name.session for of_one in self.by_key.values() for named in of_one}

    @classmethod
    def of(cls, items: Iterable[T], left_out: Iterable[Collected] = ()) -> Batch[T]:
        """Group items by the session in their name, unless their metadata contradict it."""
        items = tuple(items)
        by_key: dict[SessionKey, tuple[_Named[T], ...]] = {}
        for item in items:
            parsed = find_asset_name(item)
            if parsed is not None:
                key = parsed.session.key
                by_key[key] = (*by_key.get(key, ()), _Named(parsed, item))
        return cls(items, by_key, tuple(left_out))

    def only(self, key: SessionKey) -> Batch[T]:
        """Return the results of one session."""
        mine = self.by_key.get(key, ())
        return Batch(tuple(named.item for named in mine), {key: mine}, self.left_out)


class LaterBatch(Batch[T]):
    """A batch whose items are created when one is first used; many answers need only names.

    Parameters
    ----------
    bodies
        The data from which the items are created, one for each item.
    make
        Creates all items.
    name_of
        Returns the parsed name in a body: what `find_asset_name` returns for the item.
    left_out
        Warnings about results that were left out.
    """

    def __init__(
        self,
        bodies: Sequence[Any],
        make: Callable[[Sequence[Any]], Iterable[T]],
        name_of: Callable[[Any], AssetName | None],
        left_out: Iterable[Collected] = (),
    ) -> None:
        held = {"_bodies": bodies, "_make": make, "_name_of": name_of}
        vars(self).update(held, left_out=tuple(left_out))

    @property
    def is_empty(self) -> bool:
        """Whether there are no results."""
        return not (self.items if "_made" in vars(self) else vars(self)["_bodies"])

    @property
    def sessions(self) -> set[SessionId]:
        """The sessions in the names of the results; no item is created."""
        mine = vars(self)
        if "_sessions" not in mine:
            # in this order: another thread may create the items now, and then drops the bodies
            bodies, made = mine["_bodies"], mine.get("_made")
            names = map(mine["_name_of"], bodies)
            found = {name.session for name in names if name is not None}
            mine["_sessions"] = found if made is None else made.sessions
        return set(mine["_sessions"])

    @property  # type: ignore[misc]
    def items(self) -> tuple[T, ...]:
        """All results."""
        return self._all().items

    @property  # type: ignore[misc]
    def by_key(self) -> Mapping[SessionKey, tuple[_Named[T], ...]]:
        """The results by session."""
        return self._all().by_key

    def _all(self) -> Batch[T]:
        mine = vars(self)
        made: Batch[T] | None = mine.get("_made")
        if made is None:
            # if several threads create the items at the same time, all use those of one thread
            made = mine.setdefault("_made", Batch.of(mine["_make"](mine["_bodies"])))
            mine["_bodies"] = ()
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Batch, (self.items, self.by_key, self.left_out)
