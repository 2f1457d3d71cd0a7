"""Names of captured results: the name that the results state, if it is well-formed."""

from __future__ import annotations

import datetime
import json

import pytest

from aind_session.conventions.capture_names import (
    capture_metadata,
    capture_tags,
    described_name,
    end_of,
)

SESSION = "ecephys_676909_2023-12-13_13-43-40"


@pytest.mark.parametrize(
    ("described", "name"),
    [
        ({"name": f"{SESSION}_sorted_2024-03-01_16-02-45", "data_level": "derived"}, True),
        (
            {
                "name": "676909_2023-12-13_13-43-40_sorted-ks4_2024-03-01_16-02-45",
                "data_level": "derived",
            },
            True,
        ),
        ({"name": f"{SESSION}_sorted_2024-03-01_16-02-45", "data_level": "raw"}, False),
        ({"name": SESSION, "data_level": "derived"}, False),
        ({"name": f"{SESSION}_sorted", "data_level": "derived"}, False),
        ({"name": f"x {SESSION}_sorted_2024-03-01_16-02-45", "data_level": "derived"}, False),
        (
            {
                "name": "ecephys_676910_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45",
                "data_level": "derived",
            },
            False,
        ),
        ({"name": 5, "data_level": "derived"}, False),
        ([], False),
    ],
)
def test_a_description_names_derived_data_of_this_session(
    described: dict[str, object], *, name: bool
) -> None:
    expected = described["name"] if name else None
    assert described_name(json.dumps(described).encode(), SESSION) == expected


def test_what_is_no_json_names_nothing() -> None:
    assert described_name(b"{", SESSION) is None
    assert described_name(b"\xff", SESSION) is None


def test_the_end_is_start_and_duration() -> None:
    assert end_of(1_710_962_968, 84_184) == datetime.datetime(2024, 3, 21, 18, 52, 32)
    assert end_of(1_710_962_968, None) == datetime.datetime(2024, 3, 20, 19, 29, 28)


def test_tags_and_metadata() -> None:
    assert capture_tags(SESSION, None, ["derived", "ks4"]) == [
        "derived",
        "ecephys",
        "676909",
        "ks4",
    ]
    assert capture_tags("676909_2023-12-13_13-43-40", None) == ["derived", "676909"]
    assert capture_metadata(SESSION, None) == {"data level": "derived", "subject id": "676909"}


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff", b"5"])
def test_a_description_that_cannot_be_read_states_no_name(content: bytes) -> None:
    assert described_name(content, "ecephys_700001_2024-01-01_10-00-00") is None
