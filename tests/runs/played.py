"""A world of sessions, and a pipeline whose runs take an hour by the world's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aind_session.runs.process import Process
from aind_session.runtime.clock import PlayedClock
from aind_session.sources.protocols import Body
from aind_session.sources.world import Play, World
from tests.worlds import asset, empty_world, raw, uuid_of

PIPELINE = "0000000c-0000-4000-8000-000000000001"
CAPSULE = "0000000c-0000-4000-8000-000000000002"
START = 1_750_000_000
GOOD = Play(seconds=3600, results={"output": b"done\n", "x.json": b"{}"})
BAD = Play(
    seconds=600,
    end_status="failed",
    exit_code=1,
    results={
        "output": b"Error executing process > 'sort_4 (1)'\nCommand exit status:\n  137\n\n"
        b"Command error:\n  Traceback (most recent call last):\n    File 'x'\n"
        b"  MemoryError: no room, TOKEN=cop_abcdefgh\n",
        "nextflow/trace.txt": b"name\tstatus\texit\n",
    },
)


def name_of(number: int, subject: int = 700001) -> str:
    return f"ecephys_{subject}_2024-01-{number:02}_03-04-05"


def played_world(
    count: int = 3, play: Play | Callable[[Body], Play] = GOOD, subjects: int = 1
) -> World:
    """Sessions with a raw asset each, numbered from 1; the first `subjects` subjects in turn."""
    world = empty_world()
    world.clock = PlayedClock(START)
    world.assets += [
        raw(
            number,
            name_of(1 + (number - 1) // subjects, 700001 + (number - 1) % subjects),
            custom_metadata={"subject id": str(700001 + (number - 1) % subjects)},
        )
        for number in range(1, count + 1)
    ]
    world.assets.append(asset(900, "fixed data"))
    world.plays = {PIPELINE: play, CAPSULE: play}
    world.versions = {PIPELINE: [1, 2]}
    world.panels = {
        PIPELINE: {
            "data_assets": [
                {"id": uuid_of(900), "mount": "ecephys", "kind": "external", "accessible": True}
            ],
            "parameters": [
                {"param_name": "sorter", "default_value": "ks25", "value_options": ["ks25", "ks4"]},
                {"param_name": "n_jobs", "default_value": "1", "minimum": 1, "maximum": 64},
                {"param_name": "when", "pattern": r"^\d{4}$"},
            ],
            "processes": [
                {"name": "job_dispatch_4", "parameters": [{"param_name": "input"}]},
                {"name": "sort_13", "parameters": []},
            ],
        },
        CAPSULE: {"data_assets": [{"id": uuid_of(900), "mount": "fixed", "kind": "internal"}]},
    }
    world.metadata_fields = [
        {"name": "experiment type", "allowed_values": ["ecephys", "behavior"]},
        {"name": "subject id"},
    ]
    return world


def sorting(**more: Any) -> Process:
    """The process of these tests."""
    chosen = {"pipeline": PIPELINE, "parameters": {"sorter": "ks4"}, **more}
    return Process("sorted", **chosen)


def plays_by_asset(plays: dict[str, Play]) -> Callable[[Body], Play]:
    """Simulate runs by their first input; other runs succeed."""
    return lambda request: plays.get(request["data_assets"][0]["id"], GOOD)
