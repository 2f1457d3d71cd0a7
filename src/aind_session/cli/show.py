"""``aind-session show``: what is known about a session, and what is not, and why."""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aind_session.cli.status import COULD_NOT_LOOK, FOUND, NOTHING, make_sources
from aind_session.errors import AindSessionWarning, CouldNotLook, NotFoundError
from aind_session.errors.wording import printable
from aind_session.many.sessions import Sessions
from aind_session.session import Session

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

_EVIDENCE = ("raw data asset", "raw data directory", "data assets", "metadata record")
"""The sections of which one is enough to say that a session exists."""


@dataclass
class Report:
    """What is known about a session, and what could not be found and why.

    Attributes
    ----------
    known
        Answers by section.
    missing
        Why there is no answer, by section.
    could_not_look
        Whether some source could not be asked.
    warnings
        What the answers are to be taken with.
    """

    known: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    could_not_look: bool = False
    warnings: list[str] = field(default_factory=list)

    def ask(self, section: str, question: Callable[[], Any]) -> None:
        """Put a question; keep its answer, or the reason why there is none."""
        try:
            self.known[section] = question()
        except NotFoundError as error:
            self.missing[section] = str(error)
        except CouldNotLook as error:
            self.missing[section] = str(error)
            self.could_not_look = True

    @property
    def status(self) -> int:
        """The exit status: found if there is anything at all."""
        if any(self.known.get(name) for name in _EVIDENCE):
            return FOUND
        return COULD_NOT_LOOK if self.could_not_look else NOTHING


def run(options: argparse.Namespace) -> int:
    """Print what is known about a session."""
    make_sources()
    # as one of many, so that a server that is down is asked once, not for each section
    session = Sessions([Session(options.name)], progress=False)[0]
    report = _report(session)
    data, text = _as_data(session, report), _as_text(session, report)
    if options.explain:
        explanation = session.explain()
        data["explanation"], text = explanation.to_dict(), f"{text}\n\n{explanation!r}"
    print(json.dumps(data, indent=2) if options.json else printable(text))
    return report.status


def _report(session: Session) -> Report:
    report = Report()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AindSessionWarning)
        report.ask("raw data asset", lambda: _asset(session.raw_data_asset))
        report.ask("raw data directory", lambda: str(session.raw_data_dir))
        report.ask("data assets", lambda: [_asset(asset) for asset in session.data_assets])
        report.ask("modalities", lambda: list(session.modalities))
        report.ask("metadata files", lambda: list(session.metadata))
        report.ask("genotype", lambda: session.metadata.subject.get("genotype"))
        report.ask("metadata record", lambda: _record(session.docdb))
        report.ask("sorted data asset", lambda: _asset(session.ecephys.sorted_data_asset))
    report.warnings = list(dict.fromkeys(str(warning.message) for warning in caught))
    return report


def _asset(asset: DataAsset) -> dict[str, Any]:
    return {"name": asset.name, "id": asset.id, "created": asset.created}


def _record(record: dict[str, Any]) -> dict[str, Any]:
    return {key: record[key] for key in ("_id", "name", "location") if key in record}


def _identity(session: Session) -> dict[str, Any]:
    return {
        "session": session.id,
        "platform": session.platform,
        "subject": session.subject_id,
        "time": session.datetime,
    }


def _as_data(session: Session, report: Report) -> dict[str, Any]:
    return {
        **_identity(session),
        **report.known,
        "not found": report.missing,
        "warnings": report.warnings,
    }


def _as_text(session: Session, report: Report) -> str:
    lines = [
        f"{name:<20}{value or '(none in the name)'}" for name, value in _identity(session).items()
    ]
    for section, value in report.known.items():
        lines += ["", section, *(f"  {line}" for line in _lines(value))]
    if report.missing:
        lines += ["", "not found"]
        for section, reason in report.missing.items():
            lines += [f"  {section}", *(f"    {line}" for line in reason.splitlines())]
    for warning in report.warnings:
        lines += ["", f"warning: {warning}"]
    return "\n".join(lines)


def _lines(value: Any) -> list[str]:
    if not value:
        return ["(none)"]
    if isinstance(value, dict):
        return ["  ".join(str(part) for part in value.values())]
    if isinstance(value, list):
        return [line for item in value for line in (_lines(item) if item else [])]
    return [str(value)]
