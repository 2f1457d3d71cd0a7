"""Imports of client libraries: while a request waits, and where imports would fail."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


@contextmanager
def importable() -> Iterator[None]:
    """Allow imports in a ``with`` block where they would fail.

    If the current directory was deleted, Python fails to search it instead of skipping it. At
    interpreter shutdown, `concurrent.futures.thread` cannot register its exit function.
    """
    path = sys.path
    try:
        os.getcwd()
    except OSError:
        sys.path = [place for place in path if place]
    try:
        _import_executors()
        yield
    finally:
        sys.path = path


def _import_executors() -> None:
    try:
        import concurrent.futures.thread
    except RuntimeError:
        register = threading._register_atexit  # type: ignore[attr-defined]
        threading._register_atexit = lambda *_, **__: None  # type: ignore[attr-defined]
        try:
            import concurrent.futures.thread  # noqa: F401
        finally:
            threading._register_atexit = register  # type: ignore[attr-defined]


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
