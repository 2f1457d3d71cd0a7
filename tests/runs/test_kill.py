"""No run is started twice, wherever the program is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import Runs, memory_sources, open_ledger
from aind_session.runtime.clock import SYSTEM_CLOCK
from aind_session.sources.world import Play, World
from tests.platform import Platform
from tests.runs.played import name_of, played_world
from tests.worlds import uuid_of

ROOT = Path(__file__).parents[2]
SESSIONS = int(os.environ.get("AIND_SESSION_KILLED_SESSIONS", "1"))
"""More than one takes minutes."""

NAMES = [name_of(number) for number in range(1, SESSIONS + 1)]
PIPELINES = [f"0000000d-0000-4000-8000-{number:012}" for number in range(400)]
MOMENTS = 35
"""The smallest number of moments; see `tests/runs/killed.py`."""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed processes are forked")
def test_each_key_is_started_once_wherever_the_driver_is_killed(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = _world()
    platform = stand_in(world)
    found = _drive("tests.runs.killed", tmp_path)
    assert {one["ended"] for one in found} == {0}
    assert [one["killed"] for one in found[:-1]] == [-9] * (len(found) - 1)
    assert found[-1]["killed"] == 0
    assert len(found) > MOMENTS * SESSIONS  # the first lines of the ledger are written once
    sys.stdout.write(f"killed at each of {len(found) - 1} moments\n")
    _check_all(platform, world, found, tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed processes are forked")
def test_a_second_process_with_the_same_plan_starts_and_captures_nothing_again(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = _world()
    platform = stand_in(world)
    found = _drive("tests.runs.killed_beside", tmp_path)
    assert {one["third"] for one in found} == {0}
    assert [one["first"] for one in found[:-1]] == [-9] * (len(found) - 1)
    assert found[-1]["first"] == 0
    assert len(found) > MOMENTS * SESSIONS
    second = Counter(one["second"] for one in found)
    assert second.keys() <= {0, -9}  # no error; whether it finishes depends on timing
    assert second[-9] > 0
    refused = len(list(tmp_path.glob("*.refused")))
    assert refused > 0  # it tried while the first process wrote
    sys.stdout.write(f"{len(found) - 1} moments; the second process: {second}, {refused} refused\n")
    _check_all(platform, world, found, tmp_path)


def _world() -> World:
    world = played_world(SESSIONS)
    world.clock = SYSTEM_CLOCK  # the killed processes inherit it
    results = {"output": b"done", "x.json": b"{}"}
    world.plays = {pipeline: Play(0.05, results) for pipeline in PIPELINES}
    return world


def _drive(module: str, folder: Path) -> list[dict[str, Any]]:
    settings = {"folder": str(folder), "names": NAMES, "pipelines": PIPELINES}
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(settings),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _check_all(platform: Platform, world: World, found: list[dict[str, Any]], folder: Path) -> None:
    _check_log(platform, len(found))
    for number, one in enumerate(found):
        runs = open_ledger(folder / f"{number}.jsonl", sources=memory_sources(world))
        _check(runs, world.computations[one["pipeline"]], number)


def _check_log(platform: Platform, count: int) -> None:
    """Each pair of pipeline and input was requested once, and one asset for each run."""
    posted = [r for r in platform.requests if r.method == "POST"]
    starts = [json.loads(r.body) for r in posted if r.path.endswith("/v1/computations")]
    keys = Counter((s["pipeline_id"], s["data_assets"][0]["id"]) for s in starts)
    assert keys == {(p, uuid_of(n)): 1 for p in PIPELINES[:count] for n in range(1, SESSIONS + 1)}
    creates = [json.loads(r.body) for r in posted if r.path.endswith("/v1/data_assets")]
    made = Counter(create["source"]["computation"]["id"] for create in creates)
    assert set(made.values()) == {1}
    assert len(made) == SESSIONS * count


def _check(runs: Runs, computations: list[dict[str, object]], moment: int) -> None:
    assert [record.state for record in runs] == ["captured"] * SESSIONS, moment
    assert {r.computation for r in runs} == {run["id"] for run in computations}, moment
    assert len({record.asset for record in runs}) == SESSIONS, moment
