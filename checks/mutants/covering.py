"""Which tests run which lines of a function, and how long each test takes."""

from __future__ import annotations

import functools
import hashlib
import pickle
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import coverage
import pytest
from checks.mutants.making import pieces
from checks.mutants.replacing import SOURCE

Place: TypeAlias = tuple[Path, str, range | None]
"""A function, by its file and name, and its lines, counted from its first; None: all of them."""


@dataclass
class Covered:
    """What was measured, by test.

    Attributes
    ----------
    seconds: how long a test takes; of the tests that pass, and of no other.
    files: the state of the file that a test stands in, when it was measured.
    lines: by function (`file:name`), by line counted from its first: the tests.
    texts: what a function was when it was measured.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def tests(self, file: Path, places: Iterable[Place]) -> list[str]:
        """Return the tests that run one of some places, those first that may fail soonest.

        Those over memory before those over HTTP; of these the ones of a file, then of its wing,
        then the others; short ones first.
        """
        wing = file.relative_to(SOURCE).parts[0]
        own = (f"test_{file.stem}.py::", f"{file}::")
        near = (f"tests/{wing}/", f"{SOURCE / wing}/")

        def late(test: str) -> tuple[bool, bool, bool, float, str]:
            is_own = any(name in test for name in own)
            seconds = self.seconds[test]
            return "stand-in" in test, not is_own, not test.startswith(near), seconds, test

        found = {test for place in places for test in self._running(*place)}
        return sorted(found & self.seconds.keys(), key=late)

    def _running(self, file: Path, function: str, lines: range | None) -> set[str]:
        by_line = self.lines.get(f"{file}:{function}", {})
        if lines is None or self.texts.get(f"{file}:{function}") != text_of(file, function):
            return set().union(*by_line.values())  # which of the lines is no longer known
        return set().union(*(by_line.get(line, ()) for line in lines))

    def forget(self, tests: set[str]) -> None:
        """Forget what was measured of tests."""
        for test in tests:
            self.seconds.pop(test, None)
        for by_line in self.lines.values():
            for found in by_line.values():
                found.difference_update(tests)

    def save(self, path: Path) -> None:
        """Write all into a file."""
        path.write_bytes(pickle.dumps(self))

    @classmethod
    def load(cls, path: Path) -> Covered:
        """Read what was saved; nothing, if there is no file."""
        if not path.exists():
            return cls()
        found = pickle.loads(path.read_bytes())  # noqa: S301 - a file of ours
        if not isinstance(found, cls):
            raise TypeError(f"{path} holds something else: remove it")
        return found


@functools.cache
def functions(file: Path) -> dict[str, tuple[int, int]]:
    """Return first and last line of each outermost function of a file, by its name."""
    return {
        piece.name: (piece.node.lineno, piece.node.end_lineno or piece.node.lineno)
        for piece in pieces(file)
        if not piece.constants
    }


@functools.cache
def text_of(file: Path, function: str) -> str:
    """Return what tells one state of a function from another."""
    first, last = functions(file)[function]
    text = "\n".join(file.read_text("utf-8").splitlines()[first - 1 : last])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def content_of(file: Path) -> str:
    """Return what tells one content of a file from another."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def measure(items: Sequence[pytest.Item], covered: Covered, passed: set[str]) -> None:
    """Run tests one by one; the plugin that hears their reports fills `passed`."""
    files = {item.nodeid: content_of(item.path) for item in items}
    cover = coverage.Coverage(data_file=None, source=[str(SOURCE)], config_file=False)
    for at, item in enumerate(items):
        cover.start()
        cover.switch_context(item.nodeid)
        before = time.perf_counter()
        following = items[at + 1] if at + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds = time.perf_counter() - before
        cover.stop()
        covered.files[item.nodeid] = files[item.nodeid]
        if item.nodeid in passed:
            covered.seconds[item.nodeid] = round(seconds, 4)
    _fill(cover.get_data(), covered)


def _fill(data: coverage.CoverageData, covered: Covered) -> None:
    for name in data.measured_files():
        file = Path(name).relative_to(Path.cwd())
        spans = functions(file)
        by_line = data.contexts_by_lineno(name)
        for function, (first, last) in spans.items():
            kept = covered.lines.setdefault(f"{file}:{function}", {})
            text = text_of(file, function)
            if covered.texts.setdefault(f"{file}:{function}", text) != text:
                covered.texts[f"{file}:{function}"] = ""  # measured in two states
            for line in range(first, last + 1):
                if tests := set(map(sys.intern, by_line.get(line, ()))) - {""}:
                    kept.setdefault(line - first, set()).update(tests)
