"""Parsing dates and times, ranges, and the rule for time zones."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aind_session import get_sessions, search
from aind_session.conventions.dates import (
    UTC,
    day,
    is_within,
    moment_of,
    moment_utc,
    parse_when,
    range_or_day,
    states_a_zone,
)
from aind_session.testing import FakeAIND

DT = datetime.datetime(2023, 12, 13, 13, 43, 40)


@pytest.mark.parametrize("value", ["2023-12-13", " 20231213 ", 20231213, "2023_12_13", DT.date()])
def test_dates_without_time_stay_dates(value: Any) -> None:
    read = parse_when(value)
    assert read == DT.date()
    assert not isinstance(read, datetime.datetime)


@pytest.mark.parametrize(
    "value",
    [
        "2023-12-13_13-43-40",
        "2023-12-13 13:43:40",
        "2023-12-13T13:43:40",
        "20231213_134340",
        "20231213T214340Z",
        "20231213134340",
        20231213134340,
        "2023-12-13T13:43:40.000",
        "2023-12-13T13:43:40-08:00",
        "2023-12-13 21:43:40 +0000",
        "2023-12-13T22:43:40+01",
        DT,
        DT.replace(hour=21, tzinfo=datetime.timezone.utc),
    ],
)
def test_a_time_with_a_zone_is_converted_to_the_time_at_the_institute(value: Any) -> None:
    assert parse_when(value) == DT


def test_times_may_lack_seconds_or_have_fractions() -> None:
    assert parse_when("2023-12-13 13:43") == DT.replace(second=0)
    assert parse_when("2023-12-13T13:43:40.25") == DT.replace(microsecond=250_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023/12/13", DT.date()),
        ("2023/12/13 13:43:40", DT),
        ("2023/12/13T21:43:40Z", DT),
        ("ecephys_676909_2023-12-13_13-43-40", DT),
        ("/data/676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45/x", DT),
        ("676909_2023-12-13", DT.date()),
        ("ecephys_676909_2023-12-13", DT.date()),
        ("DRpilot_676909_20231213", DT.date()),
    ],
)
def test_slashes_and_names_of_sessions_are_read_as_before(text: str, expected: Any) -> None:
    assert parse_when(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2023-12-13_2023-12-14",
        "2023-12-13/2023-12-14",
        "2023/12-13",
        "2023/13/13",
        "2023/12/13/14",
        "12:00_2023-12-13",
        "676909",
        "yesterday_2023-12-13",
    ],
)
def test_what_could_be_read_in_two_ways_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        parse_when(text)


def test_only_local_times_are_read_from_the_names_of_sessions() -> None:
    with pytest.raises(ValueError, match="is not a date"):
        parse_when("ecephys_676909_2023-12-13_13-43-40", UTC)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "today",
        2023,
        True,
        1.5,
        "2023-02-30",
        "2023-12-13T25:00:00",
        "12/13/2023",
        [],
        b"",
    ],
)
def test_what_is_no_date_is_refused_with_the_accepted_forms(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a date: expected '2023-12-13'") as caught:
        parse_when(value)
    assert repr(value) in str(caught.value)


def test_the_message_lists_every_accepted_form() -> None:
    with pytest.raises(ValueError, match="is not a date") as caught:
        parse_when("x")
    assert str(caught.value) == (
        "'x' is not a date: expected '2023-12-13', '2023-12-13 13:43:40', '2023-12-13_13-43-40', "
        "'20231213', '20231213_134340', or a date or datetime object"
    )


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2023-12-13T13:43:40.5", 500_000),
        ("2023-12-13T13:43:40,000001", 1),
        ("2023-12-13T13:43:40.123456789", 123_456),
        ("2023-12-13T13:43:40", 0),
    ],
)
def test_fractions_are_microseconds_and_what_is_finer_is_cut(text: str, microsecond: int) -> None:
    assert parse_when(text) == DT.replace(microsecond=microsecond)
    assert moment_utc(text) == DT.replace(microsecond=microsecond)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2023-12-13T13:43:40Z", 13, 43),
        ("2023-12-13T13:43:40+05:30", 8, 13),
        ("2023-12-13T13:43:40-05:30", 19, 13),
        ("2023-12-13T13:43:40-0530", 19, 13),
        ("2023-12-13T13:43:40-02", 15, 43),
    ],
)
def test_hours_and_minutes_of_a_zone_are_converted(text: str, hour: int, minute: int) -> None:
    assert parse_when(text, UTC) == DT.replace(hour=hour, minute=minute)
    assert moment_utc(text) == DT.replace(hour=hour, minute=minute)


def test_times_of_numpy_and_pandas_are_read() -> None:
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    assert parse_when(numpy.datetime64("2023-12-13T13:43:40")) == DT
    assert parse_when(numpy.datetime64("2023-12-13")) == DT.date()
    assert parse_when(pandas.Timestamp("2023-12-13T13:43:40")) == DT
    for missing in (numpy.datetime64("NaT", "s"), pandas.NaT):
        with pytest.raises(ValueError, match="NaT"):
            parse_when(missing)


def test_a_time_with_a_zone_of_an_object_leaves_naive() -> None:
    read = parse_when(DT.replace(tzinfo=Nowhere()))
    assert isinstance(read, datetime.datetime)
    assert (read, read.tzinfo) == (DT, None)


class Nowhere(datetime.tzinfo):
    """A time zone without an offset from UTC."""

    def utcoffset(self, _: datetime.datetime | None) -> None:
        return None

    def dst(self, _: datetime.datetime | None) -> None:
        return None

    def tzname(self, _: datetime.datetime | None) -> str:
        return "nowhere"


@pytest.mark.parametrize(
    ("first", "last", "within"),
    [
        (None, None, True),
        (DT, DT, True),
        (DT.replace(second=41), None, False),
        (None, DT.replace(second=39), False),
        (DT.date(), DT.date(), True),
        (datetime.date(2023, 12, 14), None, False),
        (None, datetime.date(2023, 12, 12), False),
        (DT.date(), DT.replace(second=39), False),
        (DT.replace(second=41), DT.date(), False),
    ],
)
def test_both_ends_of_a_range_are_in_it(
    first: datetime.date | None, last: datetime.date | None, within: bool
) -> None:
    assert is_within(DT, first, last) is within


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "",
        "now",
        "2023-13-01",
        "2023-12-13T25:00",
        "2023-12-13T13:43:40+99:00",
        "0001-01-01T00:00:00+14:00",
        "2023-12-13T",
    ],
)
def test_what_is_no_time_of_a_record_is_none(value: Any) -> None:
    assert moment_utc(value) is None


def test_a_date_of_a_record_is_its_midnight() -> None:
    assert moment_utc(" 2023-12-13 ") == datetime.datetime(2023, 12, 13)
    assert moment_utc("2023-12-13 13:43") == datetime.datetime(2023, 12, 13, 13, 43)


def test_what_servers_write_is_compared_in_utc() -> None:
    assert parse_when("2024-02-01T01:30:00-08:00", UTC) == datetime.datetime(2024, 2, 1, 9, 30)
    assert day("2024-02-01T20:30:00-08:00", UTC) == datetime.date(2024, 2, 2)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_zone_that_leads_out_of_the_calendar_is_not_applied(text: str) -> None:
    assert parse_when(text, UTC).isoformat() == text[:19]


@pytest.mark.parametrize("text", ["2023-12-13T13:43:40+24:00", "2023-12-13T13:43:40-99:00"])
def test_a_zone_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        parse_when(text)


def test_empty_fields_are_no_limit() -> None:
    assert range_or_day("", "", "") == (None, None)
    assert range_or_day("20231213", "", "") == (DT.date(), DT.date())
    assert range_or_day(None, "2023-12-13 13:43:40", "") == (DT, None)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2023-12-14", "2023-12-13"),
        ("2023-12-13 13:43:41", "2023-12-13 13:43:40"),
        ("2023-12-14 00:00:00", "2023-12-13"),
        ("2023-12-14", "2023-12-13 23:59:59"),
    ],
)
def test_a_start_after_the_end_is_refused_with_both(start: str, end: str) -> None:
    with pytest.raises(ValueError, match="the start is after the end") as caught:
        range_or_day(None, start, end)
    assert repr(start) in str(caught.value)
    assert repr(end) in str(caught.value)


def test_a_start_in_the_day_of_the_end_is_a_range() -> None:
    assert range_or_day(None, DT, DT.date()) == (DT, DT.date())
    assert range_or_day(None, DT.date(), DT) == (DT.date(), DT)


def test_a_day_and_a_range_are_refused_together() -> None:
    with pytest.raises(ValueError, match="either a date or a range") as caught:
        range_or_day("2023-12-13", "2023-12-12", None)
    assert str(caught.value) == (
        "pass either a date or a range, not both: "
        "date='2023-12-13', start_date='2023-12-12', end_date=None"
    )
    with pytest.raises(ValueError, match="end_date='2023-12-14'"):
        range_or_day("2023-12-13", None, "2023-12-14")


def test_the_zone_of_a_search_is_that_of_both_ends() -> None:
    late = "2023-12-13T20:30:00-08:00"
    assert range_or_day(late, None, None, UTC) == (datetime.date(2023, 12, 14),) * 2
    utc = datetime.datetime(2023, 12, 14, 4, 30)
    assert range_or_day(None, late, late, UTC) == (utc, utc)


@pytest.mark.parametrize("created", [None, "now", float("nan"), float("inf"), 10**20, -(10**20)])
def test_what_is_no_time_of_code_ocean_is_the_epoch(created: Any) -> None:
    assert moment_of(created) == datetime.datetime(1970, 1, 1)


def test_derived_converts_a_zone_before_it_compares() -> None:
    fake = FakeAIND()
    session = "ecephys_123456_2024-01-01_10-00-00"
    fake.add_session(session)
    fake.add_asset(f"{session}_sorted_2024-02-01_02-00-00")
    with fake:
        from aind_session import Session

        derived = Session(session).derived
        assert len(derived(after="2024-02-01T01:30:00-08:00")) == 0
        assert len(derived(after="2024-01-31T17:30:00-08:00")) == 1
        assert len(derived(before="2024-01-31T17:30:00-08:00")) == 0
        assert len(derived(before="2024-02-01T03:00:00+01:00")) == 1


def test_searches_convert_a_zone_to_the_time_in_names() -> None:
    fake = FakeAIND()
    fake.add_session("ecephys_123456_2024-01-01_10-00-00")
    with fake:
        assert len(get_sessions(123456, start_date="2024-01-01T18:00:00Z")) == 1
        assert len(get_sessions(123456, start_date="2024-01-01T18:00:01Z")) == 0
        assert len(get_sessions(123456, date="2024-01-02T05:00:00Z")) == 1
        assert len(search(subject=123456, start_date="2024-01-01T18:00:00Z")) == 1
        assert len(search(subject=123456, end_date="2024-01-01T17:59:59Z")) == 0


def test_the_empty_fields_of_a_form_limit_nothing() -> None:
    fake = FakeAIND()
    fake.add_session("ecephys_123456_2024-01-01_10-00-00")
    with fake:
        found = get_sessions(123456, date="", platform="", start_date="", end_date="")
        assert [session.id for session in found] == ["ecephys_123456_2024-01-01_10-00-00"]


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T00:00:00-0800",
        "2024-01-01T00:00:00-08",
        "2024-01-01 00:00:00 -08:00",
        "2024-01-01t08:00:00z",
        "2024-01-01T08:00:00,0Z",
        "2024-01-01T08:00 Z",
    ],
)
def test_times_of_records_are_read_in_each_form_of_a_zone(text: str) -> None:
    assert moment_utc(text) == datetime.datetime(2024, 1, 1, 8)
    assert states_a_zone(text)


@pytest.mark.parametrize("text", ["2024-01-01", "2024-01-01T08:00:00", "2024-01-01 08:00:00.250"])
def test_a_date_or_a_time_alone_states_no_zone(text: str) -> None:
    assert moment_utc(text) is not None
    assert not states_a_zone(text)
