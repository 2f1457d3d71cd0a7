"""Calls that return their errors instead of raising them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from aind_session.errors import AindSessionError, OfflineError
from aind_session.errors.wording import without_query
from aind_session.runtime.parallel import side_by_side
from aind_session.sources.counted import behind
from aind_session.sources.memory import MemoryAssets, MemoryRecords


def outcomes(*calls: Callable[[], Any]) -> list[Any]:
    """Call functions in parallel; return each result, or the error in its place."""
    return side_by_side([partial(outcome, call) for call in calls], max(len(calls), 1))


def outcome(call: Callable[[], Any]) -> Any:
    """Call a function; return its result, or the error in its place."""
    try:
        return call()
    except (AindSessionError, OSError) as error:
        return error
    except ValueError:  # a client's error for an invalid URL, which may contain a password
        return ValueError("its configured address is not a valid URL")


def next_step(answer: Exception, otherwise: str) -> str:
    """Return what to do after a failed request; in offline mode, none was sent."""
    if isinstance(answer, OfflineError):
        return "leave offline() or unset AIND_SESSION_OFFLINE, then run the doctor again"
    return otherwise


def who(source: object, address: str) -> str:
    """Return the name of a source: a server's URL without user and secrets."""
    is_memory = isinstance(behind(source), (MemoryAssets, MemoryRecords))
    return "plain data in memory" if is_memory else without_query(address)
