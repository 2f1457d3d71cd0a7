"""The layout of the package: few top-level entries, shallow folders, short modules."""

from __future__ import annotations

import ast
import os
import re
from itertools import pairwise
from pathlib import Path

import pytest

import aind_session

PACKAGE = Path(aind_session.__file__).parent
CHECKOUT = Path(__file__).parents[2]
MODULES = [path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts]


def test_sixteen_entries_stand_at_the_top() -> None:
    own = {"__init__.py", "__init__.pyi", "py.typed", "__pycache__"}
    assert sorted(path.name for path in PACKAGE.iterdir() if path.name not in own) == [
        "catalog",
        "cli",
        "conventions",
        "diagnosis",
        "display",
        "errors",
        "extension.py",
        "extensions",
        "many",
        "runs",
        "runtime",
        "session.py",
        "sources",
        "subject.py",
        "testing",
        "utils",
    ]


def test_folders_are_at_most_two_deep() -> None:
    assert max(len(path.relative_to(PACKAGE).parts) for path in MODULES) == 3


def test_no_module_is_longer_than_500_lines_and_six_than_400() -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert max(lines.values()) <= 500
    assert len([length for length in lines.values() if length > 400]) <= 6


def test_both_runs_of_the_import_linter_have_the_same_rows() -> None:
    files = [CHECKOUT / "pyproject.toml", CHECKOUT / "checks" / "imports.toml"]
    if not all(path.exists() for path in files):
        pytest.skip("the configuration is in a checkout alone")
    rows = re.compile(r'containers = \["aind_session"\].*?layers = \[(.*?)\n\]', re.DOTALL)
    one, other = (rows.findall(path.read_text("utf-8")) for path in files)
    row = re.compile(r'"(.*?)"')
    assert row.findall(one[0]) == row.findall(other[0])
    assert len(row.findall(one[0])) == 12


def test_no_test_compares_a_value_with_itself() -> None:
    """Such a comparison is always true, since both sides come from the same code."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted((CHECKOUT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        for one, other in pairwise([node.left, *node.comparators])
        if not isinstance(one, ast.Constant) and ast.dump(one) == ast.dump(other)
    ]
    assert found == []


def test_each_test_has_a_time_limit(request: pytest.FixtureRequest) -> None:
    if not request.config.pluginmanager.has_plugin("timeout"):
        pytest.skip("pytest-timeout is not installed")
    assert 0 < float(os.environ["PYTEST_TIMEOUT"]) <= 300
    unlimited = re.compile(r"timeout\(\s*(?:0|None)\s*[,)]|timeout=(?:0|None)\s*\)")
    marked = re.compile(r"@pytest\.mark\.timeout.*")
    marks = [
        mark
        for path in sorted((CHECKOUT / "tests").rglob("*.py"))
        for mark in marked.findall(path.read_text("utf-8"))
    ]
    assert [mark for mark in marks if unlimited.search(mark)] == []
