"""Print text, JSON, CSV or only IDs, to a terminal, a file or a pipe."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import io
import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import click

from aind_session.display.ink import Ink, no_ink
from aind_session.errors import AindSessionWarning
from aind_session.errors.wording import number_of, printable

if TYPE_CHECKING:
    from aind_session.display import Cell, Table
    from aind_session.display.ink import HasText

Form = Literal["text", "json", "csv", "ids"]
"""The output formats."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDE = 10_000
_READABLE = 12
"""A column can be cut to this width."""

_STYLES: dict[str, dict[str, Any]] = {
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "wait": {"fg": "yellow"},
    "strong": {"bold": True},
    **{tone: {"dim": True} for tone in ("dim", "none", "unknown", "off")},
}
"""The styles of tones. Each tone is also a word, so colour is never the only information."""


@dataclasses.dataclass(frozen=True)
class Out:
    """Where and how a command prints.

    Attributes
    ----------
    form
        Text, JSON, CSV, or only IDs.
    wide
        Whether to keep long lines, instead of cutting them to the width of the terminal.
    """

    form: Form = "text"
    wide: bool = False

    @property
    def columns(self) -> int | None:
        """The largest width of text: None for the terminal's width, unlimited in a pipe."""
        return _WIDE if self.wide or not sys.stdout.isatty() else None

    @property
    def room(self) -> int:
        """The number of columns for text."""
        from aind_session.display.words import terminal_columns

        return terminal_columns() if self.columns is None else self.columns

    @property
    def ink(self) -> Ink:
        """The function that colours text, if it goes to a terminal and NO_COLOR is not set."""
        is_off = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return no_ink if is_off or not sys.stdout.isatty() else _coloured

    def data(self, data: Any, text: str | Sequence[str | HasText], ids: Iterable[str] = ()) -> None:
        """Print one result.

        Parameters
        ----------
        data
            Plain data, for JSON and CSV.
        text
            The text form, in one or more parts. Line breaks are kept; control characters are
            escaped.
        ids
            The IDs, for ``--quiet``.
        """
        if self.form == "json":
            write(as_json(data))
        elif self.form == "ids":
            write("\n".join(printable(id_) for id_ in ids))
        elif self.form == "csv":
            rows = data if isinstance(data, list) else [data]
            self.rows(rows, list(rows[0]) if rows else [])
        else:
            parts = [text] if isinstance(text, str) else text
            shown = (
                printable(part) if isinstance(part, str) else part.text(self.columns, ink=self.ink)
                for part in parts
            )
            write("\n\n".join(shown))

    def rows(
        self, rows: Sequence[Mapping[str, Any]], names: Sequence[str], id_name: str = "id"
    ) -> None:
        """Print rows.

        Parameters
        ----------
        rows
            The rows, with a value for each column.
        names
            The names of the columns, in order.
        id_name
            The column that ``--quiet`` prints.
        """
        if self.form == "json":
            write(as_json([{name: row.get(name) for name in names} for row in rows]))
        elif self.form == "csv":
            write(_as_csv(rows, names))
        elif self.form == "ids":
            write("\n".join(printable(str(row[id_name])) for row in rows))
        elif rows:
            write(self._table(rows, names))

    def _table(self, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
        from aind_session.display import Cell

        shown = _table_of(rows, names)
        if self.columns is None:  # a terminal: leave out columns instead of cutting all of them
            fitting = _fitting(rows, names, self.room)
            hidden = len(names) - len(fitting)
            more = f"and {number_of(hidden, 'more column')}: use --wide, --csv or --json"
            shown = _table_of(rows, fitting, [Cell(more, "dim")] if hidden else ())
        return shown.text(self.columns, rows=None, ink=self.ink)


def _table_of(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], footer: Iterable[Cell] = ()
) -> Table:
    from aind_session.display import Table

    cells = [[_in_short(row.get(name)) for name in names] for row in rows]
    numbers = [name for name in names if all(_is_number(row.get(name)) for row in rows)]
    return Table.of(names, cells, right=numbers, whole=names[:1], footer=footer)


def _fitting(rows: Sequence[Mapping[str, Any]], names: Sequence[str], room: int) -> Sequence[str]:
    """Return the first columns that are readable in a terminal; only the first is never cut."""
    from aind_session.display.words import width

    used = 0
    for count, name in enumerate(names):
        longest = max(width(text) for text in (name, *(_in_short(row.get(name)) for row in rows)))
        used += min(longest, _READABLE) + 2 if count else longest
        if used > room and count:
            return names[:count]
    return names


def write(text: str) -> None:
    """Print lines; characters that the output cannot show are replaced."""
    if text:
        # `ink` has decided on colours; for old Windows terminals click converts them to calls
        click.echo(text, color=True)


def _coloured(text: str, tone: str) -> str:
    return click.style(text, **_STYLES[tone]) if tone in _STYLES else text


def as_json(data: Any) -> str:
    """Return JSON in ASCII, with times in ISO 8601 and null for missing values."""
    return json.dumps(data, indent=2, default=_plain)


def iso(created: float | None) -> str | None:
    """Return seconds since 1970-01-01 UTC as ISO 8601; None for missing or invalid times.

    Examples
    --------
    >>> iso(1702620828)
    '2023-12-15T06:13:48Z'
    """
    if created is None:
        return None
    try:
        moment = datetime.datetime.fromtimestamp(created, datetime.timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def printed_warnings() -> Iterator[list[str]]:
    """Collect warnings, and print each once on standard error at the end."""
    printed: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AindSessionWarning)
        try:
            yield printed
        finally:
            printed += dict.fromkeys(str(warning.message) for warning in caught)
            for text in printed:
                print(f"warning: {printable(text)}", file=sys.stderr)


def make_streams_tolerant() -> None:
    """Replace characters that the output's encoding lacks, and discard output if it is closed."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def forget_output() -> None:
    """Discard further output, because the reader has closed the pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _as_csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow([_csv_cell(name) for name in names])
    writer.writerows([[_csv_cell(row.get(name)) for name in names] for row in rows])
    return made.getvalue().rstrip("\n")


def _csv_cell(value: Any) -> str:
    """Return a value as text that a spreadsheet does not read as a formula."""
    text = _in_short(value)
    is_text = not isinstance(value, (int, float))
    return f"'{text}" if is_text and text.startswith(_FORMULA) else text


def _in_short(value: Any) -> str:
    if isinstance(value, dict) or (isinstance(value, list) and any(map(_is_nested, value))):
        return json.dumps(value, default=_plain)
    if isinstance(value, (list, tuple)):
        return printable("; ".join(map(str, value)))
    return "" if value is None else printable(str(_plain(value)))


def _is_nested(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return str(value)
