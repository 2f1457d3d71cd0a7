"""How a run ended and why it failed, from its state, files and logs. No request is sent."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aind_session.conventions.logs import (
    COMMAND_ERROR,
    ENDED,
    TRACEBACK,
    is_failed_by_files,
    is_failed_by_log,
)
from aind_session.errors.wording import printable, without_query

Ending = Literal["succeeded", "failed", "stopped", "gone"]

_LONGEST_LINE = 500

_STEP = re.compile(r"Error executing process > '([^']+)'")
_EXIT = re.compile(r"Command exit status:\s*\n\s*(\d+)")
_MARGIN = re.compile(r"^\s*[|+] ?")
"""The margin that Python prints before tracebacks of an exception group."""
_TROUBLE = re.compile(
    r"killed|no such|out of memory|\b\w*error\b|\b\w*exception\b|DockerTimeoutError|"
    r"segmentation fault|core dumped|no space left|time limit|command not found|cannot allocate",
    re.IGNORECASE,
)
_NO_TROUBLE = re.compile(
    r"Execution is retried|Re-submitted|\b\w*warn(ing)?\b|Command error:|Error executing process|"
    r"\bno errors?\b|\b0 errors?\b",
    re.IGNORECASE,
)

_SECRETS = (
    re.compile(
        r"(?P<kept>\b[\w.-]*(?:token|passw(?:or)?d|secret|api[_-]?key|access[_-]?key|signature)"
        r"[\w.-]*[\"']?\s*[=:]\s*[\"']?)(?:(?<=\")[^\"]+|(?<=')[^']+|[^\s\"',;&]+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<kept>\b(?:basic|bearer)\s+)[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE),
    re.compile(r"(?P<kept>)\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
    re.compile(r"(?P<kept>)\b(?:cop_|ghp_|github_pat_|hf_|xox[a-z]-)[A-Za-z0-9_-]{6,}"),
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)

_HINTS = (
    ("DockerTimeoutError", "the machine did not start: run it again"),
    ("CUDA", "the GPU had an error: run it again, and check the data if it fails again"),
)


_NO_LINE = "no line of the log shows a failure"


@dataclass(frozen=True)
class Reason:
    """Why a run failed, as far as its logs show.

    Attributes
    ----------
    step
        The step of the pipeline that failed; None for a capsule, or if no log names one.
    line
        The first line that shows the error, without secrets; None if no line does.
    exit_code
        The exit code of the step, else of the run; None if neither is known.
    file
        The file that was read, ``output`` or ``nextflow/trace.txt``; None if there was none.
    hint
        What the error means and what to do, if that is known.
    """

    step: str | None = None
    line: str | None = None
    exit_code: int | None = None
    file: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        parts = [
            f"step {self.step}" if self.step else "",
            self.line or (_NO_LINE if self.file else "there was no log"),
            f"exit code {self.exit_code}" if self.exit_code else "",
            self.hint or "",
        ]
        read = f" (from {self.file})" if self.file else ""
        return printable("; ".join(part for part in parts if part) + read)


@dataclass(frozen=True)
class Verdict:
    """How a run ended.

    Attributes
    ----------
    state
        ``succeeded``, ``failed``, ``stopped`` or ``gone`` (deleted).
    why
        The evidence.
    """

    state: Ending
    why: str


def verdict_by_state(run: Mapping[str, Any]) -> Verdict | None:
    """Judge an ended run by its state in Code Ocean; None if its files must decide.

    Parameters
    ----------
    run
        The computation as Code Ocean sends it.

    Examples
    --------
    >>> run = {"state": "completed", "end_status": "succeeded", "exit_code": 1}
    >>> verdict_by_state(run)
    Verdict(state='failed', why='the exit code is 1')
    """
    status, code = run.get("end_status"), run.get("exit_code")
    if status == "stopped":
        return Verdict("stopped", "somebody stopped it")
    if run.get("state") == "failed":
        return Verdict("failed", "its state is failed")
    if status not in ("succeeded", None):
        return Verdict("failed", f"its end status is {status}")
    if code not in (0, None):
        return Verdict("failed", f"the exit code is {code}")
    return None


def verdict_by_files(names: Collection[str], log: str | None) -> Verdict:
    """Judge a run that succeeded according to its state.

    Parameters
    ----------
    names
        The top-level file and folder names of its results.
    log
        The end of its log; None if there is none.

    Examples
    --------
    >>> verdict_by_files(["output"], "done").why
    'the results contain only logs'
    """
    if is_failed_by_files(names):
        return Verdict("failed", "the results contain only logs")
    if log is not None and is_failed_by_log(log, has_nwb="nwb" in names):
        return Verdict("failed", "its log shows an error")
    return Verdict("succeeded", "its state, files and log show no error")


def has_ended(run: Mapping[str, Any]) -> bool:
    """Return whether a run has ended; False for an unknown state."""
    return run.get("state") in ENDED


def reason_in_log(text: str, exit_code: int | None = None, file: str = "output") -> Reason:
    r"""Find why a run failed in its log, or in a part of it.

    Parameters
    ----------
    text
        The log. The "Command error" part is read first, and there the first traceback.
    exit_code
        The exit code of the run; one that the log states for a step is preferred.
    file
        The file that the text is from.

    Examples
    --------
    >>> reason_in_log("Traceback (most recent call last):\n  File 'x'\nValueError: no units\n").line
    'ValueError: no units'
    """
    step, stated = _STEP.search(text), _EXIT.search(text)
    after = text.partition(COMMAND_ERROR)[2]
    line = _line(after) or _line(text)
    code = int(stated[1]) if stated else exit_code
    return Reason(
        step=masked(step[1]) if step else None,
        line=masked(line) if line else None,
        exit_code=code,
        file=file,
        hint=_hint(line or "", code),
    )


def failed_step(trace: str) -> tuple[str, int | None] | None:
    r"""Return the first failed task of Nextflow's ``trace.txt``, and its exit code.

    Parameters
    ----------
    trace
        A table with a header line and tab-separated columns.

    Examples
    --------
    >>> failed_step("task_id\tname\tstatus\texit\n1\tjob (1)\tCOMPLETED\t0\n2\tsort\tFAILED\t137\n")
    ('sort', 137)
    """
    head, *rows = trace.splitlines() or [""]
    names = head.split("\t")
    for row in rows:
        task = dict(zip(names, row.split("\t"), strict=False))
        if task.get("status") == "FAILED":
            code = task.get("exit", "")
            return masked(task.get("name", "?")), int(code) if code.isdecimal() else None
    return None


def masked(line: str) -> str:
    """Return a line of a log without secrets, in one line, cut to a readable length.

    Examples
    --------
    >>> masked("GET https://u:p@x.org/a?X-Amz-Signature=1 with API_TOKEN=cop_123456")
    'GET https://x.org/a with API_TOKEN=...'
    """
    text = _URL.sub(lambda found: without_query(found[0]), line)
    for secret in _SECRETS:
        text = secret.sub(lambda found: f"{found['kept']}...", text)
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}..."


def _line(text: str) -> str | None:
    lines = text.splitlines()
    return _raised(lines) or _troubled(lines)


def _raised(lines: list[str]) -> str | None:
    """Return the exception of the first traceback: the next line indented no deeper than it."""
    for index, line in enumerate(lines):
        if TRACEBACK in line:
            below = [_MARGIN.sub("", one, count=1) for one in lines[index:]]
            depth = _depth(below[0])
            rest = (one for one in below[1:] if one.strip() and _depth(one) <= depth)
            return next((one.strip() for one in rest), None)
    return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _troubled(lines: list[str]) -> str | None:
    for line in lines:
        if _TROUBLE.search(line) and not _NO_TROUBLE.search(line):
            return line.strip()
    return None


def _hint(line: str, code: int | None) -> str | None:
    for word, hint in _HINTS:
        if word in line:
            return hint
    return "killed, usually for lack of memory" if code == 137 else None
