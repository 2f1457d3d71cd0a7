"""Counts of requests, bytes, retries, waits, and answers from the cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from aind_session.display import Shown
from aind_session.runtime.fork import RenewedLock

if TYPE_CHECKING:
    from aind_session.display import Table

CACHE = "cache"
"""The name under which answers from the cache are counted."""


@dataclass
class Tally:
    """Counts of one source.

    Attributes
    ----------
    requests
        The number of requests, including retries.
    bytes
        The size of its answers.
    retries
        The number of retries.
    waited
        Seconds waited between attempts.
    cache_hits
        The number of answers from the cache.
    """

    requests: int = 0
    bytes: int = 0
    retries: int = 0
    waited: float = 0.0
    cache_hits: int = 0

    def __str__(self) -> str:
        counts = [f"{getattr(self, f.name):g} {f.name}" for f in fields(self)]
        return ", ".join(text.replace("_", " ") for text in counts if not text.startswith("0 "))

    def add(self, other: Tally) -> None:
        """Add another tally's counts."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


@dataclass(repr=False)
class Meter(Shown):
    """Counts of the requests in a ``with meter()`` block, in all threads.

    Attributes
    ----------
    by_source
        Counts by source: ``Code Ocean``, ``DocDB``, ``S3`` and ``cache``.
    """

    by_source: dict[str, Tally] = field(default_factory=dict)

    def __repr__(self) -> str:
        parts = [f"{source}: {tally}" for source, tally in sorted(self.by_source.items())]
        return f"Meter({'; '.join(parts) or 'no requests'})"

    def _card(self) -> Table:
        from aind_session.display import Table  # most programs never need it

        counts = [(source, tally) for source, tally in sorted(self.by_source.items())]
        rows = [[name, *_counts(tally)] for name, tally in counts]
        if len(rows) > 1:
            rows.append(["total", *_counts(self.total)])
        names = ["source", "requests", "bytes", "retries", "waited", "from cache"]
        footer = [] if rows else ["no requests"]
        return Table.of(names, rows, right=names[1:], footer=footer)

    @property
    def total(self) -> Tally:
        """The counts of all sources together."""
        whole = Tally()
        for tally in self.by_source.values():
            whole.add(tally)
        return whole

    @property
    def requests(self) -> int:
        """The number of requests."""
        return self.total.requests

    @property
    def bytes(self) -> int:
        """The total size of all answers."""
        return self.total.bytes

    @property
    def cache_hits(self) -> int:
        """The number of answers from the cache."""
        return self.total.cache_hits

    @property
    def retries(self) -> int:
        """The number of retries."""
        return self.total.retries

    @property
    def waited(self) -> float:
        """Seconds waited between attempts, summed over all threads."""
        return self.total.waited


def _counts(tally: Tally) -> list[str]:
    numbers = (tally.requests, tally.bytes, tally.retries)
    return [*(f"{n:,}" for n in numbers), f"{tally.waited:.1f} s", f"{tally.cache_hits:,}"]


_lock = RenewedLock()
_running: list[Meter] = []
_question: ContextVar[Tally | None] = ContextVar("question", default=None)


@contextmanager
def meter() -> Iterator[Meter]:
    """Count requests in a ``with`` block, in all threads.

    Examples
    --------
    >>> from aind_session import Session
    >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
    >>> _ = session.data_assets
    >>> with meter() as m:
    ...     _ = session.data_assets
    >>> m.requests, m.cache_hits
    (0, 2)
    """
    mine = Meter()
    with _lock:
        _running.append(mine)
    try:
        yield mine
    finally:
        with _lock:
            _running[:] = [other for other in _running if other is not mine]


@contextmanager
def counted() -> Iterator[Tally]:
    """Count the requests of one question in a ``with`` block, independent of running meters."""
    mine = Tally()
    token = _question.set(mine)
    try:
        yield mine
    finally:
        _question.reset(token)


def count(source: str, **counts: float) -> None:
    """Add counts of a source to all running meters, and to the current question."""
    question = _question.get()
    if question is None and not _running:
        return
    more = Tally(**counts)  # type: ignore[arg-type]
    with _lock:
        for running in _running:
            running.by_source.setdefault(source, Tally()).add(more)
        if question is not None:
            question.add(more)
