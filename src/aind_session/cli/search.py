"""``aind-session search``: search for sessions by their metadata."""

from __future__ import annotations

from typing import Any

import click

from aind_session.cli.options import printing
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import FOUND, NOTHING, PARTLY


@click.command("search")
@click.option("--subject", multiple=True, help="A subject; can be repeated.")
@click.option("--project", multiple=True, help="The name of a project.")
@click.option("--platform", multiple=True, help="A platform, such as ecephys.")
@click.option("--modality", multiple=True, help="A modality, such as behavior-videos.")
@click.option("--name", multiple=True, help="A part of a name.")
@click.option("--level", "data_level", multiple=True, help="raw, derived or simulated.")
@click.option("--since", "start_date", help="First day of acquisition, included.")
@click.option("--until", "end_date", help="Last day of acquisition, included.")
@click.option("--qc", help="pass, fail or pending.")
@click.option("--qc-stage", multiple=True, help="Consider only metrics of a stage: 'Raw data'.")
@click.option("--qc-modality", multiple=True, help="Consider only metrics of a modality.")
@click.option("--qc-tag", multiple=True, help="Consider only metrics with a tag.")
@click.option("--limit", type=int, help="At most this many sessions, the latest ones.")
@click.option(
    "--source",
    type=click.Choice(["docdb", "table"]),
    default="docdb",
    show_default=True,
    help="Metadata records, or the nightly tables.",
)
@printing
def command(out: Out, **criteria: Any) -> int:
    r"""Search for sessions by their metadata; criteria are combined with AND.

    \b
    aind-session search --subject 676909 --modality ecephys --demo
    """
    from aind_session.many.search import search

    wanted = {name: value for name, value in criteria.items() if value not in ((), None)}
    if not wanted.keys() - {"limit", "source"}:
        raise click.UsageError("pass a criterion, such as --subject; all sessions are too many")
    with printed_warnings() as warned:
        found = search(**wanted)
    rows = [
        {
            "id": session.id,
            "subject_id": session.subject_id,
            "platform": session.platform,
            "date": session.date,
            "time": session.time,
        }
        for session in found
    ]
    out.rows(rows, ["id", "subject_id", "platform", "date", "time"])
    if not rows:
        return NOTHING
    return PARTLY if warned else FOUND
