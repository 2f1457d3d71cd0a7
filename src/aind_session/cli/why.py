"""``aind-session why``: explain why a run failed."""

from __future__ import annotations

from dataclasses import asdict

import click

from aind_session.cli.options import printing
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import FOUND


@click.command("why")
@click.argument("run", metavar="ID")
@printing
def command(run: str, out: Out) -> int:
    r"""Explain why a run failed: the step, the first line of the error, the exit code.

    ID is the ID of a computation, or of a data asset made from its results.

    \b
    aind-session why 1e11bdf5-b452-4fd9-bbb1-48383a9b0842 --demo
    """
    from aind_session.runs.why import why_failed

    with printed_warnings():
        reason = why_failed(run)
    out.data(asdict(reason), str(reason), [run])
    return FOUND
