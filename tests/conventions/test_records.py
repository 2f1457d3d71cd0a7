"""Metadata records are read in all their forms."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session import Session, Subject
from aind_session.conventions.records import (
    once,
    pick_raw_record,
    record_created,
    records_by_creation,
)
from aind_session.sources.bodies import data_asset
from aind_session.sources.protocols import Body
from aind_session.testing import FakeAIND
from tests.conftest import Serve


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-20T21:13:53.068424", "2024-06-20T21:13:53.068424"),
        ("2024-06-20T21:13:53Z", "2024-06-20T21:13:53.000000"),
        ("2024-06-20T21:13:53.5Z", "2024-06-20T21:13:53.500000"),
        ("2024-06-20T21:13:53.123456789Z", "2024-06-20T21:13:53.123456"),
        ("2024-06-20 14:13:53-07:00", "2024-06-20T21:13:53.000000"),
        ("2024-06-20T21:13Z", "2024-06-20T21:13:00.000000"),
        ("2024-06-20", "2024-06-20T00:00:00.000000"),
        ("2024-06-31", ""),
        ("2024-06-20T25:00:00Z", ""),
        ("2024-06", ""),
        ("2024-06-20-07:00", ""),
        ("soon", ""),
        (None, ""),
        (1718918033, ""),
    ],
)
def test_the_time_of_registration_is_read_in_utc(text: object, expected: str) -> None:
    assert record_created({"created": text}) == expected
    assert record_created({"_created": text}) == expected


def test_records_are_in_order_of_registration_whatever_the_form_of_their_times() -> None:
    times = [
        None,
        "2024-06-19",
        "2024-06-20T00:00:00.5Z",
        "2024-06-20T00:00:01",
        "2024-06-19T20:00:00-07:00",
    ]
    records = [{"_id": str(9 - at), "created": time} for at, time in enumerate(times)]
    assert records_by_creation(reversed(records)) == records


S = "ecephys_123456_2024-01-01_10-00-00"


def written(id_: str, day: int = 1, name: str = S, place: str = "s3://b/x", **more: Any) -> Body:
    """Return a record of v1, registered on a day of June 2024."""
    created = f"2024-06-{day:02}T00:00:00"
    return {"_id": id_, "name": name, "location": place, "created": created, **more}


def written_v2(id_: str, day: int = 1, name: str = S, place: str = "s3://b/x") -> Body:
    record = written(id_, day, name, place)
    return {**record, "_created": f"{record.pop('created')}Z"}


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ([written("v1"), written_v2("v2", 9)], ["v1"]),
        ([written_v2("v2", 9), written("v1")], ["v1"]),
        ([written("older", 1), written("newer", 2)], ["newer"]),
        ([written("newer", 2), written("older", 1)], ["newer"]),
        ([written_v2("older", 1), written_v2("newer", 2)], ["newer"]),
        ([written("a"), written("b", place="s3://b/x/")], ["b"]),
        ([written("a"), written_v2("b", name=S.removeprefix("ecephys_"))], ["a"]),
        ([written("raw"), written("sorted", name=f"{S}_sorted_2024-02-01_02-00-00")],
         ["raw", "sorted"]),
        ([written("a"), written("b", name=S.replace("ecephys", "behavior"))], ["a", "b"]),
        ([written("a"), written_v2("b", name=S.removeprefix("ecephys_")),
          written("c", name=S.replace("ecephys", "behavior"))], ["a", "b", "c"]),
        ([written("a"), written("b", place="s3://c/x")], ["a", "b"]),
        ([{"_id": "a", "name": S}, {"_id": "b", "name": S}], ["a", "b"]),
        ([], []),
    ],
)  # fmt: skip
def test_twins_are_one_record_of_the_same_data_at_one_place(
    found: list[Body], kept: list[str]
) -> None:
    assert [record["_id"] for record in once(found)] == kept


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ([written("v1", 1), written_v2("v2", 9)], "v1"),
        ([written("older", 1), written("newer", 2)], "newer"),
        ([written("raw", 1), written("x", 9, name=f"{S}_nwb_2024-02-01_02-00-00")], "raw"),
        ([written("raw", 1), written("copy", 9, name=f"{S} copy")], "raw"),
        ([written("raw", 1), written("zip", 9, name=f"{S}.zip")], "raw"),
        ([written("raw", 1), written("x", 9, name=f"{S}_\u00fcber_2024-02-01_02-00-00")], "raw"),
        ([written("copy", 9, name=f"{S} copy")], "copy"),
        ([written("blank", 1, name=f" {S} "), written("copy", 9, name=f"{S} copy")], "blank"),
        ([written_v2("v2", 1)], "v2"),
        ([], None),
    ],
)
def test_of_several_records_v1_counts_then_the_one_registered_last(
    found: list[Body], chosen: str | None
) -> None:
    winner = pick_raw_record(found)
    assert (winner and winner["_id"]) == chosen


def test_v1_and_v2_with_two_places_give_one_answer(serve: Serve) -> None:
    world = FakeAIND().world
    world.records["v1"].append(written("v1", 1, place="s3://aind-open-data/old"))
    world.records["v2"].append(written_v2("v2", 9, place="s3://aind-private-data-prod-o5171v/new"))
    for record in (*world.records["v1"], *world.records["v2"]):
        record["subject"] = {"subject_id": "123456"}
    session = Session(S, sources=serve(world))
    assert session.docdb["_id"] == "v1"
    assert session.raw_data_dir.as_posix() == "s3://aind-open-data/old"
    place = next(choice for choice in session.explain().choices if choice.about == "raw_data_dir")
    assert place.winner == "s3://aind-open-data/old"


def test_raw_and_derived_records_of_one_place_are_both_the_subjects(serve: Serve) -> None:
    world = FakeAIND().world
    world.records["v1"] += [
        written("raw", 1, subject={"subject_id": "123456"}),
        written("older", 2, f"{S}_nwb_2024-02-01_02-00-00", subject={"subject_id": "123456"}),
        written("newer", 3, f"{S}_nwb_2024-02-01_02-00-00", subject={"subject_id": "123456"}),
    ]
    records = Subject(123456, sources=serve(world)).docdb
    assert [record["_id"] for record in records] == ["raw", "newer"]


@pytest.mark.parametrize("subject", [{"subject_id": 123456}, {"subject_id": None}, None])
@pytest.mark.parametrize("described", [None, {"subject_id": "123456", "data_level": "raw"}])
def test_a_record_that_names_its_subject_oddly_is_found_by_its_name(
    serve: Serve, subject: Any, described: Any
) -> None:
    world = FakeAIND().world
    record = written("odd", subject=subject, data_description=described, place="s3://elsewhere/x")
    asset = data_asset("00000000-0000-4000-8000-000000000001", "my upload", 1)
    world.records["v1"].append({**record, "external_links": {"Code Ocean": [asset["id"]]}})
    world.assets.append(asset)
    session = Session(S, sources=serve(world))
    assert session.docdb["_id"] == "odd"
    assert session.raw_data_dir.as_posix() == "s3://elsewhere/x"
    assert session.is_uploaded
    assert session.raw_data_asset.name == "my upload"


def test_records_of_one_moment_are_sorted_by_their_id() -> None:
    moment = "2024-06-20T21:13:53Z"
    records = [
        {"_id": "b", "created": moment},
        {"_id": "c", "created": "2024-06-19"},
        {"_id": "a", "_created": moment},
        {"_id": "d"},
    ]
    assert [record["_id"] for record in records_by_creation(records)] == ["d", "c", "a", "b"]


def test_records_of_one_unreadable_place_are_of_one_thing() -> None:
    name = "ecephys_700001_2024-01-01_10-00-00"
    one = {"_id": "one", "version": "v1", "name": name, "location": "the second shelf"}
    twin = {**one, "_id": "twin", "version": "v2"}
    elsewhere = {**one, "_id": "elsewhere", "location": "the third shelf"}
    assert [record["_id"] for record in once([twin, one, elsewhere])] == ["one", "elsewhere"]
