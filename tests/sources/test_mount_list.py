"""Which assets are mounted, from the list of a capsule and its folders."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    LeftOutWarning,
    NotMountedError,
    Session,
    memory_sources,
)
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.memory import World
from tests.capsules import fill, list_mounts
from tests.conftest import Serve
from tests.platform import Platform
from tests.sources.test_mounted import RAW_ID, SORTED, mounts_of
from tests.worlds import COMPUTATION, mounted_world


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"id": SORTED, "mount": "../code"}, "does not name a folder"),
        ({"id": SORTED, "mount": "link"}, "leads out of the data directory"),
        ({"id": SORTED, "mount": "raw"}, "repeats a mount"),
        ({"id": SORTED, "mount": "none"}, "has no folder"),
        ({"id": 5, "mount": "raw2"}, "lacks an ID or a mount"),
        ("nonsense", "lacks an ID or a mount"),
    ],
)
def test_odd_entries_are_left_out_and_said(
    capsule: Callable[..., Path], entry: Any, reason: str
) -> None:
    root = capsule(demo_world(), raw=RAW_ID)
    (root / "data" / "link").symlink_to(root / "code")
    list_mounts(root, [{"id": RAW_ID, "mount": "raw"}, entry])
    session = Session(DEMO_SESSION, sources=mounts_of(memory_sources(World())))
    with pytest.warns(LeftOutWarning, match=reason):
        assert session.raw_data_asset.id == RAW_ID


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2, "attached_datasets": []}'])
def test_an_odd_list_is_said(capsule: Callable[..., Path], content: str) -> None:
    root = capsule(demo_world(), raw=RAW_ID)
    (root / ".codeocean" / ".datasets.json").write_text(content)
    session = Session(DEMO_SESSION, sources=mounts_of(memory_sources(World())))
    with pytest.warns(LeftOutWarning, match="version 1"), pytest.raises(NotMountedError):
        session.raw_data_asset


def test_damaged_metadata_leave_what_the_others_tell(capsule: Callable[..., Path]) -> None:
    root = capsule(demo_world(), raw=RAW_ID)
    (root / "data" / "raw" / "processing.json").write_text("{")
    session = Session(DEMO_SESSION, sources=mounts_of(memory_sources(World())))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert session.raw_data_asset.id == RAW_ID


class TestChanges:
    """A mount is used only if it belongs to the asset."""

    def test_refresh_sees_what_was_attached(
        self, serve: Serve, capsule: Callable[..., Path]
    ) -> None:
        world = demo_world()
        root = capsule(world)
        session = Session(DEMO_SESSION, sources=serve(world))
        in_s3 = session.where().as_posix()
        assert in_s3.startswith("s3://")
        fill(root / "data" / "mine", world, RAW_ID)
        list_mounts(root, [{"id": RAW_ID, "mount": "mine"}])
        session.refresh()
        assert Path(str(session.where())) == root / "data" / "mine"
        list_mounts(root, [{"id": SORTED, "mount": "mine"}])
        session.refresh()
        assert session.where().as_posix() == in_s3

    @pytest.mark.usefixtures("in_computation")
    def test_refresh_asks_the_computation_again(
        self, stand_in: Callable[..., Platform], data: Path
    ) -> None:
        (data / "mine").mkdir()
        world = mounted_world(other=SORTED)
        stand_in(world)
        session = Session(DEMO_SESSION, sources=remote_sources())
        assert session.where().as_posix().startswith("s3://")
        inputs = next(c for of in world.computations.values() for c in of if c["id"] == COMPUTATION)
        inputs["data_assets"] = [{"id": RAW_ID, "mount": "mine"}]
        session.refresh()
        assert Path(str(session.where())) == data / "mine"
        inputs["data_assets"] = [{"id": SORTED, "mount": "mine"}]
        session.refresh()
        assert session.where().as_posix().startswith("s3://")


def test_a_folder_of_another_asset_is_not_taken_by_its_name(serve: Serve, data: Path) -> None:
    (data / DEMO_SESSION).mkdir()
    other = {"name": "behavior_700001_2024-01-01_10-00-00"}
    (data / DEMO_SESSION / "data_description.json").write_text(json.dumps(other))
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    assert session.where().as_posix().startswith("s3://")


def test_a_folder_that_was_emptied_is_not_mounted(capsule: Callable[..., Path]) -> None:
    root = capsule(demo_world(), raw=RAW_ID)
    session = Session(DEMO_SESSION, sources=mounts_of(memory_sources(World())))
    assert session.raw_data_dir.name == DEMO_SESSION
    shutil.rmtree(root / "data" / "raw")
    (root / "data" / "raw").mkdir()
    with pytest.raises(NotMountedError):
        session.ecephys.clipped_dir
