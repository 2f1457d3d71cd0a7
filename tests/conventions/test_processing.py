"""Processing steps are read from either schema, at any nesting."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aind_session.conventions.processing import ProcessStep, processing_steps

UTC = datetime.timezone.utc
V1 = {
    "name": "Spike sorting",
    "start_date_time": "2023-12-17T03:16:51-08:00",
    "end_date_time": "2023-12-17 05:16:51",
}
V2 = {
    "process_type": "Spike sorting",
    "name": "Spike sorting - ProbeA",
    "start_date_time": "2026-02-14T12:34:44.410Z",
    "end_date_time": None,
    "pipeline_name": "aind-ephys-pipeline",
}
STARTED = datetime.datetime(2023, 12, 17, 11, 16, 51, tzinfo=UTC)
ENDED = datetime.datetime(2023, 12, 17, 5, 16, 51)


@pytest.mark.parametrize(
    "processing",
    [
        {"processing_pipeline": {"data_processes": [V1]}},
        {"processing_pipeline": {"data_processes": [[V1]]}},
        {"data_processes": [V1]},
        {"data_processes": V1},
        {"processing_pipeline": None, "data_processes": [None, V1, "x"]},
    ],
)
def test_steps_of_the_older_schema(processing: dict[str, Any]) -> None:
    assert processing_steps(processing) == (
        ProcessStep("Spike sorting", "Spike sorting", STARTED, ENDED),
    )


def test_a_step_of_the_newer_schema() -> None:
    started = datetime.datetime(2026, 2, 14, 12, 34, 44, 410_000, tzinfo=UTC)
    assert processing_steps({"data_processes": [V2]}) == (
        ProcessStep(
            "Spike sorting", "Spike sorting - ProbeA", started, None, "aind-ephys-pipeline"
        ),
    )


def test_steps_keep_the_order_of_the_record() -> None:
    both = {"processing_pipeline": {"data_processes": [V1]}, "data_processes": [V2, {}]}
    assert [(step.type, step.name) for step in processing_steps(both)] == [
        ("Spike sorting", "Spike sorting"),
        ("Spike sorting", "Spike sorting - ProbeA"),
        ("", ""),
    ]


def test_analyses_of_the_older_schema_are_the_last_steps() -> None:
    analysis = {"name": "Analysis", "start_date_time": "2023-12-18T03:16:51Z"}
    both = {"analyses": [analysis], "processing_pipeline": {"data_processes": [V1]}}
    assert [step.type for step in processing_steps(both)] == ["Spike sorting", "Analysis"]
    assert processing_steps({"processing_pipeline": None, "analyses": None}) == ()


@pytest.mark.parametrize("processing", [None, [], {}, "x", {"data_processes": 5}])
def test_what_is_no_processing_has_no_steps(processing: Any) -> None:
    assert processing_steps(processing) == ()
