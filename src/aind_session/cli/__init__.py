"""``aind-session``: the command line."""

from __future__ import annotations

from aind_session.cli.commands import main

__all__ = ["main"]
