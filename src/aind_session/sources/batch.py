"""What questions about a subject brought: things sorted by the session that their name holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from aind_session.conventions.names import AssetName, SessionId, SessionKey, find_asset_name
from aind_session.errors import Failure, Searched
from aind_session.runtime.warning import Doubt

T = TypeVar("T")


@dataclass(frozen=True)
class _Named(Generic[T]):
    name: AssetName
    item: T


@dataclass(frozen=True, eq=False)
class Leg(Generic[T]):
    """What one question about the subject brought.

    Attributes
    ----------
    items
        All of it.
    by_key
        The same by session, for what has a session in its name.
    doubts
        What was left out, as warnings say it.
    """

    items: tuple[T, ...]
    by_key: Mapping[SessionKey, tuple[_Named[T], ...]]
    doubts: tuple[Doubt, ...] = ()

    @classmethod
    def of(
        cls, items: Iterable[T], name: Callable[[T], str], doubts: Iterable[Doubt] = ()
    ) -> Leg[T]:
        """Sort items by the session that their name holds."""
        items = tuple(items)
        by_key: dict[SessionKey, tuple[_Named[T], ...]] = {}
        for item in items:
            parsed = find_asset_name(name(item))
            if parsed is not None:
                key = parsed.session.key
                by_key[key] = (*by_key.get(key, ()), _Named(parsed, item))
        return cls(items, by_key, tuple(doubts))

    def only(self, key: SessionKey) -> Leg[T]:
        """Give the part of one session."""
        mine = self.by_key.get(key, ())
        return Leg(tuple(named.item for named in mine), {key: mine}, self.doubts)


@dataclass(frozen=True, eq=False)
class Found(Generic[T]):
    """What several questions of one kind brought, and which of them could not be put.

    Attributes
    ----------
    legs
        The answers there are.
    failures
        Why there are no more.
    searched
        Where was looked, with the outcome, for messages.
    """

    legs: tuple[Leg[T], ...]
    failures: tuple[Failure, ...]
    searched: tuple[Searched, ...]

    @property
    def items(self) -> list[T]:
        """All there is of the subject; the same thing can come from several answers."""
        return [item for leg in self.legs for item in leg.items]

    def of(self, session_id: SessionId) -> list[T]:
        """Give what belongs to a session, under whichever of its names.

        The same acquisition has an older name with its platform and a newer one without. A name
        with another platform counts only when nothing else has this subject and time.
        """
        same = [named for leg in self.legs for named in leg.by_key.get(session_id.key, ())]
        close = [n for n in same if _is_close(n.name.session.platform, session_id.platform)]
        return [named.item for named in close or same]

    @property
    def sessions(self) -> set[SessionId]:
        """The sessions of the subject that names speak of."""
        return {n.name.session for leg in self.legs for named in leg.by_key.values() for n in named}


def _is_close(platform: str | None, wanted: str | None) -> bool:
    return platform is None or wanted is None or platform == wanted
