"""A world with two sessions of one subject, one of them sorted, and a run."""

from __future__ import annotations

from aind_session.sources.memory import World
from tests.worlds import asset, empty_world, raw, uuid_of

ONE = "ecephys_700001_2024-01-01_10-00-00"
TWO = "ecephys_700001_2024-01-02_10-00-00"
SORTED = f"{ONE}_sorted_2024-02-01_00-00-00"
RUN, CAPSULE = uuid_of(77), uuid_of(78)


def world() -> World:
    made = empty_world()
    made.assets += [raw(1, ONE), raw(2, TWO), asset(3, SORTED)]
    made.computations[CAPSULE] = [{"id": RUN, "name": "Run", "state": "running", "run_time": 1}]
    return made
