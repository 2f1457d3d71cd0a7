"""Data are read where they are nearest: in a mounted folder, else in S3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import DirectoryNotFoundError, Session, asset_dir, attached
from aind_session.sources import Sources, remote_sources
from aind_session.sources.facts import DEMO_SESSION, demo_world
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import Platform

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
SORTED_ID = "a2a54575-b5ca-4cf0-acd0-2933e18bcb2d"
COMPUTATION = "0000000c-0000-4000-8000-0000000000aa"
IN_S3 = f"s3://aind-ephys-data/{DEMO_SESSION}"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with mounted data assets."""
    where = tmp_path / "data"
    where.mkdir()
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(where))
    return where


def world_of(**mounts: str) -> World:
    """The documented facts, and a computation with assets mounted: folder to ID."""
    world = demo_world()
    parts: list[dict[str, Any]] = [{"id": i, "mount": folder} for folder, i in mounts.items()]
    computation = {"id": COMPUTATION, "state": "running", "data_assets": parts}
    world.computations["capsule"] = [computation]
    return world


@pytest.fixture
def in_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CO_COMPUTATION_ID", COMPUTATION)


def test_without_a_data_directory_it_is_s3(serve: Serve) -> None:
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    assert session.where().as_posix() == session.where("s3").as_posix() == IN_S3
    with pytest.raises(DirectoryNotFoundError, match="AIND_SESSION_DATA_DIR"):
        session.where("local")


def test_a_folder_of_the_sessions_name_is_taken(serve: Serve, data: Path) -> None:
    (data / DEMO_SESSION / "behavior").mkdir(parents=True)
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    assert Path(str(session.where())) == data / DEMO_SESSION
    assert (session.where("local") / "behavior").is_dir()
    assert session.where("s3").as_posix() == session.raw_data_dir.as_posix() == IN_S3


def test_what_is_not_mounted_is_in_s3_and_local_says_what_is(serve: Serve, data: Path) -> None:
    (data / "something_else").mkdir()
    session = Session(DEMO_SESSION, sources=serve(demo_world()))
    assert session.where().as_posix() == IN_S3
    with pytest.raises(DirectoryNotFoundError, match=r"(?s)something_else.*attach"):
        session.where("local")


@pytest.mark.usefixtures("in_computation")
def test_the_computation_tells_where_an_asset_is_mounted(serve: Serve, data: Path) -> None:
    (data / "ecephys_session").mkdir()
    (data / DEMO_SESSION).mkdir()  # of another asset
    sources = serve(world_of(ecephys_session=RAW_ID, **{DEMO_SESSION: SORTED_ID}))
    assert Path(str(Session(DEMO_SESSION, sources=sources).where())) == data / "ecephys_session"
    assert Path(str(asset_dir(RAW_ID, sources=sources))) == data / "ecephys_session"
    assert Path(str(asset_dir(SORTED_ID, sources=sources))) == data / DEMO_SESSION


@pytest.mark.usefixtures("in_computation")
def test_a_folder_that_the_computation_gives_to_another_asset_is_not_taken(
    serve: Serve, data: Path
) -> None:
    (data / DEMO_SESSION).mkdir()
    sources = serve(world_of(**{DEMO_SESSION: SORTED_ID}))
    assert Session(DEMO_SESSION, sources=sources).where().as_posix() == IN_S3


@pytest.mark.usefixtures("in_computation")
def test_a_mount_that_is_not_there_is_in_s3(serve: Serve, data: Path) -> None:
    assert asset_dir(RAW_ID, sources=serve(world_of(gone=RAW_ID))).as_posix() == IN_S3


@pytest.mark.usefixtures("in_computation")
@pytest.mark.parametrize("mount", ["../outside", "..", "/etc", "a/b"])
def test_a_mount_never_leads_out_of_the_data_directory(
    serve: Serve, data: Path, mount: str
) -> None:
    (data.parent / "outside").mkdir(exist_ok=True)
    (data / "a" / "b").mkdir(parents=True)
    assert asset_dir(RAW_ID, sources=serve(world_of(**{mount: RAW_ID}))).as_posix() == IN_S3


@pytest.mark.usefixtures("in_computation")
def test_the_computation_is_asked_once(stand_in: Callable[..., Platform], data: Path) -> None:
    (data / "ecephys_session").mkdir()
    platform = stand_in(world_of(ecephys_session=RAW_ID))
    sources = remote_sources()
    for _ in range(3):
        assert asset_dir(RAW_ID, sources=sources).name == "ecephys_session"
    assert platform.count() == 1


@pytest.mark.usefixtures("in_computation")
@pytest.mark.parametrize("status", [401, 404])
def test_names_help_when_the_computation_cannot_be_asked(
    stand_in: Callable[..., Platform], data: Path, status: int
) -> None:
    (data / DEMO_SESSION).mkdir()
    platform = stand_in(world_of())
    platform.fail("code_ocean", path="computations", status=status)
    assert Path(str(Session(DEMO_SESSION, sources=remote_sources()).where())) == data / DEMO_SESSION


def test_code_ocean_need_not_be_there(data: Path) -> None:
    (data / DEMO_SESSION).mkdir()
    assert Path(str(Session(DEMO_SESSION, sources=no_code_ocean()).where())) == data / DEMO_SESSION


def no_code_ocean() -> Sources:
    return remote_sources()  # with no token in the environment, and no network


@pytest.mark.parametrize("place", ["S3", "", "there"])
def test_other_places_are_refused(place: Any) -> None:
    with pytest.raises(ValueError, match="'local' or 's3'"):
        Session(DEMO_SESSION).where(place)
    with pytest.raises(ValueError, match="'local' or 's3'"):
        asset_dir(RAW_ID, place)


@pytest.mark.usefixtures("in_computation")
def test_what_is_attached_is_listed_with_sessions_and_assets(
    stand_in: Callable[..., Platform], data: Path
) -> None:
    for name in (DEMO_SESSION, "model", "ecephys_session"):
        (data / name / "deep").mkdir(parents=True)
    (data / "file").touch()
    platform = stand_in(world_of(ecephys_session=RAW_ID))
    found = attached(sources=remote_sources())
    assert [mount.path.name for mount in found.folders] == sorted(
        [DEMO_SESSION, "model", "ecephys_session"]
    )
    assert found.sessions == (Session(DEMO_SESSION),)
    assert platform.count() == 1
    assert [asset.id for asset in found.assets] == [RAW_ID]


def test_nothing_is_attached_elsewhere() -> None:
    assert attached().folders == attached().sessions == attached().assets == ()
