"""``aind-session lineage``: show what was made from what, by which run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aind_session.cli.options import printing
from aind_session.cli.output import Out, as_json, iso, printed_warnings, write
from aind_session.cli.status import FOUND, NOTHING

if TYPE_CHECKING:
    from aind_session.catalog.lineage import Lineage


@click.command("lineage")
@click.argument("mention", metavar="NAME_OR_ID")
@click.option("--detail", is_flag=True, help="Also request each run and each capsule.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "svg", "prov"]),
    default="text",
    show_default=True,
    help="A tree, a Mermaid chart, a drawing, or PROV-JSON.",
)
@printing
def command(mention: str, detail: bool, form: str, out: Out) -> int:
    r"""Show what was made from what, by which run, for a session or one data asset.

    \b
    aind-session lineage ecephys_676909_2023-12-13_13-43-40 --demo
    """
    with printed_warnings():
        lineage = _lineage(mention, detail)
    if form == "prov":
        write(as_json(lineage.prov()))
    elif form != "text":
        write(lineage.mermaid() if form == "mermaid" else lineage.svg())
    elif out.form == "csv":
        rows = lineage.to_dict()["edges"]
        out.rows(rows, ["source", "target", "how", "run", "capsule"])
    else:
        from aind_session.catalog.lineage_forms import tree

        ids = [node.id for node in lineage.nodes]
        data = lineage.to_dict()
        nodes = [{**node, "created": iso(node["created"])} for node in data["nodes"]]
        out.data({**data, "nodes": nodes}, [tree(lineage)], ids)
    return FOUND if lineage.nodes else NOTHING


def _lineage(mention: str, detail: bool) -> Lineage:
    from aind_session.catalog.trace import asset_lineage
    from aind_session.many.find import find

    match = find(mention)
    if match.asset is not None:
        return asset_lineage(match.asset, detail=detail)
    if match.session is None:
        raise click.UsageError(f"{mention} is a {match.kind}: name a session or a data asset")
    return match.session.lineage(detail=detail)
