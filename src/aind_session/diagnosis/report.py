"""The result of `doctor`: findings, each with its state and the next step."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any, Literal

from aind_session.display import Cell, Column, Shown, Table
from aind_session.display.cell import Tone, as_cell
from aind_session.display.ink import Ink, no_ink
from aind_session.display.words import one_line

State = Literal["ok", "limited", "wrong"]
"""``limited``: some answers will be missing; ``wrong``: something that most answers need fails."""

SETTINGS = "settings"
"""The group of findings about the user's settings."""

ALL_WELL, LIMITED, BAD_SETTINGS, WRONG = 0, 1, 2, 3
"""The exit statuses for scripts."""


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    group
        ``settings``, ``Code Ocean``, ``DocDB``, ``S3``, ``here`` or ``versions``.
    name
        What was checked.
    state
        ``ok``, ``limited`` or ``wrong``.
    detail
        The result. It never contains a token.
    next_step
        What to do; None if there is nothing to do.
    """

    group: str
    name: str
    state: State
    detail: str
    next_step: str | None = None


_TONES: dict[State, Tone] = {"ok": "good", "limited": "wait", "wrong": "bad"}
_STATE = len("limited")


@dataclass(frozen=True, repr=False)
class Diagnosis(Shown):
    """The result of `doctor`, shown as text, and as a table in notebooks.

    Attributes
    ----------
    findings
        In the order shown, by group.
    """

    findings: tuple[Finding, ...]

    @property
    def status(self) -> int:
        """The exit status for scripts.

        0: everything works; 1: something is limited; 2: a setting has an invalid value;
        3: something that is needed is wrong, such as the token.
        """
        wrong = {finding.group for finding in self.findings if finding.state == "wrong"}
        if SETTINGS in wrong:
            return BAD_SETTINGS
        if wrong:
            return WRONG
        return LIMITED if self._count("limited") else ALL_WELL

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: ``status``, and ``findings`` as a list of dictionaries."""
        return {"status": self.status, "findings": [asdict(finding) for finding in self.findings]}

    def __repr__(self) -> str:
        return self.text()

    def text(self, columns: int | None = None, *, ink: Ink = no_ink) -> str:
        """Return the text form, by group, uncut; `columns` is ignored."""
        lines: list[str] = []
        for group, findings in itertools.groupby(self.findings, key=attrgetter("group")):
            lines += [ink(one_line(group), "strong"), *_table(tuple(findings), ink)]
        bad: tuple[State, ...] = ("wrong", "limited")
        worst: State = next((state for state in bad if self._count(state)), "ok")
        return "\n".join([*lines, ink(self._summary(), _TONES[worst])])

    def _card(self) -> Table:
        rows = [
            [f.group, f.name, Cell(f.state, _TONES[f.state]), f.detail, f.next_step]
            for f in sorted(self.findings, key=lambda f: f.state == "ok")
        ]
        names = ["", "what", "state", "found", "next"]
        return Table.of(
            names,
            rows,
            wrap=names[3:],
            whole=["what"],
            optional=names[4:],
            title="aind_session.doctor()",
            aside=self._summary(),
        )

    def as_text(self) -> str:
        """Return the text form, which is also the repr."""
        return repr(self)

    def _summary(self) -> str:
        counts = [(self._count("wrong"), "wrong"), (self._count("limited"), "limited")]
        return (
            ", ".join(f"{count} {state}" for count, state in counts if count) or "everything works"
        )

    def _count(self, state: State) -> int:
        return sum(finding.state == state for finding in self.findings)


def _table(findings: Sequence[Finding], ink: Ink) -> list[str]:
    rows: list[list[Cell | str]] = []
    for finding in findings:
        first, *more = finding.detail.splitlines() or [""]
        rows.append([Cell(finding.state, _TONES[finding.state]), finding.name, first])
        rows += [["", "", line.strip()] for line in more]
        rows += [["", "", f"next: {finding.next_step}"]] if finding.next_step else []
    cells = tuple(tuple(map(as_cell, row)) for row in rows)
    columns = (Column("", least=_STATE), Column(""), Column(""))
    return [f"  {line}" for line in Table(columns, cells).lines(ink)]
