"""Work that need not run: it runs, or was captured."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from aind_session.runs.already import why_skipped
from tests.runs.played import CAPSULE, PIPELINE
from tests.runs.test_requests import AROUND, RUN, WORK, run, values


def asset(**more: Any) -> Any:
    provenance = {"pipeline": PIPELINE, "capsule": None, "data_assets": ["a"], "computation": "r"}
    made_by = {**provenance, **more.pop("provenance", {})}
    said = {"id": "made", "name": "x_sorted", "state": "ready", "app_parameters": None, **more}
    return SimpleNamespace(provenance=SimpleNamespace(**made_by), **said)


def skipped(
    assets: list[Any], runs: list[Any], *, work_: dict[str, Any] = WORK, skip: Any = None
) -> str | None:
    asked: Any = ("captured", "running", "succeeded") if skip is None else skip
    return why_skipped(work_, work_, assets, runs, runs, around=AROUND, skip=asked)


CAPTURED = "it was already captured: x_sorted (made)"


@pytest.mark.parametrize(
    ("assets", "runs", "skip", "why"),
    [
        ([], [], None, None),
        ([], [run(state="running")], None, "it is already running: sorting (r)"),
        ([], [run(state="running", owner="me")], None, "it is already running: sorting (r), of me"),
        (
            [],
            [run(state="running", owner="me", owner_email="me@x.org")],
            None,
            "it is already running: sorting (r), of me@x.org",
        ),
        ([], [run(state="running")], ("captured", "succeeded"), None),
        ([], [RUN], None, "it already succeeded: sorting (r)"),
        ([], [RUN], ("captured", "running"), None),
        ([], [run(exit_code=1)], None, None),
        ([], [run(state="running", data_assets=[])], None, None),
        ([asset()], [RUN], None, CAPTURED),
        ([asset()], [RUN], ("running", "succeeded"), "it already succeeded: sorting (r)"),
        ([asset()], [run(state="running")], None, "it is already running: sorting (r)"),
        ([asset(state="failed")], [], None, None),
        ([SimpleNamespace(provenance=None)], [], None, None),
        ([asset(provenance={"pipeline": "other"})], [], None, None),
        ([asset(provenance={"pipeline": None, "capsule": PIPELINE})], [], None, CAPTURED),
        ([asset(provenance={"data_assets": ["b"]})], [], None, None),
        ([asset(provenance={"data_assets": None})], [], None, None),
        ([asset(provenance={"data_assets": ["b", "a"]})], [], None, CAPTURED),
        # its run is known, and did other work
        ([asset()], [run(exit_code=1, parameters=values(sorter="ks25"))], None, None),
        ([asset(provenance={"computation": None})], [], None, CAPTURED),
        # its run was deleted, but the asset states the parameters
        ([asset(app_parameters=[SimpleNamespace(name="Sorter", value="ks4")])], [], None, CAPTURED),
        ([asset(app_parameters=[SimpleNamespace(name="sorter", value="ks25")])], [], None, None),
        ([asset(app_parameters=[SimpleNamespace(name=None, value="ks25")])], [], None, CAPTURED),
        ([asset(app_parameters=[SimpleNamespace(name="n", value="1")])], [], None, CAPTURED),
        ([asset(state="failed"), asset(id="2")], [], None, "it was already captured: x_sorted (2)"),
    ],
)
def test_work_is_skipped_that_runs_or_was_done(
    assets: list[Any], runs: list[Any], skip: Any, why: str | None
) -> None:
    assert skipped(assets, runs, skip=skip) == why


def test_the_result_of_a_capsule_is_known_by_its_capsule() -> None:
    of_capsule = {"capsule_id": CAPSULE, "data_assets": WORK["data_assets"]}
    made = asset(provenance={"pipeline": None, "capsule": CAPSULE})
    assert skipped([made], [], work_=of_capsule) == CAPTURED
    assert skipped([asset()], [], work_=of_capsule) is None


def test_runs_of_the_monitor_are_looked_through_as_well() -> None:
    request = {"capsule_id": CAPSULE, "parameters": ["{}"]}
    begun = [{"id": "m", "name": "monitor", "state": "running", "parameters": [{"value": "{}"}]}]
    why = why_skipped(WORK, request, [], [], begun, around=AROUND, skip=("running",))
    assert why == "it is already running: monitor (m)"
