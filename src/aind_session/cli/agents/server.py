"""A server of the Model Context Protocol for the tools."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio
import anyio.to_thread
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp.types import Tool as ListedTool

from aind_session.cli.agents.bounded import as_json
from aind_session.cli.agents.tools import INSTRUCTIONS, Tool, call, error_as_data
from aind_session.cli.failure import as_data
from aind_session.cli.status import INTERRUPTED

logger = logging.getLogger(__name__)

FAULT = as_data("Fault", "a bug in aind-session, not a mistake in the call; see its log") | {
    "next": "report it to your user"
}
"""The error that agents receive for a bug in this library; details stay on the server."""


_CALLS_AT_ONCE = 256
"""The largest number of parallel calls of all clients; each has a thread."""


def make_server(there_are: Mapping[str, Tool], *, demo: bool = False) -> Server[Any]:
    """Create a server for tools; no request is sent.

    Parameters
    ----------
    there_are
        The tools by name; see `aind_session.cli.agents.tools.tools`.
    demo
        Whether the demo replaces the servers; each answer then says so.
    """
    # with the smaller default limit, calls to a silent server would block all others
    at_once = anyio.CapacityLimiter(_CALLS_AT_ONCE)

    async def list_tools(_: Any, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=listed(there_are))

    async def call_tool(_: Any, params: CallToolRequestParams) -> CallToolResult:
        work = partial(_answer, params.name, params.arguments or {}, there_are, demo)
        # a cancelled call is abandoned: its requests end within their time limit
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=at_once)

    return Server(
        "aind-session",
        version=version("aind-session"),
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def listed(there_are: Mapping[str, Tool]) -> list[ListedTool]:
    """Return the tools as the protocol lists them."""
    return [
        ListedTool(
            name=name,
            description=tool.description,
            input_schema=tool.input_schema(),
            output_schema=tool.output_schema(),
            annotations=ToolAnnotations(read_only_hint=tool.only_reads),
        )
        for name, tool in there_are.items()
    ]


def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over standard input and output, until it closes them.

    Raises
    ------
    BrokenPipeError
        The client has closed the output.
    KeyboardInterrupt
        The user has interrupted the process.
    """
    try:
        anyio.run(_serve_stdio, server)
    except BaseException as error:  # task groups raise exception groups
        if _is_alone(error, BrokenPipeError):
            raise BrokenPipeError from None
        raise


async def _serve_stdio(server: Server[Any]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_end_when_interrupted)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
        tasks.cancel_scope.cancel()


async def _end_when_interrupted() -> None:
    """Exit on Ctrl-C, because the thread that reads from the client cannot be interrupted."""
    with anyio.open_signal_receiver(signal.SIGINT) as signals:
        async for _ in signals:
            with suppress(OSError):
                print("interrupted", file=sys.stderr, flush=True)
            os._exit(INTERRUPTED)


def _is_alone(error: BaseException, kind: type[BaseException]) -> bool:
    parts = getattr(error, "exceptions", None)
    return all(_is_alone(part, kind) for part in parts) if parts else isinstance(error, kind)


def _answer(
    name: str, arguments: dict[str, Any], there_are: Mapping[str, Tool], demo: bool
) -> CallToolResult:
    try:
        answer = call(name, arguments, among=there_are, demo=demo)
    except Exception as error:
        failure = error_as_data(error)
        if failure is None:
            logger.exception("the tool %r failed", name)
            failure = FAULT
        return CallToolResult(content=_text(failure), is_error=True)
    return CallToolResult(content=_text(answer), structured_content=answer)


def _text(data: dict[str, Any]) -> list[Any]:
    return [TextContent(type="text", text=as_json(data))]
