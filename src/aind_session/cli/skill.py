"""``aind-session skill``: print a file that tells agents when to use which call."""

from __future__ import annotations

from importlib.resources import files

import click

from aind_session.cli.output import write
from aind_session.cli.status import FOUND


@click.command("skill")
def command() -> int:
    r"""Print a skill file for AI agents: when to use which call or command.

    \b
    aind-session skill > SKILL.md
    """
    text = files("aind_session.cli.agents").joinpath("skill.md").read_text(encoding="utf-8")
    write(text.rstrip())
    return FOUND
