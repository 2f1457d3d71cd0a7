"""Parsing dates and times from users, records and servers, and comparing them with ranges.

Time zones: times in session names are local time at the institute, all other times are UTC. A time
without a zone is used unchanged; a time with a zone is converted before it is compared. See the
page *How answers are chosen* (``docs/rules.md``).
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from aind_session.conventions.grammar import DATE, JOIN, day_of
from aind_session.conventions.institute import local_zone
from aind_session.conventions.mentions import digits
from aind_session.conventions.pattern import pattern
from aind_session.errors import SessionIdError
from aind_session.errors.wording import quote

__all__ = [
    "UTC",
    "DateLike",
    "day",
    "is_within",
    "moment_of",
    "moment_utc",
    "parse_when",
    "range_or_day",
    "states_a_zone",
]

DateLike = str | datetime.date | datetime.datetime
"""A date, or a date and time, as text in any common form or as an object."""

UTC = datetime.timezone.utc

Range = tuple[datetime.date | None, datetime.date | None]
"""The first and the last day or time, both included; None: no limit."""

_WHEN = pattern(
    rf"{DATE}(?:{JOIN}(?P<hour>[01][0-9]|2[0-3])(?P<colon>[-_:]?)(?P<minute>[0-5][0-9])"
    r"(?:(?P=colon)(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?: ?(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})?))?)?"
)
_SLASHED = pattern(r"^([0-9]{4})/([0-9]{2})/([0-9]{2})(?![0-9])")
_MOMENT = pattern(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<time>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<decimals>\d+))?"
    r"(?: ?(?:[Zz]|(?P<ahead>[+-]\d\d)(?::?(?P<minutes>\d\d))?))?)?",
    re.ASCII,
)
_ZONE = pattern(r":\d\d(?:[.,]\d+)? ?(?:[Zz]|[+-]\d\d(?::?\d\d)?)\s*$", re.ASCII)


def parse_when(
    value: Any, zone: datetime.tzinfo | None = None
) -> datetime.date | datetime.datetime:
    """Parse a date, with or without a time.

    Parameters
    ----------
    value
        A date or date-time as text in any common form, as a number ``20231213``, or as an object.
        With local time at the institute also the name of a session, or a subject and a date.
    zone
        The zone to which a time with a zone is converted; by default local time at the institute,
        as in session names. A time without a zone is used unchanged.

    Returns
    -------
    datetime.date or datetime.datetime
        A date if the value has no time, otherwise a naive date-time.

    Raises
    ------
    ValueError
        The value is anything else.

    Examples
    --------
    >>> parse_when("20231213"), parse_when("2023-12-13_13-43-40")
    (datetime.date(2023, 12, 13), datetime.datetime(2023, 12, 13, 13, 43, 40))
    >>> parse_when("2023-12-13T13:43:40-08:00", UTC)
    datetime.datetime(2023, 12, 13, 21, 43, 40)
    """
    text = value if isinstance(value, str) else digits(value)
    if type(value).__name__ == "datetime64":  # numpy's, whose text is ISO 8601
        text = str(value)
    try:
        read = None if text is None else _read(text.strip())
    except ValueError:  # an offset of a day or more
        read = None
    # pandas.NaT is a datetime too, but its year is not a number
    if isinstance(value, datetime.date) and isinstance(value.year, int):
        read = value
    if read is None and text is not None and zone is None:
        read = _in_a_name(text)
    if read is None:
        raise ValueError(
            f"{quote(value)} is not a date: expected '2023-12-13', '2023-12-13 13:43:40', "
            "'2023-12-13_13-43-40', '20231213', '20231213_134340', or a date or datetime object"
        )
    return _naive(read, zone) if isinstance(read, datetime.datetime) else read


def _naive(moment: datetime.datetime, zone: datetime.tzinfo | None) -> datetime.datetime:
    if moment.utcoffset() is None:
        return moment.replace(tzinfo=None)
    try:
        return moment.astimezone(zone or local_zone()).replace(tzinfo=None)
    except OverflowError:  # the conversion leaves the calendar
        return moment.replace(tzinfo=None)


def _in_a_name(text: str) -> datetime.date | datetime.datetime | None:
    """Return the time in the name of a session, or the date that follows a subject."""
    from aind_session.conventions.names import parse_session  # needs more than dates do

    if re.search("[0-9]:[0-9]", text):  # a time before the date, which would be lost
        return None
    try:
        return parse_session(text).dt
    except SessionIdError as error:
        return None if error.subject_id is None else error.date


def _read(text: str) -> datetime.date | datetime.datetime | None:
    match = _WHEN.fullmatch(_SLASHED.sub(r"\1-\2-\3", text))
    date = match and day_of(match)
    if match is None or date is None or match["hour"] is None:
        return date
    time = datetime.time(
        int(match["hour"]),
        int(match["minute"]),
        int(match["second"] or 0),
        int((match["fraction"] or "").ljust(6, "0")[:6]),
        tzinfo=_zone(match),
    )
    return datetime.datetime.combine(date, time)


def _zone(match: re.Match[str]) -> datetime.tzinfo | None:
    if match["utc"] or match["sign"] is None:
        return UTC if match["utc"] else None
    ahead = datetime.timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return datetime.timezone(-ahead if match["sign"] == "-" else ahead)


def day(value: Any, zone: datetime.tzinfo | None = None) -> datetime.date:
    """Return the day of a date or date-time; see `parse_when`.

    Examples
    --------
    >>> day("2023-12-13_13-43-40")
    datetime.date(2023, 12, 13)
    """
    when = parse_when(value, zone)
    return when.date() if isinstance(when, datetime.datetime) else when


def range_or_day(
    date: DateLike | None,
    start_date: DateLike | None,
    end_date: DateLike | None,
    zone: datetime.tzinfo | None = None,
) -> Range:
    """Return the first and the last day or time of a search by day or range.

    Parameters
    ----------
    date
        One day; of a date-time, only the day is used.
    start_date, end_date
        The first and the last day or time. None or blank text: no limit.
    zone
        See `parse_when`.

    Raises
    ------
    ValueError
        An invalid date, a day together with a range, or a start after the end.

    Examples
    --------
    >>> range_or_day(None, "2023-12-13", "")
    (datetime.date(2023, 12, 13), None)
    """
    date, start_date, end_date = (_or_none(value) for value in (date, start_date, end_date))
    if date is None:
        return _range(start_date, end_date, zone)
    if start_date is not None or end_date is not None:
        raise ValueError(
            f"pass either a date or a range, not both: {date=}, {start_date=}, {end_date=}"
        )
    only = day(date, zone)
    return only, only


def _range(
    start_date: DateLike | None, end_date: DateLike | None, zone: datetime.tzinfo | None
) -> Range:
    first = None if start_date is None else parse_when(start_date, zone)
    last = None if end_date is None else parse_when(end_date, zone)
    if first is not None and last is not None and _is_after(first, last):
        raise ValueError(f"the start is after the end: {quote(start_date)} > {quote(end_date)}")
    return first, last


def _or_none(value: DateLike | None) -> DateLike | None:
    return None if isinstance(value, str) and not value.strip() else value


def _is_after(first: datetime.date, last: datetime.date) -> bool:
    if isinstance(first, datetime.datetime) and isinstance(last, datetime.datetime):
        return first > last
    return day(first) > day(last)


def is_within(
    moment: datetime.datetime, first: datetime.date | None, last: datetime.date | None
) -> bool:
    """Return whether a time is in a range, ends included; an end without time is a whole day.

    Examples
    --------
    >>> noon = datetime.datetime(2023, 12, 13, 12)
    >>> is_within(noon, None, noon.date()), is_within(noon, None, noon.replace(hour=11))
    (True, False)
    """
    return (first is None or _as_precise(moment, first) >= first) and (
        last is None or _as_precise(moment, last) <= last
    )


def _as_precise(moment: datetime.datetime, limit: datetime.date) -> Any:
    """Return the time, or its date if the limit is a date."""
    return moment if isinstance(limit, datetime.datetime) else moment.date()


def moment_of(created: Any) -> datetime.datetime:
    """Return a time from Code Ocean in naive UTC; 1970 for anything that is not a time.

    Parameters
    ----------
    created
        Seconds since 1970-01-01 UTC.

    Examples
    --------
    >>> moment_of(1702620828).isoformat(), moment_of("now").year, moment_of(10**20).year
    ('2023-12-15T06:13:48', 1970, 1970)
    """
    epoch = datetime.datetime(1970, 1, 1)
    try:
        return epoch + datetime.timedelta(seconds=created)
    except (TypeError, ValueError, OverflowError):  # not a number, NaN, or out of the calendar
        return epoch


def moment_utc(value: Any) -> datetime.datetime | None:
    """Parse a time from a record as naive UTC; None for anything that is not a time.

    Parameters
    ----------
    value
        ISO 8601 with ``T`` or a space, with or without decimals and zone; without a zone, UTC. A
        date alone means midnight.

    Examples
    --------
    >>> moment_utc("2023-09-29 08:53:23-07:00")
    datetime.datetime(2023, 9, 29, 15, 53, 23)
    >>> moment_utc("2023-09-29T08:53:23.5-07:00")
    datetime.datetime(2023, 9, 29, 15, 53, 23, 500000)
    """
    if not isinstance(value, str):
        return None
    match = _MOMENT.fullmatch(value.strip())
    if match is None:
        return None
    offset = f"{match['ahead']}:{match['minutes'] or '00'}" if match["ahead"] else ""
    try:  # Python 3.10 parses neither Z nor decimals of other than three or six digits
        moment = datetime.datetime.fromisoformat(
            f"{match['date']}T{match['time'] or '00:00'}{offset}"
        )
        if moment.tzinfo is not None:
            moment = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):  # the conversion can leave the calendar
        return None
    return moment.replace(microsecond=int((match["decimals"] or "")[:6].ljust(6, "0")))


def states_a_zone(text: str) -> bool:
    """Return whether the text of a time states a zone.

    Examples
    --------
    >>> states_a_zone("2023-12-13T13:43:40-08:00"), states_a_zone("2023-12-13T13:43:40")
    (True, False)
    """
    return _ZONE.search(text) is not None
