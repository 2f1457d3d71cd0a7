"""``aind-session attach``: attach data assets to a workstation, a capsule or a pipeline."""

from __future__ import annotations

import click

from aind_session.cli.options import printing, read_names
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import status_of


@click.command("attach")
@click.argument("assets", nargs=-1, metavar="ID...")
@click.option("--to", help="The ID of a capsule, pipeline or workstation; by default this one.")
@click.option("--detach", "is_detach", is_flag=True, help="Detach them instead.")
@click.option(
    "--wait", type=float, default=60, show_default=True, help="Seconds to wait for folders."
)
@printing
def command(assets: tuple[str, ...], to: str | None, is_detach: bool, wait: float, out: Out) -> int:
    """Attach data assets by ID, and report the outcome for each.

    aind-session attach 16d46411-540a-4122-b47f-8cb2a15d593a --to CAPSULE_ID
    """
    from aind_session.runs.attach import attach, detach

    ids = read_names(assets, what="data asset by its ID")
    with printed_warnings():
        report = detach(ids, to) if is_detach else attach(ids, to, wait=wait)
    rows = report.to_records()
    if out.form == "text":
        out.data(rows, str(report))
    else:
        out.rows(rows, ["asset_id", "mount", "state", "why"], "asset_id")
    return status_of(row.state in ("attached", "already", "detached") for row in report.rows)
