"""``aind-session demo``: show the demo session, without credentials."""

from __future__ import annotations

import click

from aind_session.cli.output import Out


@click.command("demo")
def command() -> int:
    """Show the demo session from documented facts, and what to try next."""
    from aind_session.cli.show import show_all
    from aind_session.sources import demo
    from aind_session.sources.demo_world import DEMO_SESSION

    with demo():
        show_all([DEMO_SESSION], Out())
    Out().data(None, f"\nNext: aind-session lineage {DEMO_SESSION} --demo")
    return 0
