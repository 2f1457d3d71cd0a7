"""The base class of collections of sessions: a sequence and a set that shares its answers."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from aind_session.catalog.bulk import in_bulk
from aind_session.conventions.named import parsed_of
from aind_session.conventions.names import SessionId, parse_session
from aind_session.display import Shown
from aind_session.errors.wording import in_utc, quote
from aind_session.many.members import member_named, named
from aind_session.runtime.arguments import instance, truth
from aind_session.runtime.attributes import Helpful, shipped_extensions
from aind_session.session import Session
from aind_session.sources import Sources, sources_or_default
from aind_session.subject import Subject

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import TypeAlias

    from typing_extensions import Self

    from aind_session.display import Card
    from aind_session.sources.from_tables import Chosen

    Key: TypeAlias = str | bytes | os.PathLike[str] | Mapping[str, Any] | Session | SessionId

_SHOWN = 5


class Collection(Helpful, Sequence[Session], Hashable, Shown):
    """A sequence and a set of sessions; see `aind_session.Sessions`.

    Parameters
    ----------
    members
        Names of the sessions; the sessions of a subject are requested when first needed.
    strict, source, progress, as_of
        See the attributes of `aind_session.Sessions`.
    sources
        The sources to ask; by default the real servers.
    """

    def __init__(
        self,
        members: Iterable[Any],
        *,
        strict: bool = False,
        source: Chosen | None = None,
        sources: Sources | None = None,
        progress: bool = True,
        as_of: datetime.datetime | None = None,
    ) -> None:
        self._named_things = tuple(dict.fromkeys(named([members], strict=True)))
        self._given_sources = sources
        self.strict = truth(strict, "strict")
        self.source = source
        self.progress = truth(progress, "progress")
        if as_of is not None:
            instance(as_of, datetime.datetime, "as_of")
        self._as_of = as_of
        if source is not None:
            from aind_session.sources.from_tables import check_source  # 10 ms

            check_source(source)

    # -- sequence and set --

    @cached_property
    def _members(self) -> tuple[Session, ...]:
        parts = [
            (part,) if isinstance(part, Session) else self._sessions_of(part)
            for part in self._named_things
        ]
        sources = self._sources
        if not all(parts):
            self._warn_of_unknown_subjects(parts)
        found = dict.fromkeys(member for members in parts for member in members)
        return tuple([member._over(sources) for member in found])

    def _warn_of_unknown_subjects(self, parts: Sequence[Sequence[Session]]) -> None:
        from aind_session.many.nothing import warn_of_unknown_subjects

        things = zip(self._named_things, parts, strict=True)
        warn_of_unknown_subjects([part.id for part, found in things if not found], self._sources)

    def _sessions_of(self, subject: Subject) -> tuple[Session, ...]:
        return Subject(subject.id, sources=self._sources).sessions

    @cached_property
    def _sources(self) -> Sources:
        subjects = (
            parsed_of(part).subject_id if isinstance(part, Session) else part.id
            for part in self._named_things
        )
        sources = sources_or_default(self._given_sources)
        if self.source is not None:
            from aind_session.sources.from_tables import choose  # 10 ms

            sources = choose(sources, self.source)
        return in_bulk(sources, subjects)

    @property
    def as_of(self) -> datetime.datetime | None:
        """The time of the answers, in UTC; None for answers that the servers gave.

        The time is when the oldest nightly table in use was written, or when the loaded file was
        saved.
        """
        if self._as_of is not None or "_sources" not in vars(self):
            return self._as_of
        tables = self._sources.tables
        return None if tables is None else tables.as_of

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._members)

    def __contains__(self, thing: object) -> bool:
        return member_named(thing, self._by_session) is not None

    @cached_property
    def _by_session(self) -> dict[Session, Session]:
        return {member: member for member in self._members}

    @overload
    def __getitem__(self, index: int | Key) -> Session: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: object) -> Session | Self:
        if isinstance(index, slice):
            return self._with(self._members[index])
        if isinstance(index, SupportsIndex):
            return self._at(index)
        found = member_named(index, self._by_session)
        if found is None:
            raise KeyError(f"{quote(index)} is not one of the {len(self)} sessions")
        return self._by_session[found]

    def _at(self, index: SupportsIndex) -> Session:
        try:
            return self._members[index]
        except IndexError:
            count, what = len(self), quote(index)
            there = (
                f"of {count} sessions, from {-count} to {count - 1}" if count else "of no sessions"
            )
            raise IndexError(f"{what} is not an index {there}") from None

    def index(self, value: Any, start: int = 0, stop: int = sys.maxsize) -> int:
        """Return the position of a session, or of anything that names it.

        Raises
        ------
        ValueError
            It is not one of the sessions.
        """
        found = member_named(value, self._by_session)
        if found is None:
            raise ValueError(f"{quote(value)} is not one of the {len(self)} sessions")
        return self._members.index(found, start, stop)

    def count(self, value: Any) -> int:
        """Return 1 if a session, or anything that names it, is among these; else 0."""
        return int(value in self)

    def __add__(self, other: Iterable[Any]) -> Self:
        return self._with((*self._named_things, *named([other])), other)

    __or__ = __add__

    def __and__(self, other: Iterable[Any]) -> Self:
        others = set(self._of(other))
        return self._with(member for member in self if member in others)

    def __sub__(self, other: Iterable[Any]) -> Self:
        others = set(self._of(other))
        return self._with(member for member in self if member not in others)

    def _of(self, things: Iterable[Any]) -> Self:
        """Return other sessions as a collection, with the current sources."""
        if isinstance(things, type(self)):
            return things
        return type(self)(named([things]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Collection):
            return NotImplemented
        return self._members == other._members

    def __hash__(self) -> int:
        return hash(self._members)

    def _missing(self, name: str) -> Any:
        if hasattr(Session, name) or name in shipped_extensions():
            call = "()" if isinstance(getattr(Session, name, None), FunctionType) else ""
            said = f"{type(self).__name__!r} object has no attribute {name!r}; each session has"
            hint = f".each(lambda session: session.{name}{call})"
            raise AttributeError(f"{said} it, see {hint}", name=name, obj=self)
        return super()._missing(name)

    def _ipython_key_completions_(self) -> list[str]:
        """Return the IDs that are known; no request is sent."""
        known = vars(self).get("_members", self._named_things)
        return [part.id for part in known if isinstance(part, Session)]

    def __repr__(self) -> str:
        shown = [part.id for part in self._named_things[:_SHOWN]]
        more = ["..."] if len(self._named_things) > _SHOWN else []
        age = f"; as of {in_utc(self.as_of)}" if self.as_of else ""
        return f"{type(self).__name__}({self._count()}{', '.join(shown + more)}{age})"

    def _count(self) -> str:
        """Return the number of sessions, if it is known, and the words before their names."""
        is_known = "_members" in vars(self)
        count = len(self._members) if is_known else len(self._named_things)
        if all(isinstance(part, Session) for part in self._named_things):
            return f"{count}: " if count else "0"
        return f"{count} of " if is_known else "of "

    def _card(self) -> Card:
        from aind_session.many.cards import sessions_card

        is_known = "_members" in vars(self) or all(
            isinstance(part, Session) for part in self._named_things
        )
        members = [parse_session(member.id) for member in self._members] if is_known else None
        age = f", as of {in_utc(self.as_of)}" if self.as_of else ""
        title = f"{type(self).__name__}{age}"
        return sessions_card(title, members, [p.id for p in self._named_things], self._sources)

    __str__ = Shown.as_text

    def __reduce__(self) -> tuple[Any, ...]:
        # only names are pickled, not clients; `map` also sends answers
        chosen: dict[str, Any] = {"strict": self.strict, "progress": self.progress}
        chosen |= {"source": self.source, "as_of": self._as_of}
        return partial(type(self), **chosen), (self._named_things,)

    def __copy__(self) -> Self:
        return self._with(self._named_things)

    def __deepcopy__(self, memo: object) -> Self:
        return self.__copy__()  # copies share clients and answers

    def _with(self, parts: Iterable[Session | Subject], other: Any = None) -> Self:
        """Create a collection that shares the answers of this one and of the other."""
        made = type(self)(
            parts,
            strict=self.strict,
            source=self.source,
            sources=self._given_sources,
            progress=self.progress,
            as_of=self._as_of,
        )
        for known in (self, other):
            if isinstance(known, Collection) and "_sources" in vars(known):
                made._sources.cache.adopt(known._sources.cache)
        return made
