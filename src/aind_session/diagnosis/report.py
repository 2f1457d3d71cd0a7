"""What a check of the surroundings found: each finding with its state and what to do next."""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any, Literal

from aind_session.errors.wording import printable

State = Literal["ok", "limited", "wrong"]
"""``limited``: some answers will be missing; ``wrong``: what most answers need does not work."""

SETTINGS = "settings"
"""The group of findings about what the user has set."""

ALL_WELL, LIMITED, BAD_SETTINGS, WRONG = 0, 1, 2, 3
"""The exit statuses for scripts."""


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    group
        What it is about: ``settings``, ``Code Ocean``, ``DocDB``, ``S3``, ``here``, ``versions``.
    name
        What was checked.
    state
        ``ok``, ``limited`` or ``wrong``.
    detail
        What was found. No token, and no part of one, is ever in it.
    next_step
        What to do; None when there is nothing to do.
    """

    group: str
    name: str
    state: State
    detail: str
    next_step: str | None = None


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `doctor` found; shows itself as text, and as a table in notebooks.

    Attributes
    ----------
    findings
        By group, in the order in which they are shown.
    """

    findings: tuple[Finding, ...]

    @property
    def status(self) -> int:
        """The exit status for scripts.

        0: all is well; 1: something is limited; 2: a setting has a value that it cannot have;
        3: something that is needed is wrong, such as the token.
        """
        wrong = {finding.group for finding in self.findings if finding.state == "wrong"}
        if SETTINGS in wrong:
            return BAD_SETTINGS
        if wrong:
            return WRONG
        return LIMITED if self._count("limited") else ALL_WELL

    def to_dict(self) -> dict[str, Any]:
        """Give plain data: ``status``, and ``findings`` as a list of dictionaries."""
        return {"status": self.status, "findings": [asdict(finding) for finding in self.findings]}

    def __repr__(self) -> str:
        lines: list[str] = []
        for group, findings in itertools.groupby(self.findings, key=attrgetter("group")):
            lines += [group, *_table(tuple(findings))]
        return printable("\n".join([*lines, self._summary()]))

    def _repr_html_(self) -> str:
        rows = "".join(_row(finding) for finding in self.findings)
        head = "".join(f"<th>{title}</th>" for title in ("", "", "state", "found", "next"))
        summary = html.escape(self._summary())
        return f"<table><caption>{summary}</caption><tr>{head}</tr>{rows}</table>"

    def _summary(self) -> str:
        counts = [(self._count("wrong"), "wrong"), (self._count("limited"), "limited")]
        return ", ".join(f"{count} {state}" for count, state in counts if count) or "all is well"

    def _count(self, state: State) -> int:
        return sum(finding.state == state for finding in self.findings)


def _table(findings: Sequence[Finding]) -> list[str]:
    width = max(len(finding.name) for finding in findings)
    return [line for finding in findings for line in _lines(finding, width)]


def _lines(finding: Finding, width: int) -> list[str]:
    margin = " " * (width + 13)
    first, *more = finding.detail.splitlines() or [""]
    lines = [f"  {finding.state:<8} {finding.name:<{width}}  {first}".rstrip()]
    lines += [f"{margin}{line.strip()}" for line in more]
    return [*lines, f"{margin}next: {finding.next_step}"] if finding.next_step else lines


def _row(finding: Finding) -> str:
    texts = (finding.group, finding.name, finding.state, finding.detail, finding.next_step or "")
    return f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in texts)}</tr>"
