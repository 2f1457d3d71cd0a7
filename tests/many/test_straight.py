"""Rows that nightly tables tell, beside rows of sessions that they do not know."""

from __future__ import annotations

from typing import Any

from aind_session import sessions
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.nightly import add_tables
from tests.worlds import asset, empty_world, raw, record_v2, uuid_of

OLD = "ecephys_700001_2024-01-01_10-00-00"
TODAY = "ecephys_700001_2024-01-02_10-00-00"


def world() -> World:
    """A session that the tables know, and one that came after they were made; both sorted."""
    made = empty_world()
    for number, name in ((1, OLD), (2, TODAY)):
        sorted_name = f"{name}_sorted_2024-02-01_00-00-00"
        derived: Any = {"data_level": "derived", "source_data": [name]}
        made.assets += [raw(number, name), asset(number + 2, sorted_name)]
        made.records["v2"] += [
            record_v2(name, f"s3://aind-open-data/{name}", uuid_of(number)),
            record_v2(sorted_name, None, uuid_of(number + 2), data_description=derived),
        ]
        if name == OLD:
            add_tables(made)
    return made


def test_what_the_tables_do_not_know_is_asked_for_beside_what_they_know(serve: Serve) -> None:
    many = sessions(OLD, TODAY, source=("table", "servers"), sources=serve(world()))
    for column, of_old, of_today in (
        ("derived", [f"{OLD}_sorted_2024-02-01_00-00-00"], [f"{TODAY}_sorted_2024-02-01_00-00-00"]),
        ("raw_asset_id", uuid_of(1), uuid_of(2)),
        ("derived_assets", 1, 1),
    ):
        rows = [{"id": OLD, column: of_old}, {"id": TODAY, column: of_today}]
        assert many.to_records(["id", column]) == rows


def test_the_place_is_that_of_the_record_that_has_one(serve: Serve) -> None:
    made = empty_world()
    later = {"_created": "2026-01-01T00:00:00Z"}
    made.records["v2"] += [
        record_v2(OLD, f"s3://aind-open-data/{OLD}", uuid_of(1)),
        {**record_v2(OLD, None, uuid_of(1), **later), "_id": "without a place"},
    ]
    made.assets.append(raw(1, OLD))
    add_tables(made)
    rows = sessions(OLD, source="table", sources=serve(made)).to_records(["raw_dir"])
    assert rows == [{"raw_dir": f"s3://aind-open-data/{OLD}"}]
