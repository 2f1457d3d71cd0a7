"""``aind-session thaw``: show what has changed since a lock file was written."""

from __future__ import annotations

import click

from aind_session.cli.options import printing
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import FOUND, PARTLY


@click.command("thaw")
@click.argument("path", metavar="FILE")
@printing
def command(path: str, out: Out) -> int:
    r"""Compare a lock file with the current state; exit status 4 if something has changed.

    \b
    aind-session thaw paper.lock
    """
    from aind_session.many.thaw import thaw

    with printed_warnings():
        thawed = thaw(path)
    changes = [
        {"class": type(change).__name__, "message": str(change)} for change in thawed.changes
    ]
    data = {
        "path": path,
        "frozen": thawed.frozen,
        "sessions": [session.id for session in thawed.sessions],
        "changes": changes,
    }
    out.data(data, repr(thawed), [session.id for session in thawed.sessions])
    return PARTLY if changes else FOUND
