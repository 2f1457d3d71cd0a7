"""Whether a run failed, by its state, files and log; and waiting for an asset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    AssetFailedError,
    NotReadyError,
    get_codeocean_model,
    get_output_text,
    is_computation_error,
    is_data_asset_error,
    search_computations,
    wait_until_ready,
)
from aind_session.conventions import logs as outcome
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import Platform
from tests.sorted_worlds import put, world
from tests.worlds import uuid_of

CAPSULE = "0000000b-0000-4000-8000-000000000001"
SORTING_LOG = "N E X T F L O W\nkilosort\nspike sorting\n"


def run_id(number: int) -> str:
    return f"0000000c-0000-4000-8000-{number:012}"


def computation(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": run_id(number),
        "created": 1_700_000_000 + number * 86_400,
        "name": f"run {number}",
        "run_time": 1,
        "state": "completed",
        "end_status": "succeeded",
        "has_results": True,
        "data_assets": [{"id": uuid_of(1), "mount": "ecephys"}],
        **more,
    }


def with_runs(*runs: dict[str, Any], results: dict[str, bytes] | None = None) -> World:
    found = world(2)
    found.computations[CAPSULE] = list(runs)
    for run in runs:
        found.results[run["id"]] = {"output": b"done"} if results is None else results
    return found


class TestLogs:
    @pytest.mark.parametrize("phrase", outcome.ERROR_PHRASES)
    def test_each_phrase_is_a_failure(self, phrase: str) -> None:
        assert outcome.is_output_error(f"step 1\n{phrase}\nstep 2")

    def test_a_cuda_error_of_the_sorting_pipeline_is_none(self) -> None:
        assert outcome.is_output_error("The CUDA error was: x")
        assert not outcome.is_output_error(f"{SORTING_LOG}The CUDA error was: x")
        assert outcome.is_output_error(f"{SORTING_LOG}The CUDA error was: x\nCommand error:")

    def test_the_log_of_an_asset_or_of_a_computation(self, serve: Serve) -> None:
        found = with_runs(computation(1), results={"output": b"of the run"})
        put(found, 2, "output", "of the asset")
        sources = serve(found)
        assert get_output_text(uuid_of(2), sources=sources) == "of the asset"
        assert get_output_text(run_id(1), sources=sources) == "of the run"
        run = get_codeocean_model(run_id(1), is_computation=True, sources=sources)
        assert get_output_text(run, sources=sources) == "of the run"

    def test_no_log_is_a_file_not_found(self, serve: Serve) -> None:
        with pytest.raises(FileNotFoundError):
            get_output_text(uuid_of(2), sources=serve(world(2)))


class TestAssets:
    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            ({}, True),
            ({"output": "done"}, False),
            ({"output": "Out of memory."}, True),
            ({"output": SORTING_LOG}, True),
            ({"output": SORTING_LOG, "nwb/a.nwb": ""}, False),
            ({"output": SORTING_LOG, "nwb/a.nwb/zarr": ""}, False),
        ],
    )
    def test_failure_by_log_and_files(
        self, serve: Serve, files: dict[str, str], expected: bool
    ) -> None:
        found = world(2)
        for path, text in files.items():
            put(found, 2, path, text)
        assert is_data_asset_error(uuid_of(2), sources=serve(found)) is expected


class TestComputations:
    @pytest.mark.parametrize(
        ("more", "results", "expected"),
        [
            ({}, {"output": b"done", "x": b""}, False),
            ({"state": "failed"}, {"output": b"done", "x": b""}, True),
            ({"end_status": "failed"}, {"output": b"done", "x": b""}, True),
            ({"end_status": None}, {"output": b"done", "x": b""}, True),
            ({"has_results": False}, {}, True),
            ({}, {"output": b"done"}, True),
            ({}, {"output": b"done", "nextflow/x": b""}, True),
            ({}, {"output": b"Command error:", "x": b""}, True),
            ({}, {"output": SORTING_LOG.encode(), "x": b""}, True),
            ({}, {"output": SORTING_LOG.encode(), "nwb/x": b""}, False),
            ({}, {"x": b""}, False),
        ],
    )
    def test_failure_by_state_files_and_log(
        self, serve: Serve, more: dict[str, Any], results: dict[str, bytes], expected: bool
    ) -> None:
        sources = serve(with_runs(computation(1, **more), results=results))
        assert is_computation_error(run_id(1), sources=sources) is expected

    def test_one_that_runs_cannot_be_judged(self, serve: Serve) -> None:
        sources = serve(with_runs(computation(1, state="running")))
        with pytest.raises(ValueError, match="still running"):
            is_computation_error(run_id(1), sources=sources)

    def test_an_unknown_one_is_a_value_error(self, serve: Serve) -> None:
        with pytest.raises(ValueError, match=run_id(9)):
            is_computation_error(run_id(9), sources=serve(with_runs()))


class TestSearch:
    @pytest.mark.parametrize(
        ("criteria", "expected"),
        [
            ({}, [1, 2, 3]),
            ({"name": "run 2"}, [2]),
            ({"attached_data_asset_id": uuid_of(1)}, [1, 2]),
            ({"has_results": True}, [1]),
            ({"has_results": False}, [2, 3]),
            ({"in_progress": True}, [2]),
            ({"in_progress": False}, [1, 3]),
            ({"computation_state": "failed"}, [3]),
            ({"date": "2023-11-15"}, [1]),
            ({"start_date": "2023-11-16"}, [2, 3]),
            ({"end_date": "2023-11-16"}, [1, 2]),
            ({"start_date": "2023-11-16", "end_date": "2023-11-16"}, [2]),
        ],
    )
    def test_criteria(self, serve: Serve, criteria: dict[str, Any], expected: list[int]) -> None:
        runs = [
            computation(3, state="failed", has_results=None, data_assets=None),
            computation(1),
            computation(2, state="running", has_results=False),
        ]
        del runs[0]["has_results"]
        found = search_computations(CAPSULE, **criteria, sources=serve(with_runs(*runs)))
        assert [run.id for run in found] == [run_id(n) for n in expected]

    def test_what_cannot_be_is_refused(self, serve: Serve) -> None:
        sources = serve(with_runs())
        with pytest.raises(ValueError, match="not both"):
            search_computations(CAPSULE, date="2023", start_date="2023", sources=sources)
        with pytest.raises(ValueError, match=run_id(5)):
            search_computations(run_id(5), sources=sources)

    def test_nothing_is_answered_from_the_cache(self, stand_in: Callable[..., Platform]) -> None:
        found = with_runs(computation(1, state="running"))
        platform = stand_in(found)
        sources = remote_sources()
        assert len(search_computations(CAPSULE, in_progress=True, sources=sources)) == 1
        found.computations[CAPSULE][0]["state"] = "completed"
        assert search_computations(CAPSULE, in_progress=True, sources=sources) == ()
        assert platform.count() == 2


class TestWaiting:
    def test_a_ready_asset_with_files_is_given(self, serve: Serve) -> None:
        found = world(2)
        put(found, 2, "x", "")
        asset = wait_until_ready(uuid_of(2), sources=serve(found))
        assert asset.id == uuid_of(2)

    def test_it_looks_again_until_the_files_are_there(self, serve: Serve) -> None:
        found = world(2)
        sources = serve(found)
        put(found, 2, "", "")  # the directory's own entry is not a file
        with pytest.raises(NotReadyError, match="no files"):
            wait_until_ready(uuid_of(2), timeout=0.05, polling_interval=0.02, sources=sources)
        assert wait_until_ready(uuid_of(2), check_files=False, sources=sources).id == uuid_of(2)

    def test_a_draft_becomes_ready(self, stand_in: Callable[..., Platform]) -> None:
        found = world(2)
        found.assets[-1]["state"] = "draft"
        put(found, 2, "x", "")
        platform = stand_in(found)  # ready at its first request
        asset = wait_until_ready(uuid_of(2), polling_interval=0.01, sources=remote_sources())
        assert asset.state == "ready"
        assert platform.count("code_ocean") >= 1

    def test_too_late_is_a_timeout_that_says_not_to_create_it_again(self, serve: Serve) -> None:
        found = world(2)
        found.assets[-1]["state"] = "pending"
        with pytest.raises(TimeoutError, match="do not create it again"):
            wait_until_ready(uuid_of(2), timeout=0.03, polling_interval=0.01, sources=serve(found))

    def test_a_failed_asset_is_not_waited_for(self, serve: Serve) -> None:
        found = world(2)
        found.assets[-1] |= {"state": "failed", "failure_reason": "no space"}
        with pytest.raises(AssetFailedError, match="no space"):
            wait_until_ready(uuid_of(2), timeout=None, sources=serve(found))
