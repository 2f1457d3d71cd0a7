"""``aind-session show``: show what exists about sessions, and what could not be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from aind_session.cli.failure import as_data
from aind_session.cli.options import names_argument, printing, read_names
from aind_session.cli.output import Out, iso, printed_warnings
from aind_session.cli.status import COULD_NOT_ASK, FOUND, NOTHING, PARTLY
from aind_session.conventions.assets import is_sorted_asset
from aind_session.errors.wording import first_line

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.display.ink import HasText
    from aind_session.session import Session

_WHOLE_IDS = 100
"""The smallest width of a terminal for full IDs."""

_EVIDENCE = ("raw_data_asset", "raw_data_dir", "data_assets", "metadata_record")
"""A session exists if one of these sections has an answer."""


@dataclass
class Report:
    """The known facts about a session, and errors for the missing ones.

    Attributes
    ----------
    known
        Answers by section.
    not_found
        Errors that say what was searched without success, by section.
    could_not_ask
        Errors that say which source gave no answer, by section.
    """

    known: dict[str, Any] = field(default_factory=dict)
    not_found: dict[str, Exception] = field(default_factory=dict)
    could_not_ask: dict[str, Exception] = field(default_factory=dict)

    def ask(self, section: str, question: Callable[[], Any]) -> None:
        """Ask a question; store the answer or the error."""
        from aind_session.errors import CouldNotLook, NotFoundError

        try:
            self.known[section] = question()
        except NotFoundError as error:
            self.not_found[section] = error
        except CouldNotLook as error:
            self.could_not_ask[section] = error

    @property
    def exists(self) -> bool:
        """Whether there is evidence that the session exists."""
        return any(self.known.get(name) for name in _EVIDENCE)

    def status(self, warned: Sequence[str]) -> int:
        """Return the exit status; a warning means that an answer is incomplete."""
        if not self.exists:
            return COULD_NOT_ASK if self.could_not_ask else NOTHING
        return PARTLY if self.could_not_ask or warned else FOUND


@click.command("show")
@names_argument
@click.option("--explain", is_flag=True, help="Also explain how each answer was found.")
@printing
def command(names: tuple[str, ...], explain: bool, out: Out) -> int:
    r"""Show what exists about sessions: assets, directories, metadata, sorted data.

    \b
    aind-session show ecephys_676909_2023-12-13_13-43-40 --demo
    """
    return show_all(read_names(names), out, explain=explain)


def show_all(names: Sequence[str], out: Out, *, explain: bool = False) -> int:
    """Print the known facts about each session, and return the exit status for all."""
    from aind_session.many.sessions import Sessions
    from aind_session.session import Session

    data: list[dict[str, Any]] = []
    texts: list[str | HasText] = []
    statuses, ids = [], []
    # as a collection, so that a server that is down is asked only once, not for each section
    for session in Sessions([Session(name) for name in names], progress=False):
        with printed_warnings() as warned:
            report = _report(session.load())
        shown = _as_data(session, report)
        texts += _as_text(session, report, whole_ids=out.room >= _WHOLE_IDS)
        if explain:
            explanation = session.explain()
            shown["explanation"] = explanation.to_dict()
            texts.append(repr(explanation))
        data.append({**shown, "warnings": list(warned)})
        ids += [session.id] if report.exists else []
        statuses.append(report.status(warned))
    out.data(data[0] if len(data) == 1 else data, texts, ids)
    return statuses[0] if len(set(statuses)) == 1 else PARTLY


def _report(session: Session) -> Report:
    report = Report()
    report.ask("raw_data_asset", lambda: _asset(session.raw_data_asset))
    report.ask("raw_data_dir", lambda: str(session.raw_data_dir))
    report.ask("data_assets", lambda: [_asset(asset) for asset in session.data_assets])
    report.ask("modalities", lambda: list(session.modalities))
    report.ask("metadata_files", lambda: list(session.metadata))
    report.ask("genotype", lambda: session.metadata.subject.get("genotype"))
    report.ask("metadata_record", lambda: _record(session.docdb))
    if failure := report.could_not_ask.get("metadata_record"):
        report.could_not_ask["quality_control"] = failure  # it comes from the same server
    else:
        report.ask("quality_control", lambda: session.qc.status)
    report.ask("sorted_data_asset", lambda: _asset(_good_sorting(session)))
    report.ask("failed_sortings", lambda: _failed_sortings(session, report))
    return report


def _good_sorting(session: Session) -> DataAsset:
    """Return the latest sorting that succeeded, even if a later one failed."""
    from aind_session.errors import AssetNotFoundError, Searched

    latest = session.ecephys.sorted_data_asset  # raises if there is no sorting
    good = session.derived(is_sorted_asset, ok=True).all()
    if not good:
        raise AssetNotFoundError(
            f"a sorting of {session.id} that succeeded",
            searched=[Searched("the session's sorted assets", "each of them failed")],
            close=[latest.name],
        )
    return good[-1]


def _failed_sortings(session: Session, report: Report) -> list[dict[str, Any]]:
    """Return the failed sortings after the latest good one; empty if that is unknown."""
    if "sorted_data_asset" in report.could_not_ask:
        return []
    sortings = [_asset(asset) for asset in session.derived(is_sorted_asset)]
    good = report.known.get("sorted_data_asset")
    return sortings[sortings.index(good) + 1 :] if good in sortings else sortings


def _asset(asset: DataAsset) -> dict[str, Any]:
    return {"name": asset.name, "id": asset.id, "created": iso(asset.created)}


def _record(record: dict[str, Any]) -> dict[str, Any] | None:
    return {key: record.get(key) for key in ("_id", "name", "location")} if record else None


def _identity(session: Session) -> dict[str, Any]:
    return {
        "session": session.id,
        "platform": session.platform,
        "subject": session.subject_id,
        "time": session.dt.isoformat(),
    }


def _of_the_card(session: Session) -> dict[str, Any]:
    from aind_session.catalog.overview import Overview
    from aind_session.session import finder_of

    seen = Overview(finder_of(session).known_only())
    return {"project": seen.project, "age_days": None if seen.age is None else seen.age.days}


def _as_data(session: Session, report: Report) -> dict[str, Any]:
    sections = dict.fromkeys((*report.known, *report.not_found, *report.could_not_ask))
    return {
        **_identity(session),
        **_of_the_card(session),
        **{section: report.known.get(section) for section in sections},
        "not_found": {name: as_data(e, str(e)) for name, e in report.not_found.items()},
        "could_not_ask": {name: as_data(e, str(e)) for name, e in report.could_not_ask.items()},
    }


def _as_text(session: Session, report: Report, *, whole_ids: bool) -> Iterator[str | HasText]:
    """Yield the card that notebooks show, the table of assets, and why answers are missing."""
    from aind_session.diagnosis.cards import session_report
    from aind_session.session import finder_of

    yield session_report(finder_of(session), whole_ids=whole_ids)
    lines = _reasons("not found", report.not_found, in_full=not report.exists)
    lines += _reasons("could not be asked", report.could_not_ask, in_full=not report.exists)
    if lines:
        yield "\n".join(lines)


def _reasons(title: str, errors: dict[str, Exception], *, in_full: bool) -> list[str]:
    """Return lines that say why answers are missing; if nothing exists, one error in full."""
    if not errors:
        return []
    if in_full:
        most = max(errors.values(), key=lambda error: len(getattr(error, "searched", ())))
        return [f"  {title}", *(f"    {line}" for line in str(most).splitlines())]
    said: dict[str, list[str]] = {}
    for section, error in errors.items():
        said.setdefault(first_line(error), []).append(section.replace("_", " "))
    return [f"  {title}", *(f"    {', '.join(names)}: {line}" for line, names in said.items())]
