"""The result of `Session.explain`, as text, HTML and data."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from aind_session.display import Card, Cell, Shown, Table
from aind_session.errors.wording import number_of, printable


@dataclass(frozen=True)
class Step:
    """One question to a source.

    Attributes
    ----------
    question
        The source and the question.
    outcome
        The answer in brief, or the error; ``"no answer yet"`` for a silent server that the call did
        not wait for.
    at
        When it was answered, in UTC.
    seconds
        How long it took, or has taken so far.
    requests, bytes, retries
        What it cost; 0 if it was asked together with other questions.
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
    """A possible answer.

    Attributes
    ----------
    name
        An asset's ID and name, or a location.
    why
        The evidence for or against it.
    """

    name: str
    why: str


@dataclass(frozen=True)
class Choice:
    """An answer, and the candidates it was chosen from.

    Attributes
    ----------
    about
        The attribute of the session.
    winner
        The answer; None if there is none.
    why
        The deciding reason.
    candidates
        All candidates, including the winner.
    is_known
        Whether all sources were asked and have answered, so that no answer means that it does not
        exist.
    """

    about: str
    winner: str | None
    why: str
    candidates: tuple[Candidate, ...] = ()
    is_known: bool = True

    @property
    def answer(self) -> str:
        """The answer; ``"none"`` or ``"not known"`` if there is no answer."""
        return self.winner or ("none" if self.is_known else "not known")


@dataclass(frozen=True, repr=False)
class Explanation(Shown):
    """The questions asked about a session, the answers chosen and why; see `Session.explain`.

    Attributes
    ----------
    session
        Its ID.
    steps
        The questions about the session's subject, oldest first.
    choices
        The answers from the cached data.
    disagreements
        Contradictions between sources.
    """

    session: str
    steps: tuple[Step, ...]
    choices: tuple[Choice, ...]
    disagreements: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as a dict for JSON; times are ISO 8601."""
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
            yield f"{choice.about}: {choice.answer}"
            yield f"  because {choice.why}"
            yield from (f"  - {one.name}: {one.why}" for one in choice.candidates)
        yield f"disagreements: {'' if self.disagreements else 'none'}".rstrip()
        yield from (f"  {text}" for text in self.disagreements)

    def _cost(self) -> str:
        if not self.steps:
            return "nothing yet, or the answers have expired"
        requests = sum(step.requests for step in self.steps)
        retries = sum(step.retries for step in self.steps)
        again = f", {retries} of them retries" if retries else ""
        return f"{number_of(len(self.steps), 'question')}, {number_of(requests, 'request')}{again}"

    def _card(self) -> Card:
        return Card(
            self.session,
            f"asked: {self._cost()}",
            parts=(self._steps(), *map(_candidates, self.choices)),
            notes=tuple(map(Cell, self.disagreements)) or (Cell("disagreements: none"),),
        )

    def _steps(self) -> Table:
        rows = [
            [s.question, s.outcome, f"{s.at:%H:%M:%S}", f"{s.seconds:.2f} s", s.requests]
            for s in self.steps
        ]
        names = ["question", "answer", "at (UTC)", "took", "requests"]
        return Table.of(names, rows, wrap=names[:2], right=names[3:])

    def as_text(self) -> str:
        """Return the text form, which is also the repr."""
        return repr(self)


def _candidates(choice: Choice) -> Table:
    rows = [
        [Cell(one.name, "strong" if one.name == choice.winner else "plain"), one.why]
        for one in choice.candidates
    ]
    is_listed = any(one.name == choice.winner for one in choice.candidates)
    names = [choice.about if is_listed else f"{choice.about}: {choice.answer}", "why"]
    return Table.of(names, rows, wrap=names, footer=[f"because {choice.why}"])
