"""Modes of the whole process: strict and offline."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from aind_session.runtime.fork import RenewedLock

OFFLINE_VARIABLE = "AIND_SESSION_OFFLINE"
"""The environment variable that forbids requests; read before each request."""

_NO = frozenset({"", "0", "false", "no", "off"})

_lock = RenewedLock()
_entered = {"strict": 0, "offline": 0}


@contextmanager
def strict() -> Iterator[None]:
    """Turn warnings and notes about answers into errors in a ``with`` block, in all threads.

    This concerns a source that is down, and an asset that is closed, archived or without a metadata
    record. The error of the source is raised if there is one, else a `StrictError`.

    Examples
    --------
    >>> import aind_session
    >>> many = aind_session.sessions("ecephys_676909_2001-01-01_00-00-00")
    >>> with aind_session.strict():
    ...     many.raw_data_assets  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    aind_session.errors.AssetNotFoundError: a raw data asset of ecephys_676909_2001-01-01_00-00...
    """
    with _mode("strict"):
        yield


@contextmanager
def offline() -> Iterator[None]:
    """Send no request to any server in a ``with`` block, in all threads.

    Answers of any age come from this process, from files loaded with `load`, or from disk (setting
    ``AIND_SESSION_DISK_CACHE``); a `StaleWarning` states their age. Anything unknown raises an
    `OfflineError`. ``AIND_SESSION_OFFLINE=1`` does the same for the whole process.

    Examples
    --------
    >>> from aind_session import Session
    >>> with offline():
    ...     Session("ecephys_676909_2023-12-13_13-43-40").platform
    'ecephys'
    """
    with _mode("offline"):
        yield


def is_strict() -> bool:
    """Return whether warnings about answers are raised as errors."""
    return _entered["strict"] > 0


def is_offline() -> bool:
    """Return whether requests are forbidden."""
    # not part of the settings: reading them all would be too slow before each request
    return _entered["offline"] > 0 or os.environ.get(OFFLINE_VARIABLE, "").lower() not in _NO


@contextmanager
def _mode(name: str) -> Iterator[None]:
    with _lock:
        _entered[name] += 1
    try:
        yield
    finally:
        with _lock:
            _entered[name] -= 1
