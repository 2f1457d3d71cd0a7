"""Files of a kind are found in all layouts over the years, mounted or in a bucket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session import ContentNotFoundError, Session, SeveralFoundError, asset_files, nwb_of
from aind_session.conventions.layout import KINDS, Search
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, uuid_of

NAME = "ecephys_700001_2024-01-01_10-00-00"
BUCKET = "aind-open-data"
STREAM = "experiment1_Record Node 104#Neuropix-PXI-100.{}.zarr"

OLD = [
    "ecephys_compressed/" + STREAM.format("ProbeA-AP") + "/.zattrs",
    "ecephys_compressed/" + STREAM.format("ProbeA-LFP") + "/.zattrs",
    "ecephys_compressed/" + STREAM.format("ProbeB-AP") + "/.zattrs",
    "ecephys_compressed/experiment1_Record Node 104#NI-DAQmx-103.PXIe-6341.zarr/.zattrs",
    "ecephys_clipped/Record Node 104/settings.xml",
    "behavior_videos/Behavior_20240101.mp4",
    "behavior_videos/Behavior_20240101.json",
    "behavior/1386750279_700001_20240101.sync",
    "subject.json",
]
NEW = [
    "ecephys/ecephys_compressed/" + STREAM.format("ProbeA") + "/.zattrs",
    "ecephys/ecephys_clipped/Record Node 104/settings.xml",
    "ecephys/ecephys_clipped/Record Node 105/settings.xml",
    "behavior-videos/Face/video.mp4",
    "behavior-videos/Face/metadata.csv",
    "behavior-videos/Body/video.mp4",
    "subject.json",
]


def world(paths: list[str], key: str = NAME) -> World:
    made = empty_world()
    made.assets.append(raw(1, NAME))
    made.records["v1"].append(record(NAME, f"s3://{BUCKET}/{NAME}", uuid_of(1)))
    add(made, paths, key)
    return made


def add(made: World, paths: list[str], key: str) -> None:
    made.objects[BUCKET] |= {f"{key}/{path}": b"x" for path in paths}


def names(session: Session, kind: str) -> list[str]:
    root = session.raw_data_dir.as_posix()
    return [path.as_posix().removeprefix(f"{root}/") for path in session.files(kind)]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("behavior_videos", [OLD[5]], [NEW[5], NEW[3]]),
        ("video_metadata", [OLD[6]], [NEW[4]]),
        ("settings", [OLD[4]], NEW[1:3]),
        ("metadata", ["subject.json"], ["subject.json"]),
        ("sync", [OLD[7]], []),
        ("nwb", [], []),
    ],
)
def test_each_kind_is_found_in_older_and_newer_layouts(
    serve: Serve, kind: str, old: list[str], new: list[str]
) -> None:
    assert names(Session(NAME, sources=serve(world(OLD))), kind) == old
    assert names(Session(NAME, sources=serve(world(NEW))), kind) == new


def test_a_zarr_store_is_one_path_and_is_not_listed(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world(OLD))
    found = names(Session(NAME), "recordings")
    assert len(found) == 4
    assert {path.rpartition(".")[2] for path in found} == {"zarr"}
    assert platform.count("s3") == 2  # both possible folders, in parallel


def test_probes_and_settings_of_a_recording(serve: Serve) -> None:
    session = Session(NAME, sources=serve(world(OLD)))
    assert session.ecephys.probes == ("ProbeA", "ProbeB")
    assert [path.name for path in session.ecephys.settings] == ["settings.xml"]
    newer = Session(NAME, sources=serve(world(NEW)))
    assert newer.ecephys.probes == ("ProbeA",)
    assert [path.parent.name for path in newer.ecephys.settings] == [
        "Record Node 104",
        "Record Node 105",
    ]


def test_mounted_files_are_found_without_a_request(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(tmp_path))
    for path in NEW:
        (tmp_path / NAME / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / NAME / path).write_text("x")
    session = Session(NAME, sources=serve(empty_world()))
    found = session.files("behavior_videos")
    assert [Path(path.as_posix()).relative_to(tmp_path / NAME).as_posix() for path in found] == [
        "behavior-videos/Body/video.mp4",
        "behavior-videos/Face/video.mp4",
    ]


def test_the_nwb_of_a_session_is_the_latest_that_is_ready(serve: Serve) -> None:
    made = world(OLD)
    for number, day, state in ((2, "02", "ready"), (3, "03", "ready"), (4, "04", "failed")):
        name = f"{NAME}_nwb_2024-02-{day}_00-00-00"
        made.assets.append(raw(number, name, state=state, tags=[]))
        made.assets[-1]["custom_metadata"]["data level"] = "derived"
        add(made, [f"{NAME}.nwb"], name)
    session = Session(NAME, sources=serve(made))
    assert session.nwb().as_posix() == f"s3://{BUCKET}/{NAME}_nwb_2024-02-03_00-00-00/{NAME}.nwb"
    assert nwb_of(uuid_of(2), sources=serve(made)).name == f"{NAME}.nwb"


def test_a_sorted_asset_and_raw_data_can_hold_the_nwb(serve: Serve) -> None:
    made = world([*NEW, "ecephys.nwb.zarr/.zgroup"])
    assert Session(NAME, sources=serve(made)).nwb().name == "ecephys.nwb.zarr"
    name = f"{NAME}_sorted_2024-02-02_00-00-00"
    made.assets.append(raw(2, name, tags=[]))
    made.assets[-1]["custom_metadata"]["data level"] = "derived"
    add(made, ["nwb/one.nwb", "output"], name)
    assert Session(NAME, sources=serve(made)).nwb().name == "one.nwb"


def test_an_asset_that_says_no_place_is_looked_for_by_its_id(serve: Serve) -> None:
    made = world(OLD)
    made.assets.append(asset(2, f"{NAME}_nwb_2024-02-02_00-00-00", type="combined"))
    add(made, ["one.nwb"], uuid_of(2))
    nwb = Session(NAME, sources=serve(made)).nwb()
    assert nwb.as_posix() == f"s3://{BUCKET}/{uuid_of(2)}/one.nwb"


def test_of_other_assets_three_sorted_ones_and_one_raw_one_are_looked_into(serve: Serve) -> None:
    made = world(OLD)
    made.assets.append(raw(2, NAME))
    for number in (3, 4, 5, 6):
        name = f"{NAME}_sorted_2024-02-0{number}_00-00-00"
        made.assets.append(raw(number, name, tags=[]))
        made.assets[-1]["custom_metadata"]["data level"] = "derived"
        add(made, ["output"], name)
    with pytest.raises(ContentNotFoundError) as caught:
        Session(NAME, sources=serve(made)).nwb()
    assert [(one.place, one.outcome) for one in caught.value.searched] == [
        (f"data asset {NAME}_sorted_2024-02-06_00-00-00", "no NWB file"),
        (f"data asset {NAME}_sorted_2024-02-05_00-00-00", "no NWB file"),
        (f"data asset {NAME}_sorted_2024-02-04_00-00-00", "no NWB file"),
        (f"data asset {NAME}", "no NWB file"),
    ]


def test_several_nwb_files_are_listed_and_none_says_where_was_looked(serve: Serve) -> None:
    made = world(["a.nwb", "b.nwb"])
    sources = serve(made)
    with pytest.raises(SeveralFoundError, match=r"b\.nwb"):
        Session(NAME, sources=sources).nwb()
    assert [path.name for path in asset_files(uuid_of(1), "nwb", sources=sources)] == [
        "a.nwb",
        "b.nwb",
    ]
    without = serve(world(OLD))
    with pytest.raises(ContentNotFoundError, match=NAME):
        Session(NAME, sources=without).nwb()
    with pytest.raises(ContentNotFoundError):
        nwb_of(uuid_of(1), sources=without)


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="'nwb'"):
        Session(NAME).files("videos")


def test_an_asset_that_only_mentions_nwb_in_its_project_is_not_one(serve: Serve) -> None:
    made = world(OLD)
    made.assets.append(asset(2, f"{NAME}_processed_2024-02-02_00-00-00", tags=["nwb"]))
    with pytest.raises(ContentNotFoundError):
        Session(NAME, sources=serve(made)).nwb()


@pytest.mark.parametrize("kind", KINDS)
def test_patterns_are_relative_paths(kind: str) -> None:
    assert Search.of(kind).patterns
    assert all(part for parts in Search.of(kind).patterns for part in parts)
