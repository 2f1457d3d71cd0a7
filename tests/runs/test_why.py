"""How a run ended and why it failed: by state, files, log, the process's check, and trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    UnavailableError,
    memory_sources,
    wait_until_completed,
    why_failed,
)
from aind_session.conventions.failures import Reason
from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.runs.rows import RunRecord
from aind_session.runs.wait import RunOutcome
from aind_session.runs.why import READ_BYTES, Ended, judge, read_reason
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, uuid_of

RUN = uuid_of(77)
BODY: dict[str, Any] = {
    "id": RUN,
    "name": "sorting",
    "state": "completed",
    "end_status": "succeeded",
    "created": 1,
    "run_time": 5,
}
TRACE = b"name\tstatus\texit\nsort (1)\tFAILED\t137\n"
LOG = b"ValueError: bad\n"
MEMORY = "killed, usually for lack of memory"


def world(files: dict[str, bytes] | None = None, **more: Any) -> World:
    """A run that wrote these files; without files, it has no results."""
    found = empty_world()
    found.computations["capsule"] = [{**BODY, **more}]
    if files is not None:
        found.results[RUN] = files
    return found


def reason(files: dict[str, bytes], **more: Any) -> Reason:
    return read_reason({**BODY, **more}, memory_sources(world(files, **more)))


@pytest.mark.parametrize(
    ("files", "more", "expected"),
    [
        ({}, {}, Reason()),
        ({}, {"exit_code": 3}, Reason(exit_code=3)),
        ({"x": b""}, {"exit_code": 3}, Reason(exit_code=3)),
        ({}, {"exit_code": 137}, Reason(exit_code=137, hint=MEMORY)),
        ({"output": LOG}, {}, Reason(line="ValueError: bad", file="output")),
        (
            {"output": LOG},
            {"exit_code": 2},
            Reason(line="ValueError: bad", exit_code=2, file="output"),
        ),
        ({"output": b"\xff\n"}, {}, Reason(file="output")),
        # no step in the log, so the trace is read
        (
            {"nextflow/trace.txt": TRACE},
            {},
            Reason("sort (1)", None, 137, "nextflow/trace.txt", MEMORY),
        ),
        (
            {"output": LOG, "nextflow/trace.txt": TRACE},
            {"exit_code": 1},
            Reason("sort (1)", "ValueError: bad", 137, "output", MEMORY),
        ),
        (
            {"output": b"CUDA error\n", "nextflow/trace.txt": TRACE},
            {},
            Reason(
                "sort (1)",
                "CUDA error",
                137,
                "output",
                "the GPU had an error: run it again, and check the data if it fails again",
            ),
        ),
        (
            {"output": LOG, "nextflow/trace.txt": b"name\tstatus\texit\nsort\tFAILED\t-\n"},
            {"exit_code": 1},
            Reason("sort", "ValueError: bad", 1, "output"),
        ),
        (
            {"output": LOG, "nextflow/trace.txt": b"name\tstatus\texit\n"},
            {},
            Reason(line="ValueError: bad", file="output"),
        ),
        ({"output": LOG, "nextflow/x": b""}, {}, Reason(line="ValueError: bad", file="output")),
        (
            {
                "output": b"Error executing process > 'a'\nValueError: bad\n",
                "nextflow/trace.txt": TRACE,
            },
            {},
            Reason("a", "ValueError: bad", None, "output"),
        ),
    ],
)
def test_a_reason_is_read_in_the_log_and_in_the_trace(
    files: dict[str, bytes], more: dict[str, Any], expected: Reason
) -> None:
    assert reason(files, **more) == expected


def test_of_a_long_log_the_end_is_read_and_then_its_beginning() -> None:
    fill = b"." * READ_BYTES
    assert reason({"output": LOG + fill + b"\n"}).line == "ValueError: bad"
    assert reason({"output": LOG + fill + b"\nKeyError: end\n"}).line == "KeyError: end"
    both = fill + b"\n" + LOG + fill + b"\n"
    assert reason({"output": both}).line is None


def judged(files: dict[str, bytes] | None, ok: Any = None, **more: Any) -> Ended:
    by_files = more.pop("by_files", True)
    return judge({**BODY, **more}, memory_sources(world(files, **more)), ok, by_files=by_files)


GOOD = {"output": b"done\n", "x.json": b"{}"}


@pytest.mark.parametrize(
    ("files", "more", "ended"),
    [
        (GOOD, {}, Ended("succeeded", "", None, ("output", "x.json"))),
        (GOOD, {"end_status": "stopped"}, Ended("stopped", "somebody stopped it")),
        (
            {"output": b"done\n"},
            {},
            Ended(
                "failed",
                "the results contain only logs: no line of the log shows a failure (from output)",
                Reason(file="output"),
                ("output",),
            ),
        ),
        (
            None,
            {},
            Ended(
                "failed",
                "the results contain only logs: there was no log",
                Reason(),
                (),
            ),
        ),
        (
            {**GOOD, "output": b"Traceback (most recent call last):\nKeyError: 1\n"},
            {},
            Ended(
                "failed",
                "its log shows an error: KeyError: 1 (from output)",
                Reason(line="KeyError: 1", file="output"),
                ("output", "x.json"),
            ),
        ),
        (
            GOOD,
            {"exit_code": 2},
            Ended(
                "failed",
                "the exit code is 2: no line of the log shows a failure; exit code 2 (from output)",
                Reason(exit_code=2, file="output"),
                ("output", "x.json"),
            ),
        ),
        # the files of the pipeline monitor say nothing, unless it failed
        ({"output": b"done\n"}, {"by_files": False}, Ended("succeeded", "")),
        (
            {"output": LOG},
            {"by_files": False, "state": "failed"},
            Ended(
                "failed",
                "its state is failed: ValueError: bad (from output)",
                Reason(line="ValueError: bad", file="output"),
                ("output",),
            ),
        ),
    ],
)
def test_a_run_is_judged_by_its_state_then_by_its_files(
    files: dict[str, bytes] | None, more: dict[str, Any], ended: Ended
) -> None:
    assert judged(files, **more) == ended


def test_then_the_process_judges() -> None:
    seen: list[tuple[str, list[str]]] = []

    def ok(run: Any, names: list[str]) -> bool:
        seen.append((run.id, list(names)))
        return len(seen) > 1

    assert judged(GOOD, ok) == Ended(
        "failed", "the process's own check failed", Reason(), ("output", "x.json")
    )
    assert judged(GOOD, ok) == Ended("succeeded", "", None, ("output", "x.json"))
    assert seen == [(RUN, ["output", "x.json"])] * 2
    assert judged({"output": b"done\n"}, ok).state == "failed"
    assert len(seen) == 2


def record(**more: Any) -> RunRecord:
    said = {"session": "s", "state": "planned", "computation": None, "asset": None, "why": "w"}
    return RunRecord(**{**said, "attempts": 0, "key": "k", **more})


def test_why_failed_takes_a_record_a_run_an_asset_or_an_id(serve: Serve) -> None:
    found = world({"output": LOG}, end_status="failed")
    made = asset(1, "made", type="result", provenance={"computation": RUN, "capsule": "capsule"})
    found.assets.append(made)
    sources = serve(found)
    expected = Reason(line="ValueError: bad", file="output")
    known = Reason(line="known")
    assert why_failed(record(reason=known, computation=RUN), sources=sources) is known
    assert why_failed(record(computation=RUN), sources=sources) == expected
    assert why_failed(RUN, sources=sources) == expected
    assert why_failed(uuid_of(1), sources=sources) == expected
    assert why_failed(decode_asset(made), sources=sources) == expected


def test_without_a_run_the_log_among_the_files_of_an_asset_tells(serve: Serve) -> None:
    found = empty_world()
    found.assets += [
        asset(1, "made", type="result", provenance={"computation": RUN, "capsule": "capsule"}),
        asset(2, "alone", type="result"),
        asset(3, "silent", type="result"),
    ]
    found.objects[CODE_OCEAN_BUCKET] = {
        f"{uuid_of(1)}/output": LOG,
        f"{uuid_of(2)}/output": b"\xffKeyError: 1\n",
        f"{uuid_of(3)}/x": b"",
    }
    sources = serve(found)
    assert why_failed(uuid_of(1), sources=sources).line == "ValueError: bad"
    assert "KeyError: 1" in str(why_failed(uuid_of(2), sources=sources).line)
    with pytest.raises(AssetNotFoundError) as caught:
        why_failed(uuid_of(3), sources=sources)
    text = str(caught.value)
    assert "a run, or a log of one, that made silent" in text
    assert "the asset's provenance" in text
    assert f"s3://{CODE_OCEAN_BUCKET}/{uuid_of(3)}/output" in text


@pytest.mark.parametrize(
    ("more", "files", "said"),
    [
        (
            {"end_status": "stopped", "exit_code": 1},
            {},
            "there was no log; exit code 1; somebody stopped it",
        ),
        (
            {"end_status": "stopped"},
            {"output": LOG},
            "ValueError: bad; somebody stopped it (from output)",
        ),
        (
            {"state": "failed", "end_status": None},
            {},
            "there was no log; its state is failed",
        ),
        (
            {},
            {"output": b"done\n"},
            "no line of the log shows a failure; Code Ocean says that it succeeded (from output)",
        ),
        ({}, {"output": LOG}, "ValueError: bad (from output)"),
    ],
)
def test_without_a_line_what_code_ocean_says_is_repeated(
    serve: Serve, more: dict[str, Any], files: dict[str, bytes], said: str
) -> None:
    assert str(why_failed(RUN, sources=serve(world(files, **more)))) == said


@pytest.mark.parametrize("of_asset", [True, False])
def test_a_reason_takes_at_most_four_requests(
    stand_in: Callable[..., Platform], of_asset: bool
) -> None:
    files = {"output": LOG + b"." * READ_BYTES * 2, "nextflow/trace.txt": TRACE}
    found = world(files, end_status="failed")
    found.assets.append(
        asset(1, "made", type="result", provenance={"computation": RUN, "capsule": "capsule"})
    )
    platform = stand_in(found)
    reason = why_failed(uuid_of(1) if of_asset else RUN, sources=remote_sources())
    assert (reason.step, reason.line) == ("sort (1)", "ValueError: bad")
    assert platform.count("code_ocean") == 4


def test_an_id_that_is_closed_may_be_that_of_a_run(serve: Serve) -> None:
    found = world({"output": LOG}, end_status="failed")
    found.assets += [asset(77, "RUN, as an asset"), asset(78, "closed")]
    found.hidden |= {RUN, uuid_of(78)}
    sources = serve(found)
    assert why_failed(RUN, sources=sources).line == "ValueError: bad"
    with pytest.raises(AccessDeniedError):
        why_failed(uuid_of(78), sources=sources)


def test_a_check_that_raises_fails_its_run_and_says_so() -> None:
    def wrong(run: Any, names: list[str]) -> bool:
        raise KeyError("qc.json")

    assert judged(GOOD, wrong).why == (
        "the process's own check, ok=, could not judge it: KeyError: 'qc.json'"
    )

    def down(run: Any, names: list[str]) -> bool:
        raise UnavailableError("DocDB", "down")

    with pytest.raises(UnavailableError):
        judged(GOOD, down)


def test_a_run_that_was_deleted_has_not_failed() -> None:
    sources = memory_sources(world({"output": LOG}))
    with pytest.raises(AssetNotFoundError):
        judge({**BODY, "id": uuid_of(5)}, sources)


def test_a_run_that_goes_on_or_was_never_started_has_not_failed() -> None:
    sources = memory_sources(world(state="running"))
    with pytest.raises(ValueError, match="is still running") as caught:
        why_failed(RUN, sources=sources)
    assert str(caught.value) == (
        f"computation {RUN} ('sorting') is still running: ask again when it has ended"
    )
    for why, said in (("w", "the run of s is planned: w"), ("", "the run of s is planned")):
        with pytest.raises(ValueError, match="the run of s") as caught:
            why_failed(record(why=why), sources=sources)
        assert str(caught.value) == said
    with pytest.raises(AssetNotFoundError):
        why_failed(uuid_of(5), sources=sources)


def test_an_outcome_is_its_state_and_why() -> None:
    found = wait_until_completed(RUN, sources=memory_sources(world({"output": LOG}, exit_code=1)))
    assert (found.computation.id, found.state) == (RUN, "failed")
    assert found.reason == Reason(line="ValueError: bad", exit_code=1, file="output")
    assert str(found) == f"failed: {found.why}"
    assert str(RunOutcome(found.computation, "succeeded", "")) == "succeeded"


def test_a_log_that_was_read_is_not_read_again() -> None:
    sources = memory_sources(world({"output": b"KeyError: there\n"}))
    found = read_reason(BODY, sources, ["output"], "ValueError: given\n")
    assert found.line == "ValueError: given"
    assert read_reason(BODY, sources, ["x"]).line is None
    assert read_reason(BODY, sources, ["output"]).line == "KeyError: there"
