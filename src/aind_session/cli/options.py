"""Options and arguments that several commands share."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from aind_session.cli.output import Form, Out
from aind_session.cli.status import BadInputError

F = TypeVar("F", bound=Callable[..., Any])

_STDIN_AT_MOST = 100_000
"""The largest number of names to read from standard input."""


def printing(function: F) -> F:
    """Add the options for output and ``--demo``; the command receives an `Out` as ``out``."""

    @functools.wraps(function)
    def run(json: bool, csv: bool, quiet: bool, wide: bool, demo: bool, **options: Any) -> Any:
        forms: dict[Form, bool] = {"json": json, "csv": csv, "ids": quiet}
        chosen = [form for form, is_on in forms.items() if is_on]
        if len(chosen) > 1:
            raise BadInputError("choose one of --json, --csv and --quiet")
        with _demo(demo):
            return function(out=Out(chosen[0] if chosen else "text", wide), **options)

    added: Any = run
    for option in (
        click.option(
            "--demo", is_flag=True, help="Answer from documented facts; needs no credentials."
        ),
        click.option("--wide", is_flag=True, help="Do not cut lines or columns to the terminal."),
        click.option("--quiet", "-q", is_flag=True, help="Print only IDs, one per line."),
        click.option("--csv", is_flag=True, help="Print CSV."),
        click.option("--json", is_flag=True, help="Print JSON, also for errors."),
    ):
        added = option(added)
    return added  # type: ignore[no-any-return]


def names_argument(function: F) -> F:
    """Add the argument for names of sessions."""
    return click.argument("names", nargs=-1, metavar="NAME...")(function)


def read_names(
    names: tuple[str, ...], *, required: bool = True, what: str = "session"
) -> list[str]:
    """Return the typed names; ``-`` stands for the lines of standard input.

    Parameters
    ----------
    names
        The arguments of the command.
    required
        Whether at least one is needed.
    what
        What they name, for the error.

    Raises
    ------
    BadInputError
        There are no names, or too many.
    """
    read: list[str] = []
    for name in names:
        read += _lines() if name == "-" else [name]
    if required and not read:
        raise BadInputError(
            "standard input holds no names"
            if "-" in names
            else f"name at least one {what}, or '-' to read names from standard input"
        )
    return read


def _lines() -> Iterator[str]:
    for number, line in enumerate(sys.stdin or ()):  # None if it is closed
        if number >= _STDIN_AT_MOST:
            raise BadInputError(f"more than {_STDIN_AT_MOST:,} lines on standard input")
        if line.strip():
            yield line.strip()


@contextmanager
def _demo(is_on: bool) -> Iterator[None]:
    if not is_on:
        yield
        return
    from aind_session.sources import demo

    with demo():
        yield
