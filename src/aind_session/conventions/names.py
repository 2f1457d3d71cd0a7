"""Names of sessions, subjects and data assets, as values.

Pure words: nothing here asks a server. The parse functions make the values from any text that
mentions a session; every spelling of one session gives the same value and the same `id`.
"""

from __future__ import annotations

# the property `SessionId.datetime` would cover the module where annotations are read
import datetime as datetime_module
import functools
import os
import re
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from aind_session.conventions.dates import in_digits
from aind_session.conventions.grammar import (
    KNOWN_PLATFORMS,
    Located,
    is_subject,
    locate,
    stamps,
    understand,
    without_sub,
)
from aind_session.errors import SessionIdError
from aind_session.errors.wording import quote

__all__ = [
    "KNOWN_PLATFORMS",
    "AssetName",
    "Derivation",
    "SessionId",
    "SessionKey",
    "find_asset_name",
    "find_session",
    "parse_asset_name",
    "parse_session",
    "parse_subject",
]

_TAIL = re.compile(r"_[A-Za-z0-9_.+:-]*")
_EXTENSION = re.compile(r"[.:](?![0-9])")


class SessionKey(NamedTuple):
    """Subject and date-time: the same for one acquisition under its older and newer name.

    Attributes
    ----------
    subject_id
        The subject.
    dt
        The date-time in the name, naive.
    """

    subject_id: str
    dt: datetime_module.datetime


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class SessionId:
    """The name of a session, taken apart. It orders by acquisition time, then by `id`.

    The parse functions make it from any text; made directly, its parts are not checked.

    Attributes
    ----------
    platform
        As it stands in the name; None for names without one (since schema v2).
    subject_id
        Mostly a six-digit LabTracks number; leading zeros are part of it.
    dt
        Local time where the session was acquired, naive. It identifies, and is never converted.

    Examples
    --------
    >>> session = parse_session("ecephys_676909_2023-12-13_13-43-40")
    >>> session.platform, session.subject_id, session.date
    ('ecephys', '676909', '2023-12-13')
    >>> print(session.with_platform(None))
    676909_2023-12-13_13-43-40
    >>> session.key == session.with_platform(None).key
    True
    """

    platform: str | None
    subject_id: str
    dt: datetime_module.datetime

    @property
    def id(self) -> str:
        """The canonical name: ``<platform>_<subject>_<date>_<time>``, or without platform."""
        name = f"{self.subject_id}_{_format(self.dt)}"
        return name if self.platform is None else f"{self.platform}_{name}"

    @property
    def key(self) -> SessionKey:
        """Subject and time: the same for one acquisition under its older and its newer name."""
        return SessionKey(self.subject_id, self.dt)

    @property
    def date(self) -> str:
        """The date, such as ``2023-12-13``."""
        return self.dt.date().isoformat()

    @property
    def time(self) -> str:
        """The time, such as ``13:43:40``."""
        return self.dt.time().isoformat("seconds")

    @property
    def datetime(self) -> str:
        """Date and time, such as ``2023-12-13 13:43:40``."""
        return self.dt.isoformat(" ", "seconds")

    def with_platform(self, platform: str | None) -> SessionId:
        """Give the same acquisition under its name with another platform.

        Parameters
        ----------
        platform
            The platform; None for the name without one.
        """
        return replace(self, platform=platform)

    def __str__(self) -> str:
        return self.id

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, SessionId):
            return NotImplemented
        return (self.dt, self.id) < (other.dt, other.id)


@dataclass(frozen=True, slots=True)
class Derivation:
    """One dated step of processing in the name of an asset.

    Attributes
    ----------
    label
        The process, such as ``sorted`` or ``dlc_eye``; None where a name has only the date-time.
    dt
        When the result was made, naive, in whichever time zone the process used.
    """

    label: str | None
    dt: datetime_module.datetime

    def __str__(self) -> str:
        return _format(self.dt) if self.label is None else f"{self.label}_{_format(self.dt)}"


@dataclass(frozen=True, slots=True)
class AssetName:
    """The name of a data asset, taken apart.

    Attributes
    ----------
    session
        The session that the data come from.
    derivations
        The dated steps of processing, in the order of the name.
    suffix
        What follows without a date-time, such as ``raw_data`` or ``sorted_curated``.

    Examples
    --------
    >>> name = parse_asset_name("ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45")
    >>> name.label, name.dt, name.is_bare
    ('sorted', datetime.datetime(2024, 3, 1, 16, 2, 45), False)
    """

    session: SessionId
    derivations: tuple[Derivation, ...] = ()
    suffix: str | None = None

    @property
    def is_bare(self) -> bool:
        """Whether the name is a session's, and nothing follows."""
        return not self.derivations and self.suffix is None

    @property
    def label(self) -> str | None:
        """The last dated process; None where there is none."""
        return self.derivations[-1].label if self.derivations else None

    @property
    def dt(self) -> datetime_module.datetime | None:
        """When the last dated process was done; None where there is none."""
        return self.derivations[-1].dt if self.derivations else None

    @property
    def name(self) -> str:
        """The canonical name, from which the same value is parsed again."""
        parts = [self.session.id, *map(str, self.derivations)]
        return "_".join(parts if self.suffix is None else [*parts, self.suffix])

    def __str__(self) -> str:
        return self.name


def _format(dt: datetime_module.datetime) -> str:
    # isoformat pads the years before 1000 on every system; strftime does not
    return dt.isoformat("_", "seconds").replace(":", "-")


def parse_session(text: Any) -> SessionId:
    """Find the leftmost session in a text, however it is spelled.

    Parameters
    ----------
    text
        A name, path, URI, log line or anything else that mentions a session; also a path object,
        and any object whose `id` is a session.

    Raises
    ------
    SessionIdError
        Where there is no complete session; it says what was understood.

    Examples
    --------
    >>> parse_session("s3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40/behavior").id
    'ecephys_676909_2023-12-13_13-43-40'
    >>> parse_session("804430_2025-11-26T234133Z").id
    '804430_2025-11-26_23-41-33'
    """
    words = _words(text)
    found = locate(words)
    if found is None:
        raise _not_a_session(words)
    return SessionId(found.platform, found.subject_id, found.dt)


def find_session(text: Any) -> SessionId | None:
    """Do as `parse_session`, but give None where it raises.

    Parameters
    ----------
    text
        As for `parse_session`.

    Examples
    --------
    >>> find_session("no session here") is None
    True
    """
    try:
        found = locate(_words(text))
    except SessionIdError:
        return None
    return None if found is None else SessionId(found.platform, found.subject_id, found.dt)


def parse_asset_name(text: Any) -> AssetName:
    """Find the leftmost session in a text, with what its name says about processing.

    Parameters
    ----------
    text
        As for `parse_session`. A file extension is no part of a name.

    Raises
    ------
    SessionIdError
        Where there is no complete session.

    Examples
    --------
    >>> parse_asset_name("behavior_751004_2024-12-21_13-28-28_sorted_curated.zarr").suffix
    'sorted_curated'
    """
    words = _words(text)
    found = locate(words)
    if found is None:
        raise _not_a_session(words)
    return _asset_name(found)


def find_asset_name(text: Any) -> AssetName | None:
    """Do as `parse_asset_name`, but give None where it raises.

    Parameters
    ----------
    text
        As for `parse_session`.

    Examples
    --------
    >>> find_asset_name("brainglobe_atlasassets_2024-08-01") is None
    True
    """
    try:
        found = locate(_words(text))
    except SessionIdError:
        return None
    return None if found is None else _asset_name(found)


def _asset_name(found: Located) -> AssetName:
    session = SessionId(found.platform, found.subject_id, found.dt)
    tail = _TAIL.match(found.text, found.end)
    if tail is None:
        return AssetName(session)
    return AssetName(session, *_derived(tail[0]))


def _derived(tail: str) -> tuple[tuple[Derivation, ...], str | None]:
    """Take ``_<label>_<date-time>_<suffix>`` apart; labels and suffixes can hold underscores."""
    derivations: list[Derivation] = []
    end = 0
    for stamp in stamps(tail):
        if tail[end] != "_":  # an extension, and no longer the name
            return tuple(derivations), None
        if tail[stamp.start - 1] == "_":
            derivations.append(Derivation(tail[end + 1 : stamp.start - 1] or None, stamp.dt))
            end = stamp.end
    suffix = _EXTENSION.split(tail[end:], maxsplit=1)[0] if tail.startswith("_", end) else ""
    return tuple(derivations), suffix[1:] or None


def parse_subject(subject: Any) -> str:
    """Give the subject that a number or a text names.

    Parameters
    ----------
    subject
        A subject (``676909``, ``"M2501"``, ``"783884-02"``) or any text that names one.

    Raises
    ------
    SessionIdError
        Where no subject is understood.

    Examples
    --------
    >>> parse_subject(676909), parse_subject("000163"), parse_subject("1386750279_747816_20240814")
    ('676909', '000163', '747816')
    """
    words = without_sub(_words(in_digits(subject)).strip())
    if is_subject(words):
        return words
    found = locate(words)
    subject_id = found.subject_id if found else understand(words).subject_id
    if subject_id is None:
        raise SessionIdError(words, reason="it names none", wanted="subject")
    return subject_id


def _words(value: Any) -> str:
    words = value
    if callable(getattr(value, "as_posix", None)):
        words = value.as_posix()
    elif isinstance(value, (os.PathLike, bytes)):
        words = os.fsdecode(value)
    elif not isinstance(value, str):
        words = getattr(value, "id", None)
    if isinstance(words, str):
        return str.__str__(words)  # a subclass's own __str__ may show something else
    reason = f"expected text, a path or an object with a session's id, not {type(value).__name__}"
    raise SessionIdError(quote(value), reason=reason)


def _not_a_session(text: str) -> SessionIdError:
    known = understand(text)
    reason, hint = "it has no subject with a date and time", None
    if known.subject_id:
        reason = "it names a subject, but not when the session was acquired"
        hint = f"see get_sessions({known.subject_id!r})"
    if known.subject_id and known.date:
        reason = "a date without its time can mean several sessions"
        hint = f"see get_sessions({known.subject_id!r}, date={known.date.isoformat()!r})"
    if known.impossible:
        reason = f"{known.impossible!r} is not in the calendar"
    if known.lims_id:
        hint = f"{hint}; the session whose `lims.id` is {known.lims_id} is the one"
    return SessionIdError(
        text,
        reason=reason,
        subject_id=known.subject_id,
        date=known.date,
        lims_id=known.lims_id,
        hint=hint,
    )
