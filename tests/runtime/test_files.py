"""Files are written completely or not at all, are private, and are checked when read."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aind_session import FileFormatError
from aind_session.runtime.files import make_folder, read_file, read_json, sweep, write_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "here"
    made.mkdir()
    return made


_ON_A_FULL_DISK = """
import resource, sys
from aind_session.runtime.files import write_text
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))  # acts like a full disk
try:
    write_text(sys.argv[1], "new" * 10)
except OSError as error:
    print(error.filename, error.strerror)
"""


def test_a_write_that_fails_leaves_what_was_there_and_names_the_file(folder: Path) -> None:
    file = folder / "a"
    write_text(file, "old")
    command = [sys.executable, "-c", _ON_A_FULL_DISK, str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout == f"{file} File too large\n"
    assert file.read_text() == "old"
    assert list(folder.iterdir()) == [file]


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_text(tmp_path / "none" / "a", "text")
    assert caught.value.filename == str(tmp_path / "none" / "a")


def test_a_new_file_is_its_users_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_text(tmp_path / "a", "text")
        make_folder(tmp_path / "folder")
        os.umask(0o027)
        write_text(tmp_path / "b", "text", shared=True)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "folder", "b")]
    assert modes == [0o600, 0o700, 0o640]


def test_a_folder_of_an_older_release_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    make_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    file.chmod(0o640)
    write_text(file, "new")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o640)


@pytest.mark.parametrize("aim", ["a file", "nothing"])
def test_no_link_is_followed(tmp_path: Path, aim: str) -> None:
    file, link = tmp_path / "a", tmp_path / "b"
    if aim == "a file":
        file.write_text("old")
    link.symlink_to(file)
    with pytest.raises(OSError, match="it is a symbolic link") as caught:
        write_text(link, "new")
    assert caught.value.filename == str(link)
    assert link.is_symlink()
    assert (file.read_text() if aim == "a file" else file.exists()) in ("old", False)
    with pytest.raises(OSError, match="symbolic links"):
        read_file(link, follow_link=False)


def _make(path: Path, kind: str) -> None:
    if kind == "a FIFO":
        os.mkfifo(path)
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    else:
        path.mkdir()


@pytest.mark.parametrize("kind", ["a FIFO", "a socket", "a folder"])
def test_what_is_no_regular_file_is_not_replaced(folder: Path, kind: str) -> None:
    path = folder / "a"
    _make(path, kind)
    before = path.lstat().st_ino
    with pytest.raises(OSError, match=kind):
        write_text(path, "text")
    assert path.lstat().st_ino == before
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["a FIFO", "a folder", "a device"])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    if kind == "a device":
        path = Path("/dev/zero")
    else:
        _make(path, kind)
    with pytest.raises(FileFormatError, match=f"is {kind}"):
        read_json(path, "some format", 1, "something")


_WRITES_FOR_EVER = """
import os, sys
from aind_session.runtime import files
os.fsync = lambda number: (print("writing", flush=True), sys.stdin.read())
files.write_text(sys.argv[1], "text")
"""


def test_what_killed_writers_left_is_swept_after_an_hour(folder: Path) -> None:
    file = folder / "answers.json"
    command = [sys.executable, "-c", _WRITES_FOR_EVER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        writer.kill()
    left = list(folder.iterdir())
    assert [path.name.startswith(".answers.json.") for path in left] == [True]
    sweep(folder)
    assert list(folder.iterdir()) == left  # its writer may be active
    os.utime(left[0], (time.time() - 4000,) * 2)
    other = folder / ".answers.json.backup"
    other.write_text("the user's")
    os.utime(other, (0, 0))
    write_text(file, "text")
    assert sorted(folder.iterdir()) == [other, file]


def test_half_a_character_is_written_as_json_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    write_text(file, json.dumps({"name": "\ud800 ü"}, ensure_ascii=False))
    assert json.loads(file.read_text("utf-8")) == {"name": "\ud800 ü"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"9" * 10_000, "is not JSON"),
        (b'"mine"', "format is 'mine'"),
        (b'{"format": "mine", "version": true}', "version True"),
        (b'{"format": "mine", "version": 2}', "version 2"),
        (b'{"format": ["mine"], "version": 1}', "format is"),
    ],
)
def test_what_is_not_of_the_format_says_so(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(FileFormatError, match=why):
        read_json(file, "mine", 1, "something")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no umask")
def test_an_odd_umask_keeps_nobody_from_reading_what_is_theirs(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"
    before = os.umask(0o777)
    try:
        make_folder(folder)
        write_text(folder / "a", "x")
    finally:
        os.umask(before)
    modes = [path.stat().st_mode & 0o777 for path in (folder.parent, folder, folder / "a")]
    assert modes == [0o700, 0o700, 0o600]


def test_the_beginning_of_a_file_may_be_read_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abcdef")
    assert read_file(tmp_path / "a", at_most=3) == b"abc"
