"""The server over HTTP, only for clients on this machine that have its token."""

from __future__ import annotations

import hmac
import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LOOPBACK = "127.0.0.1"
PATH = "/mcp"

_REFUSAL = b"send the header 'Authorization: Bearer <token>' with the token of this server"


def listen(port: int) -> socket.socket:
    """Open a port that only this machine can reach; 0 chooses a free port.

    Raises
    ------
    OSError
        The port is in use, or reserved.
    """
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise OSError(
            f"cannot listen on port {port} of {LOOPBACK}: {os.strerror(error.errno or 0)}; choose "
            "another port, or 0 for a free one"
        ) from error


def serve_http(server: Server[Any], opened: socket.socket, token: str) -> None:
    """Serve clients that send the token, until the process is interrupted.

    Parameters
    ----------
    server
        The server.
    opened
        See `listen`.
    token
        The token that clients send as ``Authorization: Bearer <token>``.
    """
    port = opened.getsockname()[1]
    hosts = [f"{name}:{port}" for name in (LOOPBACK, "localhost")]
    # pages in a browser can send requests, too, but with another host or origin
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[f"http://{host}" for host in hosts],
    )
    app = server.streamable_http_app(streamable_http_path=PATH, transport_security=security)
    config = uvicorn.Config(
        Guarded(app, token), log_level="warning", access_log=False, server_header=False
    )
    uvicorn.Server(config).run(sockets=[opened])


class Guarded:
    """An application that answers 401 to requests without the token."""

    def __init__(self, app: Any, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] == "lifespan" or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        headers = [
            (b"www-authenticate", b"Bearer"),
            (b"content-type", b"text/plain"),
            (b"content-length", str(len(_REFUSAL)).encode()),
        ]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSAL})

    def _is_known(self, scope: Scope) -> bool:
        sent = [value for name, value in scope.get("headers", ()) if name == b"authorization"]
        scheme, _, token = (sent[0] if len(sent) == 1 else b"").partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)
