"""``aind-session where``: print the location of the raw data of sessions."""

from __future__ import annotations

from typing import Any

import click

from aind_session.cli.failure import as_data
from aind_session.cli.options import names_argument, printing, read_names
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import FOUND, PARTLY, status_of


@click.command("where")
@names_argument
@click.option(
    "--place",
    type=click.Choice(["nearest", "local", "s3"]),
    default="nearest",
    show_default=True,
    help="Only mounted data, or only S3.",
)
@printing
def command(names: tuple[str, ...], place: str, out: Out) -> int:
    r"""Print the location of the raw data of sessions: mounted, or else in S3.

    \b
    aind-session where ecephys_676909_2023-12-13_13-43-40 --demo
    """
    from aind_session.errors import CouldNotLook, NotFoundError
    from aind_session.many.sessions import sessions

    rows: list[dict[str, Any]] = []
    outcomes: list[bool | None] = []
    wanted: Any = None if place == "nearest" else place
    with printed_warnings() as warned:
        for session in sessions(read_names(names)):
            path = error = None
            try:
                path = session.where(wanted).as_posix()
            except (NotFoundError, *CouldNotLook) as raised:
                error = raised
            outcomes.append(None if isinstance(error, CouldNotLook) else path is not None)
            failure = None if error is None else as_data(error, str(error))
            rows.append({"id": session.id, "path": path, "error": failure})
    if out.form in ("json", "csv"):
        out.rows(rows, ["id", "path", "error"])
    else:
        _print_text(rows, out)
    status = status_of(outcomes)
    return PARTLY if status == FOUND and warned else status


def _print_text(rows: list[dict[str, Any]], out: Out) -> None:
    from aind_session.cli.commands import tell

    found = [str(row["path"]) for row in rows if row["path"] is not None]
    out.data(rows, "\n".join(found), found)
    for row in rows:
        if isinstance(row["error"], dict):
            tell(str(row["error"]["message"]))
