"""A capsule without a network: mounted data answer, and errors name what is not mounted."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    NotMounted,
    NotMountedError,
    Session,
    asset_dir,
    memory_sources,
    meter,
    search,
    sessions,
)
from aind_session.errors import SourceDirNotFoundError
from aind_session.sources import Sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.from_tables import choose
from aind_session.sources.memory import World
from tests.capsules import list_mounts
from tests.conftest import Serve
from tests.worlds import raw, record_v2, uuid_of

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
SORTED = "a2a54575-b5ca-4cf0-acd0-2933e18bcb2d"
NEW = "700002_2025-06-01_10-00-00"


def tour(session: Session) -> list[Any]:
    return [
        session.raw_data_asset.id,
        session.raw_data_dir.as_posix(),
        session.metadata.subject["genotype"],
        session.ecephys.sorted_data_asset.id,
        session.modalities,
        session.is_uploaded,
        session.docdb["data_description"]["data_level"],
        session.ecephys.sorted_data_asset.sorter_name,
        session.ecephys.sorted_data_asset.sorted_probes,
        session.ecephys.clipped_dir.as_posix(),
    ]


def test_the_tour_is_the_same_without_token_and_network(
    capsule: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = demo_world()
    online = tour(Session(DEMO_SESSION, sources=memory_sources(world)))
    capsule(world, ecephys_session=RAW_ID, sorted=SORTED)
    monkeypatch.setenv("AIND_SESSION_SOURCE", "mounts")
    with meter() as cost:
        assert tour(Session(DEMO_SESSION, sources=remote_sources())) == online
        assert Session(DEMO_SESSION).where("local").name == "ecephys_session"
        assert asset_dir(SORTED).name == "sorted"
    assert cost.requests == 0


@pytest.mark.parametrize(
    ("prefix", "delimiter"),
    [("ecephys", "ed/"), ("", "ed/"), ("", "_"), ("behavior", "/x"), ("no", "ed/"), ("", "/")],
)
def test_a_mounted_folder_is_listed_as_in_s3(
    capsule: Callable[..., Path], prefix: str, delimiter: str
) -> None:
    world = demo_world()
    files = world.objects["aind-ephys-data"]
    files[f"{DEMO_SESSION}/ecephys/ecephys_compressed/probe/x"] = b""
    files[f"{DEMO_SESSION}/ecephys/notes/x"] = b""
    capsule(world, raw=RAW_ID)
    in_s3 = memory_sources(world).storage
    mounted = choose(memory_sources(World()), "mounts").storage
    asked = ("aind-ephys-data", f"{DEMO_SESSION}/{prefix}")
    there, here = (s.list(*asked, delimiter=delimiter) for s in (in_s3, mounted))
    assert set(here.folders) == set(there.folders)
    assert set(here.files) == set(there.files)


def test_what_is_not_mounted_is_said(
    capsule: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsule(demo_world(), raw=RAW_ID)
    monkeypatch.setenv("AIND_SESSION_SOURCE", "mounts")
    other = Session("ecephys_700001_2024-01-01_10-00-00")
    for ask in (
        lambda: other.raw_data_asset,
        lambda: other.raw_data_dir,
        lambda: other.docdb,
        lambda: Session(DEMO_SESSION).ecephys.current_sorting_pipeline_computations,
    ):
        with pytest.raises(NotMountedError, match="attach the data asset to the capsule"):
            ask()
    with pytest.raises(NotMountedError, match=r"\(v1\) with subject.subject_id 700001; attach"):
        other.docdb
    with pytest.raises(NotMountedError, match=r"metadata \(v1\) that match the search; attach"):
        search(start_date="2024-01-01", end_date="2024-01-31")
    many = sessions(DEMO_SESSION, other)
    assert [type(note) for note in many.raw_data_assets.notes.values()] == [NotMounted]


def test_servers_are_asked_for_the_rest_if_they_may(
    capsule: Callable[..., Path], serve: Serve
) -> None:
    world = demo_world()
    name = "ecephys_700001_2024-01-01_10-00-00"
    world.assets.append(raw(1, name))
    capsule(world, raw=RAW_ID)
    sources = serve(world)
    many = sessions(DEMO_SESSION, name, source=("mounts", "servers"), sources=sources)
    assert [asset.id for asset in many.raw_data_assets.values()] == [RAW_ID, uuid_of(1)]


def test_the_newer_schema(capsule: Callable[..., Path]) -> None:
    world = World(assets=[raw(1, NEW)])
    described = {"data_level": "raw", "modalities": [{"abbreviation": "pophys"}]}
    body = record_v2(NEW, f"s3://aind-open-data/{NEW}", data_description=described)
    world.records["v2"].append(body)
    root = capsule(world, raw=uuid_of(1))
    (root / "data" / "raw" / "pophys").mkdir()
    many = sessions(NEW, source="mounts", sources=memory_sources(World()))
    row = many.to_records(["raw_asset_id", "raw_dir", "modalities"])[0]
    place = f"s3://aind-open-data/{NEW}"
    assert row == {"raw_asset_id": uuid_of(1), "raw_dir": place, "modalities": ["pophys"]}


def mounts_of(sources: Sources) -> Sources:
    from aind_session.sources.from_tables import choose

    return choose(sources, "mounts")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none")
def test_what_is_no_file_in_a_mount_hangs_nothing(
    capsule: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = capsule(demo_world(), **{DEMO_SESSION: RAW_ID})
    monkeypatch.setenv("AIND_SESSION_SOURCE", "mounts")
    folder = root / "data" / DEMO_SESSION
    for name in ("subject.json", "odd"):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
    storage = remote_sources().storage
    with pytest.raises(SourceDirNotFoundError):
        storage.read("aind-ephys-data", f"{DEMO_SESSION}/odd")


PARTS = (
    "acquisition data_description instrument model procedures processing quality_control rig "
    "session subject"
).split()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_a_record_is_read_from_its_file(
    capsule: Callable[..., Path], part: str
) -> None:
    root = capsule(World(assets=[raw(1, NEW)]), raw=uuid_of(1))
    content = {"name": NEW, "said": "here"}
    (root / "data" / "raw" / f"{part}.json").write_text(json.dumps(content))
    sources = choose(memory_sources(World()), "mounts")
    assert Session(NEW, sources=sources).docdb[part]["said"] == "here"


SORTED_NAME = f"{DEMO_SESSION}_sorted_2024-03-01_16-02-45"


class TestMetadataOfTheInput:
    """Pipelines copy the metadata of raw data to their results, which are not the raw data."""

    @pytest.mark.parametrize(
        ("folder", "described"),
        [(SORTED_NAME, {}), ("sorted", {"name": SORTED_NAME}), (SORTED_NAME, {"name": None})],
    )
    def test_the_name_with_a_process_is_its_own(
        self, capsule: Callable[..., Path], folder: str, described: dict[str, Any]
    ) -> None:
        world = demo_world()
        root = capsule(world, raw=RAW_ID, **{folder: SORTED})
        copy = root / "data" / folder
        shutil.copy(root / "data" / "raw" / "metadata.nd.json", copy)
        (copy / "data_description.json").write_text(json.dumps(described))
        online = tour(Session(DEMO_SESSION, sources=memory_sources(world)))
        assert tour(Session(DEMO_SESSION, sources=mounts_of(remote_sources()))) == online

    @pytest.mark.parametrize("name", ["metadata.nd.json", "data_description.json"])
    @pytest.mark.parametrize("folder", ["results", DEMO_SESSION])
    def test_a_sorting_is_not_raw_data(
        self, capsule: Callable[..., Path], folder: str, name: str
    ) -> None:
        root = capsule(demo_world(), **{folder: SORTED})
        (root / "data" / folder / "data_description.json").unlink()
        (root / "data" / folder / name).write_text(json.dumps({"name": DEMO_SESSION}))
        session = Session(DEMO_SESSION, sources=mounts_of(memory_sources(World())))
        for ask in (lambda: session.raw_data_asset, lambda: session.raw_data_dir):
            with pytest.raises(NotMountedError):
                ask()

    def test_its_files_are_not_those_of_the_raw_data(self, capsule: Callable[..., Path]) -> None:
        world = demo_world()
        root = capsule(world, a=SORTED, raw=RAW_ID)
        stated = {"name": SORTED_NAME, "location": f"s3://aind-ephys-data/{DEMO_SESSION}"}
        (root / "data" / "a" / "metadata.nd.json").write_text(json.dumps(stated))
        session = Session(DEMO_SESSION, sources=mounts_of(memory_sources(World())))
        assert session.modalities == ("behavior", "behavior_videos", "ecephys")
        assert session.ecephys.sorted_data_asset.id == SORTED

    def test_a_copy_under_another_id_is_not_the_linked_asset(
        self, capsule: Callable[..., Path]
    ) -> None:
        root = capsule(demo_world(), raw=RAW_ID)
        copied = "ffffffff-0000-4000-8000-000000000001"
        shutil.copytree(root / "data" / "raw", root / "data" / "copy")
        described = root / "data" / "copy" / "data_description.json"
        described.write_text(json.dumps({"name": DEMO_SESSION}))
        list_mounts(root, [{"id": copied, "mount": "copy"}, {"id": RAW_ID, "mount": "raw"}])
        session = Session(DEMO_SESSION, sources=mounts_of(memory_sources(World())))
        assert session.raw_data_asset.id == RAW_ID

    def test_its_folder_is_not_taken_by_its_name(self, serve: Serve, data: Path) -> None:
        (data / DEMO_SESSION).mkdir()
        described = data / DEMO_SESSION / "data_description.json"
        described.write_text(json.dumps({"name": SORTED_NAME}))
        session = Session(DEMO_SESSION, sources=serve(demo_world()))
        assert session.where().as_posix().startswith("s3://")
