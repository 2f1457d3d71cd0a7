"""Mounted data in place of servers that cannot be asked, if no setting chooses the sources."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    AccessDenied,
    CredentialsError,
    LeftOutWarning,
    RemoteError,
    Session,
    SourceDownWarning,
    Subject,
    UnavailableError,
    asset_dir,
    asset_lineage,
    get_codeocean_model,
    get_sessions,
    meter,
    offline,
    sessions,
    strict,
)
from aind_session.errors import AssetNotFoundError, OfflineError
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.memory import World
from tests.capsules import Mount, fill, list_mounts
from tests.platform import Platform
from tests.sources.test_mounted import NEW, RAW_ID, SORTED, tour
from tests.worlds import raw, record, uuid_of

ALL = {"ecephys_session": RAW_ID, "sorted": SORTED}
OTHER = "ecephys_676909_2023-12-14_12-43-11"
"""A session of the same subject, which is not mounted."""

StandIn = Callable[..., Platform]


@pytest.fixture
def no_token(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Start stand-ins for a user without a token."""

    def start(world: World) -> Platform:
        platform = stand_in(world)
        monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
        return platform

    return start


def session(name: str = DEMO_SESSION) -> Session:
    return Session(name, sources=remote_sources())


def quietly(ask: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ask()


def mount_without(key: str, capsule: Mount, world: World) -> None:
    """Mount the raw data of the demo session; their metadata lack a key."""
    file = capsule(world, raw=RAW_ID) / "data" / "raw" / "metadata.nd.json"
    content = json.loads(file.read_text())
    del content[key]
    file.write_text(json.dumps(content))


def fail(platform: Platform, *services: Any) -> Platform:
    for service in services:
        platform.fail(service, headers={"Retry-After": "3600"})  # so that none is asked twice
    return platform


class TestWithoutToken:
    """One answer comes from the mounts, without a request; a collection says it may lack some."""

    def test_single_answers_need_no_request(self, no_token: StandIn, capsule: Mount) -> None:
        world = demo_world()
        capsule(world, ecephys_session=RAW_ID)
        platform = no_token(world)
        one = session()
        with warnings.catch_warnings(), meter() as cost:
            warnings.simplefilter("error")
            assert one.raw_data_asset.id == RAW_ID
            assert one.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
            assert one.where().name == "ecephys_session"
            assert asset_dir(RAW_ID, sources=remote_sources()).name == "ecephys_session"
            assert one.metadata.subject["subject_id"] == "676909"
            assert one.modalities == ("behavior", "behavior_videos", "ecephys")
            assert one.is_uploaded
            assert get_codeocean_model(RAW_ID, sources=remote_sources()).name == DEMO_SESSION
        assert (cost.requests, platform.count()) == (0, 0)

    def test_the_tour_is_that_of_a_user_with_a_token(
        self, stand_in: StandIn, capsule: Mount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = demo_world()
        platform = stand_in(world)
        online = tour(session())
        capsule(world, **ALL)
        monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
        fail(platform, "docdb", "s3")
        assert quietly(lambda: tour(session())) == online

    def test_collections_say_that_there_may_be_more(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        capsule(world, **ALL)
        no_token(world)
        said = "the server may know more than the mounted data: Code Ocean needs an API token"
        for ask in (
            lambda: session().data_assets,
            lambda: session().ecephys.sorted_data_assets,
            lambda: session().ecephys.sorter.names,
            lambda: Subject(676909, sources=remote_sources()).data_assets,
        ):
            with pytest.warns(LeftOutWarning, match=said):
                assert len(ask()) in (1, 2)
        with strict(), pytest.raises(CredentialsError, match="may know more than the mounted data"):
            session().data_assets

    def test_nothing_is_absent_because_it_is_not_mounted(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        platform = no_token(world)
        one = session()
        needed = r"set CODE_OCEAN_API_TOKEN .*; or attach the data asset, as those mounted in"
        for ask in (
            lambda: one.ecephys.sorted_data_asset,
            lambda: one.ecephys.sorted_data_assets,
            lambda: one.ecephys.is_sorted,
            lambda: one.ecephys.sorter.names,
            lambda: one.ecephys.sorting.assets,
            lambda: one.derived("nwb"),
            one.nwb,
            lambda: session(OTHER).raw_data_asset,
            lambda: get_codeocean_model(uuid_of(9), sources=remote_sources()),
        ):
            with pytest.raises(CredentialsError, match=needed):
                quietly(ask)
        assert platform.count("code_ocean") == 0

    def test_a_timeline_says_that_there_may_be_more(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        no_token(world)
        timeline = quietly(Subject(676909, sources=remote_sources()).timeline).text()
        assert "more than the mounted data" in " ".join(timeline.split())

    def test_many_sessions(self, no_token: StandIn, capsule: Mount) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        no_token(world)
        many = sessions(DEMO_SESSION, sources=remote_sources())
        assert [asset.id for asset in many.raw_data_assets.values()] == [RAW_ID]
        with pytest.warns(LeftOutWarning, match="may know more than the mounted data"):
            derived = many.derived("sorted")
        assert [type(note) for note in derived.notes.values()] == [AccessDenied]
        row = quietly(lambda: many.to_records(["raw_asset_id", "derived_assets"]))[0]
        assert row == {"raw_asset_id": RAW_ID, "derived_assets": None}

    def test_collections_claim_no_absence(
        self, no_token: StandIn, capsule: Mount, tmp_path: Path
    ) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        no_token(world)
        many = sessions(DEMO_SESSION, sources=remote_sources())
        with pytest.warns(LeftOutWarning) as warned:
            assert list(many.lacking("sorted")) == []
        assert any("1 of 1 sessions are left out" in str(warning.message) for warning in warned)
        matrix = quietly(lambda: many.matrix("raw", "sorted"))
        assert dict(matrix.counts()["sorted"]) == {"unknown": 1}
        assert "unknown" not in matrix.counts()["raw"]
        with pytest.raises(CredentialsError, match="may know more than the mounted data"):
            quietly(lambda: many.freeze(tmp_path / "paper.lock"))
        assert not (tmp_path / "paper.lock").exists()

    def test_docdb_and_s3_are_asked_for_what_the_mounts_lack(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        world.records["v1"].append(record(OTHER, f"s3://aind-ephys-data/{OTHER}"))
        no_token(world)
        mine = next(r for r in world.records["v1"] if r["name"] == DEMO_SESSION)
        mine["quality_control"] = {"changed": "after the upload"}
        assert session().docdb["quality_control"] == {"changed": "after the upload"}
        assert session(OTHER).raw_data_dir.name == OTHER
        assert OTHER in [one.id for one in quietly(lambda: session().subject.sessions)]

    def test_without_docdb_its_records_are_those_of_the_mounts(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        fail(no_token(world), "docdb", "s3")
        said = (
            "docdb of .* was answered without DocDB: the server may know more than the mounted data"
        )
        with pytest.warns(SourceDownWarning, match=said):
            assert session().docdb["data_description"]["data_level"] == "raw"
        with pytest.warns() as warned:
            assert [one.id for one in session().subject.sessions] == [DEMO_SESSION]
        assert {warning.category for warning in warned} == {LeftOutWarning, SourceDownWarning}
        with pytest.raises(UnavailableError):
            session().qc.status
        with pytest.raises(UnavailableError):
            session(OTHER).raw_data_dir

    def test_the_record_of_derived_data_is_not_that_of_the_session(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        capsule(world, sorted=SORTED)
        fail(no_token(world), "docdb", "s3")
        with pytest.warns(SourceDownWarning), pytest.raises(UnavailableError):
            session().docdb

    def test_a_record_of_the_mounts_is_not_asked_of_a_server_that_is_back(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        mount_without("_id", capsule, world)
        no_token(world).fail("docdb", times=2, headers={"Retry-After": "3600"})
        with pytest.warns(SourceDownWarning):
            assert session().docdb["name"] == DEMO_SESSION

    def test_the_place_in_s3_is_not_guessed(self, no_token: StandIn, capsule: Mount) -> None:
        world = demo_world()
        root = capsule(world, raw=RAW_ID)
        (root / "data" / "raw" / "metadata.nd.json").write_text(json.dumps({"name": DEMO_SESSION}))
        platform = no_token(world)
        place = asset_dir(RAW_ID, "s3", sources=remote_sources())
        assert place.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
        (root / "data" / "raw" / "metadata.nd.json").write_text("{")  # so its name is not known
        (root / "data" / "raw" / "data_description.json").write_text("{}")
        with pytest.raises(CredentialsError):
            asset_dir(RAW_ID, "s3", sources=remote_sources())
        fail(platform, "s3")
        with pytest.raises(UnavailableError):
            asset_dir(RAW_ID, "s3", sources=remote_sources())
        assert asset_dir(RAW_ID, sources=remote_sources()).name == "raw"

    def test_without_a_location_all_but_the_location_is_known(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        mount_without("location", capsule, world)
        fail(no_token(world), "docdb", "s3")
        one = session()
        assert one.is_uploaded is True
        with pytest.warns(SourceDownWarning, match="was answered without DocDB"):
            assert one.metadata.subject["subject_id"] == "676909"
        with pytest.raises(UnavailableError):
            one.raw_data_dir

    def test_the_lineage_of_an_asset_without_readable_metadata_says_that_it_is_a_part(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        data = capsule(world, raw=RAW_ID) / "data" / "raw"
        for file in data.glob("*.json"):
            file.write_text("{")
        no_token(world)
        with pytest.warns(LeftOutWarning, match="lineage of raw lacks what was made of it"):
            assert len(asset_lineage(RAW_ID, sources=remote_sources()).nodes) == 1

    def test_a_mounted_folder_that_was_emptied_has_no_say_about_files(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        data = capsule(world, raw=RAW_ID) / "data" / "raw"
        platform = no_token(world)
        one = session()
        assert [path.parent for path in one.files("metadata")] == 7 * [data]
        shutil.rmtree(data)
        data.mkdir()
        in_s3 = one.files("metadata")
        assert {path.as_posix().partition(DEMO_SESSION)[0] for path in in_s3} == {
            "s3://aind-ephys-data/"
        }
        with pytest.raises(RemoteError, match="cannot be read: it is empty, or may not be read"):
            one.files("metadata", "local")
        fail(platform, "docdb", "s3")
        one.refresh()
        with pytest.raises(UnavailableError):
            one.files("metadata")

    def test_what_may_not_be_read_is_asked_of_the_servers(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        data = capsule(world, raw=RAW_ID) / "data" / "raw"
        platform = no_token(world)
        one = session()
        assert one.raw_data_asset.id == RAW_ID
        looping = data / "subject.json"  # reading it fails, also for the superuser
        looping.unlink()
        looping.symlink_to(looping)
        assert one.metadata.subject["subject_id"] == "676909"
        assert platform.count("s3") == 1

    def test_mounts_without_this_session_change_nothing(
        self, no_token: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        world.assets.append(raw(1, NEW))
        capsule(world, other=uuid_of(1))
        no_token(world)
        one = session()
        assert one.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
        assert one.docdb["data_description"]["data_level"] == "raw"
        for ask in (lambda: one.raw_data_asset, lambda: one.data_assets):
            with pytest.raises(CredentialsError, match=r"^Code Ocean needs an API token"):
                ask()

    def test_the_setting_servers_excludes_the_mounts(
        self, no_token: StandIn, capsule: Mount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = demo_world()
        capsule(world, **ALL)
        no_token(world)
        many = sessions(DEMO_SESSION, source="servers", sources=remote_sources())
        assert [type(note) for note in many.raw_data_assets.notes.values()] == [AccessDenied]
        monkeypatch.setenv("AIND_SESSION_SOURCE", "servers")
        with pytest.raises(CredentialsError, match="set AIND_SESSION_SOURCE=mounts to be answered"):
            session().raw_data_asset

    def test_refresh_sees_what_was_attached(self, no_token: StandIn, capsule: Mount) -> None:
        world = demo_world()
        root = capsule(world, raw=RAW_ID)
        no_token(world)
        one = session()
        with pytest.warns(LeftOutWarning):
            assert len(one.data_assets) == 1
        fill(root / "data" / "sorted", world, SORTED)
        list_mounts(root, [{"id": RAW_ID, "mount": "raw"}, {"id": SORTED, "mount": "sorted"}])
        one.refresh()
        with pytest.warns(LeftOutWarning):
            assert [asset.id for asset in one.data_assets] == [SORTED, RAW_ID]
        many = sessions(DEMO_SESSION, sources=one._finder.inventory.sources)
        list_mounts(root, [{"id": RAW_ID, "mount": "raw"}])
        many.refresh()
        with pytest.warns(LeftOutWarning):
            assert [len(assets) for assets in many.data_assets.values()] == [1]


class TestWithToken:
    """The servers answer; if they cannot be asked, the mounts do, with a warning."""

    def test_the_servers_answer(self, stand_in: StandIn, capsule: Mount) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        platform = stand_in(world)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(session().data_assets) == 3
        assert platform.count("code_ocean") > 0

    def test_the_tour_without_servers(self, stand_in: StandIn, capsule: Mount) -> None:
        world = demo_world()
        platform = stand_in(world)
        online = tour(session())
        capsule(world, **ALL)
        fail(platform, "code_ocean", "docdb", "s3")
        assert quietly(lambda: tour(session())) == online
        said = "data_assets of .* was answered without Code Ocean: the server may know more than"
        with pytest.warns(SourceDownWarning, match=said):
            assert len(session().data_assets) == 2

    def test_nothing_is_absent_because_it_is_not_mounted(
        self, stand_in: StandIn, capsule: Mount
    ) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        fail(stand_in(world), "code_ocean", "docdb", "s3")
        with pytest.warns(SourceDownWarning), pytest.raises(UnavailableError):
            session().ecephys.sorted_data_asset
        with pytest.raises(UnavailableError):
            session(OTHER).raw_data_asset

    def test_a_refused_token_is_an_error(
        self, stand_in: StandIn, capsule: Mount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        stand_in(world)
        monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_old")
        with pytest.raises(CredentialsError, match="CODE_OCEAN_API_TOKEN is not valid"):
            session().data_assets

    def test_offline(self, stand_in: StandIn, capsule: Mount) -> None:
        world = demo_world()
        capsule(world, raw=RAW_ID)
        platform = stand_in(world)
        with offline(), pytest.warns(SourceDownWarning, match="because offline mode is on"):
            assert session().raw_data_asset.id == RAW_ID
        with offline(), pytest.raises(OfflineError):
            session(OTHER).raw_data_asset
        assert platform.count() == 0


def test_an_asset_that_does_not_exist_is_absent(stand_in: StandIn, capsule: Mount) -> None:
    world = demo_world()
    capsule(world, raw=RAW_ID)
    stand_in(world)
    with pytest.raises(AssetNotFoundError):
        session("ecephys_700009_2024-01-01_10-00-00").raw_data_asset


class TestWithoutAList:
    """In a capsule that lists no mounts, folders are known by their metadata."""

    @pytest.fixture
    def unlisted(self, capsule: Mount, monkeypatch: pytest.MonkeyPatch) -> Mount:
        def mount(world: World, **mounts: str) -> Path:
            root = capsule(world, **mounts)
            (root / ".codeocean" / ".datasets.json").unlink()
            return root

        monkeypatch.setenv("CO_CAPSULE_ID", uuid_of(99))
        return mount

    def test_metadata_name_the_asset(self, no_token: StandIn, unlisted: Mount) -> None:
        world = demo_world()
        root = unlisted(world, my_recording=RAW_ID, sorted=SORTED)
        (root / "data" / "model").mkdir()
        (root / "data" / "notes.txt").write_text("x")
        (root / "data" / "out").symlink_to(root / "code")
        fail(no_token(world), "docdb", "s3")
        one = session()
        assert one.raw_data_asset.id == RAW_ID
        assert one.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
        assert one.modalities == ("behavior", "behavior_videos", "ecephys")
        assert one.metadata.subject["subject_id"] == "676909"
        # its metadata do not state its ID
        with pytest.raises(CredentialsError):
            quietly(lambda: one.ecephys.sorted_data_asset)

    def test_folders_outside_a_capsule_may_be_incomplete(
        self, no_token: StandIn, unlisted: Mount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = demo_world()
        unlisted(world, raw=RAW_ID)
        monkeypatch.delenv("CO_CAPSULE_ID")
        no_token(world)
        with pytest.raises(CredentialsError):
            session().raw_data_asset
        assert session().raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"


def test_what_the_mounts_answered_is_explained(no_token: StandIn, capsule: Mount) -> None:
    world = demo_world()
    capsule(world, raw=RAW_ID)
    fail(no_token(world), "docdb", "s3")
    one = session()
    assert one.raw_data_asset.id == RAW_ID
    steps = {step.question: (step.outcome, step.requests) for step in one.explain().steps}
    asked = "mounted data in place of Code Ocean, assets with subject id:676909"
    assert steps[asked] == ("1 found, 1 of this session", 0)
    assert one.explain().choices[0].winner == f"{RAW_ID} {DEMO_SESSION}"
    assert one.raw_data_dir.name == DEMO_SESSION
    assert one.explain().choices[1].why == "stated by mounted metadata"
    card = quietly(one.load).card().text()
    assert "quality control not checked" in " ".join(card.split())


class TestWithoutTokenAndMounts:
    """DocDB alone knows the sessions; what only Code Ocean knows is said to be missing, once."""

    @pytest.fixture
    def world(self) -> World:
        world = demo_world()
        world.assets.append(raw(7, "ecephys_676909_2020-01-01_10-00-00"))
        return world

    def test_it_is_said_once(self, no_token: StandIn, world: World) -> None:
        no_token(world)
        sources = remote_sources()
        subject = Subject(676909, sources=sources)
        said = "may lack those that only Code Ocean knows .*set CODE_OCEAN_API_TOKEN"
        with pytest.warns(LeftOutWarning, match=said):
            found = subject.sessions
        assert "ecephys_676909_2020-01-01_10-00-00" not in [one.id for one in found]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert subject.sessions == get_sessions(676909, sources=sources) == found
        assert (AccessDenied, "Code Ocean") in [(type(note), note.about) for note in found.notes]

    def test_strict_mode_always_refuses_it(self, no_token: StandIn, world: World) -> None:
        no_token(world)
        sources = remote_sources()
        for _ in range(2):
            with strict(), pytest.raises(CredentialsError):
                get_sessions(676909, sources=sources)
            quietly(lambda: get_sessions(676909, sources=sources))

    def test_public_data_of_one_session_need_no_token(
        self, no_token: StandIn, world: World
    ) -> None:
        no_token(world)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert session().raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
            assert session().modalities == ("behavior", "behavior_videos", "ecephys")
