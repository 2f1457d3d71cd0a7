"""Imports while a request waits for its server, so that they cost the caller no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_wanted: ContextVar[tuple[Callable[[], object], ...]] = ContextVar("wanted", default=())


@contextmanager
def ahead(load: Callable[[], object]) -> Iterator[None]:
    """Register imports that the answers to requests in a ``with`` block will need.

    Parameters
    ----------
    load
        Does the imports; called in the thread that waits for a server, after a request was sent.
        Not called if no request is sent.
    """
    token = _wanted.set((*_wanted.get(), load))
    try:
        yield
    finally:
        _wanted.reset(token)


def while_waiting() -> None:
    """Do the registered imports, while a request waits for its answer."""
    for load in _wanted.get():
        load()
