"""``aind-session doctor``: check whether everything that the library needs works."""

from __future__ import annotations

import click

from aind_session.cli.options import printing
from aind_session.cli.output import Out


@click.command("doctor")
@printing
def command(out: Out) -> int:
    r"""Check credentials, servers and settings; print what to do about each problem.

    \b
    exit status: 0 everything works, 1 something is limited, 2 a setting is invalid,
    3 something needed is wrong
    """
    from aind_session.diagnosis.doctor import doctor

    diagnosis = doctor()
    if out.form == "csv":
        findings = diagnosis.to_dict()["findings"]
        out.rows(findings, ["group", "name", "state", "detail", "next_step"])
    else:
        out.data(diagnosis.to_dict(), [diagnosis])
    return diagnosis.status
