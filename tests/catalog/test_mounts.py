"""Data are read from the nearest place: a mounted folder, else S3."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import DirectoryNotFoundError, Session, asset_dir, attached
from aind_session.errors import CredentialsError
from aind_session.sources import Sources, memory_sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import COMPUTATION, mounted_world

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
SORTED_ID = "a2a54575-b5ca-4cf0-acd0-2933e18bcb2d"
IN_S3 = f"s3://aind-ephys-data/{DEMO_SESSION}"


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
    (data / DEMO_SESSION).mkdir()  # another asset's folder
    sources = serve(mounted_world(ecephys_session=RAW_ID, **{DEMO_SESSION: SORTED_ID}))
    assert Path(str(Session(DEMO_SESSION, sources=sources).where())) == data / "ecephys_session"
    assert Path(str(asset_dir(RAW_ID, sources=sources))) == data / "ecephys_session"
    assert Path(str(asset_dir(SORTED_ID, sources=sources))) == data / DEMO_SESSION


@pytest.mark.usefixtures("in_computation")
def test_a_folder_that_the_computation_gives_to_another_asset_is_not_taken(
    serve: Serve, data: Path
) -> None:
    (data / DEMO_SESSION).mkdir()
    sources = serve(mounted_world(**{DEMO_SESSION: SORTED_ID}))
    assert Session(DEMO_SESSION, sources=sources).where().as_posix() == IN_S3


@pytest.mark.usefixtures("in_computation")
def test_a_mount_that_is_not_there_is_in_s3(serve: Serve, data: Path) -> None:
    assert asset_dir(RAW_ID, sources=serve(mounted_world(gone=RAW_ID))).as_posix() == IN_S3


@pytest.mark.usefixtures("in_computation")
@pytest.mark.parametrize("mount", ["../outside", "..", "/etc", "a/b"])
def test_a_mount_never_leads_out_of_the_data_directory(
    serve: Serve, data: Path, mount: str
) -> None:
    (data.parent / "outside").mkdir(exist_ok=True)
    (data / "a" / "b").mkdir(parents=True)
    assert asset_dir(RAW_ID, sources=serve(mounted_world(**{mount: RAW_ID}))).as_posix() == IN_S3


@pytest.mark.usefixtures("in_computation")
def test_the_computation_is_asked_once(stand_in: Callable[..., Platform], data: Path) -> None:
    (data / "ecephys_session").mkdir()
    platform = stand_in(mounted_world(ecephys_session=RAW_ID))
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
    platform = stand_in(mounted_world())
    platform.fail("code_ocean", path="computations", status=status)
    assert Path(str(Session(DEMO_SESSION, sources=remote_sources()).where())) == data / DEMO_SESSION


def test_code_ocean_need_not_be_there(data: Path) -> None:
    (data / DEMO_SESSION).mkdir()
    assert Path(str(Session(DEMO_SESSION, sources=no_code_ocean()).where())) == data / DEMO_SESSION


def no_code_ocean() -> Sources:
    return remote_sources()  # without a token and a network


def test_places_may_be_in_capitals(serve: Serve) -> None:
    sources = serve(demo_world())
    path = Session(DEMO_SESSION, sources=sources).where("S3")  # type: ignore[arg-type]
    assert path.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"


@pytest.mark.parametrize("place", ["", "there"])
def test_other_places_are_refused(place: Any) -> None:
    with pytest.raises(ValueError, match="'local' or 's3'"):
        Session(DEMO_SESSION).where(place)
    with pytest.raises(ValueError, match="'local' or 's3'"):
        asset_dir(RAW_ID, place)


def test_a_data_directory_that_is_not_there_holds_nothing(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(tmp_path / "gone"))
    sources = serve(demo_world())
    assert attached(sources=sources).folders == ()
    assert Session(DEMO_SESSION, sources=sources).where().as_posix() == IN_S3
    with pytest.raises(DirectoryNotFoundError, match="gone: no such directory"):
        asset_dir(RAW_ID, "local", sources=sources)


@pytest.mark.usefixtures("in_computation")
@pytest.mark.parametrize(
    "parts",
    [
        [{"mount": DEMO_SESSION}],
        [{"id": RAW_ID}],
        [{"id": RAW_ID, "mount": 5}],
        ["text", None],
        {"not": "a list"},
        None,
    ],
)
def test_odd_parts_of_a_computation_are_passed_over(serve: Serve, data: Path, parts: Any) -> None:
    (data / DEMO_SESSION).mkdir()
    world = mounted_world()
    world.computations["capsule"][0]["data_assets"] = parts
    sources = serve(world)
    assert Path(str(Session(DEMO_SESSION, sources=sources).where())) == data / DEMO_SESSION
    assert [mount.asset_id for mount in attached(sources=sources).folders] == [None]


@pytest.mark.usefixtures("in_computation")
def test_of_two_mounts_of_one_asset_the_one_that_is_there_is_taken(
    serve: Serve, data: Path
) -> None:
    (data / "first").mkdir()
    sources = serve(mounted_world(first=RAW_ID, gone=RAW_ID))
    assert Path(str(asset_dir(RAW_ID, "local", sources=sources))) == data / "first"


@pytest.mark.usefixtures("in_computation")
def test_a_listed_asset_whose_folder_is_missing_is_not_taken_by_name(
    serve: Serve, data: Path
) -> None:
    (data / DEMO_SESSION).mkdir()
    sources = serve(mounted_world(gone=RAW_ID))
    assert Session(DEMO_SESSION, sources=sources).where().as_posix() == IN_S3
    assert asset_dir(RAW_ID, sources=sources).as_posix() == IN_S3


def test_a_folder_named_by_the_id_of_the_asset_needs_no_token(data: Path) -> None:
    (data / RAW_ID).mkdir()
    assert Path(str(asset_dir(RAW_ID, "local", sources=no_code_ocean()))) == data / RAW_ID


def test_an_asset_whose_names_cannot_be_known_is_not_said_to_be_missing(data: Path) -> None:
    with pytest.raises(CredentialsError, match="CODE_OCEAN_API_TOKEN"):
        asset_dir(RAW_ID, "local", sources=no_code_ocean())


@pytest.mark.parametrize("folder", ["its_mount", "its_name"])
def test_an_asset_is_known_by_its_mount_and_its_name(serve: Serve, data: Path, folder: str) -> None:
    (data / folder).mkdir()
    world = demo_world()
    raw = next(asset for asset in world.assets if asset["id"] == RAW_ID)
    raw.update(mount="its_mount", name="its_name")
    assert asset_dir(RAW_ID, sources=serve(world)).name == folder


def test_a_raw_asset_with_a_mount_of_its_own_is_found_by_it(serve: Serve, data: Path) -> None:
    (data / "its_mount").mkdir()
    world = demo_world()
    next(asset for asset in world.assets if asset["id"] == RAW_ID)["mount"] = "its_mount"
    assert Session(DEMO_SESSION, sources=serve(world)).where("local").name == "its_mount"


@pytest.mark.parametrize("name", [DEMO_SESSION, DEMO_SESSION.removeprefix("ecephys_")])
@pytest.mark.parametrize("asked", [DEMO_SESSION, DEMO_SESSION.removeprefix("ecephys_")])
def test_both_names_of_an_acquisition_find_its_folder_without_a_request(
    stand_in: Callable[..., Platform], data: Path, name: str, asked: str
) -> None:
    (data / name).mkdir()
    platform = stand_in(demo_world())
    assert Session(asked, sources=remote_sources()).where().name == name
    assert platform.count() == 0


def test_folders_deeper_down_are_never_looked_at(serve: Serve, data: Path) -> None:
    (data / "deeper" / DEMO_SESSION).mkdir(parents=True)
    assert Session(DEMO_SESSION, sources=serve(demo_world())).where().as_posix() == IN_S3


@pytest.mark.parametrize("inside", [True, False])
def test_an_asset_by_its_id_is_asked_for_once(
    stand_in: Callable[..., Platform], data: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    if inside:
        monkeypatch.setenv("CO_COMPUTATION_ID", COMPUTATION)
    platform = stand_in(mounted_world())
    assert asset_dir(RAW_ID, sources=remote_sources()).as_posix() == IN_S3
    assert platform.count() == 1 + inside


@pytest.mark.usefixtures("in_computation")
def test_s3_asks_nothing_about_what_is_mounted(
    stand_in: Callable[..., Platform], data: Path
) -> None:
    platform = stand_in(mounted_world(ecephys_session=RAW_ID))
    sources = remote_sources()
    Session(DEMO_SESSION, sources=sources).where("s3")
    asset_dir(RAW_ID, "s3", sources=sources)
    assert not [request for request in platform.requests if "computations" in request.path]


@pytest.mark.usefixtures("in_computation")
def test_a_computation_that_is_not_found_is_not_asked_for_at_each_call(
    stand_in: Callable[..., Platform], data: Path
) -> None:
    (data / RAW_ID).mkdir()
    platform = stand_in(demo_world())
    sources = remote_sources()
    for _ in range(3):
        asset_dir(RAW_ID, sources=sources)
    assert platform.count() == 1


@pytest.mark.usefixtures("in_computation")
@pytest.mark.parametrize(
    ("folder", "mounts", "decided"),
    [
        ("listed", {"listed": RAW_ID}, "the computation says so"),
        (DEMO_SESSION, {}, "was chosen by its name"),
        ("other", {}, "it is read from S3"),
    ],
)
def test_the_log_says_what_decided(
    data: Path,
    caplog: pytest.LogCaptureFixture,
    folder: str,
    mounts: dict[str, str],
    decided: str,
) -> None:
    (data / folder).mkdir()
    caplog.set_level(logging.DEBUG, logger="aind_session.catalog.mounts")
    Session(DEMO_SESSION, sources=memory_sources(mounted_world(**mounts))).where()
    assert [record.getMessage() for record in caplog.records if decided in record.getMessage()]


def test_local_says_that_other_names_are_not_known_without_code_ocean(data: Path) -> None:
    (data / "something_else").mkdir()
    with pytest.raises(
        DirectoryNotFoundError, match=r"(?s)something_else.*its other names: unknown: .*token"
    ):
        Session(DEMO_SESSION, sources=no_code_ocean()).where("local")
