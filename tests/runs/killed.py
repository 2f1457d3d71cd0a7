"""Drive plans on the stand-in, and kill the process at one moment after the other.

`test_kill.py` runs this file with a folder, names of sessions, and pipelines, with a plan for each;
it prints the outcome of each as JSON. Moments are before, during and after each line of the ledger,
after each `fsync`, and before and after each request that starts, creates or changes something. The
first plan is killed at the first moment, the second at the second, until one finishes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from aind_session import open_ledger, plan_runs
from aind_session.runs.process import Process
from aind_session.sources import remote_sources

PACE: dict[str, Any] = {
    "poll_seconds": 0.02,
    "settle_seconds": (0.02, 0.05, 0.15),
    "starts_per_second": 1000.0,
}
CHANGES = ("run", "create", "share", "rename")


class Killer:
    """Kills this process at a moment; None never kills it."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.count = 0

    def moment(self, before: Callable[[], object] = lambda: None) -> None:
        """Kill the process if this is the moment, after one more action."""
        if self.count == self.at:
            before()
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1

    def watch_files(self) -> None:
        """Count each line of a ledger as three moments, and each `fsync` as one."""
        write, sync = os.write, os.fsync

        def watched_write(file: int, data: Any) -> int:
            content = bytes(data)
            if b'{"event"' not in content[:16]:
                return write(file, data)
            self.moment()
            self.moment(lambda: write(file, content[: len(content) // 2]))
            done = write(file, data)
            self.moment()
            return done

        def watched_sync(file: int) -> None:
            sync(file)
            self.moment()

        os.write, os.fsync = watched_write, watched_sync  # type: ignore[assignment]


class Deadly:
    """Code Ocean; before and after each change is a moment."""

    def __init__(self, source: Any, killer: Killer) -> None:
        self._source, self._killer = source, killer

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._source, name)
        if name not in CHANGES:
            return method

        def watched(*arguments: Any, **options: Any) -> Any:
            self._killer.moment()
            answer = method(*arguments, **options)
            self._killer.moment()
            return answer

        return watched


def drive(path: Path, names: list[str], pipeline: str, kill_at: int | None) -> None:
    """Start a plan, or continue its ledger, until all runs are captured."""
    killer = Killer(kill_at)
    sources = remote_sources()
    sources = replace(sources, assets=Deadly(sources.assets, killer))
    process = Process("sorted", pipeline=pipeline)
    if path.exists():
        open_ledger(path, sources=sources, **PACE).wait()
        return
    plan = plan_runs(names, process, sources=sources)
    killer.watch_files()
    plan.start(path, at_most=2, **PACE).wait()


def in_child(path: Path, names: list[str], pipeline: str, kill_at: int | None) -> int:
    """Do it in a forked process; return 0, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            drive(path, names, pipeline, kill_at)
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Kill plan after plan, and continue each."""
    settings = json.loads(sys.stdin.read())
    found = []
    for moment, pipeline in enumerate(settings["pipelines"]):
        path = Path(settings["folder"], f"{moment}.jsonl")
        killed = in_child(path, settings["names"], pipeline, moment)
        ended = in_child(path, settings["names"], pipeline, None)
        found.append({"pipeline": pipeline, "killed": killed, "ended": ended})
        if killed == 0:
            break
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
