"""Parts of pages that are generated from the code, so that they stay up to date."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping

import click

from aind_session.cli.commands import COMMANDS, cli
from aind_session.cli.status import STATUSES
from aind_session.conventions.layout import KINDS
from aind_session.many.tables import COLUMNS


def command_line() -> str:
    """Describe every command: purpose, usage, options, an example."""
    return "\n".join(part for name in COMMANDS for part in _command(name))


def columns() -> str:
    """List the columns of tables: name, type, description, whether the nightly tables have them."""
    rows = (
        f"| `{name}` | {column.kind} | {column.about} | {'yes' if column.held_in else ''} |"
        for name, column in COLUMNS.items()
    )
    return "\n".join(
        ("| column | type | what it holds | nightly tables |", "|---|---|---|---|", *rows)
    )


def file_kinds() -> str:
    """List the kinds of files of a session, and the places where each is searched for."""
    rows = (f"| `{kind}` | {_patterns(patterns)} |" for kind, patterns in KINDS.items())
    return "\n".join(("| kind | where |", "|---|---|", *rows))


def _patterns(patterns: Iterable[str]) -> str:
    return ", ".join(f"`{pattern}`" for pattern in patterns)


def exit_statuses() -> str:
    """Return the exit statuses, as in the help."""
    statuses = STATUSES.replace("\b", "").strip()
    return f"```text\n{statuses}\n```"


def _command(name: str) -> Iterator[str]:
    with click.Context(cli, info_name="aind-session") as group:
        command = _of_name(group, name)
        with click.Context(command, parent=group, info_name=name) as context:
            usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
            about, examples = _parted(inspect.cleandoc(command.help or ""))
            params = [
                found
                for param in command.get_params(context)
                if isinstance(param, click.Option) and (found := param.get_help_record(context))
            ]
    yield f"## {name}\n\n{about}\n\n```text\n{usage}\n```\n"
    if lines := [line.strip() for line in examples.splitlines()]:
        language = "sh" if lines[0].startswith("aind-session") else "text"
        yield "\n".join((f"```{language}", *lines, "```\n"))
    if others := [(option, text) for option, text in params if option not in _SHARED]:
        yield "| option | meaning |\n|---|---|"
        yield from (f"| `{_cell(option)}` | {_cell(text)} |" for option, text in others)
    yield ""


def _parted(text: str) -> tuple[str, str]:
    """Split the help of a command into its description and its examples, line by line."""
    about: list[str] = []
    examples: list[str] = []
    for paragraph in text.split("\n\n"):
        lines = paragraph.strip("\b\n ")
        is_example = paragraph.startswith("\b") or lines.startswith("aind-session ")
        (examples if is_example else about).append(lines)
    return "\n\n".join(" ".join(part.split()) for part in about), "\n".join(examples)


def _of_name(group: click.Context, name: str) -> click.Command:
    command = cli.get_command(group, name)
    if command is None:
        raise LookupError(f"there is no command {name!r}")
    return command


def shared_options() -> str:
    """List the options that all commands share."""
    rows = (f"| `{option}` | {text} |" for option, text in _SHARED.items())
    return "\n".join(("| option | meaning |", "|---|---|", *rows))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shared() -> dict[str, str]:
    """Find the options that most commands have."""
    with click.Context(cli) as group:
        found: list[tuple[str, str]] = []
        for name in COMMANDS:
            command = _of_name(group, name)
            options = [p for p in command.get_params(group) if isinstance(p, click.Option)]
            found += [record for p in options if (record := p.get_help_record(group))]
    return {
        option: text for option, text in found if found.count((option, text)) > len(COMMANDS) / 2
    }


_SHARED = _shared()


PARTS: Mapping[str, Callable[[], str]] = {
    "columns": columns,
    "command-line": command_line,
    "file-kinds": file_kinds,
    "exit-statuses": exit_statuses,
    "shared-options": shared_options,
}
"""The function that generates each part, by its name in the pages."""
