"""Whether a run succeeded, by its log, state and files."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from aind_session.conventions.logs import (
    has_ended,
    is_failed_by_files,
    is_failed_by_log,
    is_failed_by_state,
    is_output_error,
    is_output_file_from_sorting_pipeline,
)

PIPELINE = "N E X T F L O W ~ version 22\nkilosort4\nspike sorting"


def run(state: str, end_status: str | None, has_results: bool | None) -> Any:
    found = SimpleNamespace(state=state, end_status=end_status, has_results=has_results)
    return cast("Any", found)


@pytest.mark.parametrize(
    ("computation", "expected"),
    [
        (run("completed", "succeeded", True), False),
        (run("completed", "succeeded", False), True),
        (run("completed", "succeeded", None), True),
        (run("completed", "failed", True), True),
        (run("completed", None, True), True),
        (run("failed", "succeeded", True), True),
    ],
)
def test_failed_by_its_state(computation: Any, expected: bool) -> None:
    assert is_failed_by_state(computation) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [("completed", True), ("failed", True), ("running", False), ("initializing", False)],
)
def test_ended(state: str, expected: bool) -> None:
    assert has_ended(run(state, None, None)) is expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], True),
        (["output"], True),
        (["output", "nextflow"], True),
        (["nextflow"], False),
        (["output", "nwb"], False),
        (["nwb"], False),
    ],
)
def test_failed_by_its_files(names: list[str], expected: bool) -> None:
    assert is_failed_by_files(names) is expected


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("done", False),
        ("Essential container in task exited", True),
        ("x Out of memory. y", True),
        ("Task failed to start - DockerTimeoutError", True),
        ("Traceback (most recent call last):", True),
        ("Command error:", True),
        ("WARN: Killing running tasks", True),
        ("The CUDA error was: x", True),
        (f"{PIPELINE} The CUDA error was: x", False),  # other probes may be usable
        (f"{PIPELINE} The CUDA error was: x. Command error:", True),
    ],
)
def test_failed_by_its_log(log: str, expected: bool) -> None:
    assert is_output_error(log) is expected


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (PIPELINE, True),
        (PIPELINE.upper(), True),
        (PIPELINE.replace("kilosort4", ""), False),
        (PIPELINE.replace("N E X T", ""), False),
        ("", False),
    ],
)
def test_a_log_of_the_sorting_pipeline(log: str, expected: bool) -> None:
    assert is_output_file_from_sorting_pipeline(log) is expected


@pytest.mark.parametrize(
    ("log", "has_nwb", "expected"),
    [
        (PIPELINE, True, False),
        (PIPELINE, False, True),
        ("another capsule", False, False),
        ("another capsule: Command error:", True, True),
    ],
)
def test_a_complete_sorting_has_an_nwb_file(log: str, has_nwb: bool, expected: bool) -> None:
    assert is_failed_by_log(log, has_nwb=has_nwb) is expected


def test_a_cuda_error_of_the_sorting_pipeline_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    is_output_error(f"{PIPELINE} The CUDA error was: x")
    assert [record.getMessage() for record in caplog.records] == [
        "the log has a CUDA error, but some probes may still be usable"
    ]
