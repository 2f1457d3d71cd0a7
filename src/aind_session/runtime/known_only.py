"""A look at what a cache knows, to explain it: no request is sent."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from aind_session.errors import RemoteError
from aind_session.runtime.cache import Cache

T = TypeVar("T")


class NotAskedError(RemoteError):
    """A question was not put, since nothing may be asked to answer another one."""


class KnownOnly(Cache):
    """A look at what another cache knows, which never asks; as old as it is."""

    def __init__(self, cache: Cache) -> None:
        super().__init__(0, clock=cache.clock, now=cache.now)
        self._cache = cache

    def get(
        self,
        scope: str,
        question: Hashable,
        ask: Callable[[], T],
        *,
        is_absence: Callable[[T], bool] = lambda answer: not answer,
    ) -> T:
        """Give the answer that was obtained last.

        Raises
        ------
        RemoteError, CredentialsError
            The outcome of the question, or a `NotAskedError`.
        """
        known = self._cache.known(scope, question)
        if known is not None:
            return known[0]  # type: ignore[no-any-return]
        asked = self._cache.how(scope, question)
        if asked is not None and asked.failure is not None:
            raise asked.failure
        raise NotAskedError("the source", "not asked")

    def has(self, scope: str, question: Hashable) -> bool:
        """Say that nothing needs a thread."""
        return True
