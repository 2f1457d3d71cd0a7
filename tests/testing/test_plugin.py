"""The pytest plugin is fast and inactive by default; the examples of the page run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from aind_session import (
    testing,
)

NAME = "ecephys_123456_2024-01-01_10-00-00"


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def run_pytest(directory: Path) -> str:
    """Run pytest as a user's project does, with the plugins that are installed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestPlugin:
    def test_importing_it_costs_nothing(self) -> None:
        code = (
            "import sys, pytest, ast; before = set(sys.modules)\n"
            "import aind_session.testing.plugin\n"
            "print(sorted(set(sys.modules) - before))"
        )
        assert python(code) == str(
            [
                "aind_session",
                "aind_session.testing",
                "aind_session.testing.plugin",
                "lazy_loader",
            ]
        )

    def test_the_doubles_need_no_pytest(self) -> None:
        code = (
            "import sys; sys.modules['pytest'] = None\n"
            "from aind_session.testing import FakeAIND, NamespaceContract; print(FakeAIND())"
        )
        assert python(code) == "FakeAIND(0 assets, 0 records, 0 files, 0 requests)"

    def test_nothing_happens_in_tests_that_do_not_ask_for_it(self, tmp_path: Path) -> None:
        (tmp_path / "test_other.py").write_text(
            "import sys\n"
            "def test_other():\n"
            "    ours = {m for m in sys.modules if m.startswith('aind_session')}\n"
            "    assert ours == {'aind_session', 'aind_session.testing',"
            " 'aind_session.testing.plugin'}\n"
        )
        assert "1 passed" in run_pytest(tmp_path)

    def test_a_mark_names_a_file_beside_the_test(self, tmp_path: Path) -> None:
        (tmp_path / "tests").mkdir()
        (tmp_path / "tests" / "one.yaml").write_text(f"sessions: [{NAME}]\n")
        (tmp_path / "tests" / "test_one.py").write_text(
            "import pytest, aind_session\n"
            "@pytest.mark.fake_aind('one.yaml')\n"
            "def test_one(fake_aind):\n"
            f"    assert aind_session.Session({NAME!r}).is_uploaded\n"
        )
        assert "1 passed" in run_pytest(tmp_path)


def test_the_files_of_the_page_on_testing_pass(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
    project = tmp_path / "project"
    project.mkdir()
    for name, content in re.findall(r'^```\w+ title="(.+?)"\n(.*?)^```$', page, re.M | re.S):
        (project / name).write_text(content, "utf-8")
    names = {path.name for path in project.iterdir()}
    assert names == {"sortings.py", "test_sortings.py", "mouse.yaml", "pupil.py", "test_pupil.py"}
    assert "12 passed" in run_pytest(project)


def test_public_names_are_pinned() -> None:
    names = vars(testing)["__all__"]
    assert sorted(names) == [
        "Failure",
        "FakeAIND",
        "MadeSession",
        "NamespaceContract",
        "Request",
    ]
    for name in names:
        assert getattr(testing, name).__module__.startswith("aind_session.testing.")
