"""No work is done twice, and no run is captured twice, in many made-up stories.

Each story has sessions, one or two people with the same plan, servers that fail at random, a list
of runs that shows new runs late, programs that end at any request, and a time of day that is set.
It is the same in each run of the tests, except for the IDs of runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    OfflineError,
    Runs,
    UnavailableError,
    UnknownOutcomeError,
    memory_sources,
    open_ledger,
    plan_runs,
)
from aind_session.sources import Sources
from aind_session.sources.memory import MemoryAssets
from aind_session.sources.protocols import Body
from aind_session.sources.world import Play, World
from tests.runs.played import BAD, GOOD, PIPELINE, START, played_world, sorting
from tests.runs.test_engine import SetClock

STORIES = int(os.environ.get("AIND_SESSION_STORIES", "25"))
"""Thousands take minutes."""


class Failing(MemoryAssets):
    """Code Ocean, which fails at random, with new runs that its list shows after some seconds."""

    def __init__(self, world: World, chance: random.Random, often: float, delay: float) -> None:
        super().__init__(world)
        self.chance, self.often, self.delay = chance, often, delay
        self.begun: dict[str, float] = {}

    def fail(self) -> None:
        """Fail before a request is done."""
        kind = self.chance.random() / self.often if self.often else 1
        if kind < 0.5:
            wait = self.chance.choice([None, 0, 30, 1000])
            raise UnavailableError("Code Ocean", "busy", status=429, wait=wait)
        if kind < 0.7:
            raise UnavailableError("Code Ocean", "down", status=503)
        if kind < 0.75:
            raise KeyboardInterrupt
        if kind < 0.8:
            raise OfflineError("Code Ocean")

    def lose(self) -> None:
        """Lose the answer to a request."""
        if self.chance.random() < self.often:
            raise self.chance.choice(
                [UnknownOutcomeError("Code Ocean", "lost"), KeyboardInterrupt()]
            )

    def run(self, params: Body) -> Body:
        self.lose()
        self.fail()
        made = super().run(params)
        self.begun[made["id"]] = self._world.clock.passed()
        self.lose()
        return made

    def create(self, params: Body) -> Body:
        self.fail()
        made = super().create(params)
        self.lose()
        return made

    def computations(self, capsule_id: str) -> list[Body]:
        self.fail()
        latest = self._world.clock.passed() - self.delay
        runs = super().computations(capsule_id)
        return [run for run in runs if self.begun.get(run["id"], 0) <= latest]

    def computation(self, computation_id: str) -> Body:
        self.fail()
        return super().computation(computation_id)

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        self.fail()
        return super().search(params, at_most=at_most)

    def results(self, computation_id: str, path: str = "") -> list[str]:
        self.fail()
        return super().results(computation_id, path)


class Story:
    """Some people who start and continue the same plan."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = chance = random.Random(seed)
        count = chance.randint(1, 4)
        self.world = played_world(count, self.play, subjects=chance.choice([1, count]))
        self.world.clock = self.clock = SetClock(START)
        people = chance.choice([1, 1, 2])
        # a second person may start what the list does not show yet
        delay = 0.0 if people == 2 else chance.choice([0, 3, 20, 45])
        often = chance.choice([0, 0.05, 0.15, 0.3])
        quiet = memory_sources(self.world)
        self.sources: Sources = dataclasses.replace(
            quiet, assets=Failing(self.world, chance, often, delay)
        )
        names = [one["name"] for one in self.world.assets if one["name"].startswith("ecephys")]
        self.plan = plan_runs(names, sorting(), sources=quiet)
        self.ledgers = [folder / f"{number}.jsonl" for number in range(people)]
        self.runs: dict[Path, Runs] = {}

    def play(self, request: Body) -> Play:
        return BAD if self.chance.random() < 0.2 else GOOD

    def tell(self) -> None:
        for _ in range(self.chance.randint(5, 100)):
            with contextlib.suppress(KeyboardInterrupt, UnavailableError, OfflineError):
                self.act(self.chance.choice(self.ledgers))
            self.clock.sleep(self.chance.choice([0, 1, 5, 10, 60, 400, 4000]))
            if self.chance.random() < 0.1:
                self.clock.ahead = self.chance.choice([0, 10, 3600, -3600, -86400])

    def act(self, path: Path) -> None:
        if not path.exists():
            plan = dataclasses.replace(self.plan, sources=self.sources)
            self.runs[path] = plan.start(path, at_most=self.chance.choice([1, 2, 10]))
            return
        if path not in self.runs or self.chance.random() < 0.5:
            self.runs[path] = open_ledger(path, sources=self.sources)
        runs = self.runs[path]
        doing = self.chance.choice([runs.step] * 18 + [runs.retry, runs.capture])
        doing()


@pytest.mark.filterwarnings("ignore::aind_session.SourceDownWarning")
def test_no_work_is_done_twice(tmp_path: Path) -> None:
    captured = 0
    for seed in range(STORIES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        story = Story(seed, folder)
        story.tell()
        runs = story.world.computations.get(PIPELINE, [])
        good = Counter(
            run["data_assets"][-1]["id"] for run in runs if run.get("end_status") != "failed"
        )
        assert set(good.values()) <= {1}, seed
        results = [one for one in story.world.assets if one.get("type") == "result"]
        made = Counter(one["provenance"]["computation"] for one in results)
        assert set(made.values()) <= {1}, seed
        captured += len(results)
    assert captured > STORIES / 2
