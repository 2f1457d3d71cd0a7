"""Asking, with the outcome as a value: an answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from aind_session.errors import AindSessionError
from aind_session.errors.wording import without_query
from aind_session.runtime.parallel import side_by_side
from aind_session.sources.counted import behind
from aind_session.sources.memory import MemoryAssets, MemoryRecords


def outcomes(*calls: Callable[[], Any]) -> list[Any]:
    """Return answers, or the errors that occurred instead."""
    return side_by_side([partial(outcome, call) for call in calls], max(len(calls), 1))


def outcome(call: Callable[[], Any]) -> Any:
    """Return an answer, or the error in its place."""
    try:
        return call()
    except (AindSessionError, OSError) as error:
        return error
    except ValueError:  # what clients say to an invalid address; it may hold a password
        return ValueError("the address that is set for it is not an address")


def who(source: object, address: str) -> str:
    """Name who answered: a server by its address, without a user or a secret in it."""
    is_memory = isinstance(behind(source), (MemoryAssets, MemoryRecords))
    return "plain data in memory" if is_memory else without_query(address)
