"""``session.lims``: the session's ID in LIMS2, from the names of its files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import aind_session
from aind_session import (
    AccessDeniedError,
    ContentNotFoundError,
    DirectoryNotFoundError,
    Session,
)
from aind_session.extensions.lims import LimsExtension
from aind_session.sources import remote_sources, use_sources
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import QUIET, Platform
from tests.worlds import empty_world, raw

NAMES = [f"ecephys_700001_2024-01-0{day}_00-00-00" for day in (1, 2, 3)]
ID = 1386750279


def world() -> World:
    """Three sessions, of which the second has the ID, in the second folder."""
    found = empty_world()
    for number, name in enumerate(NAMES):
        found.assets.append(raw(number, name))
        files = found.objects["aind-open-data"]
        files[f"{name}/behavior/20240814_123456.h5"] = b""
        files[f"{name}/ecephys/x/{ID}_deeper.sync"] = b""
        files[f"{name}/vr/{ID if number == 1 else 123}_700001_20240814.sync"] = b""
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1386750279_747816_20240814.sync", 1386750279),
        ("x_123456789.h5", 123456789),
        ("20240814135737_1386750279.x", 1386750279),
        ("_1386750279", 1386750279),
    ],
)
def test_an_id_is_a_long_number_that_is_no_time(text: str, expected: int) -> None:
    assert aind_session.lims.extract_id(text) == expected


@pytest.mark.parametrize("text", ["", "12345678_x", "20240814135737", "a1386750279b", "x"])
def test_text_without_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nine digits"):
        LimsExtension.extract_id(text)


def test_the_id_is_in_a_modality_folder(serve: Serve) -> None:
    sources = serve(world())
    assert Session(NAMES[1], sources=sources).lims.id == ID
    with use_sources(sources):
        assert LimsExtension.get_id(NAMES[1]) == ID
        assert LimsExtension.get_session(700001, ID) == Session(NAMES[1])
        assert LimsExtension.get_session("700001", str(ID)).id == NAMES[1]


def test_none_is_a_value_error_that_says_where_was_looked(serve: Serve) -> None:
    sources = serve(world())
    with pytest.raises(ValueError, match=NAMES[0]) as caught:
        Session(NAMES[0], sources=sources).lims.id
    assert isinstance(caught.value, ContentNotFoundError)
    with use_sources(sources), pytest.raises(ValueError, match=f"(?s){NAMES[0]}.*{NAMES[2]}"):
        LimsExtension.get_session(700001, 999999999)


def test_no_directory_is_an_error_of_its_own(serve: Serve) -> None:
    with pytest.raises(DirectoryNotFoundError):
        Session(NAMES[0], sources=serve(empty_world())).lims.id


def test_each_folder_is_listed_once(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world(), quiet=QUIET)
    session = Session(NAMES[1], sources=remote_sources())
    assert [session.lims.id, session.lims.id] == [ID, ID]
    assert platform.count("s3") == 1 + 3
    assert platform.steps() == 3


def test_a_search_stops_at_the_first_hit(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world())
    with use_sources(remote_sources()):
        LimsExtension.get_session(700001, ID)
    assert platform.count("s3") == 2 * (1 + 3)
    assert not any(NAMES[2] in request.query for request in platform.requests)


def test_a_session_that_may_not_be_read_does_not_hide_another(
    stand_in: Callable[..., Platform],
) -> None:
    found = world()
    found.assets[0] = raw(0, NAMES[0], bucket="aind-private-data-prod-o5171v")
    platform = stand_in(found)
    platform.forbidden_buckets.add("aind-private-data-prod-o5171v")
    with use_sources(remote_sources()):
        assert LimsExtension.get_session(700001, ID).id == NAMES[1]
        with pytest.raises(AccessDeniedError):
            LimsExtension.get_session(700001, 999999999)
