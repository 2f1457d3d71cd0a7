"""Runs and assets of their results, in memory and over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    CredentialsError,
    RemoteError,
    SourceDirNotFoundError,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.runtime.clock import PlayedClock
from aind_session.sources.servers.code_ocean import CodeOceanAssets
from aind_session.sources.settings import read_settings
from aind_session.sources.world import Play, World
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"
PIPELINE = "0000000c-0000-4000-8000-000000000001"
CAPSULE = "0000000c-0000-4000-8000-000000000002"
LOG = b"".join(b"line %04d\n" % number for number in range(100))


def played_world(**play: object) -> World:
    """A world with a pipeline and a capsule, whose runs take a minute by the world's clock."""
    world = empty_world()
    world.clock = PlayedClock(1_750_000_000)
    world.assets += [raw(1, NAME), asset(2, "a model", state="draft"), asset(3, "fixed")]
    how = Play(**{"results": {"output": LOG, "a/b.json": b"{}"}, **play})  # type: ignore[arg-type]
    world.plays = {PIPELINE: how, CAPSULE: how}
    world.versions = {PIPELINE: [1, 2]}
    world.panels = {
        PIPELINE: {
            "data_assets": [{"id": uuid_of(3), "mount": "fixed", "kind": "external"}],
            "parameters": [{"param_name": "sorter", "default_value": "ks25", "type": "list"}],
            "processes": [{"name": "capsule_job_4", "parameters": [{"param_name": "n"}]}],
        },
        CAPSULE: {"data_assets": [{"id": uuid_of(3), "mount": "fixed", "kind": "external"}]},
    }
    world.metadata_fields = [{"name": "experiment type", "allowed_values": ["ecephys"]}]
    return world


def request(**more: object) -> dict[str, object]:
    return {
        "pipeline_id": PIPELINE,
        "data_assets": [{"id": uuid_of(1), "mount": "ecephys"}],
        "named_parameters": [{"param_name": "sorter", "value": "ks4"}],
        **more,
    }


def test_a_run_goes_on_with_the_clock_and_leaves_results(serve: Serve) -> None:
    world = played_world()
    assets = serve(world).assets
    run = assets.run(request())
    assert (run["state"], run["created"]) == ("initializing", 1_750_000_000)
    states = []
    for _ in range(4):
        world.clock.sleep(20)
        states.append(assets.computation(run["id"])["state"])
    assert states == ["running", "running", "completed", "completed"]
    ended = assets.computations(PIPELINE)[0]
    assert (ended["end_status"], ended["exit_code"], ended["run_time"]) == ("succeeded", 0, 60)
    assert ended["data_assets"] == [
        {"id": uuid_of(3), "mount": "fixed"},
        {"id": uuid_of(1), "mount": "ecephys"},
    ]
    assert [p["value"] for p in ended["parameters"] if p["param_name"] == "sorter"] == ["ks4"]
    assert sorted(assets.results(run["id"])) == ["a", "output"]
    assert assets.results(run["id"], "a") == ["b.json"]
    with pytest.raises(AssetNotFoundError):
        assets.results(run["id"], "nextflow")


@pytest.mark.parametrize("state", ["completed", "hibernating"])
def test_a_run_whose_state_is_set_by_hand_stays_so(serve: Serve, state: str) -> None:
    world = played_world()
    source = serve(world).assets
    run = source.run(request())
    world.computations[PIPELINE][-1]["state"] = state
    world.clock.sleep(30)
    assert source.computation(run["id"])["state"] == state
    world.clock.sleep(60)
    assert source.computation(run["id"])["state"] == state
    assert "end_status" not in source.computation(run["id"])


@pytest.mark.parametrize(
    ("part", "expected"),
    [(None, LOG), (20, LOG[:20]), (-20, LOG[-20:]), (5000, LOG), (-5000, LOG)],
)
def test_a_part_of_a_file(serve: Serve, part: int | None, expected: bytes) -> None:
    world = played_world()
    assets = serve(world).assets
    run = assets.run(request())
    world.clock.sleep(60)
    assets.computation(run["id"])
    assert assets.result(run["id"], "output", part=part) == expected
    with pytest.raises(SourceDirNotFoundError):
        assets.result(run["id"], "none")


def test_the_end_of_an_empty_file(serve: Serve) -> None:
    world = played_world(results={"output": b""})
    assets = serve(world).assets
    run = assets.run(request())
    world.clock.sleep(60)
    assets.computation(run["id"])
    assert assets.result(run["id"], "output", part=-100) == b""


def test_pipelines_ignore_parameters_in_order(serve: Serve) -> None:
    assets = serve(played_world()).assets
    run = assets.run(request(named_parameters=None, parameters=["ks4"]))
    assert [p["value"] for p in run["parameters"]] == ["ks25"]


def test_the_panel(serve: Serve) -> None:
    world = played_world()
    assets = serve(world).assets
    assert assets.panel(PIPELINE) == world.panels[PIPELINE]
    assert assets.panel(PIPELINE, 2) == world.panels[PIPELINE]
    for target, version in ((PIPELINE, 3), (uuid_of(99), None)):
        with pytest.raises(AssetNotFoundError):
            assets.panel(target, version)
    assert assets.custom_metadata()["fields"] == world.metadata_fields


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"pipeline_id": uuid_of(99)}, RemoteError, "not found"),
        ({"version": 9}, RemoteError, "version 9"),
        ({"data_assets": [{"id": uuid_of(1), "mount": None}]}, RemoteError, "invalid request body"),
        ({"data_assets": [{"id": uuid_of(9), "mount": "x"}]}, RemoteError, "not found"),
        ({"data_assets": [{"id": uuid_of(2), "mount": "x"}]}, RemoteError, "not ready"),
        (
            {
                "pipeline_id": None,
                "capsule_id": CAPSULE,
                "data_assets": [{"id": uuid_of(3), "mount": "fixed"}],
            },
            AccessDeniedError,
            "already attached",
        ),
        (
            {"named_parameters": [{"param_name": "sorter", "value": "x" * 4097}]},
            RemoteError,
            "4096",
        ),
    ],
)
def test_what_is_refused_is_not_started(
    serve: Serve, wrong: dict[str, object], error: type[RemoteError], message: str
) -> None:
    world = played_world()
    with pytest.raises(error, match=message) as caught:
        serve(world).assets.run(request(**wrong))
    assert not isinstance(caught.value, UnavailableError)
    assert not any(world.computations.values())


def test_results_are_captured_once_the_run_has_ended(serve: Serve) -> None:
    world = played_world()
    world.capture_seconds = 30
    assets = serve(world).assets
    run = assets.run(request())
    wanted = {
        "name": f"{NAME}_sorted_2025-06-15_15-07-40",
        "mount": f"{NAME}_sorted_2025-06-15_15-07-40",
        "tags": ["derived"],
        "custom_metadata": {"subject id": "700001", "experiment type": "ecephys"},
        "source": {"computation": {"id": run["id"]}},
    }
    with pytest.raises(RemoteError, match="no results"):
        assets.create(wanted)
    world.clock.sleep(60)
    with pytest.raises(RemoteError, match="does not allow"):
        assets.create({**wanted, "custom_metadata": {"experiment type": "sorting"}})
    made = assets.create(wanted)
    assert (made["state"], made["provenance"]["computation"]) == ("draft", run["id"])
    assert assets.get(made["id"])["state"] == "draft"
    world.clock.sleep(30)
    assert assets.get(made["id"])["state"] == "ready"
    assert assets.search({"query": "subject id:700001", "type": "result"})[0]["id"] == made["id"]


def test_a_capture_can_fail(serve: Serve) -> None:
    world = played_world(failed_captures=1)
    assets = serve(world).assets
    run = assets.run(request())
    world.clock.sleep(60)
    wanted = {"name": "x", "mount": "x", "source": {"computation": {"id": run["id"]}}}
    states = []
    for _ in range(2):
        made = assets.create(wanted)
        world.clock.sleep(1)
        states.append(assets.get(made["id"])["state"])
    assert states == ["failed", "ready"]


def test_names_permissions_and_the_archive(serve: Serve) -> None:
    world = played_world()
    assets = serve(world).assets
    run = assets.run(request())
    assets.rename(run["id"], "a name [1]")
    assert assets.computation(run["id"])["name"] == "a name [1]"
    assets.share(uuid_of(1), {"everyone": "viewer"})
    assert world.permissions == {uuid_of(1): {"everyone": "viewer"}}
    assets.archive(uuid_of(1), archived=True)
    assert world.assets[0]["archived"] is True
    assets.archive(uuid_of(1), archived=False)
    assert world.assets[0]["archived"] is False
    for change in (
        lambda: assets.rename(uuid_of(9), "x"),
        lambda: assets.stop(uuid_of(9)),
        lambda: assets.share(uuid_of(9), {}),
        lambda: assets.archive(uuid_of(9), archived=True),
    ):
        with pytest.raises(AssetNotFoundError):
            change()


def test_stopping_removes(serve: Serve) -> None:
    assets = serve(played_world()).assets
    run = assets.run(request())
    assets.stop(run["id"])
    with pytest.raises(AssetNotFoundError):
        assets.computation(run["id"])
    assert assets.computations(PIPELINE) == []


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    return stand_in(played_world())


def source(**settings: Any) -> CodeOceanAssets:
    return CodeOceanAssets(read_settings().__replace__(**settings), sleep=lambda seconds: None)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lost"},
        {"kind": "reset"},
        {"kind": "truncated"},
        {"kind": "html"},
        {"kind": "shape"},
        {"status": 408},
        *({"status": status} for status in (500, 501, 502, 503, 504, 599)),
        {"kind": "done, and refused", "status": 504},
    ],
)
def test_a_write_that_may_have_been_done_is_sent_once(
    platform: Platform, fault: dict[str, object]
) -> None:
    platform.fail("code_ocean", **fault)  # type: ignore[arg-type]
    with pytest.raises(UnknownOutcomeError, match="sent"):
        source().run(request())
    assert platform.count() == 1


def test_a_start_that_is_not_answered_in_time_is_unknown(platform: Platform) -> None:
    platform.fail("code_ocean", kind="hang")
    with pytest.raises(UnknownOutcomeError, match="no answer in time"):
        source(timeout_seconds=1.0).run(request())
    assert platform.count() == 1


def test_a_pause_that_is_asked_for_was_not_a_start(platform: Platform) -> None:
    platform.fail("code_ocean", status=429, headers={"Retry-After": "7"})
    with pytest.raises(UnavailableError) as caught:
        source().run(request())
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert caught.value.wait == 7
    assert platform.count() == 1


def test_a_server_that_cannot_be_reached_started_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE_OCEAN_DOMAIN", "http://127.0.0.1:1")
    with pytest.raises(UnavailableError) as caught:
        source().run(request())
    assert not isinstance(caught.value, UnknownOutcomeError)


@pytest.mark.parametrize(("status", "error"), [(401, CredentialsError), (403, AccessDeniedError)])
def test_a_refused_token(platform: Platform, status: int, error: type[Exception]) -> None:
    platform.fail("code_ocean", status=status)
    with pytest.raises(error, match="Capsule: write"):
        source().run(request())


def test_too_many_runs_are_answered_429(platform: Platform) -> None:
    platform.runs_at_once = 1
    source().run(request())
    with pytest.raises(UnavailableError) as caught:
        source().run(request())
    assert caught.value.status == 429


def test_the_body_is_what_was_asked_for(platform: Platform) -> None:
    source().run(request())
    assert json.loads(platform.requests[0].body) == request()


def test_a_part_of_a_file_costs_as_many_bytes(platform: Platform) -> None:
    run = source().run(request())
    platform.world.clock.sleep(60)
    source().computation(run["id"])
    platform.forget()
    source().result(run["id"], "output", part=-20)
    assert [r.sent for r in platform.requests if r.service == "s3"] == [20]
