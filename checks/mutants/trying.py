"""Try changes on collected tests, each in a forked process."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from checks.mutants.covering import Covered, Place, content_of, functions, measure
from checks.mutants.making import Mutant, mutants, pieces
from checks.mutants.replacing import SOURCE, Program, made_of, module_of, readers
from checks.mutants.results import (
    IMPOSSIBLE,
    KILLED,
    NO_TEST,
    OUTCOMES,
    SILENT,
    SURVIVED,
    UNFINISHED,
    Results,
    explained,
)

KEPT = Path("mutants")


@dataclass
class Run:
    """A process that tries one change."""

    mutant: Mutant
    pid: int
    folder: str
    end: float


@dataclass(eq=False)
class Trying:
    """A plugin of pytest that tries changes where pytest would run the tests."""

    asked: argparse.Namespace
    survived: int = 0
    passed: set[str] = field(default_factory=set)
    failed: bool = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear whether a test passed."""
        self.failed = self.failed or report.failed
        if report.when == "call" and report.passed:
            self.passed.add(report.nodeid)
        if report.failed:
            self.passed.discard(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure the tests that are new, then try the changes."""
        _import_all()
        items = {item.nodeid: item for item in session.items}
        covered = self._covered(items)
        code = Program()
        gc.collect()
        gc.freeze()  # only now: what is frozen is found by nobody
        for wing in self.asked.wings:
            found = Results(wing, explained())
            for mutant, outcome in self._outcomes(self._chosen(wing), covered, items, code):
                found.add(mutant, outcome)
                if found.tried % 20 == 0:
                    print(f"{wing}: {found.tried}", file=sys.stderr, flush=True)
            found.tell()
            self.survived += len(found.survivors)
        return True

    def _chosen(self, wing: str) -> list[Mutant]:
        where = SOURCE / wing
        files = sorted(where.rglob("*.py")) if where.is_dir() else [where]
        found = [each for file in files for each in mutants(file)]
        found = [each for each in found if self.asked.only in f"{each.file}:{each.name}"]
        if self.asked.again:
            lines = Path(self.asked.again).read_text("utf-8").splitlines()
            printed = {line.partition("  ")[2].partition(" ")[2] for line in lines}
            return [each for each in found if f"{each.name}: {each.change}" in printed]
        if self.asked.sample and self.asked.sample < len(found):
            found = random.Random(self.asked.seed).sample(found, self.asked.sample)  # noqa: S311
        return found

    def _covered(self, items: dict[str, pytest.Item]) -> Covered:
        KEPT.mkdir(exist_ok=True)
        kept = KEPT / "covered.pickle"
        covered = Covered.load(kept)
        new = [
            item
            for item in items.values()
            if covered.files.get(item.nodeid) != content_of(item.path)
        ]
        if new:
            print(f"measuring {len(new)} tests", flush=True)
            if not (pid := os.fork()):
                _be_silent(str(KEPT / "measured.log"))
                try:
                    covered.forget({item.nodeid for item in new})
                    measure(new, covered, self.passed)
                    covered.save(kept)
                except BaseException:  # noqa: BLE001 - said by the process that waits
                    traceback.print_exc()
                    sys.stderr.flush()
                    os._exit(1)
                os._exit(0)
            if os.waitpid(pid, 0)[1]:
                raise pytest.UsageError(f"the tests could not be measured: {KEPT / 'measured.log'}")
        return Covered.load(kept)

    def _outcomes(
        self,
        chosen: Sequence[Mutant],
        covered: Covered,
        items: dict[str, pytest.Item],
        code: Program,
    ) -> Iterator[tuple[Mutant, int]]:
        running: list[Run] = []
        again: set[Mutant] = set()
        waiting = list(reversed(chosen))
        while waiting or running:
            while waiting and len(running) < self.asked.processes:
                mutant = waiting.pop()
                places = list(_places(mutant))
                names = [name for name in covered.tests(mutant.file, places) if name in items]
                if not names:
                    yield mutant, NO_TEST if places else IMPOSSIBLE
                    continue
                running.append(self._start(mutant, code, [items[name] for name in names]))
            for run in list(running):
                if (outcome := _ended(run)) is None:
                    continue
                running.remove(run)
                if outcome == SILENT and run.mutant not in again:  # others may have been busy
                    again.add(run.mutant)
                    waiting.insert(0, run.mutant)
                else:
                    yield run.mutant, outcome
            time.sleep(0.01)

    def _start(self, mutant: Mutant, code: Program, tests: Sequence[pytest.Item]) -> Run:
        folder = tempfile.mkdtemp(prefix="mutant-")
        sys.stdout.flush()
        if pid := os.fork():
            return Run(mutant, pid, folder, time.monotonic() + 10 * self.asked.seconds)
        os.setpgid(0, 0)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        _be_silent()
        try:
            made = code.replace(mutant)
        except Exception:  # noqa: BLE001 - what cannot be imported needs no test
            made = False
        os._exit(self._try(tests) if made else IMPOSSIBLE)

    def _try(self, tests: Sequence[pytest.Item]) -> int:
        end = time.process_time() + self.asked.seconds
        try:
            for at, item in enumerate(tests):
                following = tests[at + 1] if at + 1 < len(tests) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self.failed:
                    return KILLED
                if following and time.process_time() > end:
                    return UNFINISHED
        except BaseException:  # noqa: BLE001 - whatever a change leads to, it was noticed
            return KILLED
        return SURVIVED


def _be_silent(where: str = os.devnull) -> None:
    silent = os.open(where, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for descriptor in (0, 1, 2):
        os.dup2(silent, descriptor)


def _import_all() -> None:
    """Import what is changed: functions that are imported at first use are there, too."""
    for file in sorted(SOURCE.rglob("*.py")):
        if file.stem != "__main__":
            importlib.import_module(module_of(file))


def _places(mutant: Mutant) -> Iterator[Place]:
    """Yield what is affected: the changed lines, or the functions that read a constant."""
    kept = next((p for p in pieces(mutant.file) if p.name == mutant.name and p.is_kept), None)
    if kept is not None:
        for file, piece in readers(mutant, made_of(mutant)):
            yield file, piece.name, None
    if not mutant.is_function:
        return
    first, _ = functions(mutant.file)[mutant.name]
    is_head = mutant.lines[0] <= first  # the defaults of arguments, which are evaluated before
    lines = range(mutant.lines[0] - first, mutant.lines[1] - first + 1)
    yield mutant.file, mutant.name, None if is_head else lines


def _ended(run: Run) -> int | None:
    pid, status = os.waitpid(run.pid, os.WNOHANG)
    hangs = not pid and time.monotonic() > run.end
    if not pid and not hangs:
        return None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    if hangs:
        os.waitpid(run.pid, 0)
    shutil.rmtree(run.folder, ignore_errors=True)
    if hangs:
        return SILENT
    outcome = os.waitstatus_to_exitcode(status)
    return outcome if outcome in OUTCOMES else KILLED
