"""Count the requests to Code Ocean of 2,000 runs of 250 subjects, from plan to captures.

    python -m benchmarks.runs [--sessions 2000] [--subjects 250] [--at-most 50] [--seconds 3600]

Uses sources in memory, whose clock jumps ahead when code waits: the counts are those of the real
server, the seconds are the library's own time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from aind_session import Capture, Process, Runs, plan_runs
from aind_session.runtime.clock import PlayedClock
from aind_session.sources import bodies
from aind_session.sources.world import Play, World
from aind_session.testing import FakeAIND

PIPELINE = "0000000c-0000-4000-8000-000000000001"


def world_of(sessions: int, subjects: int, seconds: float) -> tuple[World, list[str]]:
    """A raw asset for each session, and a pipeline."""
    world = World(objects={"aind-open-data": {}}, clock=PlayedClock(1_750_000_000))
    names = [
        f"ecephys_{700000 + n % subjects}_2024-01-{1 + n // subjects:02}_03-04-05"
        for n in range(sessions)
    ]
    world.assets = [
        bodies.labelled_asset(
            f"0000000a-0000-4000-8000-{n:012}",
            name,
            1_700_000_000 + n,
            "raw",
            source_bucket=bodies.source_bucket("aind-open-data", name),
        )
        for n, name in enumerate(names)
    ]
    world.plays = {PIPELINE: Play(seconds, {"output": b"done\n", "x.json": b"{}"})}
    return world, names


def counts_of(fake: FakeAIND) -> Counter[str]:
    """Requests to Code Ocean by kind; a file of results takes two, for its URL and its content."""
    found = Counter(r.method for r in fake.requests if r.service == "Code Ocean")
    found["files, from S3"] = found["result"]
    return found


def total(counts: Counter[str]) -> int:
    """Requests to Code Ocean only."""
    return sum(count for name, count in counts.items() if name != "files, from S3")


def run(
    sessions: int, subjects: int, *, at_most: int, seconds: float, **more: Any
) -> dict[str, Any]:
    """Plan, start and wait; return the counts of each, and the outcome."""
    world, names = world_of(sessions, subjects, seconds)
    fake = FakeAIND(world)
    process = Process("sorted", pipeline=PIPELINE, capture=Capture() if more["captures"] else None)
    began = time.perf_counter()
    plan = plan_runs(names, process, sources=fake.sources)
    planned, plan_seconds = counts_of(fake), time.perf_counter() - began
    fake.forget()
    with tempfile.TemporaryDirectory() as folder:
        pace = {"at_most": at_most, "name_runs": more["names"]}
        runs: Runs = plan.start(Path(folder, "runs.jsonl"), **pace).wait()
        states = Counter(record.state for record in runs)
    return {
        "planned": planned,
        "driven": counts_of(fake),
        "states": states,
        "hours": (world.clock.now() - 1_750_000_000) / 3600,
        "plan seconds": plan_seconds,
        "seconds": time.perf_counter() - began,
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2000)
    parser.add_argument("--subjects", type=int, default=250)
    parser.add_argument("--at-most", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3600)
    options = parser.parse_args()
    for more in ({"names": False, "captures": False}, {"names": True, "captures": True}):
        found = run(
            options.sessions,
            options.subjects,
            at_most=options.at_most,
            seconds=options.seconds,
            **more,
        )
        print(
            f"{options.sessions} sessions of {options.subjects} subjects, {more}: {found['states']}"
        )
        for part in ("planned", "driven"):
            print(f"  {part}: {total(found[part])} requests: {dict(found[part])}")
        print(
            f"  {found['hours']:.1f} h on the servers; {found['plan seconds']:.1f} s of plan, "
            f"{found['seconds']:.1f} s in all here"
        )


if __name__ == "__main__":
    main()
