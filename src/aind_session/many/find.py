"""`find`: read any mention of an experiment, with the nearest matches."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from aind_session.catalog.by_id import get_normalized_uuid, is_asset_model, is_computation_model
from aind_session.conventions.dates import DateLike, parse_when
from aind_session.conventions.grammar import lone_subjects
from aind_session.conventions.mentions import NO_SUBJECT, NOT_IN_CALENDAR, is_same_subject
from aind_session.conventions.names import (
    AssetName,
    find_asset_name,
    find_session,
)
from aind_session.display import Shown
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    Searched,
    SessionIdError,
    SeveralSessionsWarning,
)
from aind_session.errors.wording import printable, quote
from aind_session.many.on_day import NEAR_AT_MOST, Near, as_limit, as_time, is_one, sessions_on
from aind_session.runtime.calls import one_call
from aind_session.runtime.warning import warn_user
from aind_session.session import Session
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.servers.decode import decode_asset, decode_computation
from aind_session.subject import Subject

if TYPE_CHECKING:
    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

    from aind_session.display import Card

Kind = Literal["session", "sessions", "subject", "asset", "computation", "capsule"]
"""What a mention names."""

_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}(?![0-9a-f])", re.I)
_BETWEEN = re.compile(r"[\\/\s,;|\"'<>()\[\]{}]+")
_START_OF_ID = re.compile(r"(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{8}", re.I)
_CAPSULE = re.compile(r"codeocean[^/]*/capsules?/\d+(?:/|$)")


@dataclass(frozen=True, repr=False)
class Match(Shown):
    """The object that a mention names; returned by `find`.

    Attributes
    ----------
    kind
        ``"session"``, ``"sessions"`` (several of one day), ``"subject"``, ``"asset"``,
        ``"computation"`` or ``"capsule"`` (a pipeline too).
    mention
        The text that was read.
    session
        The session, or the session that the asset's name contains; None if there is none.
    name
        The parsed name of an asset in the text, with the processes that made it; None if the text
        contains no session.
    asset, computation, capsule
        The object with an ID. The capsule is a dictionary, as Code Ocean sends it.
    subject
        The subject; None if none is named.
    others
        Other sessions in the same text.
    caveat
        What the text contains that is not valid, such as an impossible time; "" if nothing.
    """

    kind: Kind
    mention: str
    session: Session | None = None
    name: AssetName | None = None
    asset: DataAsset | None = None
    computation: Computation | None = None
    capsule: dict[str, Any] | None = field(default=None, compare=False)
    subject: Subject | None = None
    sessions: tuple[Session, ...] = ()
    others: tuple[Session, ...] = ()
    caveat: str = ""

    @cached_property
    def near(self) -> tuple[Session, ...]:
        """Other sessions of the subject, nearest in time first, at most five.

        The subject's sessions are requested when this is first read.
        """
        if self.subject is None:
            return ()
        known = [session for session in self.subject.sessions if session != self.session]
        if self.session is not None:
            when = self.session.dt
            known.sort(key=lambda session: abs(session.dt - when))
        return tuple(known[:NEAR_AT_MOST])

    def _card(self) -> Card:
        from aind_session.display import Card, Cell  # most programs do not need these

        return Card(quote(self.mention), self._what(), notes=tuple(map(Cell, self._more())))

    def as_text(self) -> str:
        """Return the text form, which is that of `str`."""
        return str(self)

    def __str__(self) -> str:
        return printable("\n".join([f"{quote(self.mention)}: {self._what()}", *self._more()]))

    def _what(self) -> str:
        if self.asset is not None:
            return f"the data asset {self.asset.name} ({self.asset.id})"
        if self.computation is not None:
            return f"the computation {self.computation.name} ({self.computation.id})"
        if self.capsule is not None:
            name = f"{self.capsule['name']} " if self.capsule.get("name") else ""
            return f"the capsule or pipeline {name}({self.capsule.get('id')})"
        if self.kind == "sessions":
            return f"one of {len(self.sessions)} sessions"
        if self.session is not None:
            return f"the session {self.session.id}"
        return f"the subject {self.subject.id if self.subject else None}"

    def _more(self) -> list[str]:
        lines = [f"  {session.id}" for session in self.sessions]
        if self.name is not None and not self.name.is_bare:
            made = self.name.name.removeprefix(self.name.session.id)
            lines.append(f"  name of derived data: {made}")
        if self.session is not None and self.kind != "session":
            lines.append(f"  session: {self.session.id}")
        lines += [f"  also in this text: {session.id}" for session in self.others]
        return [*lines, *([f"  {self.caveat}"] if self.caveat else [])]

    def __repr__(self) -> str:
        return printable(f"<Match: {quote(self.mention)} is {self._what()}>")


@one_call
def find(
    mention: Any,
    day: DateLike | None = None,
    *,
    near: str | datetime.time | None = None,
    tolerance: datetime.timedelta | float | None = None,
    sources: Sources | None = None,
) -> Match:
    """Find what a text or object names: an ID, a name, a path, a URL or a subject.

    Parameters
    ----------
    mention
        Any text; a UUID, with or without dashes; a Code Ocean URL that contains one; a data asset,
        computation, session or subject; the number of a subject.
    day
        With a subject: the day of the session.
    near
        With a day: the time of the session, such as ``"12:11"``. The nearest session is chosen.
    tolerance
        The largest allowed distance from `near`: a timedelta, or minutes. By default any time of
        the day.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Match
        Sessions and names are only parsed, without a request. An ID is looked up as a data asset,
        then as a computation, then as a capsule. A subject and day, also in one text, are
        searched for.

    Raises
    ------
    SessionIdError
        The text names nothing. A `ValueError`.
    NotFoundError
        Code Ocean does not know the ID, or the day has no session. The message names the nearest. A
        `LookupError`.
    RemoteError, CredentialsError
        The ID, or the sessions of the day, could not be requested.

    Warns
    -----
    SeveralSessionsWarning
        The text names several sessions, and the one that `Session` would choose is returned; or
        several subjects, and the first is returned. A derived name or a path of one session is not
        several.

    Examples
    --------
    >>> find("16d46411-540a-4122-b47f-8cb2a15d593a").session
    Session('ecephys_676909_2023-12-13_13-43-40')
    >>> find("676909", "2023-12-13", near="13:40").session
    Session('ecephys_676909_2023-12-13_13-43-40')
    >>> print(find("ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45"))
    'ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45': the session \
ecephys_676909_2023-12-13_13-43-40
      name of derived data: _sorted_2024-03-01_16-02-45
    """
    if day is not None:
        wanted = Near(None if near is None else as_time(near), as_limit(tolerance))
        subject = Subject(mention, sources=sources)
        return _on_day(subject, day, wanted, f"{mention}, {day}")
    if near is not None or tolerance is not None:
        raise TypeError("near and tolerance require a day: find(subject, day, near=...)")
    for read in (_read_object, _read_session, _read_id):
        match = read(mention, sources)
        if match is not None:
            return match
    _refuse_parts(mention)
    return _read_subject(mention, sources)


def _read_object(thing: Any, sources: Sources | None) -> Match | None:
    """Read an object of this library or of the SDK."""
    if isinstance(thing, Session):
        return Match("session", thing.id, session=thing, subject=thing.subject)
    if isinstance(thing, Subject):
        return Match("subject", thing.id, subject=thing)
    if is_computation_model(thing):
        return Match("computation", str(thing.id), computation=thing)
    return _of_asset(thing, thing.name, sources) if is_asset_model(thing) else None


def _read_session(mention: Any, sources: Sources | None) -> Match | None:
    """Read a text that contains a session; no request is sent."""
    try:
        name = find_asset_name(mention)
    except TypeError:
        return None
    if name is None:
        return None
    session = Session(name.session.id, sources=sources)
    others = _other_sessions(str(mention), session, sources)
    if others:
        warn_user(
            f"{quote(str(mention))} names several sessions: {session.id} is meant, not "
            f"{', '.join(other.id for other in others)}",
            SeveralSessionsWarning,
        )
    return Match(
        "session", str(mention), session, name=name, subject=session.subject, others=others
    )


def _other_sessions(text: str, session: Session, sources: Sources | None) -> tuple[Session, ...]:
    """Return the other sessions in a text, each once; for a derived name, only its session."""
    found = (find_session(part) for part in _BETWEEN.split(text) if part)
    others = dict.fromkeys(s.id for s in found if s is not None and s.key != session.key)
    return tuple(Session(id_, sources=sources) for id_ in others)


def _read_id(mention: Any, sources: Sources | None) -> Match | None:
    """Read a UUID, alone or in a URL, and look up what it belongs to."""
    found = _UUID.search(str(mention))
    if found is None:
        return None
    id_ = get_normalized_uuid(found[0])
    asked = sources_or_default(sources).assets
    looks: tuple[Callable[[], Match], ...] = (
        lambda: _of_asset(decode_asset(asked.get(id_)), str(mention), sources),
        lambda: Match(
            "computation", str(mention), computation=decode_computation(asked.computation(id_))
        ),
        lambda: Match("capsule", str(mention), capsule=asked.capsule(id_)),
    )
    closed: list[AccessDeniedError] = []
    for look in looks:
        try:
            return look()
        except AssetNotFoundError:
            continue
        except AccessDeniedError as error:
            closed.append(error)
    if closed:  # one of these may have the ID
        raise closed[0]
    kinds = ("data assets", "computations", "capsules and pipelines")
    searched = [Searched(f"Code Ocean, {kind}") for kind in kinds]
    raise AssetNotFoundError(
        f"an asset, run, capsule or pipeline with the ID {id_}", searched=searched
    )


def _of_asset(asset: DataAsset, mention: str, sources: Sources | None) -> Match:
    name = find_asset_name(asset)
    session = None if name is None else Session(name.session.id, sources=sources)
    subject = None if session is None else session.subject
    return Match("asset", mention, session, name=name, asset=asset, subject=subject)


def _read_subject(mention: Any, sources: Sources | None) -> Match:
    """Read a text that contains a subject, or a subject and a day, but no complete session."""
    try:
        subject = Subject(mention, sources=sources)
    except SessionIdError as error:
        raise _names_nothing(error) from None
    read = str(mention)
    try:
        Session(mention)
    except SessionIdError as error:
        _warn_of_other_subjects(error.text, subject.id)
        caveat = error.reason if error.reason.endswith(NOT_IN_CALENDAR) else ""
        if error.date is not None:
            return replace(_on_day(subject, error.date, Near(), read), caveat=caveat)
        return Match("subject", read, subject=subject, caveat=caveat)
    return Match("subject", read, subject=subject)


def _on_day(subject: Subject, day: DateLike, near: Near, mention: str) -> Match:
    found = sessions_on(subject, day, near)
    if len(found) > 1 and not is_one(day, near):
        return Match("sessions", mention, subject=subject, sessions=found)
    return Match("session", mention, found[0], subject=subject, others=found[1:])


def _refuse_parts(mention: Any) -> None:
    """Refuse texts that look like a subject, but are a part of something in Code Ocean."""
    read = str(mention)
    if _START_OF_ID.fullmatch(read):
        raise SessionIdError(
            read,
            reason="it looks like the first eight characters of an ID",
            hint="pass the whole ID, which is an asset's .id",
            wanted="session, subject or ID",
        )
    if _CAPSULE.search(read):
        raise SessionIdError(
            read,
            reason="the address of a capsule contains its number, not its ID",
            hint="pass the ID, which Code Ocean shows in the capsule's metadata",
            wanted="session, subject or ID",
        )


def _warn_of_other_subjects(text: str, subject_id: str) -> None:
    others = [one for one in lone_subjects(text) if not is_same_subject(one, subject_id)]
    if others:
        warn_user(
            f"{quote(text)} names several subjects: {subject_id} is meant, not {', '.join(others)}",
            SeveralSessionsWarning,
        )


def _names_nothing(error: SessionIdError) -> SessionIdError:
    """Return the error for a mention that names nothing, instead of one about its subject."""
    reason = "it names none of them" if error.reason == NO_SUBJECT else error.reason
    hint = error.hint
    with suppress(ValueError, TypeError):
        parse_when(error.text)
        hint = "to find the sessions of a day, pass the subject and the day (day=..., or --day)"
    wanted = "session, subject or ID"
    return SessionIdError(error.text, reason=reason, hint=hint, wanted=wanted)
