"""Last checks of a plan: what was captured meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session import memory_sources
from aind_session.runs.already import why_skipped
from aind_session.runs.recheck import captured_meanwhile, moved
from aind_session.runs.requests import Surroundings
from aind_session.runs.run_plan import PlannedRun
from aind_session.runs.target import Target
from tests.runs.played import PIPELINE, played_world
from tests.runs.test_drafts import NAME
from tests.worlds import asset, uuid_of

WORK = {"pipeline_id": PIPELINE, "data_assets": [{"id": uuid_of(1), "mount": "ecephys"}]}


RUN = {
    "id": "r",
    "state": "completed",
    "end_status": "succeeded",
    "data_assets": [{"id": uuid_of(1), "mount": "ecephys"}],
}


def row(key: str = "k", session: str = NAME) -> PlannedRun:
    return PlannedRun(session, "", key=key, request=WORK, work=WORK, labels={})


def target(*runs: dict[str, Any]) -> Target:
    return Target(
        panel={},
        problem=None,
        runs=runs,
        listed=(),
        experiment_types=(),
        notes=(),
        requests=3,
    )


def meanwhile(*runs: dict[str, Any], **made: Any) -> dict[str, str]:
    world = played_world()
    provenance = {"computation": "r", "capsule": PIPELINE}
    world.assets.append(asset(5, "made", type="result", provenance=provenance, **made))
    sources = memory_sources(world)
    return captured_meanwhile([row()], target(*runs), Surroundings(), sources)


def test_a_result_of_a_run_that_succeeded_was_captured_already() -> None:
    assert meanwhile(RUN) == {"k": f"it was already captured: made ({uuid_of(5)})"}


@pytest.mark.parametrize(
    ("run", "made"),
    [
        ({**RUN, "id": "other"}, {}),
        ({**RUN, "state": "running"}, {}),
        ({**RUN, "exit_code": 1}, {}),
        ({**RUN, "data_assets": [{"id": uuid_of(2), "mount": "ecephys"}]}, {}),
        (RUN, {"state": "failed"}),
    ],
)
def test_no_other_result_counts(run: dict[str, Any], made: dict[str, Any]) -> None:
    assert meanwhile(run, **made) == {}


def test_rows_are_divided_into_those_to_run_and_those_that_are_skipped() -> None:
    one, two = row("a"), row("b")
    left, skipped = moved([one, two], {"b": "captured"})
    assert left == [one]
    assert [(found.key, found.why) for found in skipped] == [("b", "captured")]
    assert (
        why_skipped(WORK, WORK, [], [RUN], [RUN], around=Surroundings(), skip=("captured",)) is None
    )
