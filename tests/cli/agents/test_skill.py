"""The skill file: its length and its commands; its Python is a doctest."""

from __future__ import annotations

import re

import pytest

from aind_session.cli import main
from aind_session.cli.commands import COMMANDS
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
    assert len(lines) == 4
    for line in lines:
        assert line.endswith(" --demo")
        assert main(line.split()[1:]) == 0, line
        assert capsys.readouterr().out


def test_it_names_only_commands_that_there_are(skill: str) -> None:
    named = set(re.findall(r"aind-session ([a-z]+)", skill))
    assert named - set(COMMANDS) == set()
