"""One call by a user has one deadline for all its requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from aind_session import (
    NotReadyError,
    Session,
    SourceDownWarning,
    UnavailableError,
    World,
    sessions,
    wait_until_ready,
)
from aind_session.runtime import calls
from aind_session.runtime.calls import call_of_its_own, deadline, one_call
from aind_session.runtime.parallel import side_by_side
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.memory import MemoryStorage
from tests.platform import Platform
from tests.worlds import asset, empty_world, uuid_of


@pytest.fixture
def platform(stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "4")
    return stand_in(empty_world())


def test_questions_of_a_call_share_its_time_and_each_leaves_some() -> None:
    @one_call
    def outer() -> list[float]:
        began = time.monotonic()
        side = side_by_side([lambda: deadline(60)] * 3)
        return [until - began for until in [*side, inner()]]

    @one_call
    def inner() -> float:
        return deadline(60)

    assert all(39 < until < 60 for until in outer())


def test_a_question_among_many_has_time_of_its_own() -> None:
    @one_call
    def ask() -> tuple[float, float]:
        call = calls._under_way.get()
        assert call is not None
        call.began -= 50  # as if earlier requests took this long
        now = time.monotonic()
        with call_of_its_own():
            mine = deadline(60) - now
        return deadline(60) - now, mine

    shared, mine = ask()
    assert shared < 10
    assert mine > 39


def test_a_server_that_never_answers_leaves_time_for_the_others(platform: Platform) -> None:
    name = f"{DEMO_SESSION}/behavior/x"
    platform.world.objects["aind-ephys-data"][name] = b""
    platform.fail("code_ocean", kind="hang")
    storage = _Watched(platform.world)
    session = Session(DEMO_SESSION, sources=replace(remote_sources(), storage=storage))
    with pytest.warns(SourceDownWarning, match="no answer in time"):
        assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
    assert min(storage.left) > 0


class _Watched(MemoryStorage):
    """S3 without a network, which takes no time and records how much is left."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.left: list[float] = []

    def exists(self, bucket: str, prefix: str) -> bool:
        self.left.append(deadline(4) - time.monotonic())
        return super().exists(bucket, prefix)


def test_what_comes_when_no_time_is_left_is_not_asked(platform: Platform) -> None:
    @one_call
    def ask() -> object:
        call = calls._under_way.get()
        assert call is not None
        call.began -= 60
        return remote_sources().storage.exists("aind-open-data", "x")

    with pytest.raises(UnavailableError, match=r"used up the time limit.*aind-open-data"):
        ask()
    assert platform.count() == 0


def test_many_sessions_have_a_time_limit_a_question(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "1")
    monkeypatch.setenv("AIND_SESSION_CONCURRENCY", "1")
    stand_in(demo_world(), latency=0.3)  # four sequential requests: over a second
    assert len(sessions(DEMO_SESSION, sources=remote_sources()).raw_data_assets) == 1


def test_waiting_for_an_asset_has_a_time_limit_a_look(platform: Platform) -> None:
    platform.world.assets.append(asset(1, DEMO_SESSION, state="pending"))

    @one_call
    def wait() -> object:
        call = calls._under_way.get()
        assert call is not None
        call.began -= 60  # as if it had waited this long
        return wait_until_ready(
            uuid_of(1), timeout=0.2, polling_interval=0.1, sources=remote_sources()
        )

    with pytest.raises(NotReadyError):  # not an error about the deadline
        wait()
