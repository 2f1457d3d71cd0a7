"""Why a run failed, in the logs that pipelines and capsules write."""

from __future__ import annotations

import pytest

from aind_session.conventions.failures import (
    failed_step,
    masked,
    reason_in_log,
    verdict_by_files,
    verdict_by_state,
)

NEXTFLOW = """N E X T F L O W  ~  version 22.10.8
WARN: a warning about an error
[5a/1] Submitted process > capsule_preprocessing_1 (1)
[5a/2] NOTE: Process `sort (2)` terminated with an error (1) -- Execution is retried (1)
[5a/3] Re-submitted process > capsule_sort_4 (2)
Error executing process > 'capsule_sort_4 (2)'

Caused by:
  Process `capsule_sort_4 (2)` terminated with an error exit status (1)

Command executed:
  ./run

Command exit status:
  1

Command output:
  Traceback (most recent call last):
    File "other.py", line 1, in <module>
  ImportError: of another attempt

Command error:
  INFO starting
  Traceback (most recent call last):
    File "run.py", line 3, in <module>
      sort(recording)

    File "sort.py", line 9, in sort
      raise ValueError(text)
  ValueError: the recording has no channels

  During handling of the above exception, another exception occurred:

  Traceback (most recent call last):
    File "run.py", line 5, in <module>
  RuntimeError: cleaning up failed
"""


def test_the_first_traceback_of_the_command_error_tells() -> None:
    reason = reason_in_log(NEXTFLOW)
    assert reason.step == "capsule_sort_4 (2)"
    assert reason.line == "ValueError: the recording has no channels"
    assert (reason.exit_code, reason.file) == (1, "output")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "starting\nrun: line 3: 812 Killed   python x.py\n",
            "run: line 3: 812 Killed python x.py",
        ),
        ("cat: /data/x: No such file or directory\n", "cat: /data/x: No such file or directory"),
        ("WARNING: error ignored\nRuntimeError: bad\n", "RuntimeError: bad"),
        ("finished with 0 errors\n", None),
        ("all went well\n", None),
        (
            "torch.cuda.OutOfMemoryError: CUDA out of memory.",
            "torch.cuda.OutOfMemoryError: CUDA out of memory.",
        ),
    ],
)
def test_the_first_line_that_tells_of_an_error(text: str, line: str | None) -> None:
    assert reason_in_log(text).line == line


def test_exit_137_is_most_often_memory() -> None:
    reason = reason_in_log("Command exit status:\n  137\n\nCommand error:\n  .command.sh: Killed\n")
    assert (reason.exit_code, reason.hint) == (137, "killed, most often for memory")
    assert "the machine did not start" in str(
        reason_in_log("Task failed to start - DockerTimeoutError: could not transition")
    )


def test_the_trace_names_the_first_failed_task() -> None:
    trace = "hash\tname\tstatus\texit\n5a\tdispatch (1)\tCOMPLETED\t0\n5b\tsort (2)\tFAILED\t-\n"
    assert failed_step(trace) == ("sort (2)", None)
    assert failed_step("hash\tname\tstatus\texit\n") is None
    assert failed_step("") is None


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("CODE_OCEAN_API_TOKEN=cop_abcdefgh failed", "CODE_OCEAN_API_TOKEN=... failed"),
        ('{"password": "hunter2"} error', '{"password": "..."} error'),
        ("aws_secret_access_key: abc/def", "aws_secret_access_key: ..."),
        ("Authorization: Basic Y29wXzEyMzQ1Njc4Og==", "Authorization: Basic ..."),
        ("key AKIAIOSFODNN7EXAMPLE is bad", "key ... is bad"),
        (
            "403 for url: https://b.s3.amazonaws.com/k?X-Amz-Signature=ab12",
            "403 for url: https://b.s3.amazonaws.com/k",
        ),
        ("KeyError: 'subject'", "KeyError: 'subject'"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
    ],
)
def test_secrets_in_lines_are_masked(line: str, shown: str) -> None:
    assert masked(line) == shown


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ({"state": "failed", "end_status": "failed", "exit_code": 1}, "failed"),
        ({"state": "completed", "end_status": "failed"}, "failed"),
        ({"state": "completed", "end_status": "stopped"}, "stopped"),
        ({"state": "failed", "end_status": "stopped"}, "stopped"),
        ({"state": "completed", "end_status": "succeeded", "exit_code": 1}, "failed"),
        ({"state": "completed", "end_status": "succeeded", "exit_code": 0}, None),
        ({"state": "completed", "end_status": "succeeded"}, None),
    ],
)
def test_the_state_is_judged_first(run: dict[str, object], state: str | None) -> None:
    verdict = verdict_by_state(run)
    assert (verdict and verdict.state) == state


@pytest.mark.parametrize(
    ("names", "log", "state"),
    [
        ([], None, "failed"),
        (["output"], "done", "failed"),
        (["nextflow", "output"], "done", "failed"),
        (["output", "x.json"], "done", "succeeded"),
        (["output", "x.json"], "Traceback (most recent call last):", "failed"),
        (["x.json"], None, "succeeded"),
        (["output", "x.json"], "N E X T F L O W sorting kilosort", "failed"),
        (["output", "nwb"], "N E X T F L O W sorting kilosort", "succeeded"),
    ],
)
def test_then_the_files_and_the_log(names: list[str], log: str | None, state: str) -> None:
    assert verdict_by_files(names, log).state == state
