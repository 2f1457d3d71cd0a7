"""The page with the outcome of each cell: ``python -m tests.matrix.table`` writes it anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.matrix.calls import CALLS
from tests.matrix.cell import LEGEND
from tests.matrix.faults import CODE_OCEAN, DOCDB, S3, SINGLE, Place
from tests.matrix.matrix import (
    ALL_DOWN,
    DOUBLES,
    NOT_ASKED,
    PAIRS,
    Matrix,
    Row,
    open_matrix,
    rows_of,
)
from tests.matrix.situations import SITUATIONS

PAGE = Path(__file__).parents[2] / "docs" / "matrix.md"

_INTRODUCTION = """# The matrix

What each call gives while a server fails. The tests make each cell anew, through the real clients,
against a stand-in for the servers, and this page is what they found. Beyond what the cells
say, all of them are checked for this:

- an error names the server that fails, and is never a `NotFoundError` unless the server itself
  says that the thing is not there;
- an answer that lacks something says so, by a warning or by notes;
- the same question gives the whole answer as soon as the server works again: failures are not
  kept; only an answer of which something was left out (`?`) stays as it is, with its warning,
  until it is too old or refreshed;
- what starts something reaches the server once at most, and reads are tried four times;
- a server that is slow, or never ends, is given up when `AIND_SESSION_TIMEOUT_SECONDS` are over;
- no thread goes on, and no message shows the token.

Codes:
"""

_SINGLE = """## One server fails

A table for each server. Each column stands for the faults listed above it, which have the same
outcomes; a call that does not ask the server is left out. A 429 asks to wait for a second; "429
for an hour" asks for more than the time limit allows, and is not waited for.
"""

_PAIRS = """## Two servers fail

Each pair in three ways: both answer 500, 502, 503, 504 in turn; a login page and reset
connections; 403 and an answer of the wrong shape. `E` is an error that names one of the two; where
the ways differ, all codes are given. The rule is the one above: any server that still has the
answer gives it; what no server can answer is an error. In the last column all servers are down.
"""

_SITUATIONS = """## Situations

Where the servers are well, but not all of them know, or may tell.
"""


def page(matrix: Matrix) -> str:
    """Give the text of the page."""
    singles = [_table_of(matrix, p) for p in (CODE_OCEAN, *SINGLE[1:3], DOCDB, S3)]
    tables = "\n\n".join([_SINGLE.rstrip(), *singles, _PAIRS.rstrip(), _pairs(matrix)])
    legend = (f"- `{code}` {meaning}" for code, meaning in LEGEND.items() if f"`{code}`" in tables)
    situations = (_SITUATIONS.rstrip(), _situations())
    return "\n\n".join([_INTRODUCTION.rstrip(), "\n".join(legend), tables, *situations]) + "\n"


def _table_of(matrix: Matrix, place: Place) -> str:
    """Put faults with the same outcomes into one column."""
    columns: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for fault in rows_of(place):
        columns.setdefault(tuple(matrix.row(place, fault).items()), []).append(fault.name)
    letters = "abcdefghijklmnopqrstuvwxyz"[: len(columns)]
    key = [
        f"- **{a}**: {', '.join(names)}" for a, names in zip(letters, columns.values(), strict=True)
    ]
    table = _table(letters, [dict(column) for column in columns])
    return f"### {place.name}\n\n" + "\n".join(key) + "\n\n" + table


def _pairs(matrix: Matrix) -> str:
    rows = [
        _merged(matrix.pair(pair, kinds) for of, kinds in DOUBLES if of == pair) for pair in PAIRS
    ]
    heads = [" and ".join(place.name for place in pair) for pair in PAIRS]
    return _table([*heads, "all"], [*rows, matrix.pair(*ALL_DOWN)])


def _merged(rows: Iterable[Row]) -> Row:
    every = list(rows)
    return {name: "/".join(sorted({row[name] for row in every})) for name in every[0]}


def _table(heads: Sequence[str], columns: Sequence[Mapping[str, str]]) -> str:
    lines = [["", *heads], ["---", *[":-:"] * len(heads)]]
    for call in CALLS:
        codes = [column[call.name] for column in columns]
        if set(codes) != {NOT_ASKED}:
            lines.append([call.name, *(f"`{code}`" for code in codes)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _situations() -> str:
    lines = ["| situation | call | outcome |", "| --- | --- | --- |"]
    lines += [f"| {s.name} | {s.call} | {s.outcome} |" for s in SITUATIONS]
    return "\n".join(lines)


if __name__ == "__main__":
    with open_matrix() as matrix:
        PAGE.write_text(page(matrix), encoding="utf-8")
