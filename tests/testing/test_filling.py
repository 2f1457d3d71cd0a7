"""The data in a fake are consistent, in memory and for the real clients."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

import aind_session
from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    DirectoryNotFoundError,
    Session,
)
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.testing import FakeAIND
from tests.conftest import Serve

NAME = "ecephys_123456_2024-01-01_10-00-00"
BARE = "123456_2024-01-01_10-00-00"
CAPSULE = "0000000b-0000-4000-8000-000000000001"


class TestASession:
    def test_is_everywhere_and_the_places_agree(self, serve: Serve) -> None:
        fake = FakeAIND()
        made = fake.add_session(
            NAME, modalities=["ecephys", "behavior"], genotype="wt", sorted={"sorter": "kilosort4"}
        )
        session = Session(made.id, sources=serve(fake.world))
        assert session.raw_data_asset == made.raw_data_asset
        assert session.raw_data_dir.as_posix() == made.raw_data_dir
        assert session.modalities == ("behavior", "ecephys")
        assert session.docdb["_id"] in made.record_ids
        assert session.docdb["external_links"] == {"Code Ocean": [session.raw_data_asset.id]}
        assert session.docdb["subject"] == session.metadata.subject
        assert session.metadata.subject["genotype"] == "wt"
        assert session.ecephys.compressed_dir.parent.name == "ecephys"
        assert tuple(a.id for a in session.ecephys.sorted_data_assets) == tuple(
            a.id for a in made.sorted_data_assets
        )
        assert session.ecephys.is_sorted
        assert session.ecephys.sorter.names == ("kilosort4",)

    @pytest.mark.parametrize(
        ("name", "schema", "versions"),
        [
            (NAME, None, {"v1"}),
            (BARE, None, {"v2"}),
            (NAME, "v2", {"v2"}),
            (BARE, "both", {"v1", "v2"}),
        ],
    )
    def test_has_records_in_the_schema_of_its_time(
        self, serve: Serve, name: str, schema: Any, versions: set[str]
    ) -> None:
        fake = FakeAIND()
        fake.add_session(name, modalities="behavior", project="p", genotype="wt", schema=schema)
        sources = serve(fake.world)
        where = {"data_description.project_name": "p"}
        assert {v for v in ("v1", "v2") if sources.records.find(v, where)} == versions
        found = aind_session.search(project="p", modality="behavior", sources=sources)
        assert [session.id for session in found] == [name]

    def test_in_the_newer_schema_names_its_sorter_too(self, serve: Serve) -> None:
        fake = FakeAIND()
        fake.add_session(BARE, sorted="kilosort2_5")
        session = Session(BARE, sources=serve(fake.world))
        assert session.ecephys.sorter.names == ("kilosort2_5",)

    def test_can_be_missing_in_code_ocean(self, serve: Serve) -> None:
        fake = FakeAIND()
        assert fake.add_session(NAME, in_code_ocean=False).raw_data_asset is None
        session = Session(NAME, sources=serve(fake.world))
        assert session.is_uploaded
        with pytest.raises(AssetNotFoundError):
            session.raw_data_asset

    def test_can_be_missing_in_docdb(self, serve: Serve) -> None:
        fake = FakeAIND()
        assert fake.add_session(NAME, in_docdb=False).record_ids == ()
        session = Session(NAME, sources=serve(fake.world))
        assert session.docdb == {}
        assert session.raw_data_asset.name == NAME

    def test_can_be_missing_in_s3(self, serve: Serve) -> None:
        fake = FakeAIND()
        made = fake.add_session(NAME, in_s3=False, in_code_ocean=False, in_docdb=False)
        assert made.raw_data_dir is None
        with pytest.raises(DirectoryNotFoundError):
            Session(NAME, sources=serve(fake.world)).raw_data_dir

    def test_can_be_archived(self, serve: Serve) -> None:
        fake = FakeAIND()
        fake.add_session(NAME, archived=True)
        session = Session(NAME, sources=serve(fake.world))
        assert session.data_assets == ()
        assert session.docdb["external_links"] == {"Code Ocean": []}

    def test_can_be_closed(self, serve: Serve) -> None:
        fake = FakeAIND()
        made = fake.add_session(NAME, closed=True)
        assert made.raw_data_asset is not None
        with pytest.raises(AccessDeniedError):
            aind_session.get_data_asset_model(made.raw_data_asset.id, sources=serve(fake.world))

    def test_can_be_sorted_in_vain(self, serve: Serve) -> None:
        fake = FakeAIND()
        made = fake.add_session(NAME, sorted=["kilosort4", {"failed": True}])
        session = Session(NAME, sources=serve(fake.world))
        first, second = session.ecephys.sorted_data_assets
        assert [first.id, second.id] == [asset.id for asset in made.sorted_data_assets]
        assert [first.is_sorting_error, second.is_sorting_error] == [False, True]
        assert failed_runs(fake) == [second.provenance.computation]
        names = [record["name"] for record in session.subject.docdb]
        assert names == [NAME, first.name]
        assert first.created < second.created

    def test_has_further_files_and_metadata(self, serve: Serve) -> None:
        fake = FakeAIND()
        fake.add_session(
            NAME,
            files={"behavior/a.csv": "a\n1\n", "notes.json": {"by": "me"}},
            metadata={"rig": {"rig_id": "R1"}, "metadata.nd": {}},
        )
        session = Session(NAME, sources=serve(fake.world))
        assert session.metadata.rig == session.docdb["rig"] == {"rig_id": "R1"}
        assert session.metadata["notes"] == {"by": "me"}
        assert "metadata.nd" not in session.docdb

    @pytest.mark.parametrize(
        "arguments",
        [
            {"session": "no session"},
            {"session": NAME, "schema": "v3"},
            {"session": NAME, "bucket": ""},
        ],
    )
    def test_that_cannot_be_is_refused(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"no session|v3|s3://"):
            FakeAIND().add_session(**arguments)


class TestParts:
    def test_an_asset_and_its_files(self, serve: Serve) -> None:
        fake = FakeAIND()
        kept = fake.add_asset(f"{NAME}_processed_2024-02-01_00-00-00", files={"x.json": [1]})
        linked = fake.add_asset("anything", bucket="aind-scratch-data", tags=["t"], state="draft")
        sources = serve(fake.world)
        assert Session(NAME, sources=sources).data_assets == (kept,)
        place = aind_session.get_data_asset_source_dir(kept.id, sources=sources)
        assert place.as_posix() == f"s3://{CODE_OCEAN_BUCKET}/{kept.id}"
        content = fake.sources.storage.read(
            "codeocean-s3datasetsbucket-1u41qdg42ur9", f"{kept.id}/x.json"
        )
        assert content == b"[1]"
        assert aind_session.get_data_asset_model(linked.id, sources=sources).tags == ["t"]

    def test_a_field_that_no_asset_has_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"'sorce_bucket'.*source_bucket"):
            FakeAIND().add_asset("x", sorce_bucket={})

    def test_a_record_alone(self, serve: Serve) -> None:
        fake = FakeAIND()
        record_id = fake.add_record(
            NAME, location=f"s3://other/{NAME}", links="an-id", parts={"rig": {"rig_id": "R1"}}
        )
        session = Session(NAME, sources=serve(fake.world))
        assert session.docdb["_id"] == record_id
        assert session.docdb["external_links"] == {"Code Ocean": ["an-id"]}
        assert session.docdb["rig"] == {"rig_id": "R1"}
        assert session.raw_data_dir.as_posix() == f"s3://other/{NAME}"

    def test_a_run_and_its_results(self, serve: Serve) -> None:
        fake = FakeAIND()
        raw = fake.add_asset(NAME)
        done = fake.add_computation(CAPSULE, inputs=raw.id, results={"output": "done"})
        failed = fake.add_computation(CAPSULE, state="failed")
        sources = serve(fake.world)
        runs = aind_session.search_computations(
            CAPSULE, attached_data_asset_id=raw.id, sources=sources
        )
        assert [run.id for run in runs] == [done]
        assert aind_session.get_output_text(done, sources=sources) == "done"
        assert aind_session.is_computation_error(failed, sources=sources)

    @pytest.mark.parametrize("url", ["aind-open-data/x", "s3://", "s3://bucket", "https://a/b"])
    def test_a_file_needs_a_url_of_s3(self, url: str) -> None:
        with pytest.raises(ValueError, match="s3://bucket/key"):
            FakeAIND().add_file(url)


class TestTheSameEachTime:
    def test_ids_and_times_follow_from_names(self) -> None:
        def made() -> FakeAIND:
            fake = FakeAIND()
            fake.add_session(NAME, sorted=["kilosort4", "kilosort2_5"], schema="both")
            fake.add_computation(CAPSULE)
            return fake

        one, other = made(), made()
        assert asdict(one.world) == asdict(other.world)
        assert made().add_asset(NAME).id != made().world.assets[0]["id"]

    def test_of_two_assets_with_one_name_the_second_is_younger(self) -> None:
        fake = FakeAIND()
        first, second = fake.add_asset(NAME), fake.add_asset(NAME)
        assert second.created == first.created + 1
        assert Session(NAME, sources=fake.sources).raw_data_asset == second

    def test_a_sorting_is_dated_a_day_after_the_latest_or_as_said(self) -> None:
        fake = FakeAIND()
        names = [fake.add_sorted_asset(NAME).name for _ in range(2)]
        names += [
            fake.add_sorted_asset(NAME, at=at).name for at in ("2025-05-06", "2025-05-06 07:08:09")
        ]
        assert [name.removeprefix(f"{NAME}_sorted_") for name in names] == [
            "2024-01-02_10-00-00",
            "2024-01-03_10-00-00",
            "2025-05-06_00-00-00",
            "2025-05-06_07-08-09",
        ]


def failed_runs(fake: FakeAIND) -> list[str]:
    runs = aind_session.search_computations(
        Session.ecephys.DEFAULT_SORTING_PIPELINE_ID, sources=fake.sources
    )
    return [run.id for run in runs if run.end_status == "failed"]


def test_a_misspelled_state_of_a_computation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"there is no state .* 'complet'; near: 'completed'$"):
        FakeAIND().add_computation("a capsule", state="complet")
