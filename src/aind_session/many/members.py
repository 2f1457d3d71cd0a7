"""Read sessions and subjects from text, objects, and iterables of these."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aind_session.conventions.grammar import is_subject
from aind_session.conventions.mentions import digits, without_decimals
from aind_session.conventions.named import parsed_of
from aind_session.conventions.names import SessionId, find_session
from aind_session.errors import LeftOutWarning, SessionIdError
from aind_session.errors.wording import quote
from aind_session.runtime.warning import warn_user
from aind_session.session import Session
from aind_session.subject import Subject

_SHOWN = 5
"""The largest number of columns of a table that a message names."""


def named(things: Iterable[Any], *, strict: bool = False) -> list[Session | Subject]:
    """Return the sessions and subjects that things name, in order; see `aind_session.sessions`."""
    found: list[Session | Subject] = []
    bad: list[SessionIdError] = []
    for thing in _flat(things):
        try:
            found.append(_named(thing))
        except SessionIdError as error:
            bad.append(error)
    _say_what_is_bad(bad, is_all=not found, strict=strict)
    return found


_COMMON = frozenset({str, Session, Subject})


def _flat(things: Iterable[Any]) -> Iterator[Any]:
    """Yield the single names in nested iterables."""
    for thing in things:
        if type(thing) in _COMMON:  # most things: the other checks are ten times slower
            yield thing
        elif hasattr(thing, "_named_things"):  # a collection, whose sessions need not be known yet
            yield from thing._named_things
        elif _is_one(thing):
            yield thing
        elif hasattr(thing, "columns"):
            names = ", ".join(map(str, list(thing.columns)[:_SHOWN]))
            raise TypeError(
                f"pass one column of the table, not the whole table; its columns: {names}"
            )
        else:
            yield from _flat(thing)


def _is_one(thing: Any) -> bool:
    one = (str, bytes, os.PathLike, Session, SessionId, Subject)
    is_record = isinstance(thing, Mapping) and "name" in thing
    return is_record or isinstance(thing, one) or not isinstance(thing, Iterable)


def _named(thing: Any) -> Session | Subject:
    if isinstance(thing, (Session, Subject)):
        return thing
    number = digits(thing)
    text = without_decimals(thing) if isinstance(thing, str) else number
    if isinstance(text, str) and is_subject(text):
        return Subject(text)
    return Session(thing)


def _say_what_is_bad(bad: Sequence[SessionIdError], *, is_all: bool, strict: bool) -> None:
    if bad and (strict or is_all):
        raise bad[0] if len(bad) == 1 else _all_bad(bad)
    if bad:
        texts = ", ".join(quote(error.text) for error in bad)
        why = "it names" if len(bad) == 1 else "they name"
        warn_user(f"{len(bad)} left out, because {why} no session: {texts}", LeftOutWarning)


def _all_bad(bad: Sequence[SessionIdError]) -> SessionIdError:
    others = ", ".join(quote(error.text) for error in bad[1:])
    return SessionIdError(bad[0].text, reason=f"{bad[0].reason}; the same holds for {others}")


def member_named(thing: Any, members: Mapping[Session, Any]) -> Session | None:
    """Return the member that a thing names; None if it names no member.

    Parameters
    ----------
    thing
        A session, or anything that names one: text, a path, an asset, a record. The older and newer
        names of one acquisition are equivalent if only one of them is a member.
    members
        A mapping with the members as keys.
    """
    name = parsed_of(thing) if isinstance(thing, Session) else find_session(thing)
    if name is None:
        return None
    session = thing if isinstance(thing, Session) else Session(name.id)
    if session in members:
        return session
    for member in members:
        other = parsed_of(member)
        if other.key == name.key and None in (other.platform, name.platform):
            return member
    return None
