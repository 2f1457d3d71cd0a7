"""The name of a session as a value, and parsing the usual spelling, which most names have.

`names` parses all other spellings; it takes longer to import than the rest of a first session.
"""

from __future__ import annotations

# the property `SessionId.datetime` would hide the module `datetime` in annotations
import datetime as datetime_module
import functools
from collections import namedtuple

from aind_session.errors.value import Value

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from typing import Any

KNOWN_PLATFORMS: tuple[str, ...] = (
    "ecephys",
    "behavior",
    "SmartSPIM",
    "multiplane-ophys",
    "exaSPIM",
    "HCR",
    "single-plane-ophys",
    "SLAP2",
    "FIP",
    "diSPIM",
    "mesoSPIM",
    "confocal",
    "MERFISH",
    "motor-observatory",
    "HSFP",
    "ISI",
    "MRI",
    "Other",
    "ophys",
    "pophys",
    "mesoscope",
    "merfish",
    "smartSPIM",
    "ExASPIM",
    "fMOST",
    "slap",
    "trained-behavior",
)
"""Platforms that a version of the schema allows or allowed, most common first.

Names with other platforms are also valid: this list ranks names and finds older ones.
"""


# not `typing.NamedTuple`: see above
class SessionKey(namedtuple("SessionKey", ["subject_id", "dt"])):  # noqa: PYI024
    """Subject and date-time: equal for the older and the newer name of one acquisition.

    Attributes
    ----------
    subject_id
        The subject.
    dt
        The date-time in the name, naive.
    """

    __slots__ = ()

    subject_id: str
    dt: datetime_module.datetime


@functools.total_ordering
class SessionId(Value):
    """The parsed name of a session. It sorts by acquisition time, then by `id`.

    Use the parse functions to make one from text; the constructor does not check the parts.

    Attributes
    ----------
    platform
        The platform in the name; None for names without one (since schema v2).
    subject_id
        Usually a six-digit LabTracks number; leading zeros are kept.
    dt
        The local time of the acquisition, naive. It is an identifier and is never converted.

    Examples
    --------
    >>> from aind_session.conventions.names import parse_session
    >>> session = parse_session("ecephys_676909_2023-12-13_13-43-40")
    >>> session.platform, session.subject_id, session.date
    ('ecephys', '676909', '2023-12-13')
    >>> print(session.with_platform(None))
    676909_2023-12-13_13-43-40
    >>> session.key == session.with_platform(None).key
    True
    """

    __slots__ = ("dt", "platform", "subject_id")

    platform: str | None
    subject_id: str
    dt: datetime_module.datetime

    def __init__(self, platform: str | None, subject_id: str, dt: datetime_module.datetime) -> None:
        set_field = object.__setattr__
        set_field(self, "platform", platform)
        set_field(self, "subject_id", subject_id)
        set_field(self, "dt", dt)

    @property
    def id(self) -> str:
        """The canonical name: ``<platform>_<subject>_<date>_<time>``, or without the platform."""
        name = f"{self.subject_id}_{written(self.dt)}"
        return name if self.platform is None else f"{self.platform}_{name}"

    @property
    def key(self) -> SessionKey:
        """Subject and time; equal for the older and the newer name of one acquisition."""
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
        """Return the name of the same acquisition with another platform.

        Parameters
        ----------
        platform
            The platform, or None for the name without one.
        """
        return SessionId(platform, self.subject_id, self.dt)

    def __str__(self) -> str:
        return self.id

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, SessionId):
            return NotImplemented
        return (self.dt, self.id) < (other.dt, other.id)


TIME_IN_NAMES = "%Y-%m-%d_%H-%M-%S"
"""The format of date and time in names, for the end of runs; see `written`."""


def written(dt: datetime_module.datetime) -> str:
    """Return a date and time in the format of names: ``2023-12-13_13-43-40``."""
    # isoformat pads the years before 1000 on every system; strftime does not
    return dt.isoformat("_", "seconds").replace(":", "-")


def read_usual(text: Any) -> SessionId | None:
    """Parse a complete name in the usual spelling; return None for any other text.

    Parameters
    ----------
    text
        Such as ``ecephys_676909_2023-12-13_13-43-40``: a known platform or none, and six digits.

    Examples
    --------
    >>> print(read_usual("676909_2023-12-13_13-43-40"))
    676909_2023-12-13_13-43-40
    >>> read_usual("676909_2023-12-13_13:43:40") is None
    True
    """
    if type(text) is not str or text.count("_") not in (2, 3):
        return None
    start, date, time = text.rsplit("_", 2)
    platform, _, subject_id = start.rpartition("_")
    is_usual = len(subject_id) == 6 and subject_id.isdecimal() and subject_id.isascii()
    if not is_usual or (platform and platform not in KNOWN_PLATFORMS):
        return None
    try:
        dt = datetime_module.datetime.fromisoformat(f"{date} {time.replace('-', ':')}")
    except ValueError:
        return None
    read = SessionId(platform or None, subject_id, dt)
    # `fromisoformat` accepts other dates, such as those by week, which are formatted differently
    return read if read.id == text else None
