"""Searches find data assets and records by name, subject and text, over all pages, once each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    LeftOutWarning,
    SourceDirNotFoundError,
    SourceDownWarning,
    UnavailableError,
    get_codeocean_model,
    get_data_asset_model,
    get_data_asset_search_query,
    get_data_asset_source_dir,
    get_data_assets,
    get_normalized_uuid,
    get_source_dir_by_name,
    get_subject_data_assets,
    is_raw_data_asset,
    search_data_assets,
    sort_by_created,
)
from aind_session.sources import remote_sources, use_sources
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"
INTERNAL = "codeocean-s3datasetsbucket-1u41qdg42ur9"


def world(number: int = 3) -> World:
    found = empty_world()
    found.assets.append(raw(1, NAME))
    found.assets += [
        asset(n, f"{NAME}_sorted_2024-02-{n:02}_00-00-00", type="result")
        for n in range(2, number + 1)
    ]
    return found


class TestSearch:
    def test_the_query_is_in_code_oceans_language(self) -> None:
        query = get_data_asset_search_query(
            name=NAME, subject_id=700001, tag=["a", "b"], description="x"
        )
        assert query == "name:ecephys_700001_2024- subject id:700001 tag:a tag:b description:x"
        assert get_data_asset_search_query(tag="a") == "tag:a"
        assert get_data_asset_search_query() == ""

    def test_all_pages_are_given_each_asset_once(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(world(25))
        platform.page_size_cap = 10
        platform.repeated_hits = 1
        found = search_data_assets({"query": "subject id:700001"}, sources=remote_sources())
        assert sorted(a.id for a in found) == [uuid_of(n) for n in range(1, 26)]
        assert platform.count() == 3

    def test_a_limit_of_pages_is_an_error_or_a_warning(self, serve: Serve) -> None:
        sources = serve(world(5))
        params = {"query": "subject id:700001"}
        with pytest.raises(ValueError, match="more than 2 data assets"):
            search_data_assets(params, page_size=2, max_pages=1, sources=sources)
        with pytest.warns(LeftOutWarning, match="more than 2"):
            found = search_data_assets(
                params, page_size=2, max_pages=1, raise_on_page_limit=False, sources=sources
            )
        assert len(found) == 2

    def test_bodies_are_given_as_they_were_sent(self, serve: Serve) -> None:
        found = search_data_assets({"query": NAME[:19]}, True, sources=serve(world(1)))
        assert [body["id"] for body in found] == [uuid_of(1)]

    def test_the_sdks_class_is_taken(self, serve: Serve) -> None:
        from codeocean.data_asset import DataAssetSearchParams

        params = DataAssetSearchParams(query="subject id:700001", limit=1, offset=1)
        assert len(search_data_assets(params, sources=serve(world(3)))) == 3

    def test_other_parameters_than_these_are_refused(self) -> None:
        with pytest.raises(TypeError, match="DataAssetSearchParams"):
            search_data_assets(5)

    def test_an_unknown_field_is_refused(self, serve: Serve) -> None:
        with pytest.raises(TypeError, match=r"'colour'.*query"):
            search_data_assets({"colour": "red"}, sources=serve(world()))

    @pytest.mark.parametrize("filters", ["name", {"key": "name"}, [{"key": "name"}, 5], [5]])
    def test_filters_are_a_list_of_objects(self, filters: Any) -> None:
        with pytest.raises(TypeError, match="the filters of a search must be a list of dicts, not"):
            search_data_assets({"filters": filters})

    def test_pages_are_counted_here_and_not_by_the_parameters(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(world(3))
        params = {"query": "subject id:700001", "limit": 1, "offset": 2, "next_token": "x"}
        assert len(search_data_assets(params, sources=remote_sources())) == 3
        (request,) = platform.requests
        sent = json.loads(request.body)
        assert (sent["offset"], sent["next_token"]) == (None, None)
        assert sent["limit"] > 1

    def test_names_are_compared_as_a_whole(self, serve: Serve) -> None:
        found = world(4)
        found.assets.append(asset(9, NAME.upper()))
        sources = serve(found)
        assert [a.id for a in get_data_assets(NAME, sources=sources)] == [
            uuid_of(n) for n in (1, 2, 3, 4)
        ]
        assert [a.id for a in get_data_assets(f"{NAME}_sorted_2024-02-03", sources=sources)] == [
            uuid_of(3)
        ]
        with pytest.raises(ValueError, match="search_data_assets"):
            get_data_assets(NAME, query="x", sources=sources)


class TestOfASubject:
    def test_searches_and_links_are_united(self, serve: Serve) -> None:
        found = world(2)
        found.assets.append(asset(7, "something else", custom_metadata={}))
        found.records["v1"].append(record(NAME, "s3://b/x", uuid_of(1), uuid_of(7)))
        both = get_subject_data_assets("700001", ttl_hash=1, sources=serve(found))
        assert [a.id for a in both] == [uuid_of(1), uuid_of(2), uuid_of(7)]

    def test_linked_assets_that_are_closed_or_gone_hide_nothing(self, serve: Serve) -> None:
        found = world(2)
        found.assets.append(asset(7, "closed", custom_metadata={}))
        found.hidden = {uuid_of(7)}
        found.records["v1"].append(record(NAME, "s3://b/x", uuid_of(7), uuid_of(8)))
        both = get_subject_data_assets(700001, sources=serve(found))
        assert [a.id for a in both] == [uuid_of(1), uuid_of(2)]

    def test_parameters_narrow_the_search(self, serve: Serve) -> None:
        found = get_subject_data_assets(700001, type="result", sources=serve(world(2)))
        assert uuid_of(2) in [a.id for a in found]

    def test_docdb_down_is_a_warning_of_linked_assets_that_may_be_missing(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        stand_in(world(2)).fail("docdb", status=503)
        with pytest.warns(SourceDownWarning, match=r"^data assets of subject 700001 was answered"):
            found = get_subject_data_assets(700001, sources=impatient())
        assert [a.id for a in found] == [uuid_of(1), uuid_of(2)]

    def test_code_ocean_down_is_an_error(self, stand_in: Callable[..., Platform]) -> None:
        stand_in(world(2)).fail("code_ocean", status=503)
        with pytest.raises(UnavailableError):
            get_subject_data_assets(700001, sources=impatient())


class TestLookup:
    def test_ids_in_any_form(self) -> None:
        text = uuid_of(1)
        forms: list[Any] = [text, text.upper(), text.replace("-", ""), uuid.UUID(text)]
        assert {get_normalized_uuid(form) for form in forms} == {text}
        with pytest.raises(ValueError, match="'x'"):
            get_normalized_uuid("x")
        with pytest.raises(TypeError, match="3"):
            get_normalized_uuid(3)

    def test_an_asset_is_not_asked_for_again(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(world(1))
        sources = remote_sources()
        asset = get_data_asset_model(uuid_of(1), sources=sources)
        assert get_data_asset_model(asset, sources=sources) is asset
        assert platform.count() == 1

    def test_what_is_not_there_is_a_value_error(self, serve: Serve) -> None:
        with pytest.raises(ValueError, match=uuid_of(9)) as caught:
            get_data_asset_model(uuid_of(9), sources=serve(world()))
        assert isinstance(caught.value, AssetNotFoundError)

    def test_an_id_is_of_an_asset_or_of_a_computation(self, serve: Serve) -> None:
        found = world(1)
        run = {"id": uuid_of(8), "name": "r", "state": "running", "created": 1, "run_time": 0}
        found.computations["c"] = [run]
        sources = serve(found)
        assert get_codeocean_model(uuid_of(1), sources=sources).name == NAME
        assert get_codeocean_model(uuid_of(8), sources=sources).name == "r"
        assert get_codeocean_model(uuid_of(8), is_computation=True, sources=sources).name == "r"
        with pytest.raises(ValueError, match=uuid_of(7)):
            get_codeocean_model(uuid_of(7), sources=sources)

    def test_a_computation_is_never_served_from_the_cache(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        found = world(1)
        run = {"id": uuid_of(8), "name": "r", "state": "running", "created": 1, "run_time": 0}
        found.computations["c"] = [run]
        stand_in(found)
        sources = remote_sources()
        states = []
        for state in ("running", "completed"):
            run["state"] = state
            states.append(get_codeocean_model(uuid_of(8), True, sources=sources).state)
        assert states == ["running", "completed"]

    def test_sorting_takes_assets_and_ids(self, serve: Serve) -> None:
        found = world(3)
        found.hidden = {uuid_of(2)}
        with use_sources(serve(found)), pytest.warns(LeftOutWarning, match=uuid_of(2)):
            ordered = sort_by_created([uuid_of(3), uuid_of(2), uuid_of(1)])
        assert [model.id for model in ordered] == [uuid_of(1), uuid_of(3)]

    def test_raw_data_are_recognized_from_the_asset_or_its_id(self, serve: Serve) -> None:
        with use_sources(serve(world(2))):
            assert is_raw_data_asset(uuid_of(1))
            assert not is_raw_data_asset(get_data_asset_model(uuid_of(2)))


class TestDirectories:
    def test_an_external_asset_says_where_it_is(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(world(1))
        found = get_data_asset_source_dir(uuid_of(1), sources=remote_sources())
        assert found.as_posix() == f"s3://aind-open-data/{NAME}"
        assert platform.count("s3") == 0

    def test_an_internal_one_is_in_code_oceans_bucket(self, serve: Serve) -> None:
        found = world(2)
        found.objects[INTERNAL][f"{uuid_of(2)}/x"] = b""
        where = get_data_asset_source_dir(uuid_of(2), sources=serve(found))
        assert where.as_posix() == f"s3://{INTERNAL}/{uuid_of(2)}"

    def test_one_that_is_elsewhere_is_found_by_its_name(self, serve: Serve) -> None:
        found = world(2)
        name = found.assets[-1]["name"]
        found.objects["aind-ephys-data"][f"{name}/x"] = b""
        sources = serve(found)
        where = get_data_asset_source_dir(uuid_of(2), sources=sources)
        assert where.as_posix() == f"s3://aind-ephys-data/{name}"
        assert get_source_dir_by_name(f"/{name}/", sources=sources).as_posix() == where.as_posix()

    def test_nowhere_is_a_file_not_found_that_names_the_buckets(self, serve: Serve) -> None:
        sources = serve(world(2))
        with pytest.raises(FileNotFoundError, match=r"(?s)7 buckets.*AIND_SESSION_BUCKETS"):
            get_data_asset_source_dir(uuid_of(2), sources=sources)
        with pytest.raises(
            SourceDirNotFoundError, match="7 buckets, none: nothing there"
        ) as caught:
            get_source_dir_by_name("none", sources=sources)
        assert caught.value.searched[-1].place == "s3://aind-ophys-data/none"


def test_a_closed_asset_is_distinguished_from_a_missing_one(serve: Serve) -> None:
    found = world(1)
    found.hidden = {uuid_of(1)}
    with pytest.raises(AccessDeniedError):
        get_data_asset_model(uuid_of(1), sources=serve(found))
