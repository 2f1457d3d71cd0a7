"""Drives plans on the stand-in in two processes at once, and kills both, one moment after another.

Run by `test_kill.py`; see `killed.py`. The first process drives a plan until it is killed. The
second one holds the same plan: it reads the ledger, tries to write it, and takes over once the
first one is dead, until it is killed, too. A third one finishes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from aind_session import open_ledger, plan_runs
from aind_session.errors import LedgerError
from aind_session.runs.process import Process
from aind_session.sources import Sources, remote_sources
from tests.runs.killed import PACE, Deadly, Killer

FIRST, SECOND = "first", "second"


def deadly(kill_at: int | None) -> tuple[Sources, Killer]:
    """Return sources whose changes are moments at which this process may be killed."""
    killer = Killer(kill_at)
    sources = remote_sources()
    return replace(sources, assets=Deadly(sources.assets, killer)), killer


def drive(path: Path, names: list[str], pipeline: str, kill_at: int) -> None:
    """Start a plan and wait until all is captured."""
    sources, killer = deadly(kill_at)
    plan = plan_runs(names, Process("sorted", pipeline=pipeline), sources=sources)
    killer.watch_files()
    plan.start(path, at_most=2, **PACE).wait()


def watch(path: Path, names: list[str], pipeline: str, kill_at: int, begin: int) -> None:
    """Read the ledger while another process drives it, and take over when that one is dead."""
    sources, killer = deadly(kill_at)
    plan = plan_runs(names, Process("sorted", pipeline=pipeline), sources=sources)
    os.write(begin, b"x")  # the other one may begin
    while not _is_driven(path):
        time.sleep(0.001)
    killer.watch_files()
    while True:
        try:
            plan.start(path, at_most=2, **PACE).wait()
        except LedgerError as error:
            if "a ledger has one writer at a time" not in str(error):
                raise
            path.with_suffix(".refused").touch()
            time.sleep(0.002)
        else:
            return


def _is_driven(path: Path) -> bool:
    """Return whether the first process waits for its runs, or is dead; read the ledger meanwhile.

    Before, it may not hold the ledger for a moment, and would not come to all its moments.
    """
    if path.with_suffix(".dead").exists():
        return True
    if not path.exists():
        return False
    assert len(open_ledger(path)) > 0
    return path.read_bytes().count(b'{"event":"opened"') > 1


def fork(work: Callable[[], None]) -> int:
    """Do something in a forked process; return its ID."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)
    return child


def ended(child: int) -> int:
    """Return how a process ended: 0, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def one(path: Path, names: list[str], pipeline: str, moment: int) -> dict[str, Any]:
    """Drive a plan in two processes, and finish it in a third one."""
    ready, begin = os.pipe()
    later = moment * 7 % 23  # spread over the moments of the one that takes over
    second = fork(lambda: watch(path, names, pipeline, later, begin))
    os.read(ready, 1)
    first = fork(lambda: drive(path, names, pipeline, moment))
    of_first = ended(first)
    path.with_suffix(".dead").touch()
    of_second = ended(second)
    third = fork(lambda: _finish(path, names, pipeline))
    os.close(ready)
    os.close(begin)
    return {"pipeline": pipeline, FIRST: of_first, SECOND: of_second, "third": ended(third)}


def _finish(path: Path, names: list[str], pipeline: str) -> None:
    sources = remote_sources()
    if path.exists():
        open_ledger(path, sources=sources, **PACE).wait()
    else:
        plan = plan_runs(names, Process("sorted", pipeline=pipeline), sources=sources)
        plan.start(path, at_most=2, **PACE).wait()


def main() -> None:
    """Kill pairs of processes, one moment after another, until the first one finishes."""
    settings = json.loads(sys.stdin.read())
    found = []
    for moment, pipeline in enumerate(settings["pipelines"]):
        path = Path(settings["folder"], f"{moment}.jsonl")
        found.append(one(path, settings["names"], pipeline, moment))
        if found[-1][FIRST] == 0:
            break
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
