"""``aind-session``: the command line."""

from aind_session.cli.main import main

__all__ = ["main"]
