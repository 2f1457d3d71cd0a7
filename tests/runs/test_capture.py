"""Capturing results: refusals, retries and sharing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    CredentialsError,
    RemoteError,
    memory_sources,
    open_ledger,
)
from aind_session.sources.memory import MemoryAssets
from aind_session.sources.protocols import Body
from tests.runs.played import played_world
from tests.runs.test_rounds import DOWN, NAMES, begin, captured, events, failing, states


def test_a_capture_that_is_refused_is_final(tmp_path: Path) -> None:
    error = RemoteError("Code Ocean", "no such bucket")
    runs, events_of = captured(tmp_path, played_world(), create=[error])
    assert [(one["why"], one["final"]) for one in events_of("not_captured")] == [
        (f"not captured: {error}", True)
    ]
    (record,) = runs
    assert (record.state, record.why) == ("succeeded", f"not captured: {error}")
    assert events_of("captured") == []


def test_a_capture_that_could_not_be_asked_for_is_asked_for_again(tmp_path: Path) -> None:
    runs, events_of = captured(tmp_path, played_world(), create=[DOWN])
    assert [(one["why"], one["final"]) for one in events_of("not_captured")] == [
        (f"not captured yet: {DOWN}", False)
    ]
    assert states(runs) == ["captured"]
    assert [one["attempt"] for one in events_of("capture")] == [1, 2]


def test_a_capture_for_which_the_token_is_refused_is_not_lost(tmp_path: Path) -> None:
    world = played_world()
    refused = CredentialsError("refused", service="Code Ocean")
    sources = failing(world, create=[refused])
    runs = begin(sources, tmp_path)
    world.clock.sleep(3601)
    with pytest.raises(CredentialsError):
        runs.step()
    (event,) = events(tmp_path, "not_captured")
    assert (event["why"], event["final"]) == (f"not captured yet: {refused}", False)
    again = open_ledger(tmp_path / "r.jsonl", sources=sources)
    assert states(again.wait()) == ["captured"]


def test_an_asset_that_cannot_be_shared_stays_private_and_a_note_says_so(tmp_path: Path) -> None:
    error = RemoteError("Code Ocean", "no such group")
    world = played_world()
    runs, events_of = captured(tmp_path, world, share=[error])
    (record,) = runs
    assert record.state == "captured"
    assert record.notes == (f"asset {record.asset} stays private: {error}",)
    assert len(events_of("shared")) == 1
    assert world.permissions == {}


def test_an_asset_that_could_not_be_shared_yet_is_shared_later(tmp_path: Path) -> None:
    world = played_world()
    runs, _ = captured(tmp_path, world, share=[DOWN])
    (record,) = runs
    assert (record.state, record.notes) == ("captured", ())
    assert world.permissions == {record.asset: {"everyone": "viewer"}}


def test_an_asset_that_is_only_discoverable_is_followed_by_searches(tmp_path: Path) -> None:
    world = played_world()
    world.capture_seconds = 100
    runs = begin(memory_sources(world), tmp_path)
    world.clock.sleep(3600)
    runs.step()
    made = next(one for one in world.assets if one.get("type") == "result")
    world.hidden.add(made["id"])
    assert states(runs.step()) == ["capturing"]
    world.clock.sleep(100)
    assert states(runs.step()) == ["captured"]


def test_an_asset_that_nobody_shows_was_not_captured(tmp_path: Path) -> None:
    world = played_world()
    world.capture_seconds = 100
    begin(memory_sources(world), tmp_path)
    world.clock.sleep(3600)

    class Hiding(MemoryAssets):
        def get(self, asset_id: str) -> Body:
            raise AccessDeniedError("Code Ocean", "closed", status=403)

        def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
            return []

    sources = dataclasses.replace(memory_sources(world), assets=Hiding(world))
    runs = open_ledger(tmp_path / "r.jsonl", sources=sources)
    (record,) = runs.step()
    assert (record.state, record.why) == (
        "succeeded",
        "Code Ocean could not make an asset of its results: Code Ocean: closed (HTTP 403)",
    )


def test_a_capture_that_failed_is_tried_again_when_that_is_asked(tmp_path: Path) -> None:
    world = played_world()
    runs, events_of = captured(tmp_path, world, create=[RemoteError("Code Ocean", "no")])
    assert [record.session for record in runs.failures()] == NAMES[:1]
    runs.capture(sessions=NAMES[0])
    assert len(events_of("recapture")) == 1
    assert states(runs.wait()) == ["captured"]
    assert runs.failures() == ()
