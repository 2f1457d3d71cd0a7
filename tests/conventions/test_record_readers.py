"""Each reader of metadata records, with all forms of records."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from aind_session.conventions.records import (
    is_raw_record,
    linked_asset_ids,
    pick_raw_record,
    record_birth,
    record_data_level,
    record_end_time,
    record_genotype,
    record_inputs,
    record_location,
    record_modalities,
    record_platform,
    record_project,
    record_start_time,
    record_subject_id,
)


def of_description(**fields: Any) -> dict[str, Any]:
    return {"data_description": fields}


@pytest.mark.parametrize(
    ("read", "record", "expected"),
    [
        (record_subject_id, {"subject": {"subject_id": "123456"}}, "123456"),
        (record_subject_id, {"subject": {"subject_id": 123456}}, "123456"),
        (record_subject_id, {"subject": {"subject_id": ""}}, None),
        (record_subject_id, {"subject": {"subject_id": 1.5}}, None),
        (record_subject_id, {"subject": None, **of_description(subject_id="7")}, "7"),
        (
            record_subject_id,
            {"subject": {"subject_id": "1"}, **of_description(subject_id="2")},
            "1",
        ),
        (record_subject_id, {}, None),
        (record_project, of_description(project_name="Cell Type"), "Cell Type"),
        (record_project, of_description(project_name=5), None),
        (record_project, {"data_description": "x"}, None),
        (record_platform, of_description(platform={"abbreviation": "ecephys"}), "ecephys"),
        (record_platform, of_description(platform="ecephys"), None),
        (record_platform, of_description(platform={"abbreviation": None}), None),
        (record_platform, of_description(platform={"abbreviation": 5}), None),
        (record_birth, {"subject": {"date_of_birth": "2022-10-24"}}, datetime.date(2022, 10, 24)),
        (
            record_birth,
            {"subject": {"subject_details": {"date_of_birth": "2025-07-29"}}},
            datetime.date(2025, 7, 29),
        ),
        (record_birth, {"subject": {"date_of_birth": "spring"}}, None),
        (record_birth, {}, None),
        (record_start_time, {}, None),
        (record_end_time, {"session": None, "acquisition": {}}, None),
        (record_genotype, {"subject": {"genotype": "wt/wt"}}, "wt/wt"),
        (record_genotype, {"subject": {"subject_details": {"genotype": "Chat"}}}, "Chat"),
        (
            record_genotype,
            {"subject": {"genotype": None, "subject_details": {"genotype": "Chat"}}},
            "Chat",
        ),
        (record_genotype, {"subject": {"genotype": ["x"]}}, None),
        (record_data_level, of_description(data_level="raw"), "raw"),
        (record_data_level, of_description(data_level="raw data"), "raw"),
        (record_data_level, of_description(data_level="derived"), "derived"),
        (record_data_level, of_description(data_level="raw level"), "raw"),
        (record_data_level, of_description(data_level="Derived Data"), "derived"),
        (record_data_level, of_description(data_level="simulated"), "simulated"),
        (record_data_level, of_description(data_level="withdrawn"), "withdrawn"),
        (record_data_level, of_description(data_level=["raw"]), None),
        (record_data_level, of_description(data_level=""), None),
        (record_data_level, of_description(data_level=None), None),
        (record_modalities, of_description(modality=None), ()),
        (record_modalities, of_description(modality="ecephys"), ("ecephys",)),
        (
            record_modalities,
            of_description(modality=[{"abbreviation": "fib"}, "behavior", {"name": "x"}, ""]),
            ("behavior", "fib"),
        ),
        (record_modalities, of_description(modalities=[{"abbreviation": "SPIM"}]), ("SPIM",)),
        (record_inputs, of_description(source_data=["b", " a ", "b", "", None]), ("b", "a")),
        (record_inputs, of_description(source_data=None, input_data_name="raw"), ("raw",)),
        (record_inputs, of_description(), ()),
        (linked_asset_ids, {"external_links": {"Code Ocean": ["b", "a"]}}, ("b", "a")),
        (linked_asset_ids, {"external_links": [{"Code Ocean": "a"}, {"x": "b"}]}, ("a",)),
        (linked_asset_ids, {"other_identifiers": {"Code Ocean": ["a"], "DANDI": ["b"]}}, ("a",)),
        (
            linked_asset_ids,
            {"external_links": {"Code Ocean": "a"}, "other_identifiers": {"Code Ocean": ["a"]}},
            ("a",),
        ),
        (linked_asset_ids, {"external_links": {"Code Ocean": ["../x", "a/b", "a?b", 5]}}, ()),
        (linked_asset_ids, {"external_links": []}, ()),
    ],
)
def test_each_reader(
    read: Callable[[dict[str, Any]], Any], record: dict[str, Any], expected: Any
) -> None:
    assert read(record) == expected


PACIFIC, IN_UTC = "2023-12-13T13:43:40-08:00", "2023-12-13T21:43:40+00:00"


@pytest.mark.parametrize(
    "record",
    [
        {"session": {"session_start_time": PACIFIC, "session_end_time": PACIFIC}},
        {"acquisition": {"session_start_time": PACIFIC, "session_end_time": PACIFIC}},
        {"acquisition": {"acquisition_start_time": PACIFIC, "acquisition_end_time": PACIFIC}},
        {
            "session": {"session_start_time": PACIFIC, "session_end_time": PACIFIC},
            "acquisition": {"acquisition_start_time": "2001-01-01", "acquisition_end_time": "2001"},
        },
    ],
)
def test_when_data_were_acquired(record: dict[str, Any]) -> None:
    start, end = record_start_time(record), record_end_time(record)
    assert start is not None
    assert end is not None
    assert (start.isoformat(), end.isoformat()) == (IN_UTC, IN_UTC)


def test_start_and_end_are_distinguished() -> None:
    acquired = {"acquisition_start_time": "2024-01-01T00:00:00", "acquisition_end_time": None}
    record = {"acquisition": acquired, "session": {"session_end_time": "soon"}}
    assert record_start_time(record) == datetime.datetime(
        2024, 1, 1
    )  # naive, since it states no zone
    assert record_end_time(record) is None


@pytest.mark.parametrize(
    ("name", "level", "expected"),
    [
        ("ecephys_1_2024-01-01_10-00-00", "derived", True),  # a bare name is raw
        ("ecephys_1_2024-01-01_10-00-00_raw_data", None, True),
        ("ecephys_1_2024-01-01_10-00-00_sorted_curated", "derived", False),
        ("ecephys_1_2024-01-01_10-00-00_sorted_2024-02-01_10-00-00", "raw", False),
        ("some text", "raw", False),
        (None, "raw", False),
    ],
)
def test_which_records_are_raw(name: Any, level: Any, expected: bool) -> None:
    record = {"name": name, "data_description": {"data_level": level}}
    assert is_raw_record(record) is expected


def test_of_raw_records_the_latest_registered_counts() -> None:
    name = "ecephys_1_2024-01-01_10-00-00"
    found = [
        {"name": name, "created": "2024-03-01", "_id": "a"},
        {"name": f"{name}_sorted_2024-02-01_10-00-00", "created": "2024-05-01", "_id": "b"},
        {"name": name, "created": "2024-04-01", "_id": "c"},
        {"name": name, "_id": "d"},
    ]
    picked = pick_raw_record(found)
    assert picked is not None
    assert picked["_id"] == "c"
    assert pick_raw_record(found[1:2]) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket/key", "s3://bucket/key"),
        ("s3://bucket/a/b/", "s3://bucket/a/b"),
        ("gs://bucket/key", "gs://bucket/key"),
        ("s3://bucket", None),
        ("s3://bucket/", None),
        ("https://bucket/key", None),
        ("bucket/key", None),
        (None, None),
    ],
)
def test_the_place_of_a_record(text: Any, expected: str | None) -> None:
    found = record_location({"location": text})
    assert (found and str(found)) == expected


@pytest.mark.parametrize(
    ("level", "read"),
    [
        ("raw", "raw"),
        ("raw data", "raw"),
        ("derived", "derived"),
        ("", None),
        (5, None),
        ([], None),
    ],
)
def test_a_data_level_is_a_text(level: Any, read: str | None) -> None:
    assert record_data_level(of_description(data_level=level)) == read


@pytest.mark.parametrize("odd", [5, "", None, {}, [5], {"abbreviation": 5}])
def test_what_is_no_text_is_no_modality(odd: Any) -> None:
    named = {"abbreviation": "fib"}
    assert record_modalities(of_description(modality=[named, odd])) == ("fib",)
