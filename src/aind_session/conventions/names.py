"""Names of sessions, subjects and data assets, as values.

Nothing here sends a request. The parse functions read any text that mentions a session; every
spelling of one session gives the same value and the same `id`. The page *How answers are chosen*
(``docs/rules.md``) says which session a text means.
"""

from __future__ import annotations

import datetime
from typing import Any

from aind_session.conventions.grammar import (
    Located,
    is_process_label,
    is_strong,
    is_subject,
    locate,
    stamps,
    understand,
    without_sub,
)
from aind_session.conventions.mentions import (
    NO_SUBJECT,
    NOT_IN_CALENDAR,
    digits,
    is_same_subject,
    stated_subject,
    without_decimals,
    words,
)
from aind_session.conventions.pattern import pattern
from aind_session.conventions.session_id import (
    KNOWN_PLATFORMS,
    SessionId,
    SessionKey,
    read_usual,
    written,
)
from aind_session.errors import SessionIdError
from aind_session.errors.value import Value

__all__ = [
    "KNOWN_PLATFORMS",
    "AssetName",
    "Derivation",
    "SessionId",
    "SessionKey",
    "find_asset_name",
    "find_session",
    "first_label",
    "parse_asset_name",
    "parse_session",
    "parse_subject",
    "whole_session",
]

_TAIL = pattern(
    # the schema allows blanks in a process; accepted only in a name that ends with a date-time
    r"_[A-Za-z0-9.+-]+(?: [A-Za-z0-9.+-]+){1,5}"
    r"_[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}(?:-[0-9]{2}){2}\Z"
    r"|_[A-Za-z0-9_.+:-]*"
)
_EXTENSION = pattern(r"[.:](?![0-9])")
_UUID = pattern(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DECIMAL = pattern(r"[0-9]+\.[0-9]+")


class Derivation(Value):
    """One dated processing step in the name of an asset.

    Attributes
    ----------
    label
        The process, such as ``sorted`` or ``dlc_eye``; None if the name has only the date-time.
    dt
        When the result was made, naive, in the time zone that the process used.
    """

    label: str | None
    dt: datetime.datetime

    def __str__(self) -> str:
        return written(self.dt) if self.label is None else f"{self.label}_{written(self.dt)}"


class AssetName(Value):
    """The parsed name of a data asset.

    Attributes
    ----------
    session
        The session of the data.
    derivations
        The dated processing steps, in the order of the name.
    suffix
        The rest without a date-time, such as ``raw_data`` or ``sorted_curated``.

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
        """Whether the name is exactly that of a session."""
        return not self.derivations and self.suffix is None

    @property
    def is_derived(self) -> bool:
        """Whether a process follows, dated or not; raw data can have other undated suffixes."""
        return bool(self.derivations or (self.suffix and is_process_label(self.suffix)))

    @property
    def label(self) -> str | None:
        """The last dated process; None if there is none."""
        return self.derivations[-1].label if self.derivations else None

    @property
    def dt(self) -> datetime.datetime | None:
        """The date-time of the last dated process; None if there is none."""
        return self.derivations[-1].dt if self.derivations else None

    @property
    def name(self) -> str:
        """The canonical name; parsing it gives an equal value."""
        parts = [self.session.id, *map(str, self.derivations)]
        return "_".join(parts if self.suffix is None else [*parts, self.suffix])

    def __str__(self) -> str:
        return self.name


def parse_session(text: Any) -> SessionId:
    """Find the session that a text names, in any spelling.

    Parameters
    ----------
    text
        A name, path, URI, log line or any other text that mentions a session. Also a path object,
        an object with a session as its `id` or `name`, such as a data asset or a computation, and a
        metadata record. If there are several sessions, the leftmost is used; in a path, folders
        named after a run, a version or a user are skipped if a session follows.

    Raises
    ------
    SessionIdError
        There is no complete session; the message lists the parts that were recognized. Also if a
        record or an asset states another subject than the one its name seems to contain.

    Examples
    --------
    >>> parse_session("s3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40/behavior").id
    'ecephys_676909_2023-12-13_13-43-40'
    >>> parse_session("804430_2025-11-26T234133Z").id
    '804430_2025-11-26_23-41-33'
    """
    usual = read_usual(text)
    return _session(_located(text)) if usual is None else usual


def find_session(text: Any) -> SessionId | None:
    """Like `parse_session`, but return None instead of raising.

    Parameters
    ----------
    text
        As for `parse_session`.

    Examples
    --------
    >>> find_session("no session here") is None
    True
    """
    usual = read_usual(text)
    if usual is not None:
        return usual
    found = _find(text)
    return None if found is None else _session(found)


def parse_asset_name(text: Any) -> AssetName:
    """Find the session that a text names, with the processing in its name.

    Parameters
    ----------
    text
        As for `parse_session`. File extensions are not part of a name.

    Raises
    ------
    SessionIdError
        There is no complete session.

    Examples
    --------
    >>> parse_asset_name("behavior_751004_2024-12-21_13-28-28_sorted_curated.zarr").suffix
    'sorted_curated'
    """
    return _asset_name(_located(text))


def find_asset_name(text: Any) -> AssetName | None:
    """Like `parse_asset_name`, but return None instead of raising.

    Parameters
    ----------
    text
        As for `parse_session`.

    Examples
    --------
    >>> find_asset_name("brainglobe_atlasassets_2024-08-01") is None
    True
    """
    found = _find(text)
    return None if found is None else _asset_name(found)


def _session(found: Located) -> SessionId:
    return SessionId(found.platform, found.subject_id, found.dt)


def _located(thing: Any) -> Located:
    text = words(thing)
    found = locate(text)
    if found is None:
        raise _not_a_session(text)
    if (stated := _other_subject(thing, found)) is not None:
        reason = f"its metadata state subject {stated}, so {found.subject_id!r} is not a subject"
        raise SessionIdError(text, reason=reason, subject_id=stated)
    return found


def _find(thing: Any) -> Located | None:
    try:
        found = locate(words(thing))
    except SessionIdError:
        return None
    return None if found is None or _other_subject(thing, found) is not None else found


def _other_subject(thing: Any, found: Located) -> str | None:
    """Return the stated subject if it contradicts a weak name, which is then not a session's.

    Analyses are named ``<project>_<analysis>_<date-time>``, and some look like sessions.
    """
    if isinstance(thing, str) or is_strong(found.platform, found.subject_id):
        return None
    stated = stated_subject(thing)
    return None if stated is None or is_same_subject(stated, found.subject_id) else stated


def whole_session(text: Any) -> SessionId | None:
    """Return the session if a text is exactly its name, in any spelling; otherwise None.

    Parameters
    ----------
    text
        A name. Surrounding blanks are ignored.

    Examples
    --------
    >>> print(whole_session(" 804430_2025-03-26T234133"))
    804430_2025-03-26_23-41-33
    >>> whole_session("804430_2025-03-26_23-41-33_sorted") is None
    True
    """
    if not isinstance(text, str):
        return None
    found = locate(text.strip())
    if found is None or found.start != 0 or found.end != len(found.text):
        return None
    return _session(found)


def first_label(text: Any) -> str | None:
    """Return the first label in the name of an asset, dated or not; None if there is none.

    Parameters
    ----------
    text
        A name that starts with a session's. Surrounding blanks are ignored.

    Examples
    --------
    >>> first_label("804430_2025-03-26T234133_sorted-ks25_2025-03-28T101010_nwb")
    'sorted-ks25'
    """
    found = locate(text.strip()) if isinstance(text, str) else None
    if found is None or found.start != 0:
        return None
    name = _asset_name(found)
    return name.derivations[0].label if name.derivations else name.suffix


def _asset_name(found: Located) -> AssetName:
    session = _session(found)
    tail = _TAIL.match(found.text, found.end)
    if tail is None:
        return AssetName(session)
    return AssetName(session, *_derived(tail[0]))


def _derived(tail: str) -> tuple[tuple[Derivation, ...], str | None]:
    """Parse ``_<label>_<date-time>_<suffix>``; labels and suffixes can contain underscores."""
    derivations: list[Derivation] = []
    end = 0
    for stamp in stamps(tail):
        if tail[end] != "_":  # a file extension ends the name
            return tuple(derivations), None
        if tail[stamp.start - 1] == "_":
            derivations.append(Derivation(tail[end + 1 : stamp.start - 1] or None, stamp.dt))
            end = stamp.end
    suffix = _EXTENSION.split(tail[end:], maxsplit=1)[0] if tail.startswith("_", end) else ""
    return tuple(derivations), suffix[1:] or None


def parse_subject(subject: Any) -> str:
    """Return the subject that a number or a text names.

    Parameters
    ----------
    subject
        A subject (``676909``, ``"M2501"``, ``"783884-02"``; also ``676909.0``, as in table columns
        with missing values) or anything that names one. For a record or an asset, a subject in a
        strong name is preferred to the stated one.

    Raises
    ------
    SessionIdError
        No subject was found.

    Examples
    --------
    >>> parse_subject(676909), parse_subject("000163"), parse_subject("1386750279_747816_20240814")
    ('676909', '000163', '747816')
    """
    number = digits(subject)
    if number is None and (stated := _stated(subject)) is not None:
        return stated
    if number is not None and number.startswith("-"):
        raise SessionIdError(number, reason="a subject is not negative", wanted="subject")
    text = words(subject if number is None else number, wanted="subject").strip()
    text = without_decimals(without_sub(text))
    if reason := _no_subject(text):
        raise SessionIdError(text, reason=reason, wanted="subject")
    if is_subject(text):
        return text
    found = locate(text)
    subject_id = found.subject_id if found else understand(text).subject_id
    if subject_id is None:
        raise SessionIdError(text, reason=NO_SUBJECT, wanted="subject")
    return subject_id


def _stated(thing: Any) -> str | None:
    """Return the subject that metadata state, or the one in a strong name if they differ."""
    stated = None if isinstance(thing, str) else stated_subject(thing)
    if stated is None or not is_subject(stated.strip()):
        return None
    found = _find(thing)
    return stated.strip() if found is None else found.subject_id


def _no_subject(text: str) -> str | None:
    """Return why a text is not a subject although it has a subject's characters; None if it is."""
    if _UUID.fullmatch(text):
        return "it is the ID of a data asset, a computation or a record"
    return "a number with decimals is not a subject" if _DECIMAL.fullmatch(text) else None


def _not_a_session(text: str) -> SessionIdError:
    known = understand(text)
    reason, hint = "it contains no subject with a date and time", None
    if known.subject_id:
        reason = "it names a subject, but not when the session was acquired"
        hint = f"see get_sessions({known.subject_id!r})"
    if known.subject_id and known.date:
        reason = "a date without its time can mean several sessions"
        hint = f"see get_sessions({known.subject_id!r}, date={known.date.isoformat()!r})"
    if known.impossible:
        reason = f"{known.impossible!r} {NOT_IN_CALENDAR}"
    if known.lims_id:
        hint = f"{hint} and take the one whose `lims.id` is {known.lims_id}"
    return SessionIdError(
        text,
        reason=reason,
        subject_id=known.subject_id,
        date=known.date,
        lims_id=known.lims_id,
        hint=hint,
    )
