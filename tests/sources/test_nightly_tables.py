"""The nightly tables: found, downloaded, cached, and read instead of asking the servers."""

from __future__ import annotations

import datetime
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aind_session import (
    NotInTableError,
    OddAnswerError,
    OfflineError,
    SourceDownWarning,
    StaleWarning,
    World,
    offline,
    search,
    sessions,
)
from aind_session.conventions import quality
from aind_session.conventions.records import SLIM_FIELDS
from aind_session.many import tables
from aind_session.many.straight import straight_rows
from aind_session.sources import Sources, memory_sources, remote_sources
from aind_session.sources.from_tables import HELD
from aind_session.sources.nightly_tables import ASSETS, QUALITY, NightlyTables
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.nightly import BUCKET, ROOT, add_tables, parquet
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

OLD = "ecephys_700001_2023-05-01_10-00-00"
NEW = "700002_2025-06-01_10-00-00"
SORTED = f"{OLD}_sorted_2023-06-01_00-00-00"
OTHER = "combined-units_2025-01-01_00-00-00"  # made from OLD, although its name does not say so
TODAY = "700002_2025-11-25_09-00-00"
V1_ONLY = "ecephys_700009_2022-01-01_00-00-00"
COLUMNS = (
    "id",
    "subject_id",
    "raw_asset_id",
    "raw_dir",
    "project",
    "genotype",
    "modalities",
    "start_time",
    "raw_qc",
    "derived_assets",
    "derived",
)


def described(project: str, *modalities: str, level: str = "raw", **more: Any) -> Any:
    names = [{"abbreviation": name} for name in modalities]
    return {"project_name": project, "data_level": level, "modalities": names, **more}


def passed(*statuses: str) -> Any:
    """Quality control of the newer schema, a metric for each status."""
    modalities = ("ecephys", "behavior", "pophys")[: len(statuses)]
    metrics = [
        {
            "name": modality,
            "modality": {"abbreviation": modality},
            "stage": "Raw data",
            "tags": {"part": "a" if modality == "behavior" else "b"},
            "status_history": [{"status": status, "timestamp": "2025-07-01T00:00:00Z"}],
        }
        for modality, status in zip(modalities, statuses, strict=True)
    ]
    worst = next(s for s in ("Fail", "Pending", "Pass") if s in statuses)
    status = {**dict(zip(modalities, statuses, strict=True)), "Raw data": worst}
    return {"metrics": metrics, "status": status, "allow_tag_failures": []}


def world() -> World:
    """A world with data that servers and tables know, and data that only the servers know."""
    found = empty_world()
    v2 = found.records["v2"]
    subject = {"subject_id": "700001", "subject_details": {"genotype": "wt/wt"}}
    times = {"acquisition_start_time": "2023-05-01T10:00:00-07:00"}
    v2.append(
        record_v2(
            OLD,
            f"s3://aind-open-data/{OLD}",
            uuid_of(1),
            data_description=described("Old", "ecephys", "behavior"),
            subject=subject,
            acquisition=times,
            quality_control=passed("Pass", "Pending"),
        )
    )
    description = described("Old", "ecephys", level="derived", source_data=[OLD])
    location = f"s3://codeocean-s3datasetsbucket-1u41qdg42ur9/{uuid_of(2)}"
    v2.append(record_v2(SORTED, location, uuid_of(2), data_description=description))
    other = record_v2(NEW, f"s3://aind-open-data/{OTHER}", uuid_of(5), data_description=description)
    v2.append({**other, "_id": "other", "name": OTHER, "subject": {"subject_id": "700001"}})
    v2.append(
        record_v2(
            NEW,
            f"s3://aind-private-data-prod-o5171v/{NEW}",
            uuid_of(3),
            data_description=described("New", "pophys"),
            quality_control=passed("Fail"),
        )
    )
    found.assets += [raw(1, OLD), asset(2, SORTED, type="result")]
    found.assets.append(raw(3, NEW, "aind-private-data-prod-o5171v"))
    found.assets.append(asset(5, OTHER, custom_metadata={"subject id": "700001"}))
    return found


def with_tables() -> World:
    """The same world with its tables, and data that are newer than the tables."""
    found = world()
    add_tables(found)
    found.records["v2"].append(record_v2(TODAY, f"s3://aind-open-data/{TODAY}", uuid_of(6)))
    found.records["v1"].append(record(V1_ONLY, f"s3://aind-open-data/{V1_ONLY}", uuid_of(7)))
    found.assets += [raw(6, TODAY), raw(7, V1_ONLY)]
    return found


def cut(content: bytes) -> bytes:
    return content[:-9]


def empty(content: bytes) -> bytes:
    return parquet(pq.read_table(pa.BufferReader(content)).slice(0, 0))


def without_names(content: bytes) -> bytes:
    return parquet(pq.read_table(pa.BufferReader(content)).drop_columns(["name"]))


DAY = 24 * 3600.0


class TestDamaged:
    @pytest.mark.parametrize("spoil", [cut, empty, without_names, lambda content: b"<html>"])
    def test_at_its_source(self, serve: Serve, spoil: Callable[[bytes], bytes]) -> None:
        found = with_tables()
        key = f"{ROOT}/bdc-v0.42/asset_basics.pqt"
        found.objects[BUCKET][key] = spoil(found.objects[BUCKET][key])
        with pytest.raises(OddAnswerError, match="asset_basics"):
            search(project="Old", source="table", sources=serve(found))

    def test_a_good_copy_stays(self, stand_in: Callable[..., Platform]) -> None:
        found = with_tables()
        stand_in(found)
        storage = remote_sources().storage
        now = datetime.datetime.now().timestamp()
        NightlyTables(storage).scan(ASSETS, ["name"])
        key = f"{ROOT}/bdc-v0.42/asset_basics.pqt"
        found.objects[BUCKET][key] = b"<html>"
        later = NightlyTables(storage, clock=lambda: now + 2 * DAY)
        with pytest.warns(SourceDownWarning, match=r"2\.0 days old"):
            assert len(later.scan(ASSETS, ["name"])) == 4

    def test_here_it_is_fetched_again(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(with_tables())
        storage = remote_sources().storage
        NightlyTables(storage).scan(ASSETS, ["name"])
        copy = next(Path(read_cache()).rglob("asset_basics.pqt"))
        copy.write_bytes(b"PAR1")
        assert len(NightlyTables(storage).scan(ASSETS, ["name"])) == 4
        assert platform.count() == 3

    def test_pages_that_turn_out_to_be_damaged(self, stand_in: Callable[..., Platform]) -> None:
        stand_in(with_tables())
        storage = remote_sources().storage
        NightlyTables(storage).columns(ASSETS)
        copy = next(Path(read_cache()).rglob("asset_basics.pqt"))
        content = bytearray(copy.read_bytes())
        content[4:400] = bytes(396)
        copy.write_bytes(bytes(content))
        tables = NightlyTables(storage)
        with pytest.raises(OddAnswerError, match="not Parquet"):
            tables.scan(ASSETS, ["_id", "name"])
        assert len(tables.scan(ASSETS, ["_id", "name"])) == 4


def read_cache() -> Path:
    from aind_session.sources.settings import cache_dir

    return cache_dir()


class TestCopies:
    def test_those_of_a_double_are_nobody_elses(self) -> None:
        double = memory_sources(with_tables())
        tables_of_it = NightlyTables(double.storage)
        assert len(tables_of_it.scan(ASSETS, ["name"])) == 4
        assert not list(read_cache().rglob("*.pqt"))
        with pytest.raises(NotInTableError):
            NightlyTables(memory_sources(empty_world()).storage).scan(ASSETS, ["name"])

    def test_those_of_one_service_are_not_taken_for_anothers(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        stand_in(with_tables())
        assert len(NightlyTables(remote_sources().storage).scan(ASSETS, ["name"])) == 4
        stand_in(empty_world())
        with pytest.raises(NotInTableError):
            NightlyTables(remote_sources().storage).scan(ASSETS, ["name"])


class TestAge:
    def test_a_table_is_asked_for_again_when_it_is_a_day_old(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(with_tables())
        storage = remote_sources().storage
        now = datetime.datetime.now().timestamp()
        clock = [now]
        tables = NightlyTables(storage, clock=lambda: clock[0])
        for hours, count in ((0, 2), (23, 2), (25, 4), (25.5, 4), (26.5, 6)):
            clock[0] = now + hours * 3600
            tables.scan(ASSETS, ["name"])
            assert platform.count() == count, hours

    def test_an_outage_leaves_the_copy_and_says_its_age(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(with_tables())
        sources: Sources = impatient()
        now = datetime.datetime.now().timestamp()
        NightlyTables(sources.storage).scan(ASSETS, ["name"])
        platform.fail("s3", status=503)
        later = NightlyTables(sources.storage, clock=lambda: now + 3 * DAY)
        with pytest.warns(SourceDownWarning, match=r"3\.0 days old"):
            assert len(later.scan(ASSETS, ["name"])) == 4

    def test_an_outage_without_a_copy_is_an_error(self, stand_in: Callable[..., Platform]) -> None:
        stand_in(with_tables()).fail("s3", status=503)
        many = sessions(OLD, source="table", sources=impatient())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notes = many.raw_data_assets.notes
        assert [type(note).__name__ for note in notes.values()] == ["SourceDown"]

    def test_offline_the_copy_is_read_with_its_age(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(with_tables())
        with offline(), pytest.raises(OfflineError):
            search(project="Old", source="table", sources=remote_sources())
        search(project="Old", source="table", sources=remote_sources())
        asked = platform.count()
        with offline(), pytest.warns(StaleWarning, match="with data from"):
            found = search(project="Old", source="table", sources=remote_sources())
        assert [session.id for session in found] == [OLD]
        assert platform.count() == asked

    def test_the_age_is_that_of_the_object(self) -> None:
        from aind_session import memory_sources

        found = world()
        made = datetime.datetime(2026, 11, 24, 9, 30, tzinfo=datetime.timezone.utc)
        add_tables(found, made=made)
        now = made.timestamp() + 3600
        tables = NightlyTables(memory_sources(found).storage, clock=lambda: now)
        tables.need(QUALITY, "ecephys")
        assert tables.as_of == made


def test_all_fields_by_which_sessions_are_found_are_in_them() -> None:
    asked = {*SLIM_FIELDS, *quality.FIELDS}
    assert asked <= set(HELD), "a field that is not in the tables would leave them unused"


@pytest.mark.filterwarnings("ignore:.* come only from the nightly tables")
class TestThousands:
    """Rows built directly from the tables equal those of asking for each session."""

    def test_rows_are_those_of_single_sessions(self, serve: Serve) -> None:
        sources = serve(with_tables())
        columns = [*COLUMNS, "platform", "time", "is_uploaded", "sorted_asset", "sorted_asset_id"]
        columns += ["notes"]
        many = sessions(OLD, NEW, TODAY, V1_ONLY, source="table", sources=sources)
        single = [tables.row(session, columns, strict=False) for session in many]
        assert many.to_records(columns) == single
        assert set(straight_rows(many, columns, many[0:1]._sources.records)) == {many[0], many[1]}

    def test_an_outage_is_asked_about_once(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(with_tables())
        platform.fail("s3", status=403)
        many = sessions(OLD, NEW, TODAY, V1_ONLY, source="table", sources=remote_sources())
        with pytest.warns(SourceDownWarning, match="project of 4 of 4 rows"):
            rows = many.to_records(["project", "notes"])
        assert platform.count() == 1
        assert all(row["notes"][0].startswith("AccessDenied") for row in rows)


class TestDisk:
    @pytest.fixture
    def temporary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        return folder

    @pytest.fixture
    def no_cache_dir(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file in place of the cache directory, in which not even root can create anything."""
        (tmp_path / "file").touch()
        monkeypatch.setenv("AIND_SESSION_CACHE_DIR", str(tmp_path / "file"))

    @pytest.mark.usefixtures("no_cache_dir")
    def test_one_that_takes_nothing_costs_no_answer(
        self, stand_in: Callable[..., Platform], temporary: Path
    ) -> None:
        stand_in(with_tables())
        assert len(NightlyTables(remote_sources().storage).scan(ASSETS, ["name"])) == 4
        (folder,) = temporary.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700

    @pytest.mark.usefixtures("no_cache_dir")
    def test_where_no_place_takes_anything_the_setting_is_named(
        self, stand_in: Callable[..., Platform], temporary: Path
    ) -> None:
        stand_in(with_tables())
        temporary.rmdir()
        temporary.touch()
        with pytest.raises(OSError, match="set AIND_SESSION_CACHE_DIR"):
            NightlyTables(remote_sources().storage).scan(ASSETS, ["name"])

    @pytest.mark.usefixtures("temporary")
    @pytest.mark.parametrize("kind", ["a FIFO", "a link", "a folder"])
    def test_a_copy_that_is_no_file_is_not_read(
        self, stand_in: Callable[..., Platform], kind: str
    ) -> None:
        stand_in(with_tables())
        storage = remote_sources().storage
        NightlyTables(storage).scan(ASSETS, ["name"])
        (copy,) = read_cache().rglob("asset_basics.pqt")
        aside = copy.rename(copy.with_name("aside"))
        if kind == "a FIFO":
            os.mkfifo(copy)
        elif kind == "a link":
            copy.symlink_to(aside)
        else:
            copy.mkdir()
        assert len(NightlyTables(storage).scan(ASSETS, ["name"])) == 4
