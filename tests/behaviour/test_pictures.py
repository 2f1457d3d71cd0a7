"""The README's picture equals the library's current drawing, and its link is absolute."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from aind_session import Subject, sessions

pytest.importorskip("checks.pictures", reason="the checks are only in the repository")
pictures = importlib.import_module("checks.pictures")

CHECKOUT = Path(__file__).parents[2]
FILES = "https://raw.githubusercontent.com/AllenNeuralDynamics/aind-session/main/"


def test_the_timeline_in_the_assets_is_that_which_the_library_draws() -> None:
    year = pictures.year()
    drawn = sessions(Subject(pictures.MOUSE), sources=year).timeline()
    assert len(drawn.marks) == 152
    kept = (CHECKOUT / "docs" / "assets" / "timeline.svg").read_text(encoding="utf-8")
    assert kept == drawn.svg(), "python checks/pictures.py DIRECTORY updates it"


def test_pictures_of_the_readme_are_found_from_the_package_index_too() -> None:
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    [address] = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
    assert address.startswith(FILES)
    assert (CHECKOUT / address.removeprefix(FILES)).is_file()
