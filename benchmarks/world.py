"""The world of the benchmarks: the documented facts, and many more sessions."""

from __future__ import annotations

from tests.worlds import asset, raw, record, uuid_of

from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.sources.demo_world import demo_world
from aind_session.sources.memory import World

ONLY_IN_S3 = "ecephys_700009_2024-01-01_00-00-00"
_BUCKET = "aind-open-data"


def benchmark_world(subjects: int = 5, sessions: int = 8) -> World:
    """Return the documented facts and ``subjects`` times ``sessions`` sorted sessions."""
    world = demo_world()
    world.objects[KNOWN_BUCKETS[-1]][f"{ONLY_IN_S3}/behavior/x"] = b""
    names = many_names(subjects, sessions)
    for number, name in enumerate(names):
        world.assets.append(raw(number, name, _BUCKET))
        derived = asset(number + len(names), f"{name}_sorted_2024-02-01_00-00-00", type="result")
        world.assets.append(derived)
        world.records["v1"].append(record(name, f"s3://{_BUCKET}/{name}", uuid_of(number)))
        world.objects[_BUCKET][f"{name}/behavior/x"] = b""
    return world


def many_names(subjects: int = 5, sessions: int = 8) -> list[str]:
    """Return the names of the many sessions."""
    return [
        f"ecephys_{700001 + subject}_2024-{1 + day // 28:02}-{1 + day % 28:02}_00-00-00"
        for subject in range(subjects)
        for day in range(sessions)
    ]
