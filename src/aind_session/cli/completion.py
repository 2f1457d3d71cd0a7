"""``aind-session completion``: print a script that completes commands in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from aind_session.cli.output import write


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    r"""Print a script that completes commands in a shell.

    \b
    aind-session completion bash >> ~/.bashrc
    """
    from aind_session.cli.commands import COMPLETE, cli

    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - one of the three
    write(made(cli, {}, "aind-session", COMPLETE).source())
    return 0
