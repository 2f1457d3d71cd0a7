"""The reference pages contain every public name, and what pages refer to exists."""

from __future__ import annotations

import ast
import pkgutil
import re
from pathlib import Path

import pytest

import aind_session
from aind_session import errors
from tests.test_extension import PUBLIC

CHECKOUT = Path(__file__).parents[2]
DOCS = CHECKOUT / "docs"
PACKAGE = Path(aind_session.__file__).parent
CONTRIBUTING = CHECKOUT / "CONTRIBUTING.md"
MADE = {"dist/", "site/", "site/browser"}
"""Folders that commands write."""
MODULES = {"extension", "extensions", "session", "subject", "utils"}
CLASSES = {"ecephys": "EcephysExtension", "lims": "LimsExtension"}


def test_each_public_name_is_described_once() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md")))
    described = [found.rpartition(".")[2] for found in re.findall(r"^::: ([\w.]+)", pages, re.M)]
    names = [CLASSES.get(name, name) for name in PUBLIC if name not in MODULES]
    of_errors = set(errors.__all__) & set(names)
    expected = sorted(set(names) - of_errors - {"__version__"})
    assert [name for name in expected if described.count(name) != 1] == []
    assert "::: aind_session.errors" in pages


def test_each_example_that_does_not_run_is_valid_python() -> None:
    root = DOCS.parent
    pages = [root / "README.md", *sorted(DOCS.rglob("*.md"))]
    examples = [
        (page.name, example)
        for page in pages
        for example in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
        if ">>>" not in example  # the doctests run these
    ]
    assert len(examples) > 5
    assert [(page, example) for page, example in examples if not _is_valid(example)] == []


def _is_valid(example: str) -> bool:
    try:
        ast.parse(example)
    except SyntaxError:
        return False
    return True


in_a_checkout = pytest.mark.skipif(
    not CONTRIBUTING.exists(), reason="CONTRIBUTING.md is in a checkout alone"
)


@in_a_checkout
def test_each_path_in_contributing_exists() -> None:
    quoted = set(re.findall(r"`([\w./-]+)`", CONTRIBUTING.read_text("utf-8")))
    paths = {path for path in quoted if "/" in path or path.endswith((".py", ".toml"))} - MADE
    assert len(paths) > 80
    absent = [
        path
        for path in sorted(paths)
        if not (CHECKOUT / path).exists() and not any(PACKAGE.rglob(path.rstrip("/")))
    ]
    assert absent == []


@in_a_checkout
def test_each_command_in_contributing_exists() -> None:
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    commands = set(re.findall(r"`make ([\w-]+)", CONTRIBUTING.read_text("utf-8")))
    assert len(commands) > 15
    assert commands - set(re.findall(r"^([\w-]+):", makefile, re.M)) == set()


def test_the_functions_that_pages_refer_to_exist() -> None:
    folders = "|".join(sorted(path.name for path in PACKAGE.iterdir() if path.is_dir()))
    pages = "".join(path.read_text("utf-8") for path in sorted(DOCS.rglob("*.md")))
    # not `runs.jsonl`, a file
    named = set(re.findall(rf"`((?:{folders})\.(?!jsonl)\w+\.[\w.]+)`", pages))
    assert len(named) > 15
    for name in sorted(named):
        assert pkgutil.resolve_name(f"aind_session.{name}")
