"""The reference pages contain every public name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from aind_session import errors
from tests.test_extension import PUBLIC

DOCS = Path(__file__).parents[2] / "docs"
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
