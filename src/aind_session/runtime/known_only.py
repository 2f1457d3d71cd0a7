"""A read-only view of a cache, for explanations: it sends no request."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from aind_session.errors import RemoteError
from aind_session.runtime.cache import Cache

T = TypeVar("T")


class NotAskedError(RemoteError):
    """The cache holds no answer, and no request may be sent."""


class KnownOnly(Cache):
    """A read-only view of another cache: answers of any age, and no requests."""

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
        """Return the latest answer.

        Raises
        ------
        RemoteError, CredentialsError
            The question failed; a `NotAskedError` if it was never asked.
        """
        known = self._cache.known(scope, question)
        if known is not None:
            return known[0]  # type: ignore[no-any-return]
        asked = self._cache.how(scope, question)
        if asked is not None and asked.failure is not None:
            raise asked.failure
        raise NotAskedError("the source", "not asked")

    def has(self, scope: str, question: Hashable) -> bool:
        """Return True: no answer needs a request, so none needs a thread."""
        return True
