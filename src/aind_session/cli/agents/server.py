"""A server of the Model Context Protocol for the tools."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import anyio
from mcp.server.lowlevel import Server
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
from aind_session.runtime.waiting import resolve, start

T = TypeVar("T")

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
    # calls to a silent server must not block all others
    at_once = anyio.CapacityLimiter(_CALLS_AT_ONCE)

    async def list_tools(_: Any, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=listed(there_are))

    async def call_tool(_: Any, params: CallToolRequestParams) -> CallToolResult:
        work = partial(_answer, params.name, params.arguments or {}, there_are, demo)
        tool = there_are.get(params.name)
        async with at_once:
            return await in_thread(work, to_its_end=tool is not None and not tool.only_reads)

    return Server(
        "aind-session",
        version=version("aind-session"),
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def in_thread(work: Callable[[], T], *, to_its_end: bool) -> T:
    """Await work in a daemon thread, which does not delay the end of the process.

    Parameters
    ----------
    work
        The work.
    to_its_end
        Whether a cancelled caller waits for the work, because started runs must be recorded.
        Otherwise the work is abandoned, and its requests end within their time limit.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # not cancelled with its waiter
    if not start(partial(resolve, future, work)):
        raise RuntimeError("no thread could be started")
    answer = asyncio.wrap_future(future)
    if to_its_end:
        with anyio.CancelScope(shield=True):
            await asyncio.wait([answer])
    return await answer


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
