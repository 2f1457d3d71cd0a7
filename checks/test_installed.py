"""Tests of an installed wheel; `make build` runs them without access to the sources."""

from __future__ import annotations

import sysconfig
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import aind_session


def test_the_package_under_test_is_the_installed_one() -> None:
    assert Path(aind_session.__file__).parents[1] == Path(sysconfig.get_path("purelib"))
    assert aind_session.__version__ == version("aind-session")


@pytest.mark.parametrize("name", ["py.typed", "__init__.pyi"])
def test_type_checkers_find_the_types(name: str) -> None:
    assert files("aind_session").joinpath(name).is_file()


@pytest.mark.parametrize("name", dir(aind_session))
def test_names_that_are_imported_late_are_found(name: str) -> None:
    assert getattr(aind_session, name) is not None
