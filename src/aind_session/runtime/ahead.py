"""Imports during the wait for a server, which then cost no time of their caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_wanted: ContextVar[tuple[Callable[[], object], ...]] = ContextVar("wanted", default=())


@contextmanager
def ahead(load: Callable[[], object]) -> Iterator[None]:
    """Say what an answer will need, in a ``with`` block that asks for it.

    Parameters
    ----------
    load
        Imports it; called in the thread that waits for a server, once a request has been sent.
        Not called if no request is sent.
    """
    token = _wanted.set((*_wanted.get(), load))
    try:
        yield
    finally:
        _wanted.reset(token)


def while_waiting() -> None:
    """Import what the answer will need: a request has been sent, and nothing has come yet."""
    for load in _wanted.get():
        load()
