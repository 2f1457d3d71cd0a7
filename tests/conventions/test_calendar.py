"""Times in names are local and naive: leap days, and hours that clocks skip or show twice."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from aind_session import Session, Sources, get_sessions, memory_sources, search, sessions
from aind_session.conventions.dates import parse_when
from aind_session.conventions.names import parse_session
from tests.worlds import SUBJECT, empty_world, record

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
LEAP_DAY, SKIPPED, TWICE = "2024-02-29_12-00-00", "2024-03-10_02-30-00", "2024-11-03_01-30-00"
STAMPS = (
    "2024-02-28_23-59-59",
    LEAP_DAY,
    "2024-03-01_00-00-00",
    "2024-03-10_01-59-59",
    SKIPPED,
    "2024-03-10_03-00-00",
    "2024-11-03_00-59-59",
    TWICE,
    "2024-11-03_02-00-00",
    "2024-12-31_23-59-59",
)
NAMES = [f"behavior_{SUBJECT}_{stamp}" for stamp in STAMPS]


@pytest.fixture
def sources() -> Sources:
    world = empty_world()
    world.records["v1"] += [record(name, None) for name in reversed(NAMES)]
    return memory_sources(world)


def _stamps(found: object) -> list[str]:
    assert isinstance(found, tuple)
    return [session.id.removeprefix(f"behavior_{SUBJECT}_") for session in found]


@pytest.mark.parametrize("stamp", STAMPS)
def test_times_are_read_as_the_clock_showed_them(stamp: str) -> None:
    session = parse_session(f"behavior_{SUBJECT}_{stamp}")
    assert session.dt == datetime.datetime.strptime(stamp, "%Y-%m-%d_%H-%M-%S")
    assert session.dt.tzinfo is None
    assert session.id.endswith(stamp)
    assert parse_when(stamp) == parse_when(session.dt.isoformat()) == session.dt


@pytest.mark.parametrize("day", ["2023-02-29", "2100-02-29", "2024-02-30", "1900-02-29"])
def test_a_leap_day_that_was_none_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="not in the calendar"):
        Session(f"behavior_{SUBJECT}_{day}_12-00-00")
    with pytest.raises(ValueError, match="is not a date"):
        get_sessions(SUBJECT, day)


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("stamp", [SKIPPED, TWICE])
def test_of_a_time_with_a_zone_the_clock_counts_whether_skipped_or_shown_twice(
    stamp: str, fold: int
) -> None:
    naive = datetime.datetime.strptime(stamp, "%Y-%m-%d_%H-%M-%S")
    assert parse_when(naive.replace(tzinfo=PACIFIC, fold=fold)) == naive


def test_sessions_are_in_the_order_of_the_clock(sources: Sources) -> None:
    assert _stamps(get_sessions(SUBJECT, sources=sources)) == list(STAMPS)
    assert [s.id for s in sorted(sessions(list(reversed(NAMES))))] == NAMES
    assert [s.id for s in search(subject=SUBJECT, sources=sources)] == NAMES


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2024-02-29", "2024-02-29", STAMPS[1:2]),
        ("2024-02-28", "2024-03-01", STAMPS[:3]),
        ("2024-03-10 02:30", "2024-03-10 02:30:00", STAMPS[4:5]),
        ("2024-03-10", "2024-03-10", STAMPS[3:6]),
        ("2024-03-10 02:00", None, STAMPS[4:]),
        (None, "2024-03-10 02:59:59", STAMPS[:5]),
        ("2024-11-03 01:30", "2024-11-03 01:30", STAMPS[7:8]),
        ("2024-11-03T01:30:00-07:00", "2024-11-03T01:30:00-08:00", STAMPS[7:8]),
        (datetime.date(2024, 12, 31), "20241231", STAMPS[9:]),
    ],
)
def test_ranges_are_of_the_clock_and_include_both_ends(
    sources: Sources, first: object, last: object, expected: tuple[str, ...]
) -> None:
    found = get_sessions(SUBJECT, start_date=first, end_date=last, sources=sources)  # type: ignore[call-overload]
    assert _stamps(found) == list(expected)


def test_a_day_holds_its_sessions_whichever_hours_it_has(sources: Sources) -> None:
    assert _stamps(get_sessions(SUBJECT, "2024-02-29", sources=sources)) == [LEAP_DAY]
    assert SKIPPED in _stamps(get_sessions(SUBJECT, "20240310", sources=sources))
    at_both = [datetime.datetime(2024, 11, 3, 1, 30, tzinfo=PACIFIC, fold=fold) for fold in (0, 1)]
    for moment in at_both:
        assert TWICE in _stamps(get_sessions(SUBJECT, moment, sources=sources))
