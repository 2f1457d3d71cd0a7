"""``aind-session table``: a row for each of many sessions."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aind_session.cli.status import COULD_NOT_LOOK, FOUND, NOTHING, BadInputError, make_sources
from aind_session.display import Table
from aind_session.errors import AindSessionWarning, CouldNotLook
from aind_session.errors.wording import printable
from aind_session.many.sessions import sessions
from aind_session.many.tables import chosen, need, to_arrow
from aind_session.subject import Subject


def run(options: argparse.Namespace) -> int:
    """Print a table of sessions, or write one."""
    make_sources()
    if not options.names and not options.subject:
        raise BadInputError("give names of sessions, or --subject")
    names = _columns(options)
    _check_parquet(options.parquet)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AindSessionWarning)
        try:
            many = sessions(options.names, [Subject(id_) for id_ in options.subject])
            rows = many.to_records([*names, *({"id", "is_uploaded", "notes"} - set(names))])
        except CouldNotLook as error:
            print(error, file=sys.stderr)
            return COULD_NOT_LOOK
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        print(f"warning: {text}", file=sys.stderr)
    _print_table([{name: row[name] for name in names} for row in rows], names, options)
    if any(row["is_uploaded"] for row in rows):
        return FOUND
    could_not_look = any(row["is_uploaded"] is None for row in rows)
    return COULD_NOT_LOOK if could_not_look else NOTHING


def _columns(options: argparse.Namespace) -> tuple[str, ...]:
    columns = options.columns
    try:
        return chosen([name.strip() for name in columns.split(",")] if columns else None)
    except ValueError as error:
        raise BadInputError(str(error)) from error


def _check_parquet(path: str | None) -> None:
    """Find out what cannot be written before anything is asked."""
    if path is None:
        return
    try:
        need("pyarrow")
    except ImportError as error:
        raise BadInputError(str(error)) from error
    if not Path(path).parent.is_dir():
        raise BadInputError(f"{path} cannot be written: there is no directory {Path(path).parent}")


def _print_table(
    rows: list[dict[str, Any]], names: Sequence[str], options: argparse.Namespace
) -> None:
    if options.parquet:
        import pyarrow.parquet

        pyarrow.parquet.write_table(to_arrow(rows, names), options.parquet)
    elif options.json:
        print(json.dumps(rows, indent=2, default=str))
    elif options.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([names, *([_cell(row[name]) for name in names] for row in rows)])
    else:
        cells = [[_cell(row[name]) for name in names] for row in rows]
        print("\n".join(Table.of(names, cells).lines()))


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return printable("; ".join(value))
    return "" if value is None else printable(str(value))
