"""``aind-session mcp``: serve agents through the Model Context Protocol."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from aind_session.cli.status import FOUND, BadInputError
from aind_session.runtime.extras import needing

TOKEN_VARIABLE = "AIND_SESSION_MCP_TOKEN"  # noqa: S105 - a name, not a token
"""The environment variable that holds the token for clients over HTTP."""

_LEAST_TOKEN = 20


@click.command("mcp")
@click.option("--http", "port", type=click.IntRange(0, 65535), help="Serve on this port instead.")
@click.option("--allow-runs", is_flag=True, help="Allow agents to start planned runs.")
@click.option(
    "--ledgers",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for ledgers of runs; by default ~/aind-session-runs.",
)
@click.option("--demo", is_flag=True, help="Answer from documented facts; needs no credentials.")
def command(port: int | None, allow_runs: bool, ledgers: Path | None, demo: bool) -> int:
    r"""Serve agents through the Model Context Protocol: over standard input and output, or HTTP.

    Over HTTP, only clients on this machine are served, and only with the token in the environment
    variable AIND_SESSION_MCP_TOKEN. All tools are read-only, unless --allow-runs is used.

    \b
    claude mcp add aind-session -- aind-session mcp
    """
    try:
        with needing("mcp", "mcp", "this command"):
            from aind_session.cli.agents.server import make_server
            from aind_session.cli.agents.stdio import serve_stdio
            from aind_session.cli.agents.tools import tools
    except ImportError as error:
        raise BadInputError(str(error)) from error
    if demo:
        from aind_session.sources import demo as demo_sources

        # never left: a call that is still running at the end must not ask the real servers
        demo_sources().__enter__()
    folder = ledgers or Path.home() / "aind-session-runs"
    server = make_server(tools(folder if allow_runs else None), demo=demo)
    if port is None:
        serve_stdio(server)
    else:
        _over_http(server, port)
    return FOUND


def _over_http(server: Any, port: int) -> None:
    from aind_session.cli.agents.http import LOOPBACK, PATH, listen, serve_http
    from aind_session.cli.commands import tell

    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if len(token) < _LEAST_TOKEN or not token.isascii() or not token.isprintable():
        raise BadInputError(
            f"set {TOKEN_VARIABLE} to a token of at least {_LEAST_TOKEN} characters, which clients "
            'send: python -c "import secrets; print(secrets.token_urlsafe())" creates one'
        )
    opened = listen(port)
    tell(f"serving on http://{LOOPBACK}:{opened.getsockname()[1]}{PATH}")
    serve_http(server, opened, token)
