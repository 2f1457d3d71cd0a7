"""``aind-session``: prints what a `Session` knows."""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aind_session.concurrency import CouldNotLook
from aind_session.errors import AindSessionWarning, NotFoundError, SessionIdError
from aind_session.sources import default_sources
from aind_session.tables import chosen, to_arrow

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.session import Session

FOUND, NOTHING, BAD_INPUT, COULD_NOT_LOOK = 0, 1, 2, 3
"""The exit statuses."""


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


_EVIDENCE = ("raw data asset", "raw data directory", "data assets", "metadata record")
"""The sections of which one is enough to say that a session exists."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit status.

    Parameters
    ----------
    arguments
        By default those of the process.

    Examples
    --------
    >>> main(
    ...     ["show", "ecephys_676909_2023-12-13_13-43-39", "--demo", "--json"]
    ... )  # doctest: +ELLIPSIS
    {
    ...
    1
    """
    options = _parser().parse_args(arguments)
    try:
        with _sources(demo=options.demo):
            return int(options.run(options))
    except (SessionIdError, BadInputError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT


class BadInputError(ValueError):
    """What was typed cannot be."""


def _sources(*, demo: bool) -> contextlib.AbstractContextManager[Any]:
    import aind_session

    if demo:
        return aind_session.demo()
    try:
        default_sources()
    except ValueError as error:  # a setting that cannot be
        raise BadInputError(str(error)) from error
    return contextlib.nullcontext()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aind-session",
        description="From any mention of an experiment session to everything that exists about it.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser(
        "show",
        help="print what is known about a session",
        epilog="exit status: 0 found, 1 nothing found, 2 bad input, 3 no credential or no server",
    )
    show.add_argument("name", help="a session ID, or any text that holds one")
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run=_show)
    table = commands.add_parser(
        "table",
        help="print a table of sessions",
        epilog="exit status: 0 something found, 1 nothing found, 2 bad input, 3 no credential or "
        "no server",
    )
    table.add_argument("names", nargs="*", help="session IDs, or texts that hold one")
    table.add_argument("--subject", action="append", default=[], help="all sessions of a subject")
    table.add_argument("--columns", help="names of columns, with commas between them")
    form = table.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV")
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--parquet", metavar="FILE", help="write a Parquet file")
    table.set_defaults(run=_table)
    for command in (show, table):
        command.add_argument(
            "--demo", action="store_true", help="use documented facts: no network, no credential"
        )
    return parser


def _show(options: argparse.Namespace) -> int:
    from aind_session.session import Session

    session = Session(options.name)
    report = _report(session)
    as_data = options.json
    print(json.dumps(_as_data(session, report), indent=2) if as_data else _as_text(session, report))
    return report.status


def _table(options: argparse.Namespace) -> int:
    from aind_session.sessions_collection import sessions
    from aind_session.subject import Subject

    if not options.names and not options.subject:
        raise BadInputError("give names of sessions, or --subject")
    many = sessions(options.names, [Subject(id_) for id_ in options.subject])
    columns = options.columns.split(",") if options.columns else None
    try:
        names = chosen(columns)
    except ValueError as error:
        raise BadInputError(str(error)) from error
    try:
        rows = many.to_records([*names, *({"id", "is_uploaded", "notes"} - set(names))])
    except CouldNotLook as error:
        print(error, file=sys.stderr)
        return COULD_NOT_LOOK
    _print_table([{name: row[name] for name in names} for row in rows], names, options)
    if any(row["is_uploaded"] for row in rows):
        return FOUND
    could_not_look = any(row["is_uploaded"] is None for row in rows)
    return COULD_NOT_LOOK if could_not_look else NOTHING


def _print_table(
    rows: list[dict[str, Any]], names: Sequence[str], options: argparse.Namespace
) -> None:
    if options.parquet:
        import pyarrow.parquet

        pyarrow.parquet.write_table(to_arrow(rows, names), options.parquet)
    elif options.json:
        print(json.dumps(rows, indent=2, default=str))
    elif options.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([names, *([_cell(row[name]) for name in names] for row in rows)])
    else:
        print(_aligned([list(names), *([_cell(row[name]) for name in names] for row in rows)]))


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None else str(value)


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in padded)


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


if __name__ == "__main__":
    sys.exit(main())
