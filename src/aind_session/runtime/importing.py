"""Importing the clients of servers at odd moments: at the end, or without a current directory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importable() -> Iterator[None]:
    """Let boto3, requests and others be imported in a ``with`` block, wherever and whenever.

    Where the current directory was deleted, Python fails to look into it, instead of passing it
    over. In an interpreter that is ending, `concurrent.futures.thread` cannot register
    what it does at the end.
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
