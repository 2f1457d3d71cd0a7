"""The reference pages contain every public name."""

from __future__ import annotations

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
