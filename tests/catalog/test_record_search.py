"""Searches for metadata records, and the assets that they link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    UnavailableError,
    extract_codeocean_data_asset_ids_from_docdb_record,
    get_codeocean_data_asset_ids_from_docdb,
    get_docdb_record,
    get_subject_docdb_records,
)
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.catalog.test_asset_search import INTERNAL, NAME, world
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, record, record_v2, uuid_of


class TestRecords:
    def world(self) -> World:
        found = world(2)
        first = record(NAME, f"s3://b/{NAME}", uuid_of(1))
        later = {**record(NAME, "s3://c/x", uuid_of(1)), "created": "2025-01-01T00:00:00Z"}
        kept = record(f"{NAME}_sorted_2024-02-02_00-00-00", f"s3://{INTERNAL}/{uuid_of(2)}")
        kept["subject"] = {"subject_id": "700001"}
        found.records["v1"] += [later, first, kept]
        return found

    def test_by_name_the_newest(self, serve: Serve) -> None:
        found = get_docdb_record(NAME, ttl_hash=1, sources=serve(self.world()))
        assert found["location"] == "s3://c/x"

    def test_by_id_through_link_place_and_name(self, serve: Serve) -> None:
        found = self.world()
        found.assets.append(asset(5, NAME))
        sources = serve(found)
        assert get_docdb_record(uuid_of(1), sources=sources)["location"] == "s3://c/x"
        assert "sorted" in get_docdb_record(uuid_of(2), sources=sources)["name"]
        assert get_docdb_record(uuid_of(5), sources=sources)["name"] == NAME

    def test_schema_v2_answers_where_v1_has_nothing(self, serve: Serve) -> None:
        bare = NAME.removeprefix("ecephys_")
        found = self.world()
        later = {**record_v2(bare, "s3://d/x", uuid_of(7)), "_created": "2025-08-01T00:00:00Z"}
        found.records["v2"] += [later, record_v2(bare, "s3://d/y", uuid_of(8))]
        found.records["v2"] += [record_v2(NAME, "s3://d/z", uuid_of(1))]
        sources = serve(found)
        assert get_docdb_record(bare, sources=sources)["location"] == "s3://d/x"
        assert get_docdb_record(uuid_of(8), sources=sources)["location"] == "s3://d/y"
        assert get_docdb_record(uuid_of(1), sources=sources)["location"] == "s3://c/x"
        ids = get_codeocean_data_asset_ids_from_docdb(f"{bare}", sources=sources)
        assert ids == [uuid_of(1), uuid_of(1)]  # v1 has records with this part of a name
        found.records["v1"].clear()
        ids = get_codeocean_data_asset_ids_from_docdb(bare, sources=serve(found))
        assert ids == [uuid_of(8), uuid_of(1), uuid_of(7)]

    def test_none_is_empty_and_an_outage_is_an_error(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(self.world())
        assert get_docdb_record("none", sources=impatient()) == {}
        assert get_docdb_record(uuid_of(9), sources=impatient()) == {}
        platform.fail("docdb", status=503)
        with pytest.raises(UnavailableError):
            get_docdb_record(NAME, sources=impatient())

    def test_all_of_a_subject_by_creation(self, serve: Serve) -> None:
        found = get_subject_docdb_records(700001, sources=serve(self.world()))
        assert [r["created"][:4] for r in found] == ["2024", "2024", "2025"]

    def test_linked_ids(self, serve: Serve) -> None:
        sources = serve(self.world())
        for criteria in ({"partial_name": NAME}, {"subject_id": 700001}):
            found = get_codeocean_data_asset_ids_from_docdb(**criteria, sources=sources)
            assert found == [uuid_of(1), uuid_of(1)]
        with pytest.raises(ValueError, match="partial_name or subject_id"):
            get_codeocean_data_asset_ids_from_docdb(sources=sources)

    @pytest.mark.parametrize(
        ("links", "expected"),
        [
            ({"external_links": {"Code Ocean": ["a", "b"]}}, ("a", "b")),
            ({"external_links": [{"Code Ocean": "a"}, {"Code Ocean": "b"}]}, ("a", "b")),
            ({"other_identifiers": {"Code Ocean": ["a"]}}, ("a",)),
            ({"external_links": {}}, ()),
            ({"external_links": None}, ()),
            ({"external_links": {"Code Ocean": None}}, ()),
        ],
    )
    def test_links_in_each_form(self, links: dict[str, Any], expected: tuple[str, ...]) -> None:
        assert extract_codeocean_data_asset_ids_from_docdb_record(links) == expected

    def test_what_is_no_record_is_refused(self) -> None:
        with pytest.raises(TypeError, match="metadata record"):
            extract_codeocean_data_asset_ids_from_docdb_record([])  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="'name'"):
            extract_codeocean_data_asset_ids_from_docdb_record({"name": "x"})
