"""Errors as data, for JSON."""

from __future__ import annotations

from typing import Any


def as_data(error: Exception | str, message: str) -> dict[str, Any]:
    """Return an error as plain data: its class, message, service and status.

    Parameters
    ----------
    error
        The error, or the name of its class.
    message
        The message of the error.
    """
    if isinstance(error, str):
        return {"class": error, "message": message, "service": None, "status": None}
    return {
        "class": type(error).__name__,
        "message": message,
        "service": getattr(error, "service", None),
        "status": getattr(error, "status", None),
    }
