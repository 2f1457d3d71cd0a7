"""The name of a session as a value, and reading its usual spelling."""

from __future__ import annotations

import datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aind_session.conventions import grammar
from aind_session.conventions.names import (
    KNOWN_PLATFORMS,
    SessionId,
    parse_session,
)
from aind_session.conventions.session_id import read_usual
from tests.conventions.test_names import DT, SESSION, asset_names, sessions, soups


def test_a_session_tells_its_parts() -> None:
    assert str(SESSION) == SESSION.id == "ecephys_676909_2023-12-13_13-43-40"
    assert (SESSION.date, SESSION.time) == ("2023-12-13", "13:43:40")
    assert SESSION.datetime == "2023-12-13 13:43:40"
    assert SESSION.key == SESSION.with_platform(None).key == ("676909", DT)


def test_the_year_has_four_digits_in_all_forms() -> None:
    first = SessionId(None, "676909", datetime.datetime.min)
    assert (first.id, first.date) == ("676909_0001-01-01_00-00-00", "0001-01-01")
    assert parse_session(first.id) == first


def test_the_name_with_another_platform_is_another_value() -> None:
    bare = SESSION.with_platform(None)
    assert bare.id == "676909_2023-12-13_13-43-40"
    assert bare != SESSION
    assert bare.with_platform("ecephys") == SESSION


@given(st.lists(sessions))
def test_sessions_are_ordered_by_time_then_id(values: list[SessionId]) -> None:
    assert sorted(values) == sorted(values, key=lambda value: (value.dt, value.id))


@pytest.mark.parametrize("platform", [*KNOWN_PLATFORMS, None])
def test_the_usual_spelling_is_read_without_patterns_as_with_them(platform: str | None) -> None:
    text = SESSION.with_platform(platform).id
    found = grammar.locate(text)
    assert found is not None
    assert found[:3] == (platform, "676909", DT)
    assert read_usual(text) == SessionId(*found[:3])


@pytest.mark.parametrize(
    "text",
    [
        "ecephys_676909_2023-12-13_13:43:40",  # another spelling
        "ecephys_676909_20231213_13-43-40",
        "ecephys_676909_2023-W50-3_13-43-40",
        "ecephys_676909_2023-12-13_13-43+01",
        "ecephys_676909_2023-02-30_13-43-40",  # not in the calendar
        "ecephys_676909_2023-12-13_13-43-40 ",  # more than a name
        "ecephys_676909_2023-12-13_13-43-40_nwb",
        "_676909_2023-12-13_13-43-40",
        "sorted_676909_2023-12-13_13-43-40",  # no platform
        "ecephys_\u0666\u0667\u0666\u0669\u0660\u0669_2023-12-13_13-43-40",  # other digits
        "ecephys_67690_2023-12-13_13-43-40",
        "_".join(["676909"] * 3),
        "",
    ],
)
def test_other_texts_are_left_to_the_patterns(text: str) -> None:
    assert read_usual(text) is None


def test_annotations_of_values_can_be_read() -> None:
    assert get_type_hints(SessionId)["dt"] is datetime.datetime


def test_sessions_order_only_among_themselves() -> None:
    mixed: list[Any] = [SESSION, SESSION.id]
    with pytest.raises(TypeError):
        mixed.sort()


@given(
    st.builds(
        lambda name, tail: name.name + tail,
        asset_names,
        st.sampled_from(["", "/x", "a", "_b", "Z", "é", ".json"]),
    )
    | soups
)
def test_the_shortcut_for_usual_names_reads_as_the_search_does(text: str) -> None:
    text = grammar._unescape(text)
    assert grammar.locate(text) == grammar._search(text)
