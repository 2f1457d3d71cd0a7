"""Imports of client libraries at interpreter shutdown, or without a current directory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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
