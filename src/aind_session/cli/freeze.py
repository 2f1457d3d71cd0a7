"""``aind-session freeze``: record in a lock file which data assets an analysis used."""

from __future__ import annotations

import click

from aind_session.cli.options import names_argument, printing, read_names
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import FOUND, PARTLY


@click.command("freeze")
@names_argument
@click.option("--to", "path", required=True, metavar="FILE", help="The lock file to write.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file with other content.")
@printing
def command(names: tuple[str, ...], path: str, overwrite: bool, out: Out) -> int:
    r"""Record the current data assets of sessions in a lock file.

    \b
    aind-session freeze ecephys_676909_2023-12-13_13-43-40 --to paper.lock --demo
    """
    from aind_session.errors.wording import number_of
    from aind_session.many.sessions import sessions

    with printed_warnings() as warned:
        many = sessions(read_names(names))
        many.freeze(path, overwrite=overwrite)
    ids = [session.id for session in many]
    out.data({"path": path, "sessions": ids}, f"{path}: {number_of(len(ids), 'session')}", ids)
    return PARTLY if warned else FOUND
