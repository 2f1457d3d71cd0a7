"""``aind-session find``: find what an ID, a name, a path or a URL means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from aind_session.cli.options import printing, read_names
from aind_session.cli.output import Out, iso, printed_warnings
from aind_session.cli.status import FOUND

if TYPE_CHECKING:
    from aind_session.many.find import Match


@click.command("find")
@click.argument("mention", nargs=-1, metavar="MENTION...")
@click.option("--day", help="With a subject: the day of the session, such as 2023-12-13.")
@click.option("--near", help="With a day: the time of the session, such as 12:11.")
@click.option("--tolerance", type=float, help="Allowed distance from --near, in minutes.")
@printing
def command(
    mention: tuple[str, ...],
    day: str | None,
    near: str | None,
    tolerance: float | None,
    out: Out,
) -> int:
    r"""Find what an ID, a name, a path or a URL means.

    \b
    aind-session find 16d46411-540a-4122-b47f-8cb2a15d593a --demo
    aind-session find 676909 --day 2023-12-13 --near 13:40 --demo
    """
    from aind_session.many.find import find

    if near is not None and day is None:
        raise click.UsageError("--near requires --day")
    with printed_warnings():
        matches = [find(text, day, near=near, tolerance=tolerance) for text in read_names(mention)]
    data = [match_as_data(match) for match in matches]
    if out.form == "csv":
        out.rows(data, list(data[0]))
    else:
        text = "\n".join(map(str, matches))
        out.data(data[0] if len(data) == 1 else data, text, [i for m in matches for i in _ids(m)])
    return FOUND


def match_as_data(match: Match) -> dict[str, Any]:
    """Return a match as plain data."""
    asset, run, capsule = match.asset, match.computation, match.capsule
    return {
        "mention": match.mention,
        "kind": match.kind,
        "session": match.session.id if match.session else None,
        "sessions": [session.id for session in match.sessions],
        "subject": match.subject.id if match.subject else None,
        "asset": {"id": asset.id, "name": asset.name, "created": iso(asset.created)}
        if asset
        else None,
        "computation": {
            "id": run.id,
            "name": run.name,
            "created": iso(run.created),
            "inputs": [used.id for used in run.data_assets or ()],
        }
        if run
        else None,
        "capsule": {"id": capsule.get("id"), "name": capsule.get("name")} if capsule else None,
        "process": match.name.label if match.name else None,
        "other_sessions": [session.id for session in match.others],
        "caveat": match.caveat or None,
    }


def _ids(match: Match) -> list[str]:
    if match.sessions:
        return [session.id for session in match.sessions]
    things = (match.session, match.asset, match.computation, match.subject)
    return [str(next((thing.id for thing in things if thing is not None), ""))]
