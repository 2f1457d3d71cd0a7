"""``aind-session demo``: show the demo session, without credentials."""

from __future__ import annotations

import click

from aind_session.cli.options import printing
from aind_session.cli.output import Out


@click.command("demo")
@printing
def command(out: Out) -> int:
    r"""Show the demo session from documented facts, and what to try next.

    \b
    aind-session demo
    """
    from aind_session.cli.show import show_all
    from aind_session.sources import demo
    from aind_session.sources.demo_world import DEMO_SESSION

    with demo():
        status = show_all([DEMO_SESSION], out)
    if out.form == "text":
        out.data(None, f"\nNext: aind-session lineage {DEMO_SESSION} --demo")
    return status
