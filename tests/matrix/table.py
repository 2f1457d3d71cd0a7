"""The page with the outcome of each cell: ``python -m tests.matrix.table`` updates it."""

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

These tables show the result of each call while a server fails. The tests generate this page: they
make each call with the real clients against a stand-in for the servers. For every cell they also
check that:

- an error names the failing server, and is never a `NotFoundError` unless the server itself says
  that the object does not exist;
- an incomplete answer says so, by a warning or by notes;
- the same call gives the complete answer as soon as the server works again, because failures are
  not cached; only an answer with something left out (`?`) is kept, with its warning, until it
  expires or is refreshed;
- a request that starts something reaches the server at most once, and reads are tried four times;
- the call gives up on a slow or endless server after `AIND_SESSION_TIMEOUT_SECONDS`;
- no thread keeps running, and no message shows the token.

Codes:
"""

_SINGLE = """## One server fails

There is one table per server. Each column stands for the faults listed above the table, which have
the same outcomes. Calls that do not ask the server are left out. A 429 asks to wait for a second;
"429 for an hour" asks for more than the time limit allows, so the call does not wait.
"""

_PAIRS = """## Two servers fail

Each pair of servers fails in three ways: both answer 500, 502, 503 and 504 in turn; one sends a
login page and the other resets connections; one answers 403 and the other sends the wrong
structure. `E` is an error that names one of the two. If the outcomes differ, the cell lists all
codes. Any server that still has the answer gives it; a question that no server can answer raises an
error. In the last column all servers are down.
"""

_SITUATIONS = """## Situations

Here the servers work, but some of them do not know the answer or may not give it.
"""


def page(matrix: Matrix) -> str:
    """Return the text of the page."""
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
