"""Queries in odd environments: at interpreter exit, without a home or current directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import aind_session
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import Platform

_BEGIN = f"""
import atexit, os, sys, threading, time
from aind_session import Session
def ask():
    session = Session("{DEMO_SESSION}")
    print(session.raw_data_asset.id, len(session.docdb) > 3, session.modalities, flush=True)
    print(session.raw_data_dir.as_posix(), flush=True)
"""

_RIGHT = f"""16d46411-540a-4122-b47f-8cb2a15d593a True ('behavior', 'behavior_videos', 'ecephys')
s3://aind-ephys-data/{DEMO_SESSION}
"""

_MOMENTS = {
    "when the interpreter ends": "atexit.register(ask)",
    "in a thread that outlives the main one": """
def late():
    threading.main_thread().join()
    ask()
threading.Thread(target=late).start()""",
    "where the current directory was deleted": """
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
ask()""",
    "without a home": """
del os.environ["HOME"]
import pwd
def nobody(uid):
    raise KeyError(uid)
pwd.getpwuid = nobody
ask()""",
}


@pytest.mark.parametrize("moment", _MOMENTS)
def test_it_answers(stand_in: Callable[..., Platform], tmp_path: Path, moment: str) -> None:
    if "deleted" in moment and sys.version_info >= (3, 13):
        pytest.skip("there, Python 3.13 itself ends in a SystemError")
    stand_in(demo_world())
    assert _printed(f"{_BEGIN}\n{_MOMENTS[moment]}", tmp_path) == (_RIGHT, "")


@pytest.mark.parametrize("moment", ["when the interpreter ends", "without a home"])
def test_paths_and_tables_of_the_demo_are_made(tmp_path: Path, moment: str) -> None:
    begin = f"""
import atexit, os
from aind_session import Session, demo, sessions
def ask():
    with demo():
        print(Session("{DEMO_SESSION}").raw_data_dir.name, flush=True)
        print(sessions(676909).to_pandas(["id"]).shape, flush=True)
"""
    right = f"{DEMO_SESSION}\n(4, 1)\n"
    assert _printed(f"{begin}\n{_MOMENTS[moment]}", tmp_path) == (right, "")


def _printed(code: str, folder: Path) -> tuple[str, str]:
    """Run code in a separate process, in a folder; return its output and errors."""
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        env=dict(os.environ),
        check=False,
    )
    return found.stdout, found.stderr


def test_it_can_be_imported_from_a_zip(tmp_path: Path) -> None:
    package = Path(aind_session.__file__).parent
    archive = shutil.make_archive(str(tmp_path / "a"), "zip", package.parent, package.name)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import aind_session\n"
        "with aind_session.demo():\n"
        f"    id_ = aind_session.Session({DEMO_SESSION!r}).raw_data_asset.id\n"
        "print(id_, aind_session.__file__)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, archive], capture_output=True, text=True, check=True
    )
    id_, file = found.stdout.split()
    assert id_ == "16d46411-540a-4122-b47f-8cb2a15d593a"
    assert file.startswith(archive)


def test_without_its_list_of_names_it_says_what_to_add(tmp_path: Path) -> None:
    package = Path(aind_session.__file__).parent
    shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("*.pyi"))
    code = "import sys; sys.path.insert(0, sys.argv[1]); import aind_session"
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert found.stderr.splitlines()[-1] == (
        "ImportError: aind_session/__init__.pyi, which names what the package holds, cannot be "
        "read: add it to the files of your application"
    )
