"""Checks of arguments at their limits; the doctests show the usual cases and messages."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from aind_session.runtime import arguments


class Frame:
    """An object with columns, as tables have."""

    columns = ("a",)


@pytest.mark.parametrize("value", [True, "5", 5.0, None, Frame()])
def test_what_is_no_whole_number(value: Any) -> None:
    assert arguments.whole_number(value) is None
    with pytest.raises(TypeError, match=r"^a limit must be a whole number, not "):
        arguments.count(value, "a limit")


def test_numbers_of_numpy_are_numbers_and_its_truths_are_not() -> None:
    numpy = pytest.importorskip("numpy", reason="comes with pandas")
    assert arguments.whole_number(numpy.int64(5)) == 5
    assert arguments.whole_number(numpy.bool_(True)) is None
    assert arguments.whole_number(numpy.array([5, 6])) is None
    assert arguments.truth(numpy.bool_(False), "overwrite") is False
    with pytest.raises(TypeError):
        arguments.truth(numpy.array([True]), "overwrite")
    with pytest.raises(TypeError):
        arguments.seconds(numpy.bool_(True), "a timeout")


@pytest.mark.parametrize(("value", "meant"), [(True, True), (0, False), (1, True)])
def test_truths_are_also_one_and_zero(value: Any, meant: bool) -> None:
    assert arguments.truth(value, "overwrite") is meant


@pytest.mark.parametrize("value", [2, -1, 1.0, "True", None])
def test_what_is_no_truth(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^overwrite must be True or False, not "):
        arguments.truth(value, "overwrite")


@pytest.mark.parametrize(
    ("value", "meant"), [(0, 0.0), (0.5, 0.5), (math.inf, math.inf), (10**400, math.inf)]
)
def test_seconds_may_be_endless(value: Any, meant: float) -> None:
    assert arguments.seconds(value, "a timeout") == meant


@pytest.mark.parametrize(
    ("value", "error"), [(-0.1, ValueError), (math.nan, ValueError), (True, TypeError)]
)
def test_what_are_no_seconds(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^a timeout must be "):
        arguments.seconds(value, "a timeout")


def test_a_mapping_and_a_table_are_not_several_texts() -> None:
    for value in ({"a": 1}, Frame()):
        with pytest.raises(TypeError, match=r"^a tag must be text, or several, not "):
            arguments.texts(value, "a tag")
    assert arguments.texts(iter(["a", "", "b"]), "a tag") == ("a", "b")


def test_a_choice_of_one_is_named_alone() -> None:
    with pytest.raises(ValueError, match=r"^via must be 'monitor', not None$"):
        arguments.one_of(None, ["monitor"], "via")


def test_a_key_has_at_most_1024_bytes() -> None:
    assert arguments.key("é" * 512, "a name") == "é" * 512
    for value in ("é" * 513, "\ud800"):
        with pytest.raises(ValueError, match=r"^a name must have at most 1024 bytes in UTF-8: "):
            arguments.key(value, "a name")


@pytest.mark.parametrize("value", ["", ".", "..", "a/b", "a\\b", "a\0b", "a" * 256, "\ud800", None])
def test_what_is_no_name_of_a_file(value: Any) -> None:
    assert arguments.file_name(value) is None


def test_a_name_of_a_file_has_at_most_255_bytes() -> None:
    assert arguments.file_name("a" * 255) == "a" * 255


def test_paths_of_files_are_texts_bytes_and_objects() -> None:
    for value in ("/a/b", b"/a/b", Path("/a/b")):
        assert Path(arguments.file_path(value, "the path")) == Path("/a/b")
    for empty in ("", " ", "a\0b"):
        with pytest.raises(ValueError, match=r"^the path must name a file, not "):
            arguments.file_path(empty, "the path")
