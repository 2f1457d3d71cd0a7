"""In strict mode, warnings are errors; in offline mode, no request is sent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from codeocean.data_asset import DataAssetSearchParams

import aind_session
from aind_session import (
    OfflineError,
    Session,
    StaleWarning,
    StrictError,
    UnavailableError,
    get_codeocean_client,
    get_data_asset_model,
    get_source_dir_by_name,
    sort_by_created,
)
from aind_session.sources import Sources, memory_sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.behaviour.test_failures import impatient
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

NAME = "ecephys_700001_2024-01-01_00-00-00"


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    return stand_in(demo_world())


class TestStrict:
    def test_a_source_that_is_down_is_an_error(self, platform: Platform) -> None:
        platform.fail("docdb", status=503)
        with aind_session.strict(), pytest.raises(UnavailableError, match="DocDB"):
            Session(DEMO_SESSION, sources=impatient()).raw_data_asset

    def test_what_would_be_left_out_is_an_error_with_its_cause(self) -> None:
        world = empty_world()
        world.assets = [raw(1, NAME)]
        world.hidden = {uuid_of(1)}
        ids = [uuid_of(1)]
        with (
            aind_session.strict(),
            pytest.raises(aind_session.AccessDeniedError, match=uuid_of(1)),
        ):
            sort_by_created(ids, sources=memory_sources(world))

    def test_what_is_no_asset_is_an_error(self) -> None:
        world = empty_world()
        world.assets = [asset(1, NAME), {"id": uuid_of(2), "name": None, "created": 1}]
        world.assets[1]["custom_metadata"] = {"subject id": "700001"}
        with aind_session.strict(), pytest.raises(StrictError, match="not a data asset") as caught:
            Session(NAME, sources=memory_sources(world)).data_assets
        assert uuid_of(2) in str(caught.value.reasons)

    def test_it_holds_in_all_threads_and_for_many_sessions(self) -> None:
        sources = memory_sources(demo_world())
        many = aind_session.sessions("ecephys_676909_2001-01-01_00-00-00", sources=sources)
        with aind_session.strict(), ThreadPoolExecutor(1) as pool:
            future = pool.submit(lambda: many.raw_data_assets)
            with pytest.raises(aind_session.AssetNotFoundError):
                future.result()
        assert len(many.raw_data_assets.notes) == 1


class TestOffline:
    def test_nothing_is_asked(self, platform: Platform) -> None:
        session = Session(DEMO_SESSION, sources=remote_sources())
        with aind_session.offline():
            for name in ("data_assets", "raw_data_asset", "raw_data_dir", "docdb", "modalities"):
                with pytest.raises(OfflineError, match="offline"):
                    getattr(session, name, None)
            with pytest.raises(OfflineError):
                get_data_asset_model(uuid_of(1))
            with pytest.raises(OfflineError):
                get_source_dir_by_name(NAME)
            with pytest.raises(OfflineError):
                get_codeocean_client().data_assets.search_data_assets(DataAssetSearchParams())
        assert platform.count() == 0

    def test_what_is_known_is_answered_whatever_its_age_with_a_warning(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIND_SESSION_CACHE_SECONDS", "1e-9")
        session = Session(DEMO_SESSION, sources=remote_sources())
        assert len(session.data_assets) == 3
        platform.forget()
        with aind_session.offline(), pytest.warns(StaleWarning, match=r"UTC, just now"):
            assert len(session.data_assets) == 3
        assert platform.count() == 0
        assert len(session.data_assets) == 3
        assert platform.count() == 2

    def test_one_warning_a_call(self, platform: Platform) -> None:
        session = Session(DEMO_SESSION, sources=remote_sources())
        session.raw_data_dir
        with aind_session.offline(), pytest.warns(StaleWarning) as caught:
            session.raw_data_dir
        assert [w.filename for w in caught] == [__file__]

    def test_the_variable_is_read_at_each_question(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = Session(DEMO_SESSION, sources=remote_sources())
        monkeypatch.setenv("AIND_SESSION_OFFLINE", "1")
        with pytest.raises(OfflineError, match="AIND_SESSION_OFFLINE"):
            session.data_assets
        monkeypatch.setenv("AIND_SESSION_OFFLINE", "0")
        assert len(session.data_assets) == 3

    def test_many_sessions_say_it_as_notes(self, platform: Platform) -> None:
        many = aind_session.sessions(DEMO_SESSION, sources=remote_sources())
        with aind_session.offline():
            notes = many.raw_data_assets.notes
        assert [type(note) for note in notes.values()] == [aind_session.SourceDown]
        assert platform.count() == 0


def test_offline_a_missing_token_is_no_reason(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    with aind_session.offline(), pytest.raises(OfflineError, match="Code Ocean"):
        Session(DEMO_SESSION, sources=remote_sources()).data_assets


def test_sources_in_memory_answer_offline() -> None:
    sources: Sources = memory_sources(demo_world())
    with aind_session.offline():
        assert len(Session(DEMO_SESSION, sources=sources).data_assets) == 3
