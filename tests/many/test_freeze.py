"""Freezing and thawing the assets of an analysis, and changes since."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    AssetClosed,
    AssetGone,
    AssetMoved,
    AssetNotFoundError,
    AssetRenamed,
    FileFormatError,
    NewerAssets,
    RemoteError,
    Session,
    Sessions,
    Thawed,
    sessions,
    thaw,
)
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, uuid_of

ONE = "ecephys_700001_2024-01-01_00-00-00"
TWO = "ecephys_700002_2024-01-02_00-00-00"
LATER = 4_000_000_000
"""Seconds since 1970, after any time at which these tests run."""


def sorted_name(session: str, day: str) -> str:
    return f"{session}_sorted_{day}_00-00-00"


def world_of_two() -> World:
    world = empty_world()
    world.assets += [
        raw(1, ONE),
        asset(2, sorted_name(ONE, "2024-02-01")),
        asset(3, sorted_name(ONE, "2024-02-02")),
        raw(4, TWO),
    ]
    return world


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "paper.lock"


@pytest.fixture
def world() -> World:
    return world_of_two()


def body(world: World, number: int) -> dict[str, Any]:
    [found] = [a for a in world.assets if a["id"] == uuid_of(number)]
    return found


def newer(number: int, name: str) -> dict[str, Any]:
    return {**asset(number, name), "created": LATER + number}


def locked(lock: Path) -> dict[str, list[str]]:
    """The IDs in a lock file by session."""
    content = json.loads(lock.read_text())
    return {s["id"]: [a["id"] for a in s["assets"]] for s in content["sessions"]}


def answers(many: Sessions) -> list[Any]:
    """The answers about assets that an analysis uses."""
    return [
        (s.raw_data_asset, s.derived("sorted").all(), s.ecephys.sorted_data_assets, s.data_assets)
        for s in many
    ]


class TestAsItWas:
    def test_the_same_is_given_and_nothing_has_changed(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        many = sessions(ONE, TWO, sources=serve(world))
        many.freeze(lock)
        thawed = thaw(lock, sources=many._sources)
        assert list(thawed.sessions) == list(many)
        assert answers(thawed.sessions) == answers(many)
        assert thawed.assets == dict(many.data_assets)
        assert thawed.changes == ()

    def test_assets_made_since_are_named_and_not_used(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        many = sessions(ONE, TWO, sources=sources)
        many.freeze(lock)
        before = answers(many)
        again = {**raw(6, f"{ONE}_raw_again"), "created": LATER}
        world.assets += [newer(5, sorted_name(ONE, "2030-01-01")), again]
        world.records["v1"].append(record(ONE, f"s3://aind-open-data/{ONE}", uuid_of(6)))
        thawed = thaw(lock, sources=sources)
        assert answers(thawed.sessions) == before
        assert thawed.changes == (
            NewerAssets(ONE, (f"{ONE}_raw_again", sorted_name(ONE, "2030-01-01"))),
        )
        many.refresh()
        assert answers(many) != before

    def test_what_a_search_no_longer_brings_is_asked_for_by_its_id(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        many = sessions(ONE, TWO, sources=sources)
        many.freeze(lock)
        before = answers(many)
        body(world, 3)["archived"] = True
        thawed = thaw(lock, sources=sources)
        assert answers(thawed.sessions) == before
        assert thawed.changes == ()

    def test_a_raw_asset_that_only_a_record_names_is_kept(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        world.assets = [raw(7, "odd", custom_metadata={})]
        world.records["v1"].append(record(ONE, f"s3://aind-open-data/{ONE}", uuid_of(7)))
        sources = serve(world)
        sessions(ONE, sources=sources).freeze(lock)
        thawed = thaw(lock, sources=sources)
        assert thawed.sessions[0].raw_data_asset.id == uuid_of(7)
        assert thawed.changes == ()

    def test_refreshing_the_sessions_brings_nothing_new(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        sessions(ONE, sources=sources).freeze(lock)
        thawed = thaw(lock, sources=sources)
        before = answers(thawed.sessions)
        world.assets.append(newer(5, sorted_name(ONE, "2030-01-01")))
        thawed.sessions.refresh()
        assert answers(thawed.sessions) == before
        assert answers(thawed.sessions[:1]) == before

    def test_a_subject_is_searched_once_for_all_its_sessions(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        other = "ecephys_700001_2024-01-05_00-00-00"
        world.assets.append(raw(8, other))
        many = sessions(ONE, other, sources=serve(world))
        many.freeze(lock)
        thawed = thaw(lock, sources=many._sources)
        assert [s.raw_data_asset.name for s in thawed.sessions] == [ONE, other]

    def test_sessions_without_assets_stay(self, world: World, serve: Serve, lock: Path) -> None:
        nothing = "behavior_700009_2024-01-01_00-00-00"
        sources = serve(world)
        sessions(nothing, sources=sources).freeze(lock)
        thawed = thaw(lock, sources=sources)
        assert thawed.assets == {Session(nothing): ()}
        with pytest.raises(AssetNotFoundError):
            thawed.sessions[0].raw_data_asset

    def test_a_strict_collection_is_frozen_though_a_session_has_no_raw_asset(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        world.assets.remove(body(world, 4))
        sources = serve(world)
        sessions(ONE, TWO, strict=True, sources=sources).freeze(lock)
        assert locked(lock)[TWO] == []

    def test_no_sessions_are_frozen_and_thawed_without_asking(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        Sessions([], sources=sources).freeze(lock)
        assert len(thaw(lock, sources=sources).sessions) == 0

    def test_computations_are_those_of_now(self, world: World, serve: Serve, lock: Path) -> None:
        world.computations["c"] = [{"id": "r", "state": "completed", "created": 1}]
        sources = serve(world)
        sessions(ONE, sources=sources).freeze(lock)
        source = thaw(lock, sources=sources).sessions._sources.assets
        assert source.computations("c") == world.computations["c"]
        assert source.computation("r")["state"] == "completed"
        assert source.capsule("c")["id"] == "c"

    def test_an_asset_that_is_not_frozen_is_not_found_by_its_id(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        sessions(ONE, sources=sources).freeze(lock)
        source = thaw(lock, sources=sources).sessions._sources.assets
        with pytest.raises(AssetNotFoundError, match="does not list it"):
            source.get(uuid_of(4))


class TestChanges:
    def thawed(self, world: World, serve: Serve, lock: Path, change: Callable[[], None]) -> Thawed:
        sources = serve(world)
        sessions(ONE, TWO, sources=sources).freeze(lock)
        change()
        return thaw(lock, sources=sources)

    def test_gone(self, world: World, serve: Serve, lock: Path) -> None:
        thawed = self.thawed(world, serve, lock, lambda: world.assets.remove(body(world, 3)))
        name = sorted_name(ONE, "2024-02-02")
        assert thawed.changes == (AssetGone(ONE, uuid_of(3), name),)
        assert str(thawed.changes[0]) == f"{name} ({uuid_of(3)}) is gone"
        assert [a.id for a in thawed.assets[Session(ONE)]] == [uuid_of(1), uuid_of(2)]
        assert thawed.sessions[0].derived("sorted").latest().id == uuid_of(2)

    def test_closed(self, world: World, serve: Serve, lock: Path) -> None:
        def close() -> None:
            body(world, 3)["archived"] = True
            world.hidden.add(uuid_of(3))

        thawed = self.thawed(world, serve, lock, close)
        [change] = thawed.changes
        assert isinstance(change, AssetClosed)
        assert change.asset_id == uuid_of(3)
        with pytest.raises(AccessDeniedError):
            thawed.sessions._sources.assets.get(uuid_of(3))

    def test_renamed_and_still_found_under_the_name_it_had(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        thawed = self.thawed(world, serve, lock, lambda: body(world, 3).update(name="new name"))
        old = sorted_name(ONE, "2024-02-02")
        assert thawed.changes == (AssetRenamed(ONE, uuid_of(3), old, "new name"),)
        assert str(thawed.changes[0]).endswith("is now named new name")
        assert thawed.sessions[0].derived("sorted").latest().name == old
        assert thawed.assets[Session(ONE)][-1].name == old

    def test_moved(self, world: World, serve: Serve, lock: Path) -> None:
        def move() -> None:
            body(world, 4)["source_bucket"]["bucket"] = "aind-ephys-data"

        thawed = self.thawed(world, serve, lock, move)
        was, now = f"s3://aind-open-data/{TWO}", f"s3://aind-ephys-data/{TWO}"
        assert thawed.changes == (AssetMoved(TWO, uuid_of(4), TWO, was, now),)
        assert str(thawed.changes[0]).endswith(f"moved from {was} to {now}")

    def test_one_without_files_of_its_own_has_not_moved(self, serve: Serve, lock: Path) -> None:
        found = world_of_two()
        found.assets.append(asset(5, f"{ONE}_combined_2024-02-03_00-00-00", type="combined"))
        many = sessions(ONE, sources=serve(found))
        many.freeze(lock)
        assert uuid_of(5) in locked(lock)[ONE]
        assert thaw(lock, sources=many._sources).changes == ()

    def test_assets_that_were_there_and_not_used_are_no_change(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        sessions(ONE, sources=sources).freeze(lock, [uuid_of(1)])
        thawed = thaw(lock, sources=sources)
        assert thawed.changes == ()
        assert thawed.sessions[0].ecephys.sorted_data_assets == ()

    def test_they_are_shown(self, world: World, serve: Serve, lock: Path) -> None:
        thawed = self.thawed(
            world,
            serve,
            lock,
            lambda: world.assets.append(newer(5, f"{ONE}_<b>_2030-01-01_00-00-00")),
        )
        summary, *changes = repr(thawed).splitlines()
        assert summary.startswith("Thawed(paper.lock of 20")
        assert summary.endswith("UTC: 2 sessions, 4 assets, 1 change)")
        assert changes == [
            f"  - {ONE} has newer assets, which are not used: {ONE}_<b>_2030-01-01_00-00-00"
        ]
        assert "&lt;b&gt;" in thawed._repr_html_()


class TestCost:
    @pytest.fixture
    def platform(self, world: World, stand_in: Callable[..., Platform]) -> Platform:
        return stand_in(world)

    def test_freezing_asks_for_all_together(self, platform: Platform, lock: Path) -> None:
        sessions(ONE, TWO).freeze(lock)
        assert (platform.count("code_ocean"), platform.count("docdb"), platform.count()) == (
            4,
            2,
            6,
        )

    def test_thawing_costs_two_searches_a_subject_and_what_follows_nothing(
        self, platform: Platform, lock: Path
    ) -> None:
        sessions(ONE, TWO).freeze(lock)
        platform.forget()
        thawed = thaw(lock)
        assert {r.path for r in platform.requests} == {"/api/v1/data_assets/search"}
        assert platform.count() == 4
        platform.forget()
        answers(thawed.sessions)
        assert platform.count("code_ocean") == 0
        assert platform.count() == 2  # the records, of both schema versions

    def test_only_what_searches_do_not_bring_is_asked_for(
        self, platform: Platform, lock: Path, world: World
    ) -> None:
        sessions(ONE, TWO).freeze(lock)
        body(world, 2)["archived"] = True
        platform.forget()
        thaw(lock)
        assert [r.path for r in platform.requests if r.method == "GET"] == [
            f"/api/v1/data_assets/{uuid_of(2)}"
        ]
        assert platform.count() == 5

    def test_assets_that_are_at_hand_are_not_asked_for(
        self, platform: Platform, lock: Path
    ) -> None:
        many = sessions(ONE, TWO)
        used = many.raw_data_assets
        platform.forget()
        many.freeze(lock, used)
        assert platform.count() == 0
        assert locked(lock) == {ONE: [uuid_of(1)], TWO: [uuid_of(4)]}

    def test_ids_are_looked_for_in_searches_first(
        self, platform: Platform, lock: Path, world: World
    ) -> None:
        body(world, 2)["archived"] = True
        sessions(ONE).freeze(lock, [uuid_of(3), uuid_of(1), uuid_of(2)])
        assert locked(lock) == {ONE: [uuid_of(1), uuid_of(2), uuid_of(3)]}
        assert platform.count() == 3


class TestFailures:
    @pytest.fixture
    def platform(self, world: World, stand_in: Callable[..., Platform]) -> Platform:
        return stand_in(world)

    def test_what_cannot_be_asked_is_not_frozen_as_nothing(
        self, platform: Platform, lock: Path
    ) -> None:
        lock.write_text("as it was")
        platform.fail("code_ocean", status=503)
        with pytest.raises(RemoteError):
            sessions(ONE, sources=impatient()).freeze(lock)
        assert lock.read_text() == "as it was"

    def test_what_cannot_be_asked_is_not_reported_as_gone(
        self, platform: Platform, lock: Path
    ) -> None:
        sessions(ONE).freeze(lock)
        platform.fail("code_ocean", status=503)
        with pytest.raises(RemoteError, match="503"):
            thaw(lock, sources=impatient())

    def test_one_asset_that_cannot_be_asked_for_is_not_reported_as_gone(
        self, platform: Platform, lock: Path, world: World
    ) -> None:
        sessions(ONE).freeze(lock)
        body(world, 2)["archived"] = True
        platform.fail("code_ocean", method="GET", status=503)
        with pytest.raises(RemoteError, match="503"):
            thaw(lock, sources=impatient())


class TestChosen:
    def test_a_mapping_says_whose_each_is(self, world: World, serve: Serve, lock: Path) -> None:
        world.assets.append(asset(9, "atlas", custom_metadata={}))
        many = sessions(ONE, TWO, sources=serve(world))
        many.freeze(lock, {many[0]: [uuid_of(3), uuid_of(9)], many[1]: uuid_of(4)})
        assert locked(lock) == {ONE: [uuid_of(3), uuid_of(9)], TWO: [uuid_of(4)]}

    def test_what_the_collection_answers_can_be_given(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        many = sessions(ONE, TWO, sources=serve(world))
        many.freeze(lock, many.derived("sorted"))
        assert locked(lock) == {ONE: [uuid_of(2), uuid_of(3)], TWO: []}

    def test_an_asset_of_no_session_is_refused(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        many = sessions(ONE, sources=serve(world))
        with pytest.raises(ValueError, match=f"{TWO}.*name its session"):
            many.freeze(lock, [uuid_of(4)])
        assert not lock.exists()

    def test_a_session_that_is_not_in_the_collection_is_refused(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        many = sessions(ONE, sources=serve(world))
        with pytest.raises(ValueError, match=f"{TWO} is not one of"):
            many.freeze(lock, {Session(TWO): [uuid_of(4)]})

    def test_an_id_of_nothing_is_refused(self, world: World, serve: Serve, lock: Path) -> None:
        many = sessions(ONE, sources=serve(world))
        with pytest.raises(AssetNotFoundError, match=uuid_of(77)):
            many.freeze(lock, [uuid_of(77)])


class TestTheFile:
    def test_it_is_the_same_text_in_whatever_order_sessions_were_named(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        sessions(TWO, ONE, sources=sources).freeze(lock)
        text = lock.read_text()
        sessions(ONE, TWO, sources=sources).freeze(lock, overwrite=True)
        without_time = [
            [line for line in each.splitlines() if '"frozen"' not in line]
            for each in (text, lock.read_text())
        ]
        assert without_time[0] == without_time[1]

    def test_one_with_the_same_assets_stays_as_it_is(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        sessions(ONE, sources=sources).freeze(lock)
        dated = lock.read_text().replace('"frozen": "20', '"frozen": "19')
        lock.write_text(dated)
        sessions(ONE, sources=sources).freeze(lock)
        assert lock.read_text() == dated

    def test_one_with_other_assets_is_replaced_only_with_overwrite(
        self, world: World, serve: Serve, lock: Path
    ) -> None:
        sources = serve(world)
        sessions(ONE, sources=sources).freeze(lock, [uuid_of(1)])
        text = lock.read_text()
        with pytest.raises(FileExistsError, match=r"holds other assets, frozen 20.*overwrite=True"):
            sessions(ONE, sources=sources).freeze(lock)
        assert lock.read_text() == text
        sessions(ONE, sources=sources).freeze(lock, overwrite=True)
        assert len(json.loads(lock.read_text())["sessions"][0]["assets"]) == 3

    @pytest.mark.parametrize("text", ["import numpy\n", "<<<<<<< HEAD\n{}", ""])
    def test_a_file_of_another_kind_is_replaced_only_with_overwrite(
        self, world: World, serve: Serve, lock: Path, text: str
    ) -> None:
        lock.write_text(text)
        many = sessions(ONE, sources=serve(world))
        with pytest.raises(FileExistsError, match="is not a lock file that can be read") as caught:
            many.freeze(lock)
        assert caught.value.filename == str(lock)
        assert lock.read_text() == text
        many.freeze(lock, overwrite=True)
        thawed = thaw(lock, sources=many._sources)
        assert [session.id for session in thawed.sessions] == [ONE]

    def test_it_says_what_an_asset_was(self, world: World, serve: Serve, lock: Path) -> None:
        sessions(ONE, sources=serve(world)).freeze(lock)
        content = json.loads(lock.read_text())
        assert (content["format"], content["version"]) == ("aind-session lock", 1)
        assert content["frozen"].endswith("Z")
        first, second, _ = content["sessions"][0]["assets"]
        assert first == {
            "id": uuid_of(1),
            "name": ONE,
            "created": 1_700_000_001,
            "location": f"s3://aind-open-data/{ONE}",
            "role": "raw",
        }
        assert second["role"] == "sorted"

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("{", "is not JSON.*line 1"),
            ("[]", "not 'aind-session lock'"),
            ('{"format": "poetry"}', "not 'aind-session lock'"),
            (
                '{"format": "aind-session lock", "version": 2}',
                "reads up to 1.*pip install",
            ),
            ('{"format": "aind-session lock", "version": 1}', "damaged at frozen"),
            (
                '{"format": "aind-session lock", "version": 1, "frozen": "2024-01-01T00:00:00Z", '
                '"sessions": [{"id": "x", "assets": []}]}',
                "damaged at sessions.0.id: .*no session in 'x'",
            ),
            (
                '{"format": "aind-session lock", "version": 1, "frozen": "2024-01-01T00:00:00Z", '
                f'"sessions": [{{"id": "{ONE}", "assets": []}}, {{"id": "{ONE}", "assets": []}}]}}',
                f"damaged at sessions: .*{ONE} more than once",
            ),
        ],
    )
    def test_what_is_no_lock_file_is_refused_by_name(self, lock: Path, text: str, why: str) -> None:
        lock.write_text(text)
        with pytest.raises(FileFormatError, match=f"paper.lock.*{why}") as caught:
            thaw(lock)
        assert isinstance(caught.value, ValueError)
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (str(copy), copy.path) == (str(caught.value), lock)

    def test_what_is_no_text_is_refused_by_name(self, lock: Path) -> None:
        lock.write_bytes(b"\xff\xfe")
        with pytest.raises(FileFormatError, match="is not JSON"):
            thaw(lock)

    def test_a_file_that_is_not_there_is_named(self, lock: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"Sessions.freeze writes one.*paper\.lock"):
            thaw(lock)

    def test_changes_are_values(self) -> None:
        change = AssetGone(ONE, uuid_of(1), ONE)
        assert dataclasses.replace(change) == change
        assert hash(change) == hash(AssetGone(ONE, uuid_of(1), ONE))


def test_a_lock_is_not_thawed_where_code_ocean_cannot_be_asked(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = empty_world()
    world.assets += [raw(1, ONE)]
    platform = stand_in(world)
    path = tmp_path / "a.lock"
    sessions(ONE, sources=impatient()).freeze(path)
    platform.fail("code_ocean", path="search", status=503)
    with pytest.raises(RemoteError, match="503"):
        thaw(path, sources=impatient())
