"""On PYTHONPATH, keep this Python, and processes that it starts, from reaching a server."""

from __future__ import annotations

import sys

REFUSED = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def refuse(event: str, args: tuple[object, ...]) -> None:
    """Raise instead of connecting to a server."""
    if event in REFUSED:
        raise PermissionError(f"{event}{args}: nothing here may use the network")


sys.addaudithook(refuse)
