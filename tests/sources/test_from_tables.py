"""Questions that the nightly tables answer, and those that they leave to the servers."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    LeftOutWarning,
    NothingFoundWarning,
    NotInTable,
    NotInTableError,
    OddAnswerError,
    Session,
    get_sessions,
    meter,
    search,
    sessions,
)
from aind_session.sources import remote_sources
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.nightly import BUCKET, ROOT, add_tables, tables_of
from tests.platform import Platform
from tests.sources.test_nightly_tables import (
    COLUMNS,
    NEW,
    OLD,
    OTHER,
    SORTED,
    TODAY,
    V1_ONLY,
    described,
    with_tables,
    world,
)
from tests.worlds import empty_world, raw, record_v2, uuid_of


class TestAnswers:
    def test_they_are_those_of_the_servers(self, serve: Serve) -> None:
        sources = serve(with_tables())
        rows = sessions(OLD, NEW, source="table", sources=sources).to_records(COLUMNS)
        assert rows == sessions(OLD, NEW, sources=sources).to_records(COLUMNS)
        assert rows[0] == {
            "id": OLD,
            "subject_id": "700001",
            "raw_asset_id": uuid_of(1),
            "raw_dir": f"s3://aind-open-data/{OLD}",
            "project": "Old",
            "genotype": "wt/wt",
            "modalities": ["behavior", "ecephys"],
            "start_time": datetime.datetime(2023, 5, 1, 17, tzinfo=datetime.timezone.utc),
            "raw_qc": "pending",
            "derived_assets": 1,
            "derived": [OTHER, SORTED],
        }

    def test_they_cost_four_requests(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(with_tables())
        many = sessions(OLD, NEW, source="table", sources=remote_sources())
        assert platform.count() == 0
        assert many.as_of is None
        many.to_records(COLUMNS)
        many.raw_data_dirs
        assert platform.count() == 4  # the versions, and three tables
        assert many.as_of is not None
        assert abs(many.as_of - datetime.datetime.now(datetime.timezone.utc)).total_seconds() < 60
        assert f"as of {many.as_of:%Y-%m-%d %H:%M} UTC" in repr(many)
        sessions(OLD, source="table", sources=remote_sources()).to_records(COLUMNS)
        assert platform.count() == 4  # kept on disk

    def test_they_need_no_credentials(
        self, stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stand_in(with_tables())
        for name in ("CODE_OCEAN_API_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        session = get_sessions(700001, source="table", sources=remote_sources())[0]
        assert session.raw_data_asset.id == uuid_of(1)
        assert session.raw_data_dir.as_posix() == f"s3://aind-open-data/{OLD}"
        assert session.modalities == ("behavior", "ecephys")

    def test_the_setting_holds_everywhere(
        self, stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        platform = stand_in(with_tables())
        monkeypatch.setenv("AIND_SESSION_SOURCE", "table")
        assert Session(OLD).raw_data_asset.id == uuid_of(1)
        assert [s.id for s in get_sessions(700002)] == [NEW]
        assert [s.id for s in search(project="Old")] == [OLD]
        assert sessions(OLD).to_records(["project"]) == [{"project": "Old"}]
        assert platform.count("code_ocean") == platform.count("docdb") == 0
        assert [s.id for s in search(subject=700009, source="servers")] == [V1_ONLY]

    def test_a_loop_over_sessions_reads_the_tables_once(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(with_tables())
        for session in sessions(OLD, NEW, source="table", sources=remote_sources()):
            session.raw_data_asset
            session.data_assets
        assert platform.count() == 3


@pytest.mark.filterwarnings("ignore:.* come only from the nightly tables")
class TestWhatIsNotInThem:
    @pytest.mark.parametrize("name", [TODAY, V1_ONLY])
    def test_it_is_said(self, serve: Serve, name: str) -> None:
        sources = serve(with_tables())
        many = sessions(OLD, name, source="table", sources=sources)
        for answers in (many.raw_data_assets, many.raw_data_dirs, many.data_assets):
            assert [type(note) for note in answers.notes.values()] == [NotInTable]
            with pytest.raises(NotInTableError, match=r"source=\('table', 'servers'\)"):
                answers[many[1]]
        row = many.to_records()[1]
        assert (row["project"], row["raw_asset_id"], row["raw_qc"]) == (None, None, None)
        assert all(note.startswith("NotInTable: the nightly tables") for note in row["notes"])

    @pytest.mark.parametrize("name", [TODAY, V1_ONLY])
    def test_servers_are_asked_for_it_if_they_may(self, serve: Serve, name: str) -> None:
        sources = serve(with_tables())
        asked = ["raw_asset_id", "raw_dir", "modalities", "notes"]
        expected = sessions(OLD, name, sources=sources).to_records(asked)
        many = sessions(OLD, name, source=("table", "servers"), sources=sources)
        assert many.to_records(asked) == expected

    def test_servers_are_not_asked_for_what_is_in_them(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(with_tables())
        many = sessions(OLD, NEW, source=("table", "servers"), sources=remote_sources())
        many.to_records(["id", "raw_asset_id", "raw_dir", "project", "raw_qc", "derived"])
        assert platform.count("code_ocean") == platform.count("docdb") == 0

    def test_a_subject_that_is_not_in_them(self, serve: Serve) -> None:
        sources = serve(with_tables())
        with pytest.raises(NotInTableError, match="700009"):
            get_sessions(700009, source="table", sources=sources)
        found = get_sessions(700009, source=("table", "servers"), sources=sources)
        assert [session.id for session in found] == [V1_ONLY]

    def test_fields_that_they_do_not_have(self, serve: Serve) -> None:
        sources = serve(with_tables())
        many = sessions(OLD, source="table", sources=sources)
        row = many.to_records(["sorted_asset", "sorter", "sorted_state", "notes"])[0]
        assert (row["sorted_asset"], row["sorter"], row["sorted_state"]) == (SORTED, None, None)
        assert len(row["notes"]) == 2
        with pytest.raises(NotInTableError):
            many[0].docdb
        with pytest.raises(NotInTableError):
            many[0].metadata.subject

    def test_which_of_two_assets_is_newer(self, serve: Serve) -> None:
        found = world()
        found.records["v2"][0]["other_identifiers"] = {"Code Ocean": [uuid_of(9), uuid_of(1)]}
        add_tables(found)
        found.assets.append(raw(9, OLD))
        sources = serve(found)
        many = sessions(OLD, source="table", sources=sources)
        with pytest.warns(LeftOutWarning, match=" has 2 data assets; the table"):
            assert [type(n) for n in many.raw_data_assets.notes.values()] == [NotInTable]
        both = sessions(OLD, source=("table", "servers"), sources=sources)
        assert both.raw_data_assets[both[0]].id == uuid_of(9)

    @pytest.mark.parametrize(
        ("column", "lost"),
        [
            ("project_name", "project"),
            ("modalities", "modalities"),
            ("location", "raw_dir"),
            ("code_ocean", "raw_asset_id"),
            ("genotype", "genotype"),
        ],
    )
    def test_a_missing_column_costs_what_it_tells(
        self, serve: Serve, column: str, lost: str
    ) -> None:
        found = world()
        add_tables(found, without=[f"asset_basics.{column}"])
        sources = serve(found)
        full = sessions(OLD, sources=sources).to_records(COLUMNS)[0]
        row = sessions(OLD, source="table", sources=sources).to_records([*COLUMNS, "notes"])[0]
        assert row[lost] is None
        assert any("NotInTable" in note for note in row["notes"])
        kept = set(COLUMNS) - {lost, "derived_assets", "raw_dir", "raw_asset_id"}
        assert {name: row[name] for name in kept} == {name: full[name] for name in kept}
        both = sessions(OLD, source=("table", "servers"), sources=sources)
        assert both.to_records([lost]) == [{lost: full[lost]}]

    @pytest.mark.parametrize(
        ("table", "lost"), [("qc_status", "raw_qc"), ("source_data", "derived")]
    )
    def test_a_missing_table_costs_what_it_tells(self, serve: Serve, table: str, lost: str) -> None:
        found = world()
        add_tables(found, without=[table])
        many = sessions(NEW, source="table", sources=serve(found))
        row = many.to_records(["project", "raw_asset_id", lost, "notes"])[0]
        assert (row["project"], row["raw_asset_id"], row[lost]) == ("New", uuid_of(3), None)
        assert [f"there is no table {table}" in note for note in row["notes"]] == [True]


class TestSearch:
    @pytest.mark.parametrize(
        ("criteria", "expected"),
        [
            ({"subject": 700001}, [OLD]),
            ({"project": ["New", "Old"]}, [OLD, NEW]),
            ({"modality": "behavior"}, [OLD]),
            ({"name": "_sorted_"}, [OLD]),
            ({"data_level": "raw", "start_date": "2025-01-01"}, [NEW]),
            ({"start_date": "2023-05-01", "end_date": "2023-05-01"}, [OLD]),
            ({"qc": "fail"}, [NEW]),
            ({"qc": "pending", "project": "Old"}, [OLD]),
            ({"qc": "pass", "qc_modality": "ecephys"}, [OLD]),
            ({"qc": "pending", "qc_stage": "Raw data"}, [OLD]),
            ({"platform": "ecephys"}, [OLD]),
        ],
    )
    def test_it_finds_what_the_servers_find(
        self, serve: Serve, criteria: dict[str, Any], expected: list[str]
    ) -> None:
        found = world()
        add_tables(found)
        sources = serve(found)
        chosen: list[Any] = ["servers", "table", ("table", "servers")]
        for source in chosen:
            assert [s.id for s in search(**criteria, source=source, sources=sources)] == expected

    def test_what_it_found_is_read_there_too(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(with_tables())
        found = search(project="Old", source="table", sources=remote_sources())
        assert found.as_of is not None
        assert found.raw_data_assets[found[0]].id == uuid_of(1)
        assert platform.count() == 3

    def test_the_subject_of_the_row_decides(self, serve: Serve) -> None:
        found = world()
        odd = "AIND Viral Genetic Tools_aav9-screen_2026-05-01_12-00-00"
        body = record_v2(NEW, f"s3://aind-open-data/{odd}", data_description=described("Tools"))
        found.records["v2"].append({**body, "name": odd, "subject": {"subject_id": "816004"}})
        add_tables(found)
        sources = serve(found)
        chosen: list[Any] = ["servers", "table"]
        for source in chosen:
            with pytest.warns(NothingFoundWarning, match="project 'Tools' has records"):
                assert len(search(project="Tools", source=source, sources=sources)) == 0

    def test_a_missing_column_is_said(self, serve: Serve) -> None:
        found = world()
        add_tables(found, without=["asset_basics.project_name", "qc_status"])
        sources = serve(found)
        asked: list[dict[str, Any]] = [{"project": "Old"}, {"qc": "pending"}]
        asked.append({"qc_tag": "part:a"})
        for criteria in asked:
            with pytest.raises(NotInTableError):
                search(**criteria, source="table", sources=sources)
            both = search(**criteria, source=("table", "servers"), sources=sources)
            assert [session.id for session in both] == [OLD]


class TestFinding:
    def test_the_newest_version_is_read_and_compared_as_numbers(self, serve: Serve) -> None:
        found = world()
        add_tables(found, versions=["bdc-v0.9"])
        found.records["v2"][0]["data_description"]["project_name"] = "Newest"
        listed = ["bdc-v0.9", "bdc-v0.42", "bdc-v0.41", "other", 5]
        add_tables(found, versions=["bdc-v0.42"], listed=listed)
        many = sessions(OLD, source="table", sources=serve(found))
        assert many.to_records(["project"]) == [{"project": "Newest"}]

    def test_a_version_that_is_not_written_yet_leaves_the_one_before(self, serve: Serve) -> None:
        found = world()
        add_tables(found, versions=["bdc-v0.42"], listed=["bdc-v0.42", "bdc-v1.0"])
        many = sessions(OLD, source="table", sources=serve(found))
        assert many.to_records(["project", "raw_qc"]) == [{"project": "Old", "raw_qc": "pending"}]

    @pytest.mark.filterwarnings("ignore:.* come only from the nightly tables")
    def test_a_file_and_a_directory_here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serve: Serve
    ) -> None:
        for name, content in tables_of(world()).items():
            tmp_path.joinpath(f"{name}.pqt").write_bytes(content)
        sources = serve(empty_world())
        monkeypatch.setenv("AIND_SESSION_TABLE", str(tmp_path))
        many = sessions(OLD, source="table", sources=sources)
        with meter() as cost:
            assert many.to_records(["project", "raw_qc"]) == [
                {"project": "Old", "raw_qc": "pending"}
            ]
        assert cost.requests == 0
        monkeypatch.setenv("AIND_SESSION_TABLE", str(tmp_path / "asset_basics.pqt"))
        one = sessions(OLD, source="table", sources=serve(empty_world()))
        assert one.to_records(["project", "raw_qc"]) == [{"project": "Old", "raw_qc": None}]

    @pytest.mark.parametrize("listed", ["[]", "{}", "nonsense", '["bdc-vx"]'])
    def test_an_odd_list_of_versions(self, serve: Serve, listed: str) -> None:
        found = with_tables()
        found.objects[BUCKET][f"{ROOT}/cache_versions.json"] = listed.encode()
        with pytest.raises(OddAnswerError, match="list of versions"):
            search(project="Old", source="table", sources=serve(found))

    def test_nothing_there(self, serve: Serve) -> None:
        with pytest.raises(NotInTableError, match="no table asset_basics"):
            search(project="Old", source="table", sources=serve(empty_world()))

    def test_a_closed_bucket(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(with_tables())
        platform.forbidden_buckets.add(BUCKET)
        with pytest.raises(AccessDeniedError):
            search(project="Old", source="table", sources=impatient())
