"""The reason of a failed run, from the logs of pipelines and capsules."""

from __future__ import annotations

import pytest

from aind_session.conventions.failures import (
    Reason,
    failed_step,
    has_ended,
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
    assert (reason.exit_code, reason.hint) == (
        137,
        "killed, usually for lack of memory",
    )
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


@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        ({"end_status": "stopped"}, ("stopped", "somebody stopped it")),
        ({"state": "failed", "exit_code": 3}, ("failed", "its state is failed")),
        ({"end_status": "lost", "exit_code": 3}, ("failed", "its end status is lost")),
        ({"end_status": "succeeded", "exit_code": 3}, ("failed", "the exit code is 3")),
        ({"exit_code": -9}, ("failed", "the exit code is -9")),
    ],
)
def test_a_verdict_by_state_says_what_it_rests_on(
    run: dict[str, object], verdict: tuple[str, str]
) -> None:
    found = verdict_by_state(run)
    assert found is not None
    assert (found.state, found.why) == verdict


@pytest.mark.parametrize(
    ("names", "log", "why"),
    [
        (["output"], None, "the results contain only logs"),
        (["x.json"], "Traceback (most recent call last):", "its log shows an error"),
        (["x.json"], "done", "its state, files and log show no error"),
    ],
)
def test_a_verdict_by_files_says_what_it_rests_on(
    names: list[str], log: str | None, why: str
) -> None:
    assert verdict_by_files(names, log).why == why


@pytest.mark.parametrize(
    ("state", "ended"),
    [("completed", True), ("failed", True), ("running", False), ("paused", False), (None, False)],
)
def test_a_run_has_ended_in_two_states_alone(state: str | None, ended: bool) -> None:
    assert has_ended({"state": state}) is ended


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason(), "there was no log"),
        (Reason(exit_code=0), "there was no log"),
        (
            Reason("sort (2)", "ValueError: bad", 1, "output", "look at the data"),
            "step sort (2); ValueError: bad; exit code 1; look at the data (from output)",
        ),
        (Reason(line="bad\x1b[2J"), "bad\\x1b[2J"),
    ],
)
def test_a_reason_is_one_sentence(reason: Reason, text: str) -> None:
    assert str(reason) == text


def test_a_log_without_a_step_leaves_what_the_run_says() -> None:
    assert reason_in_log("all went well\n", 137, "nextflow/trace.txt") == Reason(
        exit_code=137,
        file="nextflow/trace.txt",
        hint="killed, usually for lack of memory",
    )
    assert reason_in_log("RuntimeError: CUDA error", 1) == Reason(
        line="RuntimeError: CUDA error",
        exit_code=1,
        file="output",
        hint="the GPU had an error: run it again, and check the data if it fails again",
    )
    assert reason_in_log("DockerTimeoutError", 137).hint == (
        "the machine did not start: run it again"
    )
    assert reason_in_log("").hint is None


def test_the_code_that_a_step_states_counts_before_that_of_the_run() -> None:
    assert reason_in_log("Command exit status:\n  2\n", 1).exit_code == 2


def test_a_secret_in_the_name_of_a_step_is_masked() -> None:
    log = "Error executing process > 'sort API_TOKEN=cop_123456'\n"
    assert reason_in_log(log).step == "sort API_TOKEN=..."


def test_without_an_error_in_its_own_part_the_whole_log_tells() -> None:
    log = "OSError: disk is full\nCommand error:\n  INFO starting\n"
    assert reason_in_log(log).line == "OSError: disk is full"


@pytest.mark.parametrize(
    ("log", "line"),
    [
        # indented, as in a table of a log: the exception is indented like the first traceback line
        ("  Traceback (most recent call last):\n    File 'x'\n  KeyError: 1\nend", "KeyError: 1"),
        ("Traceback (most recent call last):\n\n  File 'x'\n\nKeyError: 2\n", "KeyError: 2"),
        ("before\nTraceback (most recent call last):\nKeyError: 3\n", "KeyError: 3"),
        # truncated: no line has an exception or another sign of an error
        ("Traceback (most recent call last):\n  File 'x'\n", None),
    ],
)
def test_what_a_traceback_raised_is_the_first_line_as_deep_as_its_head(
    log: str, line: str | None
) -> None:
    assert reason_in_log(log).line == line


def test_a_task_without_name_or_code_has_failed_too() -> None:
    assert failed_step("status\nCOMPLETED\nFAILED\n") == ("?", None)
    assert failed_step("name\tstatus\texit\na\tFAILED\t1\nb\tFAILED\t2\n") == ("a", 1)
    # a truncated row
    assert failed_step("name\tstatus\texit\na\tFAILED") == ("a", None)


def test_a_long_line_is_cut_behind_500_characters() -> None:
    assert masked("x" * 500) == "x" * 500
    assert masked("x" * 501) == "x" * 500 + "..."
    assert masked("a \t b\nc") == "a b c"


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("x\nSegmentation fault (core dumped)\n", "Segmentation fault (core dumped)"),
        ("tee: write failed: No space left on device\n",) * 2,
        ("slurmstepd: *** JOB 1 CANCELLED DUE TO TIME LIMIT ***",) * 2,
        ("/bin/sh: sorter: command not found",) * 2,
        ("UserWarning: error bars are missing\nFutureWarning: an error later\n", None),
        (
            "  + Exception Group Traceback (most recent call last):\n  |   File 'a'\n"
            "  | ExceptionGroup: two (2 sub-exceptions)\n  +-+---- 1 ----\n",
            "ExceptionGroup: two (2 sub-exceptions)",
        ),
    ],
)
def test_further_lines_that_tell_of_an_error(log: str, line: str | None) -> None:
    assert reason_in_log(log).line == (line and line.strip())


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('password="correct horse battery" used', 'password="..." used'),
        ("API_TOKEN='a b c'", "API_TOKEN='...'"),
        ('secret = "never closed', 'secret = "...'),
    ],
)
def test_a_secret_with_blanks_is_masked_as_a_whole(line: str, shown: str) -> None:
    assert masked(line) == shown


def test_of_two_parts_with_errors_the_first_counts() -> None:
    log = "Command error:\n  ValueError: one\nCommand error:\n  KeyError: two\n"
    assert reason_in_log(log).line == "ValueError: one"
