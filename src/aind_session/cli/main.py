"""``aind-session``: reads what was typed, and hands it to a command."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aind_session.cli import doctor, show, table
from aind_session.cli.status import BAD_INPUT, BadInputError
from aind_session.errors import SessionIdError
from aind_session.sources import demo

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_STATUSES = "exit status: 0 found, 1 nothing found, 2 bad input, 3 no credential or no server"
_DOCTOR_STATUSES = (
    "exit status: 0 all is well, 1 something is limited, 2 a setting cannot be, "
    "3 something needed is wrong"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit status.

    Parameters
    ----------
    arguments
        By default those of the process.

    Examples
    --------
    >>> main(
    ...     ["show", "ecephys_676909_2023-12-13_13-43-39", "--demo", "--json"]
    ... )  # doctest: +ELLIPSIS
    {
    ...
    1
    """
    options = _parser().parse_args(arguments)
    try:
        with demo() if options.demo else contextlib.nullcontext():
            return int(options.run(options))
    except (SessionIdError, BadInputError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aind-session",
        description="From any mention of an experiment session to everything that exists about it.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (_add_show(commands), _add_table(commands), _add_doctor(commands)):
        command.add_argument(
            "--demo", action="store_true", help="use documented facts: no network, no credential"
        )
    return parser


def _add_show(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "show", help="print what is known about a session", epilog=_STATUSES
    )
    parser.add_argument("name", help="a session ID, or any text that holds one")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--explain", action="store_true", help="say how it came about, too")
    parser.set_defaults(run=show.run)
    return parser


def _add_table(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser("table", help="print a table of sessions", epilog=_STATUSES)
    parser.add_argument("names", nargs="*", help="session IDs, or texts that hold one")
    parser.add_argument("--subject", action="append", default=[], help="all sessions of a subject")
    parser.add_argument("--columns", help="names of columns, with commas between them")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV")
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--parquet", metavar="FILE", help="write a Parquet file")
    parser.set_defaults(run=table.run)
    return parser


def _add_doctor(commands: Commands) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "doctor", help="tell whether what is needed works here", epilog=_DOCTOR_STATUSES
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=doctor.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
