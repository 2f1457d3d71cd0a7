"""Paths as text, and reading and writing one file."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from aind_session import get_bucket_and_prefix
from aind_session.sources.paths import as_text, bucket_and_key, read_text, write_text
from tests.conftest import Serve
from tests.worlds import empty_world


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("s3://b/k", "s3://b/k"),
        (b"s3://b/k", "s3://b/k"),
        (PurePosixPath("/a/b"), "/a/b"),
        (Path("/a/b"), "/a/b"),
    ],
)
def test_a_path_is_a_text_with_slashes(path: Any, text: str) -> None:
    assert as_text(path) == text


@pytest.mark.parametrize("path", [5, None, ["a"]])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(TypeError) as caught:
        as_text(path)
    assert str(caught.value) == (f"a path was expected, as text or object, not {path!r}")


def test_an_object_of_the_system_is_a_path_too() -> None:
    class Odd:
        def __fspath__(self) -> str:
            return "/odd"

    assert as_text(Odd()) == "/odd"


def test_bucket_and_key_are_taken_apart() -> None:
    assert bucket_and_key("s3://b/a/c") == ("b", "a/c")
    assert get_bucket_and_prefix("s3://b/a/c/d") == ("b", "a/c")
    assert get_bucket_and_prefix("s3://b/a") == ("b", "")
    assert get_bucket_and_prefix(b"s3://b/c") == ("b", "")
    with pytest.raises(ValueError, match="/data/x"):
        get_bucket_and_prefix("/data/x")
    with pytest.raises(ValueError, match="an S3 path"):
        bucket_and_key("/a/b")


def test_a_file_is_read_and_written_where_its_path_says(serve: Serve, tmp_path: Path) -> None:
    sources = serve(empty_world())
    write_text("s3://aind-open-data/x/é.txt", "é\n", sources)
    assert read_text("s3://aind-open-data/x/é.txt", sources) == "é\n"
    here = tmp_path / "new" / "folder" / "é.txt"
    write_text(here, "é\n", sources)
    write_text(str(here), "é\nagain\n", sources)
    assert here.read_bytes() == "é\nagain\n".encode()
    assert read_text(here, sources) == "é\nagain\n"
