"""The server over standard input and output, for the client that started it."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

from aind_session.cli.status import INTERRUPTED


def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over standard input and output, until it closes them.

    Raises
    ------
    BrokenPipeError
        The client has closed the output.
    KeyboardInterrupt
        The user has interrupted the process.
    """
    if sys.stdin is None:  # closed, so there is no client
        return
    try:
        anyio.run(_serve, server)
    except BaseException as error:  # task groups raise exception groups
        if _is_alone(error, BrokenPipeError):
            raise BrokenPipeError from None
        raise


async def _serve(server: Server[Any]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_end_when_interrupted)
        async with stdio_server() as (read, write):
            valid, messages = anyio.create_memory_object_stream[Any]()
            tasks.start_soon(_refuse_others, read, write, valid)
            await server.run(messages, write, server.create_initialization_options())
        tasks.cancel_scope.cancel()


async def _refuse_others(read: Any, write: Any, valid: Any) -> None:
    """Pass on the messages, and answer lines that are not messages, which the server ignores."""
    async with valid:
        async for message in read:
            if not isinstance(message, Exception):
                await valid.send(message)
            elif (answer := refusal(message)) is not None:
                await write.send(SessionMessage(answer))


def refusal(error: Exception) -> JSONRPCError | None:
    """Return the answer to a line that is not a message; None for a blank line.

    Parameters
    ----------
    error
        The error that the line caused.
    """
    errors = error.errors(include_url=False) if isinstance(error, ValidationError) else []
    lines = [one["input"] for one in errors if one["type"] == "json_invalid"]
    if lines and not lines[0].strip():
        return None
    if lines:
        data = ErrorData(code=PARSE_ERROR, message=errors[0]["msg"])
    else:
        data = ErrorData(code=INVALID_REQUEST, message="each line must be one JSON-RPC 2.0 message")
    # an error for a missing key holds the whole message
    messages = [_read(line) for line in lines] + [
        one["input"] for one in errors if one["type"] == "missing"
    ]
    ids = [message.get("id") for message in messages if isinstance(message, dict)]
    id_ = ids[0] if ids and type(ids[0]) in (int, str) else None
    return JSONRPCError(jsonrpc="2.0", id=id_, error=data)


def _read(line: str) -> Any:
    """Return a line that pydantic rejects but Python reads, such as one with half a character."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


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
