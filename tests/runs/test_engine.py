"""A search for a lost start takes its time, even if the time of day is changed; late runs."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from aind_session import Runs, UnknownOutcomeError, memory_sources, open_ledger, plan_runs
from aind_session.runtime.clock import PlayedClock
from aind_session.sources import Sources
from aind_session.sources.memory import MemoryAssets
from aind_session.sources.protocols import Body
from aind_session.sources.world import World
from tests.runs.played import PIPELINE, START, name_of, played_world, sorting


class SetClock(PlayedClock):
    """A clock whose time of day can be set; what it measures goes on."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


class Late(MemoryAssets):
    """Code Ocean, which answers no start with these numbers, and lists runs after some seconds."""

    def __init__(
        self, world: World, *lost: int, made: bool = True, listed_after: float = 0
    ) -> None:
        super().__init__(world)
        self.lost, self.made, self.listed_after, self.count = lost, made, listed_after, 0

    def run(self, params: Body) -> Body:
        self.count += 1
        if self.count in self.lost:
            if self.made:
                super().run(params)
            raise UnknownOutcomeError("Code Ocean", "sent, and lost")
        return super().run(params)

    def computations(self, capsule_id: str) -> list[Body]:
        is_late = self._world.clock.passed() < START + self.listed_after
        return [] if is_late else super().computations(capsule_id)


def late_world(*lost: int, **more: Any) -> tuple[SetClock, World, Sources]:
    world = played_world(1)
    world.clock = clock = SetClock(START)
    sources = memory_sources(world)
    return clock, world, dataclasses.replace(sources, assets=Late(world, *lost, **more))


def begin(sources: Sources, path: Path) -> Runs:
    return plan_runs([name_of(1)], sorting(), sources=sources).start(path)


def states(runs: Runs) -> list[str]:
    return [record.state for record in runs]


def started(world: World) -> int:
    return len(world.computations.get(PIPELINE, ()))


def test_a_time_of_day_that_is_set_ahead_starts_nothing_again(tmp_path: Path) -> None:
    clock, world, sources = late_world(1, listed_after=40)
    runs = begin(sources, tmp_path / "r.jsonl")
    clock.sleep(5)
    runs.step()
    clock.ahead = 3600
    clock.sleep(5)
    assert states(runs.step()) == ["unknown"]
    clock.sleep(30)
    assert states(runs.step()) == ["captured"]  # by the time of day, it has run for an hour
    assert started(world) == 1


def test_nor_between_two_processes_on_a_machine(tmp_path: Path) -> None:
    clock, world, sources = late_world(1, listed_after=40)
    begin(sources, tmp_path / "r.jsonl")
    clock.sleep(5)
    clock.ahead = 3600
    assert states(open_ledger(tmp_path / "r.jsonl", sources=sources).step()) == ["unknown"]
    clock.ahead = 7200
    clock.sleep(5)
    assert states(open_ledger(tmp_path / "r.jsonl", sources=sources).step()) == ["unknown"]
    clock.sleep(30)
    assert states(open_ledger(tmp_path / "r.jsonl", sources=sources).step()) == ["captured"]
    assert started(world) == 1


def test_a_restarted_machine_goes_by_the_time_of_day(tmp_path: Path) -> None:
    clock, world, sources = late_world(1, made=False)
    begin(sources, tmp_path / "r.jsonl").step()
    clock.ahead = 1000
    clock.start -= 900
    assert states(open_ledger(tmp_path / "r.jsonl", sources=sources).step()) == ["running"]
    assert started(world) == 1


def test_a_time_of_day_that_is_set_back_does_not_keep_a_search_open(tmp_path: Path) -> None:
    clock, world, sources = late_world(1, made=False)
    begin(sources, tmp_path / "r.jsonl")
    seen = []
    for number in range(4):  # by cron
        clock.ahead = 0 if number == 0 else -86400
        clock.sleep(61)
        seen += states(open_ledger(tmp_path / "r.jsonl", sources=sources).step())
    assert seen == ["unknown", "unknown", "running", "running"]
    assert started(world) == 1


def test_a_search_of_another_process_is_not_measured_from_ones_own(tmp_path: Path) -> None:
    clock, world, sources = late_world(2, listed_after=5000)
    path = tmp_path / "r.jsonl"
    old = begin(sources, path)
    world.computations[PIPELINE][0] |= {"state": "failed"}
    clock.sleep(4000)
    old.step()
    assert states(old) == ["failed"]
    other = open_ledger(path, sources=sources)
    other.retry()
    assert states(other) == ["unknown"]
    clock.sleep(5)
    assert states(old.step()) == ["unknown"]
    assert json.loads(path.read_text().splitlines()[-1])["event"] == "missing"
    assert started(world) == 2  # the first one, and its retry


def test_a_retry_adopts_a_second_run_that_was_noted(tmp_path: Path) -> None:
    clock, world, sources = late_world(1, listed_after=200)
    runs = begin(sources, tmp_path / "r.jsonl")
    clock.sleep(61)
    runs.step()
    clock.sleep(61)
    assert states(runs.step()) == ["running"]  # the first start was lost, and made again
    clock.sleep(100)
    runs.step()
    first, second = world.computations[PIPELINE]
    assert runs.records[0].notes == (
        f"computation {first['id']} does the same work (owner {first['owner']}): stop it in Code "
        "Ocean if it is not wanted",
    )
    second |= {"state": "failed"}
    assert states(runs.step()) == ["failed"]
    runs.retry()
    assert (states(runs), runs.records[0].computation) == (["running"], first["id"])
    assert started(world) == 2
