"""The skill file: its length and its commands; its Python is a doctest."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest

from aind_session import (
    NothingFoundWarning,
    Session,
    doctor,
    find,
    get_sessions,
    search,
    sessions,
    why_failed,
)
from aind_session.cli import main
from aind_session.cli.commands import COMMANDS
from aind_session.sources import demo
from aind_session.sources.demo_world import DEMO_SESSION
from tests.cli.agents.counting import count


@pytest.fixture
def skill(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["skill"]) == 0
    return capsys.readouterr().out


def test_it_is_short_and_says_when_to_use_it(skill: str) -> None:
    assert len(skill.splitlines()) <= 60
    assert count(skill) <= 1_500
    assert re.match(r"---\nname: aind-session\ndescription: .{50,1000}\n---\n", skill)


def test_each_command_in_it_runs(skill: str, capsys: pytest.CaptureFixture[str]) -> None:
    block = re.findall(r"```sh\n(.*?)```", skill, re.S)[0]
    lines = block.strip().splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.endswith(" --demo")
        assert main(line.split()[1:]) == 0, line
        assert capsys.readouterr().out


def test_each_call_in_its_table_works(skill: str) -> None:
    """Empty answers and missing facts are allowed, calls that do not exist are not."""
    cells = re.findall(r"^\| [^|]+\| (`[^|]+`) \|", skill, re.M)
    calls = [call for cell in cells for call in re.findall(r"`([^`]+)`", cell)]
    assert len(calls) == 15
    functions = (Session, doctor, find, get_sessions, search, sessions, why_failed)
    names: dict[str, Any] = {function.__name__: function for function in functions}
    names |= {
        "text": DEMO_SESSION,
        "name": DEMO_SESSION,
        "names": [DEMO_SESSION],
        "columns": ["id", "sorter"],
        "kind": "metadata",
        "id_of_run_or_asset": "1e11bdf5-b452-4fd9-bbb1-48383a9b0842",
    }
    with demo(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NothingFoundWarning)
        names["session"] = Session(DEMO_SESSION)
        for call in calls:
            eval(call, names)


def test_it_names_only_commands_that_there_are(skill: str) -> None:
    named = set(re.findall(r"aind-session ([a-z]+)", skill))
    assert named - set(COMMANDS) == set()
