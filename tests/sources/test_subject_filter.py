"""The records of a subject are found if they state it as text, as a number, or in their name."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session import Session, Subject, get_sessions, search, sessions
from aind_session.catalog.record_search import (
    get_codeocean_data_asset_ids_from_docdb,
    get_subject_docdb_records,
)
from aind_session.sources.memory import World
from aind_session.sources.subject_filter import of_subjects, subjects_in
from tests.conftest import Serve
from tests.worlds import empty_world, record, record_v2, uuid_of

NAME = "ecephys_676909_2024-01-01_10-00-00"
LATER = "ecephys_700001_2024-01-01_10-00-00"
OTHER = "ecephys_6769091_2024-01-01_10-00-00"

HOW = pytest.mark.parametrize(
    "subject",
    [
        {"subject": {"subject_id": 676909}},
        {"subject": {"subject_id": 676909.0}},
        {"subject": {"subject_id": None}},
        {"subject": None},
        {"subject": {}},
        {"subject": None, "data_description": {"subject_id": "676909", "data_level": "raw"}},
        {"subject": None, "data_description": {"subject_id": 676909, "data_level": "raw"}},
    ],
    ids=str,
)


def world_of(make: Any, version: str, subject: dict[str, Any]) -> World:
    world = empty_world()
    world.records[version] += [
        make(NAME, "s3://aind-open-data/x", uuid_of(1), **subject),
        make(OTHER, "s3://aind-open-data/y", uuid_of(2), subject={"subject_id": 6769091}),
        make(LATER, "s3://aind-open-data/z", subject=None),
    ]
    return world


@HOW
@pytest.mark.parametrize(("version", "make"), [("v1", record), ("v2", record_v2)])
def test_all_readers_find_the_record(
    serve: Serve, version: str, make: Any, subject: dict[str, Any]
) -> None:
    sources = serve(world_of(make, version, subject))
    assert [r["name"] for r in Subject(676909, sources=sources).docdb] == [NAME]
    assert [r["name"] for r in get_subject_docdb_records(676909, sources=sources)] == [NAME]
    assert [s.id for s in get_sessions(676909, sources=sources)] == [NAME]
    assert [s.id for s in Subject(676909, sources=sources).sessions] == [NAME]
    assert [s.id for s in search(subject=676909, sources=sources)] == [NAME]
    found = search(subject=["676909", "700001"], modality="behavior", sources=sources)
    assert len(found) == (1 if "data_description" in subject else 2)
    session = Session(NAME, sources=sources)
    assert session.docdb["name"] == NAME
    assert session.raw_data_dir.as_posix() == "s3://aind-open-data/x"
    assert session.is_uploaded


@HOW
def test_of_many_subjects_each_gets_its_records(serve: Serve, subject: dict[str, Any]) -> None:
    sources = serve(world_of(record, "v1", subject))
    many = sessions([NAME, OTHER, LATER], sources=sources)
    assert [s.raw_data_dir.as_posix() for s in many] == [
        "s3://aind-open-data/x",
        "s3://aind-open-data/y",
        "s3://aind-open-data/z",
    ]
    found = get_sessions(subject_ids=[676909, 6769091, 700001], sources=sources)
    assert [s.id for s in found] == [NAME, OTHER, LATER]


@HOW
def test_ids_that_records_of_a_subject_link_are_found(
    serve: Serve, subject: dict[str, Any]
) -> None:
    sources = serve(world_of(record, "v1", subject))
    assert get_codeocean_data_asset_ids_from_docdb(subject_id=676909, sources=sources) == [
        uuid_of(1)
    ]


def test_a_number_is_found_for_a_subject_with_leading_zeros(serve: Serve) -> None:
    name = "FIP_000163_2024-01-01_10-00-00"
    world = empty_world()
    world.records["v1"] += [record(name, "s3://aind-open-data/x", subject={"subject_id": 163})]
    sources = serve(world)
    assert [r["name"] for r in Subject("000163", sources=sources).docdb] == [name]
    many = sessions([name, NAME], sources=sources)
    assert many[0].raw_data_dir.name == "x"


def test_a_number_is_found_for_each_of_two_subjects_that_differ_in_zeros(serve: Serve) -> None:
    name, other = "FIP_000163_2024-01-01_10-00-00", "FIP_163_2024-01-02_10-00-00"
    world = empty_world()
    world.records["v1"] += [
        record(name, "s3://aind-open-data/x", subject={"subject_id": 163}),
        record(other, "s3://aind-open-data/y", subject={"subject_id": "163"}),
    ]
    many = sessions([name, other], sources=serve(world))
    assert [session.raw_data_dir.name for session in many] == ["x", "y"]


def test_the_letters_of_a_subject_are_no_pattern(serve: Serve) -> None:
    world = empty_world()
    world.records["v1"] += [
        record("ecephys_H17.24_2024-01-01_10-00-00", "s3://a/x", subject=None),
        record("ecephys_H17x24_2024-01-01_10-00-00", "s3://a/y", subject=None),
    ]
    found = Subject("H17.24", sources=serve(world)).docdb
    assert [r["location"] for r in found] == ["s3://a/x"]


def test_a_filter_tells_its_subjects() -> None:
    assert subjects_in(of_subjects(["000163", "M2501"])) == ["000163", "M2501"]
    assert subjects_in({**of_subjects(["163"]), "name": "x"}) is None
    assert subjects_in({"subject.subject_id": "163"}) is None
