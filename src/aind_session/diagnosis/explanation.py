"""An explanation of how what is known about a session came about, as text, HTML and data."""

from __future__ import annotations

import datetime
import html
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from aind_session.errors.wording import printable


@dataclass(frozen=True)
class Step:
    """One question that was put to a source.

    Attributes
    ----------
    question
        Who was asked, and what.
    outcome
        What came of it.
    at
        When, in UTC.
    seconds
        How long it took.
    requests, bytes, retries
        What it cost; 0 where it was put together with others.
    """

    question: str
    outcome: str
    at: datetime.datetime
    seconds: float
    requests: int
    bytes: int
    retries: int


@dataclass(frozen=True)
class Candidate:
    """What might have been the answer.

    Attributes
    ----------
    name
        An asset's ID and name, or a place.
    why
        What speaks for it, or against it.
    """

    name: str
    why: str


@dataclass(frozen=True)
class Choice:
    """An answer, and what else there was to choose from.

    Attributes
    ----------
    about
        The attribute of the session.
    winner
        The answer; None when there is none.
    why
        What decided.
    candidates
        All there was, the winner included.
    """

    about: str
    winner: str | None
    why: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, repr=False)
class Explanation:
    """How what is known about a session came about; made by `Session.explain`.

    Attributes
    ----------
    session
        Its ID.
    steps
        What was asked about the session's subject, the first question first.
    choices
        Answers, as what is known now gives them.
    disagreements
        Where the sources contradict each other.
    """

    session: str
    steps: tuple[Step, ...]
    choices: tuple[Choice, ...]
    disagreements: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give it as data that JSON can hold; times are ISO 8601."""
        whole = asdict(self)
        for step in whole["steps"]:
            step["at"] = step["at"].isoformat(timespec="seconds")
        return whole

    def __repr__(self) -> str:
        return printable("\n".join(self._lines()))

    def _lines(self) -> Iterator[str]:
        yield self.session
        yield f"asked: {self._cost()}"
        for step in self.steps:
            yield f"  {step.question}: {step.outcome} ({step.seconds:.2f} s)"
        for choice in self.choices:
            yield f"{choice.about}: {choice.winner or 'none'}"
            yield f"  because {choice.why}"
            yield from (f"  - {one.name}: {one.why}" for one in choice.candidates)
        yield f"disagreements: {'' if self.disagreements else 'none'}".rstrip()
        yield from (f"  {text}" for text in self.disagreements)

    def _cost(self) -> str:
        if not self.steps:
            return "nothing yet, or what was answered is too old"
        requests = sum(step.requests for step in self.steps)
        retries = sum(step.retries for step in self.steps)
        again = f", {retries} of them again" if retries else ""
        return f"{len(self.steps)} questions, {requests} requests{again}"

    def _repr_html_(self) -> str:
        steps = "".join(
            f"<tr><td>{_html(s.question)}</td><td>{_html(s.outcome)}</td>"
            f"<td>{s.seconds:.2f} s</td><td>{s.requests}</td></tr>"
            for s in self.steps
        )
        choices = "".join(
            f"<p><b>{_html(c.about)}</b>: {_html(c.winner or 'none')}<br>because {_html(c.why)}</p>"
            f"<ul>{''.join(f'<li>{_html(o.name)}: {_html(o.why)}</li>' for o in c.candidates)}</ul>"
            for c in self.choices
        )
        said = "".join(f"<li>{_html(text)}</li>" for text in self.disagreements)
        return (
            f"<h4>{_html(self.session)}</h4><table><tr><th>asked</th><th>answered</th><th>in</th>"
            f"<th>requests</th></tr>{steps}</table>{choices}"
            f"<p>disagreements: {'' if said else 'none'}</p><ul>{said}</ul>"
        )


def _html(text: str) -> str:
    return html.escape(text)
