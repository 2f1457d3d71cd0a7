"""The parts of a session's name as attributes of the objects that have the name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aind_session.conventions.session_id import KNOWN_PLATFORMS, read_usual

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    # `datetime` in the class below is a text, as in the published releases
    import datetime as datetime_module
    from typing import Any

    from aind_session.conventions.session_id import SessionId, SessionKey


class NamedSession:
    """Base class of objects with the name of a session; no request is sent.

    Attributes
    ----------
    _parsed
        The parsed name.
    _id
        The name, by which sessions are compared; kept, since sets and sorting read it often.
    """

    # slots, so that `id_of` bypasses the subclass's `__getattribute__`
    __slots__ = ("_id", "_parsed")

    _id: str
    _parsed: SessionId

    def _name(self, text: Any) -> None:
        parsed = read_usual(text)
        if parsed is None:
            from aind_session.conventions.names import parse_session  # rarely needed; imports more

            parsed = parse_session(text)
        self._parsed = parsed
        self._id = parsed.id

    @property
    def id(self) -> str:
        """The canonical name: ``<platform>_<subject>_<date>_<time>``, or without platform."""
        return self._id

    @property
    def key(self) -> SessionKey:
        """Subject and time: equal for the older and the newer name of one acquisition."""
        return self._parsed.key

    @property
    def subject_id(self) -> str:
        """The subject, usually a six-digit LabTracks number; leading zeros are kept."""
        return self._parsed.subject_id

    @property
    def platform(self) -> str | None:
        """The platform in the name; None for names without one (schema v2)."""
        return self._parsed.platform

    @property
    def dt(self) -> datetime_module.datetime:
        """The date and time in the name, naive: local time at the acquisition."""
        return self._parsed.dt

    @property
    def date(self) -> str:
        """The date in the name, such as ``2023-12-13``."""
        return self._parsed.date

    @property
    def time(self) -> str:
        """The time in the name, such as ``13:43:40``."""
        return self._parsed.time

    @property
    def datetime(self) -> str:
        """The date and time in the name, such as ``2023-12-13 13:43:40``."""
        return self._parsed.datetime


id_of: Callable[[NamedSession], str] = vars(NamedSession)["_id"].__get__
"""Returns the name of an object, as fast as possible, for sets and sorting."""

parsed_of: Callable[[NamedSession], SessionId] = vars(NamedSession)["_parsed"].__get__
"""Returns the parsed name of an object, as fast as possible."""


def each_once(sessions: Iterable[SessionId]) -> set[SessionId]:
    """Remove the newer name of each acquisition that also has its older name.

    Parameters
    ----------
    sessions
        In any order.

    Examples
    --------
    >>> from aind_session.conventions.names import parse_session
    >>> older = parse_session("ecephys_676909_2023-12-13_13-43-40")
    >>> each_once([older, older.with_platform(None)]) == {older}
    True
    """
    unique = set(sessions)
    older = {session.key for session in unique if session.platform is not None}
    return {s for s in unique if s.platform is not None or s.key not in older}


def names_of(session_id: SessionId) -> list[str]:
    """Return all names of the acquisition, with and without platform, the session's own first."""
    if session_id.platform is not None:
        return [session_id.id, session_id.with_platform(None).id]
    return [session_id.id, *(session_id.with_platform(name).id for name in KNOWN_PLATFORMS)]
