"""``aind-session table``: print a table of sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aind_session.cli.options import names_argument, printing, read_names
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import BadInputError, status_of


@click.command("table")
@names_argument
@click.option("--subject", "subjects", multiple=True, help="All sessions of a subject.")
@click.option("--columns", help="Names of columns, separated by commas.")
@click.option("--parquet", metavar="FILE", help="Write a Parquet file.")
@printing
def command(
    names: tuple[str, ...],
    subjects: tuple[str, ...],
    columns: str | None,
    parquet: str | None,
    out: Out,
) -> int:
    r"""Print a table of sessions: by name, or all of a subject.

    \b
    aind-session table --subject 676909 --columns id,sorter,derived_assets --demo
    """
    from aind_session.many.sessions import sessions
    from aind_session.subject import Subject

    wanted = read_names(names, required=not subjects)
    chosen = _columns(columns)
    _check_parquet(parquet)
    with printed_warnings() as warned:
        many = sessions(wanted, [Subject(id_) for id_ in subjects])
        rows = many.to_records([*chosen, *({"id", "is_uploaded", "notes"} - set(chosen))])
    if parquet:
        _write_parquet(rows, chosen, parquet)
    else:
        out.rows(rows, chosen)
    status = status_of([row["is_uploaded"] for row in rows])
    return 4 if status == 0 and warned else status


def _columns(columns: str | None) -> tuple[str, ...]:
    from aind_session.many.tables import chosen

    try:
        return chosen([name.strip() for name in columns.split(",")] if columns else None)
    except ValueError as error:
        raise BadInputError(str(error)) from error


def _check_parquet(path: str | None) -> None:
    """Raise before any request if the Parquet file cannot be written."""
    if path is None:
        return
    from aind_session.many.tables import need

    try:
        need("pyarrow")
    except ImportError as error:
        raise BadInputError(str(error)) from error
    if not Path(path).parent.is_dir():
        raise BadInputError(f"{path} cannot be written: there is no directory {Path(path).parent}")


def _write_parquet(rows: list[dict[str, Any]], names: tuple[str, ...], path: str) -> None:
    import pyarrow.parquet

    from aind_session.many.tables import to_arrow

    chosen = [{name: row[name] for name in names} for row in rows]
    pyarrow.parquet.write_table(to_arrow(chosen, names), path)
