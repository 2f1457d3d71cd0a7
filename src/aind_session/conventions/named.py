"""What the name of a session says, as attributes of what bears the name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from aind_session.conventions.names import SessionId, SessionKey

if TYPE_CHECKING:
    # `datetime`, in the class below, is the text of the date and time, as upstream has it
    import datetime as datetime_module


class NamedSession:
    """Base of what bears the name of a session; no request is sent.

    Attributes
    ----------
    _parsed
        The name, taken apart.
    _id
        The name, by which sessions are told apart: made once, since sets and sorting ask often.
    """

    # slots, which `id_of` reads past the `__getattribute__` of what bears the name
    __slots__ = ("_id", "_parsed")

    _id: str
    _parsed: SessionId

    def _name(self, parsed: SessionId) -> None:
        self._parsed = parsed
        self._id = parsed.id

    @property
    def id(self) -> str:
        """The canonical name: ``<platform>_<subject>_<date>_<time>``, or without platform."""
        return self._id

    @property
    def key(self) -> SessionKey:
        """Subject and time: the same for one acquisition under its older and its newer name."""
        return self._parsed.key

    @property
    def subject_id(self) -> str:
        """The subject, mostly a six-digit LabTracks number; leading zeros are part of it."""
        return self._parsed.subject_id

    @property
    def platform(self) -> str | None:
        """The platform as it stands in the name; None for names without one (schema v2)."""
        return self._parsed.platform

    @property
    def dt(self) -> datetime_module.datetime:
        """The date and time in the name, naive: local time where the session was acquired."""
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
"""Gives the name of what bears it, as quickly as Python can: for sets, and for sorting."""

parsed_of: Callable[[NamedSession], SessionId] = vars(NamedSession)["_parsed"].__get__
"""Gives the name taken apart, as quickly as Python can."""


def each_once(sessions: Iterable[SessionId]) -> set[SessionId]:
    """Leave out the newer name of an acquisition that is also known by its older one.

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
