"""Waiting for runs and assets."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from aind_session import (
    AssetFailedError,
    NotReadyError,
    memory_sources,
    wait_until_completed,
    wait_until_ready,
)
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.runtime.clock import PlayedClock
from tests.conftest import Serve
from tests.runs.test_why import RUN, world
from tests.worlds import asset, empty_world, uuid_of


def test_waiting_for_a_run_ends_with_its_time(serve: Serve) -> None:
    found = world(state="running")
    found.clock = PlayedClock(0)
    sources = memory_sources(found)
    before = found.clock.passed()
    with pytest.raises(NotReadyError) as caught:
        wait_until_completed(RUN, timeout=25, sources=sources)
    assert str(caught.value) == (
        f"computation {RUN} was still running after 25 s; it continues: wait longer, and do not "
        "start it again"
    )
    assert found.clock.passed() - before == 20  # two pauses of ten seconds, and no third
    with pytest.raises(NotReadyError):
        wait_until_completed(RUN, timeout=20, polling_interval=20, sources=sources)
    assert found.clock.passed() - before == 40


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (
            {"state": "failed", "failure_reason": "no space"},
            AssetFailedError,
            f"Code Ocean could not make data asset 'x' ({uuid_of(1)}): no space",
        ),
        (
            {"state": "failed"},
            AssetFailedError,
            f"Code Ocean could not make data asset 'x' ({uuid_of(1)}): no reason given",
        ),
        (
            {"state": "draft"},
            NotReadyError,
            f"data asset 'x' ({uuid_of(1)}) was still draft after 0 s; it exists, so wait longer, "
            "and do not create it again",
        ),
        (
            {},
            NotReadyError,
            f"data asset 'x' ({uuid_of(1)}) had no files yet after 0 s; it exists, so wait longer, "
            "and do not create it again",
        ),
    ],
)
def test_an_asset_that_is_not_ready_in_time_says_what_is_missing(
    more: dict[str, Any], error: type[Exception], message: str
) -> None:
    found = empty_world()
    found.assets.append(asset(1, "x", **more))
    with pytest.raises(error) as caught:
        wait_until_ready(uuid_of(1), timeout=0, sources=memory_sources(found))
    assert str(caught.value) == message


def test_an_asset_is_ready_with_its_files_or_where_they_do_not_count() -> None:
    found = empty_world()
    found.assets += [asset(1, "x"), asset(2, "both", type="combined"), asset(3, "empty")]
    found.objects[CODE_OCEAN_BUCKET] = {f"{uuid_of(1)}/a": b"", f"{uuid_of(3)}/": b""}
    sources = memory_sources(found)
    assert wait_until_ready(uuid_of(1), timeout=0, sources=sources).name == "x"
    assert wait_until_ready(uuid_of(2), timeout=0, sources=sources).name == "both"
    assert wait_until_ready(uuid_of(3), False, timeout=0, sources=sources).name == "empty"
    with pytest.raises(NotReadyError, match="had no files yet"):
        wait_until_ready(uuid_of(3), timeout=0, sources=sources)


class Slow:
    """Code Ocean, with an asset that is a draft at first."""

    def __init__(self, source: Any, looks: int) -> None:
        self._source, self._left = source, looks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def get(self, asset_id: str) -> dict[str, Any]:
        self._left -= 1
        found: dict[str, Any] = self._source.get(asset_id)
        return {**found, "state": "draft"} if self._left >= 0 else found


@pytest.mark.parametrize("timeout", [60, None])
def test_an_asset_is_waited_for_until_it_is_ready(timeout: float | None) -> None:
    found = empty_world()
    found.assets.append(asset(1, "x"))
    found.objects[CODE_OCEAN_BUCKET] = {f"{uuid_of(1)}/a": b""}
    sources = memory_sources(found)
    slow = dataclasses.replace(sources, assets=Slow(sources.assets, 2))
    assert wait_until_ready(uuid_of(1), True, timeout, 0.001, sources=slow).state == "ready"
