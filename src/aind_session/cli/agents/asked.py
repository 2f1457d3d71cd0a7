"""Record which servers were asked, when, and what could not be asked."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aind_session.cli.output import iso
from aind_session.errors import CouldNotLook, NotFoundError
from aind_session.errors.searched import in_short
from aind_session.runtime.cache import Cache
from aind_session.runtime.warning import collected_warnings
from aind_session.sources.encoding import as_text

CODE_OCEAN, DOCDB, S3 = "Code Ocean", "DocDB", "S3"
"""The names of the servers in errors."""


@dataclass
class Evidence:
    """The evidence for an answer.

    Attributes
    ----------
    at
        When the oldest answer of each source arrived, by name; ISO 8601 in UTC.
    notes
        What could not be looked up, what was not found, and what is odd.
    """

    at: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def ask(self, about: str, question: Callable[[], Any]) -> Any:
        """Ask a question; return the answer, or None with a note that says why it is missing."""
        try:
            return question()
        except CouldNotLook as error:
            self.notes.append(f"not checked: {about}: {error}")
        except NotFoundError as error:
            self.notes.append(f"{about}: {_in_one_line(error)}")
        return None

    def asked_now(self, *services: str) -> None:
        """Record that servers were asked for this answer."""
        for service in services:
            self.at.setdefault(service, iso_now())

    def from_cache(self, cache: Cache, scopes: Iterable[str]) -> None:
        """Record the time of each source's oldest cached answer."""
        for scope in scopes:
            for question, asked in cache.journal(scope).items():
                service = as_text(question).partition(",")[0].partition(" v")[0]
                then = _iso(asked.at)
                if asked.failure is None and then < self.at.get(service, "9"):
                    self.at[service] = then

    def tail(self) -> dict[str, Any]:
        """Return the notes, without duplicates, and the sources, for each page of the answer."""
        notes = list(dict.fromkeys(self.notes))
        return {"notes": notes, "sources": dict(sorted(self.at.items()))}


@contextmanager
def evidence() -> Iterator[Evidence]:
    """Collect the evidence for an answer; warnings become notes."""
    found = Evidence()
    with collected_warnings() as collected:
        yield found
    found.notes += [message for message, _ in collected]


def iso_now() -> str:
    """Return the current time."""
    return _iso(datetime.datetime.now(datetime.timezone.utc).timestamp())


def _iso(at: float) -> str:
    return iso(at) or ""


def in_utc(moment: str) -> str:
    """Return an ISO 8601 time with a zone in the form of all answers."""
    return _iso(datetime.datetime.fromisoformat(moment).timestamp())


def _in_one_line(error: NotFoundError) -> str:
    """Return an error in one line, similar names first, because the places may be cut."""
    parts = [f"{error.asked} was not found"]
    if error.close:
        parts.append(f"available: {', '.join(error.close)}")
    if error.hint:
        parts.append(error.hint)
    return "; ".join([*parts, *map(str, in_short(error.searched))])
