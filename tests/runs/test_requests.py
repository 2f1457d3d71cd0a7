"""Requests of runs: bodies, keys, matching runs, and skipped work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aind_session.runs.process import Process
from aind_session.runs.requests import (
    Surroundings,
    is_run_of,
    key_of,
    latest,
    lost_parameters,
    request_of,
    since,
    through_monitor,
)
from tests.runs.played import CAPSULE, PIPELINE

WORK: dict[str, Any] = {
    "pipeline_id": PIPELINE,
    "data_assets": [{"id": "a", "mount": "ecephys"}],
    "named_parameters": [{"param_name": "sorter", "value": "ks4"}],
}
RUN: dict[str, Any] = {
    "id": "r",
    "name": "sorting",
    "state": "completed",
    "end_status": "succeeded",
    "data_assets": [{"id": "a", "mount": "ecephys"}, {"id": "fixed", "mount": "f"}],
    "parameters": [
        {"param_name": "sorter", "value": "ks4"},
        {"param_name": "n_jobs", "value": "1"},
    ],
}
AROUND = Surroundings(("fixed",), {"": {"sorter": "ks25", "n_jobs": "1"}, "sort": {"k": "5"}})


def test_a_request_holds_what_a_process_says_and_nothing_else() -> None:
    bare = Process("sorted", capsule=CAPSULE)
    assert request_of(bare, {}, {}) == {"capsule_id": CAPSULE}
    full = Process(
        "sorted",
        pipeline=PIPELINE,
        version=3,
        profile="slurm",
        processes={"sort": {"k": 5}},
    )
    assert request_of(full, {"ecephys": "a", "x": "b"}, {"sorter": "ks4"}) == {
        "pipeline_id": PIPELINE,
        "version": 3,
        "nextflow_profile": "slurm",
        "data_assets": [{"id": "a", "mount": "ecephys"}, {"id": "b", "mount": "x"}],
        "named_parameters": [{"param_name": "sorter", "value": "ks4"}],
        "processes": [{"name": "sort", "named_parameters": [{"param_name": "k", "value": "5"}]}],
    }


def test_the_monitor_gets_all_settings_in_one_parameter() -> None:
    assert through_monitor({"pipeline_id": "p"}, {"name": "n"}) == {
        "capsule_id": "567b5b98-8d41-413b-9375-9ca610ca2fd3",
        "parameters": [
            '{"capture_settings":{"name":"n"},"computation_polling_interval":180,'
            '"run_params":{"pipeline_id":"p"}}'
        ],
    }
    (parameter,) = through_monitor({"pipeline_id": "p"}, None)["parameters"]
    assert json.loads(parameter) == {
        "computation_polling_interval": 180,
        "run_params": {"pipeline_id": "p"},
    }


def test_the_key_of_work_does_not_change_with_releases() -> None:
    # kept in ledgers: of sha256 of sorted JSON without blanks, the first 16 digits
    assert key_of({"pipeline_id": "p"}) == "4122c42ba84e5b76"
    two = [{"id": "b", "mount": "y"}, {"id": "a", "mount": "x"}]
    assert key_of({"pipeline_id": "p", "data_assets": two}) == "bb6c8fa99b476fad"
    assert key_of({"data_assets": two[::-1], "pipeline_id": "p"}) == "bb6c8fa99b476fad"


def test_the_surroundings_are_read_from_an_app_panel() -> None:
    panel = {
        "data_assets": [{"id": "fixed"}, "odd"],
        "parameters": [
            {"param_name": "n_jobs", "default_value": 1},
            {"param_name": "when", "default_value": None},
            {"param_name": "", "default_value": "x"},
            {"default_value": "x"},
        ],
        "processes": [{"name": "sort", "parameters": [{"param_name": "k", "default_value": "5"}]}],
    }
    found = Surroundings.of(panel)
    assert found.to_dict() == {
        "fixed": ["fixed"],
        "defaults": {"": {"n_jobs": "1"}, "sort": {"k": "5"}},
    }
    assert Surroundings.of(None).to_dict() == {"fixed": [], "defaults": {"": {}}}


def run(**more: Any) -> dict[str, Any]:
    return {**RUN, **more}


def work(**more: Any) -> dict[str, Any]:
    return {**WORK, **more}


def values(**named: str) -> list[dict[str, str]]:
    return [{"param_name": name, "value": value} for name, value in named.items()]


PART = {"name": "sort", "named_parameters": values(k="6")}


@pytest.mark.parametrize(
    ("request_", "found", "all_stated", "not_all"),
    [
        (WORK, RUN, True, True),
        (WORK, run(cloud_workstation=True), False, False),
        (WORK, run(data_assets=[{"id": "a", "mount": "ecephys"}]), True, True),
        (WORK, run(data_assets=[{"id": "b", "mount": "ecephys"}]), False, False),
        (WORK, run(data_assets=None), False, False),
        # an asset that nobody attached to the pipeline
        (WORK, run(data_assets=[*RUN["data_assets"], {"id": "c", "mount": "c"}]), False, False),
        # a pipeline mounts its only data where it wants; a capsule does not
        (WORK, run(data_assets=[{"id": "a", "mount": "other"}]), True, True),
        (
            {"capsule_id": CAPSULE, "data_assets": WORK["data_assets"]},
            {"data_assets": [{"id": "a", "mount": "other"}]},
            False,
            False,
        ),
        (
            {"capsule_id": CAPSULE, "data_assets": WORK["data_assets"]},
            {"data_assets": [{"id": "a", "mount": "ecephys"}]},
            True,
            True,
        ),
        # another value; a value that is not listed; a default that was changed
        (WORK, run(parameters=values(sorter="ks25")), False, False),
        (WORK, run(parameters=[]), False, True),
        (WORK, run(parameters=values(sorter="ks4", n_jobs="2")), False, False),
        (WORK, run(parameters=values(sorter="ks4", new="2")), True, True),
        # profiles
        (work(nextflow_profile="slurm"), RUN, False, False),
        (work(nextflow_profile="slurm"), run(nextflow_profile="slurm"), True, True),
        (WORK, run(nextflow_profile="slurm"), True, True),
        # processes of a pipeline
        (work(processes=[PART]), RUN, False, True),
        (
            work(processes=[PART]),
            run(processes=[{"name": "sort", "parameters": values(k="6")}]),
            True,
            True,
        ),
        (
            work(processes=[PART]),
            run(processes=[{"name": "sort", "parameters": values(k="5")}]),
            False,
            False,
        ),
        (work(processes=[PART]), run(processes=[{"name": "sort", "parameters": []}]), False, True),
        (WORK, run(processes=[{"name": "sort", "parameters": values(k="5")}]), True, True),
        (WORK, run(processes=[{"name": "sort", "parameters": values(k="6")}]), False, False),
        # the monitor's settings contain everything else
        (
            {"capsule_id": CAPSULE, "parameters": ["{}"]},
            {"parameters": [{"value": "{}"}]},
            True,
            True,
        ),
        (
            {"capsule_id": CAPSULE, "parameters": ["{}"]},
            {"parameters": [{"value": "{1}"}]},
            False,
            False,
        ),
        ({"capsule_id": CAPSULE, "parameters": ["{}"]}, {}, False, False),
    ],
)
def test_a_run_is_of_a_request_if_all_that_it_says_fits(
    request_: dict[str, Any], found: dict[str, Any], all_stated: bool, not_all: bool
) -> None:
    assert is_run_of(request_, found, AROUND) is all_stated
    assert is_run_of(request_, found, AROUND, all_stated=True) is all_stated
    assert is_run_of(request_, found, AROUND, all_stated=False) is not_all


def test_parameters_that_an_answer_does_not_show_are_named() -> None:
    asked = work(
        named_parameters=values(sorter="ks4", n_jobs="2", when="2024"),
        processes=[PART, {"name": "drift", "named_parameters": values(m="1")}],
    )
    assert lost_parameters(asked, {}) == [
        "sorter",
        "n_jobs",
        "when",
        "those of process sort",
        "those of process drift",
    ]
    shown = {
        "parameters": values(sorter="ks4", n_jobs="1"),
        "processes": [{"name": "sort", "parameters": values(k="5")}, {"name": "other"}],
    }
    assert lost_parameters(asked, shown) == ["n_jobs", "when", "k", "those of process drift"]
    assert lost_parameters(WORK, RUN) == []


def test_the_newest_runs_are_those_of_the_last_second() -> None:
    runs: list[dict[str, Any]] = [
        {"id": "b", "created": 5},
        {"id": "a", "created": 5.0},
        {"id": "c", "created": 4},
        {"id": "d", "created": "9"},
        {"id": "e"},
    ]
    assert latest(runs) == (5.0, ["a", "b"])
    assert latest([{"id": "e"}]) == (0.0, ["e"])
    assert latest([]) == (0.0, [])
    assert [one["id"] for one in since(runs, 5, ["b"])] == ["a"]
    assert [one["id"] for one in since(runs, 4, [])] == ["c", "a", "b"]
    assert [one["id"] for one in since(runs, 0, ["c"])] == ["d", "e", "a", "b"]
    assert since(runs, 6, []) == []
