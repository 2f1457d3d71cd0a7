"""`get_sessions`: the sessions of subjects by date and platform."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest

import aind_session
from aind_session import NothingFoundWarning, RemoteError, Session, get_sessions
from aind_session.conventions.dates import DateLike
from aind_session.sources import Sources, memory_sources, use_sources
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import empty_world, raw, record

MORNING = "behavior_700001_2024-01-02_09-00-00"
NOON = "ecephys_700001_2024-01-02_12-00-00"
NEXT_DAY = "ecephys_700001_2024-01-03_00-00-00"
LATER = "700001_2024-02-01_23-59-59"


@pytest.fixture
def sources() -> Sources:
    world = empty_world()
    names = [NOON, LATER, NEXT_DAY, MORNING]
    world.assets += [raw(number, name) for number, name in enumerate(names)]
    return memory_sources(world)


def ids(sessions: tuple[Session, ...]) -> list[str]:
    return [session.id for session in sessions]


def test_sessions_come_by_time(sources: Sources) -> None:
    assert ids(get_sessions("700001", sources=sources)) == [MORNING, NOON, NEXT_DAY, LATER]


def test_subject_and_date_are_positional(sources: Sources) -> None:
    with use_sources(sources):
        sessions = aind_session.get_sessions(*"700001_2024-01-02".split("_")[:2])
    assert ids(sessions) == [MORNING, NOON]


@pytest.mark.parametrize(
    "day",
    [
        "2024-01-02",
        "20240102",
        "2024-01-02_13-43-40",
        "2024-01-02 13:43:40",
        "20240102_134340",
        "20240102134340",
        "2024-01-02T13:43:40",
        "2024-01-02T13:43:40.5+02:00",
        datetime.date(2024, 1, 2),
        datetime.datetime(2024, 1, 2, 1),
    ],
)
def test_a_date_can_be_in_any_common_form(sources: Sources, day: DateLike) -> None:
    assert ids(get_sessions(700001, date=day, sources=sources)) == [MORNING, NOON]


def test_platform_is_that_of_the_name(sources: Sources) -> None:
    assert ids(get_sessions(700001, platform="ecephys", sources=sources)) == [NOON, NEXT_DAY]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-01-02", "2024-01-02", [MORNING, NOON]),
        ("2024-01-02_12-00-00", None, [NOON, NEXT_DAY, LATER]),
        ("2024-01-02_12-00-01", "2024-01-03", [NEXT_DAY]),
        (None, "2024-01-02_12-00-00", [MORNING, NOON]),
        (None, datetime.datetime(2024, 1, 3), [MORNING, NOON, NEXT_DAY]),
        (datetime.date(2024, 1, 3), datetime.date(2024, 2, 1), [NEXT_DAY, LATER]),
        ("2025-01-01", None, []),
    ],
)
def test_both_ends_are_included_and_a_date_is_a_whole_day(
    sources: Sources, start: DateLike | None, end: DateLike | None, expected: list[str]
) -> None:
    found = get_sessions(700001, start_date=start, end_date=end, sources=sources)
    assert ids(found) == expected


@pytest.mark.parametrize("other", [{"start_date": "2024-01-01"}, {"end_date": "2024-01-01"}])
def test_a_date_with_a_range_is_refused(sources: Sources, other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not both"):
        get_sessions(700001, date="2024-01-02", sources=sources, **other)


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01", "2024-02-30", "2024-01", 5])
def test_a_date_that_is_none_is_refused_and_named(sources: Sources, day: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(day))):
        get_sessions(700001, date=day, sources=sources)


def test_subclasses_of_str_and_int_are_taken_as_what_they_are(sources: Sources) -> None:
    class SubjectRecord(int):
        pass

    class DateRecord(str):
        __slots__ = ()

    found = get_sessions(SubjectRecord(700001), DateRecord("2024-01-03"), sources=sources)
    assert ids(found) == [NEXT_DAY]


def test_unknown_subjects_have_no_sessions(sources: Sources) -> None:
    with pytest.warns(NothingFoundWarning, match=r"no record has the subject '700002'$"):
        assert get_sessions("700002", sources=sources) == ()


def test_of_several_subjects_the_warning_names_the_unknown_ones(serve: Serve) -> None:
    world = empty_world()
    world.records["v1"] += [record(MORNING, "s3://aind-open-data/x")]
    said = (
        r"^no session was found: no record has the subject '700009'; near: '700001'; "
        r"no record has the subject '8'$"
    )
    with pytest.warns(NothingFoundWarning, match=said):
        found = get_sessions(subject_ids=[700001, "700009", "8"], sources=serve(world))
    assert [session.id for session in found] == [MORNING]


def test_where_nobody_could_be_asked_an_unknown_subject_is_not_called_absent(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    stand_in(world).fail("docdb", status=503)
    with pytest.raises(RemoteError, match="503"):
        get_sessions("700009", sources=impatient())


def test_a_misspelled_platform_is_refused_for_several_subjects_too(sources: Sources) -> None:
    with pytest.raises(ValueError, match=r"there is no platform 'Ecephys'; near: 'ecephys'$"):
        get_sessions(subject_ids=[700001], platform="Ecephys", sources=sources)
    with pytest.warns(NothingFoundWarning, match=r"nothing has the platform 'hcr'; near: 'HCR'$"):
        assert not get_sessions(subject_ids=[700001], platform="hcr", sources=sources)
    assert get_sessions("700001", platform="fMOST", sources=sources) == ()
