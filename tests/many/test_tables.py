"""Tables report missing values, and tell good results from later failed ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    AindSessionError,
    AssetNotFoundError,
    LeftOutWarning,
    RemoteError,
    Session,
    SourceDownWarning,
    sessions,
)
from aind_session import strict as in_strict
from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.sources import bodies, memory_sources, remote_sources
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.nightly import add_tables
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

NAME = "ecephys_700001_2024-01-01_10-00-00"
OTHER = "ecephys_700001_2024-01-02_10-00-00"
GOOD, LATER = f"{NAME}_sorted_2024-02-01_00-00-00", f"{NAME}_sorted_2024-03-01_00-00-00"


def sorted_world(*, later_fails: bool = True) -> World:
    """A session that was sorted twice."""
    world = empty_world()
    world.assets += [raw(1, NAME), asset(2, GOOD, type="result"), asset(3, LATER, type="result")]
    world.assets.append(raw(4, OTHER))
    kept = world.objects["codeocean-s3datasetsbucket-1u41qdg42ur9"]
    for number, failed in ((2, False), (3, later_fails)):
        files = bodies.sorting_files("kilosort4", ["ProbeA"], failed=failed)
        kept.update({f"{uuid_of(number)}/{path}": body for path, body in files.items()})
    return world


class TestOutages:
    def test_a_warning_names_columns_and_rows(self, stand_in: Callable[..., Platform]) -> None:
        stand_in(sorted_world()).fail("code_ocean", status=503)
        many = sessions(NAME, OTHER, sources=impatient())
        with pytest.warns(SourceDownWarning) as caught:
            table = many.to_pandas(["id", "sorter", "derived_assets"])
        assert table["sorter"].isna().all()
        said = [str(warning.message) for warning in caught]
        assert len(said) == 1
        assert f"sorter, derived_assets of 2 of 2 rows ({NAME}, {OTHER})" in said[0]
        assert "HTTP 503" in said[0]

    def test_names_of_derived_data_without_docdb_are_incomplete(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        stand_in(sorted_world()).fail("docdb", status=503)
        many = sessions(NAME, sources=impatient())
        with pytest.warns(SourceDownWarning, match=rf"derived data of {NAME} .* without DocDB"):
            [row] = many.to_records(["id", "derived"])
        assert row["derived"]
        with in_strict(), pytest.raises(AindSessionError, match="HTTP 503"):
            sessions(NAME, sources=impatient()).to_records(["id", "derived"])

    def test_strict_raises(self, stand_in: Callable[..., Platform]) -> None:
        stand_in(sorted_world()).fail("code_ocean", status=503)
        many = sessions(NAME, sources=impatient())
        with in_strict(), pytest.raises(RemoteError, match="503"):
            many.to_pandas(["id", "sorter"])

    @pytest.mark.parametrize("source", ["servers", ("table", "servers")])
    def test_a_missing_token_is_a_warning(
        self, stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, source: Any
    ) -> None:
        world = sorted_world()
        world.records["v2"].append(record_v2("700009_2024-01-01_10-00-00", "s3://aind-open-data/x"))
        add_tables(world)
        stand_in(world)
        monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
        many = sessions(NAME, OTHER, sources=remote_sources(), source=source)
        with pytest.warns(LeftOutWarning) as caught:
            table = many.to_pandas(["id", "sorter"])
        assert table["sorter"].isna().all()
        said = [str(warning.message) for warning in caught]
        assert len(said) == 1
        assert said[0].startswith(
            f"sorter of 2 of 2 rows ({NAME}, {OTHER}) is missing from the table without Code Ocean:"
            " Code Ocean needs an API token: set CODE_OCEAN_API_TOKEN"
        )

    def test_what_only_servers_know_is_a_warning(self, serve: Serve) -> None:
        world = sorted_world()
        world.records["v2"].append(record_v2(NAME, f"s3://aind-open-data/{NAME}", uuid_of(1)))
        add_tables(world)
        many = sessions(NAME, OTHER, sources=serve(world), source="table")
        said = (
            rf"^project of 1 of 2 rows \({OTHER}\) is missing, because the answers come only "
            "from the nightly tables: not in the tables: "
        )
        with pytest.warns(LeftOutWarning, match=said):
            assert many.to_pandas(["id", "project"])["project"].isna().all()

    def test_strict_sessions_raise_what_could_not_be_asked_and_not_what_is_not_there(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(sorted_world())
        absent = sessions("ecephys_700002_2024-01-01_10-00-00", strict=True, sources=impatient())
        assert absent.to_records(["raw_dir"]) == [{"raw_dir": None}]
        platform.fail("code_ocean", status=503)
        with pytest.raises(RemoteError, match="503"):
            sessions(NAME, strict=True, sources=impatient()).to_records(["derived_assets"])

    def test_what_does_not_exist_is_no_outage(self, serve: Serve) -> None:
        many = sessions(NAME, sources=serve(empty_world()))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert many.to_records(["raw_asset_id"]) == [{"raw_asset_id": None}]


class TestGoodResults:
    def test_a_later_one_that_failed_does_not_hide_the_good_one(self, serve: Serve) -> None:
        many = sessions(NAME, OTHER, sources=serve(sorted_world()))
        asked = ["sorted_asset", "good_sorted_asset", "sorting_ok"]
        assert many.to_records(asked) == [
            {"sorted_asset": LATER, "good_sorted_asset": GOOD, "sorting_ok": False},
            {"sorted_asset": None, "good_sorted_asset": None, "sorting_ok": None},
        ]

    def test_the_latest_is_good(self, serve: Serve) -> None:
        many = sessions(NAME, sources=serve(sorted_world(later_fails=False)))
        row = {"good_sorted_asset": LATER, "sorting_ok": True}
        assert many.to_records(["good_sorted_asset", "sorting_ok"]) == [row]

    def test_none_is_good(self, serve: Serve) -> None:
        world = sorted_world()
        world.assets = [body for body in world.assets if body["name"] != GOOD]
        many = sessions(NAME, sources=serve(world))
        row = {"good_sorted_asset": None, "sorting_ok": False}
        assert many.to_records(["good_sorted_asset", "sorting_ok"]) == [row]

    def test_the_same_for_any_process(self, serve: Serve) -> None:
        many = sessions(NAME, sources=serve(sorted_world()))
        table = many.to_pandas(["good:sorted", "ok:sorted", "good:nwb", "ok:nwb"])
        assert table["good:sorted"].to_list() == [GOOD]
        assert table["ok:sorted"].to_list() == [False]
        assert table.isna().iloc[0].to_list() == [False, False, True, True]

    @pytest.mark.parametrize("column", ["good:", "good", "fine:sorted", "ok"])
    def test_other_columns_are_refused(self, column: str) -> None:
        with pytest.raises(ValueError, match="there is no column"):
            sessions(NAME).to_records([column])


class TestTextAsKeys:
    def test_answers(self, serve: Serve) -> None:
        many = sessions(NAME, OTHER, "ecephys_700001_2001-01-01_00-00-00")
        found = sessions(many, sources=serve(sorted_world())).raw_data_assets
        assert found[NAME].id == uuid_of(1)
        assert found.get(f"/data/{NAME}/behavior").id == uuid_of(1)
        assert NAME in found
        assert "ecephys_700001_2001-01-01_00-00-00" not in found
        with pytest.raises(AssetNotFoundError):
            found["ecephys_700001_2001-01-01_00-00-00"]
        for nonsense in ("nonsense", "ecephys_700009_2024-01-01_10-00-00"):
            assert nonsense not in found
            assert found.get(nonsense) is None
            with pytest.raises(KeyError, match="not one of the 3 sessions"):
                found[nonsense]

    def test_collections(self) -> None:
        many = sessions(NAME, OTHER, sources=memory_sources(World()))
        assert NAME in many
        assert Session(NAME) in many
        assert "nonsense" not in many
        assert 5 not in many
        assert [] not in many
        assert many[OTHER] == many[1]
        with pytest.raises(KeyError, match="not one of the 2 sessions"):
            many["ecephys_700009_2024-01-01_10-00-00"]


class TestWhatDoesNotExist:
    @pytest.mark.parametrize("name", [NAME, "700001_2024-01-01_10-00-00"])
    def test_it_costs_two_looks_a_bucket_at_most(
        self, stand_in: Callable[..., Platform], name: str
    ) -> None:
        platform = stand_in(empty_world())
        session = Session(name, sources=remote_sources())
        assert not session.is_uploaded
        assert platform.count("s3") <= 2 * len(KNOWN_BUCKETS)

    def test_the_older_name_is_found_by_the_platform_of_the_others(self, serve: Serve) -> None:
        world = empty_world()
        name = "behavior_700001_2024-01-01_10-00-00"
        other = "behavior_700001_2024-01-02_10-00-00"
        world.records["v1"].append(record(other, f"s3://aind-open-data/{other}"))
        world.objects["aind-ephys-data"][f"{name}/behavior/x"] = b""
        session = Session(name.removeprefix("behavior_"), sources=serve(world))
        assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{name}"


def test_a_state_that_the_sdk_does_not_know_is_shown_as_it_is(serve: Serve) -> None:
    world = sorted_world()
    world.assets[2]["state"] = "resting"
    rows = sessions(NAME, sources=serve(world)).to_records(["sorted_state"])
    assert rows == [{"sorted_state": "resting"}]


def test_a_record_that_states_no_subject_fills_the_row_of_its_session(serve: Serve) -> None:
    world = empty_world()
    description = {"data_level": "raw", "project_name": "P", "modality": []}
    evaluation = {"name": "Drift", "stage": "Raw data", "latest_status": "Pass", "metrics": []}
    made = record(
        NAME,
        "s3://bucket/x",
        subject=None,
        data_description=description,
        session={"session_start_time": "2024-01-01T10:00:00-08:00"},
        quality_control={"evaluations": [evaluation]},
    )
    world.records["v1"].append(made)
    [row] = sessions(NAME, sources=serve(world)).to_records(["project", "start_time", "raw_qc"])
    assert (row["project"], row["raw_qc"]) == ("P", "pass")
    assert row["start_time"].isoformat() == "2024-01-01T18:00:00+00:00"
