"""``aind-session qc``: print the quality control of sessions."""

from __future__ import annotations

from typing import Any

import click

from aind_session.cli.options import names_argument, printing, read_names
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import status_of


@click.command("qc")
@names_argument
@click.option("--stage", multiple=True, help="Only metrics of a stage, such as 'Raw data'.")
@click.option("--modality", multiple=True, help="Only metrics of a modality, such as ecephys.")
@click.option("--tag", multiple=True, help="Only metrics with a tag.")
@click.option("--as-of", "date", help="As it was at the end of a day, such as 2024-03-01.")
@printing
def command(
    *,
    names: tuple[str, ...],
    stage: tuple[str, ...],
    modality: tuple[str, ...],
    tag: tuple[str, ...],
    date: str | None,
    out: Out,
) -> int:
    """Print the metrics of quality control; exit status 1 if there are none.

    aind-session qc ecephys_676909_2023-12-13_13-43-40
    """
    from aind_session.cli.commands import tell
    from aind_session.errors import CouldNotLook
    from aind_session.many.sessions import Sessions
    from aind_session.session import Session

    rows: list[dict[str, Any]] = []
    outcomes: list[bool | None] = []
    with printed_warnings():
        for session in Sessions([Session(name) for name in read_names(names)], progress=False):
            try:
                metrics = session.qc.metrics if date is None else session.qc.as_of(date)
            except CouldNotLook as error:
                tell(f"{session.id}: {error}")
                outcomes.append(None)
                continue
            found = metrics.about(stage=stage, modality=modality, tag=tag)
            rows += [{"session": session.id, **row} for row in found.to_records()]
            outcomes.append(bool(found))
            if not found:
                tell(f"{session.id}: no matching quality control")
    columns = ["session", "name", "stage", "modality", "tags", "status", "evaluator", "time"]
    out.rows(rows, columns, "session")
    return status_of(outcomes)
