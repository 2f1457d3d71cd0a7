"""``aind-session``: parses the command line and calls a command.

Each command is a module in this folder; only the called one is imported.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click
from click.shell_completion import shell_complete

from aind_session.cli.status import (
    BAD_INPUT,
    COULD_NOT_ASK,
    INTERRUPTED,
    NOTHING,
    STATUSES,
    BadInputError,
)

COMMANDS = {
    "find": "Find what an ID, a name, a path or a URL means.",
    "show": "Show what exists about sessions.",
    "table": "Print a table of sessions.",
    "search": "Search for sessions by their metadata.",
    "lineage": "Show what was made from what, by which run.",
    "qc": "Print the quality control of sessions.",
    "where": "Print the location of the raw data of sessions.",
    "attach": "Attach data assets to a workstation, a capsule or a pipeline.",
    "runs": "Show or continue a ledger of runs.",
    "why": "Explain why a run failed.",
    "freeze": "Record which data assets an analysis used.",
    "thaw": "Compare a lock file with the current state.",
    "doctor": "Check credentials, servers and settings.",
    "mcp": "Serve the same questions to AI agents as tools.",
    "skill": "Print a skill file for AI agents.",
    "demo": "Show the demo session; needs no credentials.",
    "completion": "Print a shell completion script.",
}
"""The help of each command, in the order of the list of commands."""

_NAME = "aind-session"
COMPLETE = "_AIND_SESSION_COMPLETE"
"""The environment variable with which a shell requests completions."""


class _Commands(click.Group):
    """Commands by name; only the module of the typed command is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"aind_session.cli.{name}").command
        # docstrings are raw strings; click keeps the line breaks of a paragraph that begins with \b
        command.help = (command.help or "").replace(r"\b", "\b")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            raise click.UsageError(f"no command {name!r}.{_close(name)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    _NAME,
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=STATUSES,
)
@click.version_option(package_name=_NAME, prog_name=_NAME)
def cli() -> None:
    """Find everything that exists about an experiment session."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    Parameters
    ----------
    arguments
        The arguments; by default those of the process.

    Examples
    --------
    >>> main(["find", "/data/ecephys_676909_2023-12-13_13-43-40/behavior", "--quiet"])
    ecephys_676909_2023-12-13_13-43-40
    0
    """
    from aind_session.cli.output import forget_output, make_streams_tolerant

    make_streams_tolerant()
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe
        forget_output()
        return 0
    except KeyboardInterrupt as error:
        how_to_go_on = f": {error}" if str(error) else ""
        with contextlib.suppress(OSError):
            print(f"interrupted{how_to_go_on}", file=sys.stderr)
        return INTERRUPTED
    return status


def _run(arguments: list[str]) -> int:
    try:
        if COMPLETE in os.environ:
            return shell_complete(cli, {}, _NAME, COMPLETE, os.environ[COMPLETE])
        # not cli.main, which exits the process if the reader closes the pipe
        with cli.make_context(_NAME, arguments or ["--help"]) as context:
            done = cli.invoke(context)
    except click.ClickException as error:
        return _report(arguments, _words_of(error), "UsageError", BAD_INPUT)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except BadInputError as error:
        return _report(arguments, str(error), "BadInputError", BAD_INPUT)
    except BrokenPipeError:
        raise
    except Exception as error:
        status = _status_of_error(error)
        if status is None:
            raise
        return _report(arguments, _message_of(error), error, status)
    return done if isinstance(done, int) else 0


def _words_of(error: click.ClickException) -> str:
    """Return click's message in one line, with the help to see for missing and unknown options."""
    said = " ".join(error.format_message().split())
    if not isinstance(error, (click.MissingParameter, click.NoSuchOption)) or error.ctx is None:
        return said
    is_helpful = "Did you mean" in said
    return said if is_helpful else f"{said.rstrip('.')}; see {error.ctx.command_path} --help"


def _message_of(error: Exception) -> str:
    """Return the message of an error; of the operating system's, without the number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _status_of_error(error: Exception) -> int | None:
    """Return the exit status for an error of this library; None for a bug."""
    from aind_session.errors import AindSessionError, CouldNotLook, NotFoundError

    if isinstance(error, CouldNotLook):
        return COULD_NOT_ASK
    if isinstance(error, NotFoundError):
        return NOTHING
    if isinstance(error, (AindSessionError, ValueError, OSError, ImportError)):
        return BAD_INPUT
    return None


def _report(arguments: list[str], message: str, error: Exception | str, status: int) -> int:
    """Print an error on standard error, as JSON if JSON was requested."""
    from aind_session.cli.failure import as_data
    from aind_session.cli.output import as_json
    from aind_session.errors.wording import printable

    text = as_json(as_data(error, message)) if "--json" in arguments else printable(message)
    print(text, file=sys.stderr)
    return status


def tell(message: str) -> None:
    """Print a message on standard error."""
    from aind_session.errors.wording import printable

    print(printable(message), file=sys.stderr)


def _close(name: str) -> str:
    import difflib  # imported only after a typing error

    close = difflib.get_close_matches(name, COMMANDS, n=3)
    return f" Did you mean {' or '.join(map(repr, close))}?" if close else f" See {_NAME} --help."
