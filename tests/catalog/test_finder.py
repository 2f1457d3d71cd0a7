"""A finder returns the object, its evidence, and errors that list the places searched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import (
    AssetNotFoundError,
    DirectoryNotFoundError,
    Session,
    SourceDownWarning,
)
from aind_session.catalog.finder import SessionFinder
from aind_session.conventions.names import parse_session
from aind_session.errors import RemoteError
from aind_session.sources import Sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import empty_world, raw, record, uuid_of

NEVER_UPLOADED = "ecephys_676909_2023-12-12_10-00-00"


def test_answers_name_the_raw_asset_and_its_place(serve: Serve) -> None:
    finder = SessionFinder.of(parse_session(DEMO_SESSION), serve(demo_world()))
    raw = finder.raw_asset()
    assert raw.value is not None
    assert (raw.value.id, raw.failures) == ("16d46411-540a-4122-b47f-8cb2a15d593a", ())
    assert str(finder.raw_location().value) == f"s3://aind-ephys-data/{DEMO_SESSION}"
    assert next(asset.id for asset in finder.assets().value or ()) == raw.value.id
    assert finder.recorded_modalities() == ("behavior", "behavior_videos", "ecephys")


def test_where_nothing_is_the_answer_is_none_and_the_error_names_what_comes_close(
    serve: Serve,
) -> None:
    finder = SessionFinder.of(parse_session(NEVER_UPLOADED), serve(demo_world()))
    assert finder.raw_asset().value is None
    assert finder.nearest()[0] == "ecephys_676909_2023-12-11_14-24-35"
    with pytest.raises(AssetNotFoundError, match="ecephys_676909_2023-12-11_14-24-35"):
        finder.expect_raw_asset()
    with pytest.raises(DirectoryNotFoundError, match="AIND_SESSION_BUCKETS"):
        finder.expect_raw_location()


def test_one_that_knows_only_what_was_asked_asks_nothing(serve: Serve) -> None:
    finder = SessionFinder.of(parse_session(DEMO_SESSION), serve(demo_world()))
    known = finder.known_only()
    assert isinstance(known.raw_location().failures[0], RemoteError)
    place = finder.raw_location().value
    assert known.raw_location().value == place


def test_a_record_without_a_place_does_not_hide_the_one_that_has_it(serve: Serve) -> None:
    name = "ecephys_700001_2024-05-01_10-00-00"
    found = empty_world()
    found.records["v1"] += [
        {**record(name, "s3://aind-open-data/here"), "created": "2024-06-01T00:00:00"},
        {**record(name, None), "created": "2024-07-01T00:00:00"},
    ]
    finder = SessionFinder.of(parse_session(name), serve(found))
    assert str(finder.raw_location().value) == "s3://aind-open-data/here"


def test_a_record_without_a_subject_names_the_place_where_s3_has_no_directory_of_the_name(
    serve: Serve,
) -> None:
    world = empty_world()
    world.records["v1"] += [record(DEMO_SESSION, "s3://elsewhere/x", subject=None)]
    world.objects["aind-ephys-data"] |= {f"{DEMO_SESSION[8:]}/behavior/x": b""}
    assert _raw_data_dir(serve(world)) == "s3://elsewhere/x"
    world.objects["aind-ephys-data"] |= {f"{DEMO_SESSION}/behavior/x": b""}
    assert _raw_data_dir(serve(world)) == f"s3://aind-ephys-data/{DEMO_SESSION}"


def _raw_data_dir(sources: Sources) -> str:
    return Session(DEMO_SESSION, sources=sources).raw_data_dir.as_posix()


ONE = "ecephys_700001_2024-01-01_10-00-00"


def test_an_answer_without_a_source_names_what_was_asked_for(
    stand_in: Callable[..., Platform],
) -> None:
    found = empty_world()
    found.assets.append(raw(1, ONE))
    stand_in(found).fail("docdb", status=403)
    session = Session(ONE, sources=remote_sources())
    with pytest.warns(SourceDownWarning, match=f"raw_data_asset of {ONE} was answered without"):
        assert session.raw_data_asset.id == uuid_of(1)
    with pytest.warns(SourceDownWarning, match=f"raw_data_dir of {ONE} was answered without"):
        assert session.raw_data_dir.as_posix() == f"s3://aind-open-data/{ONE}"


@pytest.mark.parametrize(
    ("archived", "placed", "hint"),
    [
        (True, False, f": {uuid_of(1)}"),
        (
            False,
            True,
            f"the raw data are in s3://aind-open-data/{ONE}: create a data asset from them",
        ),
        (False, False, "the session has probably not been uploaded"),
    ],
)
def test_what_is_not_found_says_what_there_is_instead(
    serve: Serve, archived: bool, placed: bool, hint: str
) -> None:
    found = empty_world()
    found.assets += [raw(2, ONE.replace("01_10", "02_10")), raw(3, ONE.replace("01_10", "09_10"))]
    if archived:
        found.assets.append(raw(1, ONE, archived=True))
    if placed:
        found.objects["aind-open-data"][f"{ONE}/x"] = b""
    with pytest.raises(AssetNotFoundError) as caught:
        Session(ONE, sources=serve(found)).raw_data_asset
    text = str(caught.value)
    assert text.startswith(f"a raw data asset of {ONE} was not found")
    assert hint in text
    assert caught.value.close == (
        ONE.replace("01_10", "02_10"),
        ONE.replace("01_10", "09_10"),
    )


def test_the_other_name_of_a_session_has_the_platform_of_most(serve: Serve) -> None:
    found = empty_world()
    bare = ONE.removeprefix("ecephys_")
    found.assets += [
        raw(2, "behavior_700001_2024-01-02_10-00-00"),
        raw(3, "behavior_700001_2024-01-03_10-00-00"),
        raw(4, "ecephys_700001_2024-01-04_10-00-00"),
    ]
    found.objects["aind-ephys-data"][f"behavior_{bare}/x"] = b""
    session = Session(bare, sources=serve(found))
    assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/behavior_{bare}"
    alone = empty_world()
    alone.objects["aind-ephys-data"][f"ecephys_{bare}/x"] = b""
    session = Session(bare, sources=serve(alone))
    assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/ecephys_{bare}"
    with_platform = empty_world()
    with_platform.objects["aind-ephys-data"][f"{bare}/x"] = b""
    session = Session(ONE, sources=serve(with_platform))
    assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{bare}"
