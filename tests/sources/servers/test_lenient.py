"""The SDK client for users accepts answers with missing fields."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from codeocean.computation import Computation, ComputationState, RunParams
from codeocean.data_asset import (
    AWSS3Source,
    DataAsset,
    DataAssetParams,
    DataAssetSearchParams,
    Source,
)

from aind_session import OddAnswerError, get_codeocean_client
from aind_session.sources.demo_world import demo_world
from tests.platform import Platform

Start = Callable[..., Platform]
RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
NEEDED = {"id", "results", "items", "has_more", "next_token", "download_url", "view_url"}
"""The essential fields of an answer; every other field may be missing."""


@pytest.fixture
def sparse(stand_in: Start) -> Platform:
    """A server that sends only the essential fields, and no `owner`."""
    import codeocean.capsule
    import codeocean.computation
    import codeocean.data_asset

    platform = stand_in(demo_world())
    modules = (codeocean.capsule, codeocean.computation, codeocean.data_asset)
    classes = [c for m in modules for c in vars(m).values() if dataclasses.is_dataclass(c)]
    fields = {field.name for cls in classes for field in dataclasses.fields(cls)}
    platform.fail("code_ocean", kind="altered", alter=without(fields - NEEDED))
    return platform


def without(fields: set[str]) -> Callable[[bytes], bytes]:
    """Leave fields out of an answer, at every depth."""

    def cut(body: Any) -> Any:
        if isinstance(body, list):
            return [cut(part) for part in body]
        if isinstance(body, dict):
            return {name: cut(value) for name, value in body.items() if name not in fields}
        return body

    return lambda answer: json.dumps(cut(json.loads(answer))).encode() if answer else answer


def a_capsule(platform: Platform) -> str:
    return next(iter(platform.world.computations))


def test_a_run_that_was_started_is_not_lost(sparse: Platform) -> None:
    computations = get_codeocean_client().computations
    run = computations.run_capsule(RunParams(capsule_id=a_capsule(sparse)))
    assert type(run) is Computation
    assert computations.get_computation(run.id).id == run.id
    assert run.name is None
    assert len([r for r in sparse.requests if r.method == "POST"]) == 1


def test_only_the_owner_is_missing_and_the_rest_is_read(stand_in: Start) -> None:
    platform = stand_in(demo_world())
    platform.fail("code_ocean", kind="altered", alter=without({"owner"}))
    computations = get_codeocean_client().computations
    run = computations.run_capsule(RunParams(capsule_id=a_capsule(platform)))
    assert run.state in set(ComputationState)
    platform.world.computations[a_capsule(platform)][-1]["state"] = "completed"
    assert computations.wait_until_completed(run).state is ComputationState.Completed


def test_results_of_a_run_are_listed(sparse: Platform) -> None:
    computations = get_codeocean_client().computations
    run_id = computations.run_capsule(RunParams(capsule_id=a_capsule(sparse))).id
    sparse.world.results[run_id] = {"output": b"done", "plots/a.png": b""}
    folder = computations.list_computation_results(computation_id=run_id)
    assert len(folder.items) == 2
    assert folder.items[0].name is None


def test_assets_are_read_made_and_found(sparse: Platform) -> None:
    assets = get_codeocean_client().data_assets
    assert type(assets.get_data_asset(RAW_ID)) is DataAsset
    made = assets.create_data_asset(
        DataAssetParams(
            name="x",
            mount="x",
            tags=[],
            source=Source(aws=AWSS3Source(bucket="aind-open-data", prefix="x")),
        )
    )
    assert assets.get_data_asset(made.id).id == made.id
    params = DataAssetSearchParams(offset=0, limit=1000, archived=False, favorite=False)
    found = assets.search_data_assets(params)
    assert RAW_ID in [asset.id for asset in found.results]
    every = assets.search_data_assets_iterator(params)
    assert RAW_ID in [asset.id for asset in every]


def test_capsules_and_their_runs_are_read(sparse: Platform) -> None:
    capsules = get_codeocean_client().capsules
    capsule = a_capsule(sparse)
    assert capsules.get_capsule(capsule).id == capsule
    get_codeocean_client().computations.run_capsule(RunParams(capsule_id=capsule))
    assert [type(run) for run in capsules.list_computations(capsule)][:1] == [Computation]


def test_a_state_that_no_sdk_knows_is_text(stand_in: Start) -> None:
    platform = stand_in(demo_world())
    capsule = a_capsule(platform)
    run = get_codeocean_client().computations.run_capsule(RunParams(capsule_id=capsule))
    platform.world.computations[capsule][-1]["state"] = "hibernating"
    assert str(get_codeocean_client().computations.get_computation(run.id).state) == "hibernating"


def test_what_is_no_object_is_an_odd_answer(stand_in: Start) -> None:
    platform = stand_in(demo_world())
    platform.fail("code_ocean", status=200, body=b"[]")
    with pytest.raises(OddAnswerError, match="a DataAsset was expected, not"):
        get_codeocean_client().data_assets.get_data_asset(RAW_ID)


def test_the_sdk_itself_stays_as_it_is(stand_in: Start) -> None:
    stand_in(demo_world())
    get_codeocean_client()
    with pytest.raises(KeyError):
        Computation.from_dict({"id": "x"})


def test_a_name_that_a_test_replaces_in_the_sdk_is_seen(
    stand_in: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = stand_in(demo_world())
    capsule = a_capsule(platform)
    computations = get_codeocean_client().computations
    run = computations.run_capsule(RunParams(capsule_id=capsule))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        platform.world.computations[capsule][-1]["state"] = "failed"

    platform.world.computations[capsule][-1]["state"] = "running"
    monkeypatch.setattr("codeocean.computation.sleep", sleep)
    ended: Any = computations.wait_until_completed(run, polling_interval=5)
    assert (ended.state, slept) == (ComputationState.Failed, [5])
