"""One call of a user has one time limit, whatever it asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import NotReadyError, Session, UnavailableError, sessions, wait_until_ready
from aind_session.calls import call_of_its_own, deadline, one_call
from aind_session.concurrency import side_by_side
from aind_session.sources import remote_sources
from aind_session.sources.facts import DEMO_SESSION, demo_world
from tests.platform import Platform
from tests.worlds import asset, empty_world, uuid_of


@pytest.fixture
def platform(stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "0.3")
    return stand_in(empty_world())


def test_all_questions_of_a_call_have_the_same_deadline() -> None:
    @one_call
    def outer() -> list[float]:
        return [deadline(5), *side_by_side([lambda: deadline(5)] * 3), inner()]

    @one_call
    def inner() -> float:
        return deadline(5)

    assert len(set(outer())) == 1
    assert inner() < inner()


def test_a_question_among_many_has_its_own() -> None:
    @one_call
    def ask() -> tuple[float, float, float]:
        with call_of_its_own():
            mine = deadline(5)
        return deadline(5), mine, deadline(5)

    before, mine, after = ask()
    assert before == after < mine


def test_what_comes_after_a_server_that_took_all_the_time_is_not_asked(platform: Platform) -> None:
    platform.fail("code_ocean", kind="hang")
    platform.fail("docdb", kind="hang")
    session = Session(DEMO_SESSION, sources=remote_sources())
    with pytest.raises(UnavailableError):
        session.raw_data_dir
    assert platform.count("code_ocean") == platform.count("docdb") == 2
    assert platform.count("s3") == 0


def test_what_could_not_be_asked_for_lack_of_time_says_so(platform: Platform) -> None:
    platform.fail("docdb", kind="drip")

    @one_call
    def ask() -> object:
        sources = remote_sources()
        with pytest.raises(UnavailableError):
            sources.records.find("v1", {"name": "a"})
        return sources.storage.exists("aind-open-data", "x")

    platform.world.records["v1"].append({"_id": "1", "name": "a", "more": "x" * 1000})
    with pytest.raises(UnavailableError, match=r"all the time there is.*aind-open-data"):
        ask()


def test_many_sessions_have_a_time_limit_a_question(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("AIND_SESSION_CONCURRENCY", "1")
    stand_in(demo_world(), latency=0.3)  # each of the four questions in turn: more than a second
    assert len(sessions(DEMO_SESSION, sources=remote_sources()).raw_data_assets) == 1


def test_waiting_for_an_asset_has_a_time_limit_a_look(platform: Platform) -> None:
    platform.world.assets.append(asset(1, DEMO_SESSION, state="pending"))

    @one_call
    def wait() -> object:
        return wait_until_ready(
            uuid_of(1), timeout=1, polling_interval=0.25, sources=remote_sources()
        )

    with pytest.raises(NotReadyError):  # and not one that says there was no time left to ask
        wait()
    assert platform.count("code_ocean") == 4
