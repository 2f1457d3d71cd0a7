"""Found on PYTHONPATH, keeps this Python and all that it starts from reaching a server."""

from __future__ import annotations

import sys

REFUSED = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def refuse(event: str, args: tuple[object, ...]) -> None:
    """Stop what would reach out."""
    if event in REFUSED:
        raise PermissionError(f"{event}{args}: nothing here may use the network")


sys.addaudithook(refuse)
