"""Answers have notes about what is missing or wrong, instead of omitting it silently."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

import aind_session
from aind_session import (
    AccessDenied,
    AccessDeniedError,
    Archived,
    Missing,
    Note,
    NotInDocDB,
    OnlyInS3,
    PassedOver,
    Session,
    SourceDown,
    StrictError,
    Subject,
    UnavailableError,
)
from aind_session.diagnosis.notes import Noted
from aind_session.sources import memory_sources, remote_sources
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import QUIET, Platform
from tests.worlds import asset, empty_world, raw, record, uuid_of

NAME = "ecephys_700001_2024-01-01_00-00-00"
BUCKET = "aind-open-data"
PLACE = f"s3://{BUCKET}/{NAME}"


def world_of(*assets: dict[str, object], links: tuple[int, ...] = (1,)) -> World:
    """A world with these assets, and a record of the session that links some of them."""
    world = empty_world()
    world.assets = list(assets)
    world.records["v1"] = [record(NAME, PLACE, *map(uuid_of, links))]
    world.objects[BUCKET][f"{NAME}/behavior/x"] = b""
    return world


def kinds(notes: tuple[Note, ...]) -> list[tuple[type[Note], str]]:
    return [(type(note), note.about) for note in notes]


def test_where_all_is_well_there_is_no_note(serve: Serve) -> None:
    sources = serve(world_of(raw(1, NAME)))
    assert Session(NAME, sources=sources).data_assets.notes == ()
    assert Subject("700001", sources=sources).data_assets.notes == ()


def test_an_asset_that_a_record_names_and_that_is_closed(serve: Serve) -> None:
    world = world_of(raw(1, NAME), asset(2, "elsewhere"), links=(1, 2))
    world.assets[1]["custom_metadata"] = {}
    world.hidden = {uuid_of(2)}
    assets = Session(NAME, sources=serve(world)).data_assets
    assert [a.id for a in assets] == [uuid_of(1)]
    assert kinds(assets.notes) == [(AccessDenied, uuid_of(2))]
    assert isinstance(assets.notes[0].error, AccessDeniedError)


def test_an_archived_asset(serve: Serve) -> None:
    world = world_of(raw(1, NAME), asset(2, f"{NAME}_sorted_2024-02-01_00-00-00", archived=True))
    assets = Session(NAME, sources=serve(world)).data_assets
    assert len(assets) == 1
    assert kinds(assets.notes) == [(Archived, uuid_of(2))]
    assert f"{NAME}_sorted_2024-02-01_00-00-00 is archived" in assets.notes[0].text


def test_an_asset_that_a_record_names_and_nobody_knows(serve: Serve) -> None:
    assets = Session(NAME, sources=serve(world_of(raw(1, NAME), links=(1, 9)))).data_assets
    assert kinds(assets.notes) == [(Missing, uuid_of(9))]


def test_an_asset_without_a_record(serve: Serve) -> None:
    world = world_of(raw(1, NAME), asset(2, f"{NAME}_sorted_2024-02-01_00-00-00"))
    assets = Session(NAME, sources=serve(world)).data_assets
    assert kinds(assets.notes) == [(NotInDocDB, uuid_of(2))]


@pytest.mark.parametrize("is_recorded", [True, False])
def test_raw_data_without_an_asset(serve: Serve, is_recorded: bool) -> None:
    world = world_of(links=())
    if not is_recorded:
        world.records["v1"].clear()
    assets = Session(NAME, sources=serve(world)).data_assets
    assert len(assets) == 0
    assert kinds(assets.notes) == [(OnlyInS3, NAME)]
    assert PLACE in assets.notes[0].text


def test_a_source_that_is_down_is_a_note_and_hides_no_other(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(world_of(raw(1, NAME), links=(1, 9)))
    platform.fail("docdb", path="/v2/")
    assets = Session(NAME, sources=impatient()).data_assets
    assert kinds(assets.notes) == [(SourceDown, "DocDB"), (Missing, uuid_of(9))]


def test_what_could_not_be_looked_up_is_not_called_unrecorded(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(world_of(raw(1, NAME)))
    platform.fail("docdb")
    assets = Session(NAME, sources=impatient()).data_assets
    assert set(kinds(assets.notes)) == {(SourceDown, "DocDB")}


def test_notes_cost_nothing_until_they_are_read_and_then_one_step(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(world_of(raw(1, NAME)), quiet=QUIET)
    assets = Session(NAME, sources=remote_sources()).data_assets
    assert platform.count() == 2
    platform.forget()
    assets.notes
    assert (platform.count(), platform.steps()) == (4, 1)
    platform.forget()
    assets.notes
    assert platform.count() == 0


def test_subjects_carry_the_notes_of_all_their_sessions(serve: Serve) -> None:
    other = "behavior_700001_2024-01-02_00-00-00"
    world = world_of(raw(1, NAME), raw(2, other), asset(3, f"{NAME}_x", archived=True))
    subject = Subject("700001", sources=serve(world))
    expected = [(Archived, uuid_of(3)), (NotInDocDB, uuid_of(2))]
    assert kinds(subject.data_assets.notes) == kinds(subject.sessions.notes) == expected


class TestStrict:
    def test_notes_are_errors(self, serve: Serve) -> None:
        world = world_of(raw(1, NAME), asset(2, f"{NAME}_sorted_2024-02-01_00-00-00"))
        session = Session(NAME, sources=serve(world))
        with aind_session.strict(), pytest.raises(StrictError, match="no metadata record") as e:
            session.data_assets
        assert [type(reason) for reason in e.value.reasons] == [NotInDocDB]

    def test_the_error_of_a_note_is_raised_itself(self, serve: Serve) -> None:
        world = world_of(raw(1, NAME), asset(2, "elsewhere"), links=(1, 2))
        world.assets[1]["custom_metadata"] = {}
        world.hidden = {uuid_of(2)}
        session = Session(NAME, sources=serve(world))
        with aind_session.strict(), pytest.raises(AccessDeniedError, match=uuid_of(2)):
            session.data_assets

    def test_a_source_that_is_down_is_its_error(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(world_of(raw(1, NAME)))
        platform.fail("docdb", path="/v1/")
        with aind_session.strict(), pytest.raises(UnavailableError, match="DocDB"):
            Session(NAME, sources=impatient()).data_assets

    def test_where_all_is_well_it_changes_nothing(self, serve: Serve) -> None:
        session = Session(NAME, sources=serve(world_of(raw(1, NAME))))
        with aind_session.strict():
            assert [a.id for a in session.data_assets] == [uuid_of(1)]


class TestNoted:
    def test_it_is_a_tuple(self) -> None:
        noted: Noted[int] = Noted([1, 2], lambda: ())
        assert noted == (1, 2)
        assert isinstance(noted, tuple)
        assert repr(noted) == "(1, 2)"
        assert hash(noted) == hash((1, 2))

    def test_copies_travel_with_the_notes_that_were_asked_for(self) -> None:
        def review() -> list[Note]:
            return [Missing("a", "b")]

        noted: Noted[int] = Noted([1], review)
        assert pickle.loads(pickle.dumps(noted)) == (1,)
        assert noted.notes
        for made in (pickle.loads(pickle.dumps(noted)), copy.copy(noted), copy.deepcopy(noted)):
            assert list(made) == [1]
            assert made.notes == (Missing("a", "b"),)


def test_memory_sources_know_archived_assets() -> None:
    world = world_of(raw(1, NAME), asset(2, f"{NAME}_x", archived=True))
    found = memory_sources(world).assets.search({"query": "700001", "archived": True})
    assert [body["id"] for body in found] == [uuid_of(2)]


def test_what_a_record_links_and_is_not_the_sessions_raw_data(serve: Serve) -> None:
    world = world_of(
        raw(1, NAME),
        raw(2, "ecephys_700001_2024-01-02_00-00-00"),
        asset(3, f"{NAME}_sorted_2024-02-01_00-00-00"),
        raw(4, NAME, state="failed"),
        links=(1, 2, 3, 4),
    )
    session = Session(NAME, sources=serve(world))
    assert session.raw_data_asset.id == uuid_of(1)
    passed_over = [n for n in session.data_assets.notes if isinstance(n, PassedOver)]
    assert [(note.about, note.text.partition(", which ")[2]) for note in passed_over] == [
        (uuid_of(2), "belongs to another session"),
        (uuid_of(3), "is derived, by its name"),
        (uuid_of(4), "is failed"),
    ]
    choice = next(c for c in session.explain().choices if c.about == "raw_data_asset")
    whys = {c.name.partition(" ")[0]: c.why for c in choice.candidates}
    assert "it belongs to another session" in whys[uuid_of(2)]
    assert "it is derived, by its name" in whys[uuid_of(3)]
    assert "it is failed" in whys[uuid_of(4)]
