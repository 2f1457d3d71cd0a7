"""Answers of a bounded size: safe texts, as many rows as fit, and where to go on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aind_session.errors.wording import printable

DEFAULT_TOKENS = 1_500
"""How long an answer may be where the caller does not say."""

LEAST_TOKENS, MOST_TOKENS = 500, 20_000
"""What a caller may ask for."""

WHOLE = frozenset({"id", "session", "subject", "run", "capsule", "place", "made_of"})
"""Keys of IDs and places, which are not cut."""

_LONGEST_PLACE = 1_200
"""Characters: a key in S3 has at most 1,024 bytes, a bucket 63. Longer text is not a place."""

_TEXTS = (400, 160, 60)
"""Characters that a text may have; the shorter ones where the answer would be too long."""

_PARTS = (20, 10, 4)
"""How many values a list beside the rows may have, and how many notes are given."""

_PIECES = re.compile(r'[A-Za-z]+|[0-9]+|["{}\[\]:,]+| (?=[A-Za-z])|.', re.S)


_LONGEST = {True: 16, False: 6}
"""Characters of a word, and of the marks between two values."""


def tokens(text: str) -> int:
    """Estimate how many tokens a text has: for answers, more than models count, not fewer.

    Three letters or digits of a word or number count as one, and three of the marks that JSON sets
    between values; any other mark counts one, a character beyond ASCII one for each of its bytes.

    Examples
    --------
    >>> tokens('{"id":"16d46411-540a-4122-b47f-8cb2a15d593a"}')
    27
    """
    return sum(map(_of_piece, _PIECES.findall(text)))


def _of_piece(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode("utf-8", "surrogatepass"))
    if piece == " ":  # is one with the word that follows
        return 0
    # longer runs than any word, or than the space between values in JSON, do not match
    a_token = 3 if len(piece) <= _LONGEST[piece[0].isalnum()] or piece.isdecimal() else 1
    return math.ceil(len(piece) / a_token)


def as_json(answer: Any) -> str:
    """Write an answer in the fewest characters; times are ISO 8601."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def safe(value: Any, longest: int = _TEXTS[0], most: int = _PARTS[0], *, key: str = "") -> Any:
    r"""Give plain data without characters that are obeyed or hidden, and with bounded texts.

    Parameters
    ----------
    value
        Plain data, whose texts may be a server's.
    longest
        Characters of a text; one that is cut says how long it is. IDs and places are whole.
    most
        Values of a list; the last one of a longer list says how many there are.
    key
        What the value is, see `WHOLE`.

    Examples
    --------
    >>> safe({"id": "a", "name": "x\x1b[2J\u202e" + "y" * 50}, 20)
    {'id': 'a', 'name': 'x\\x1b[2J\\u202eyyyy... (64 characters)'}
    """
    if isinstance(value, str):
        text = printable(value)
        bound = _LONGEST_PLACE if key in WHOLE else longest
        return text if len(text) <= bound else _cut(text, bound)
    if isinstance(value, Mapping):
        return {printable(str(k)): safe(v, longest, most, key=str(k)) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        kept = [safe(one, longest, most, key=key) for one in value[:most]]
        more = len(value) - most
        return [*kept, f"... ({more} more)"] if more > 0 else kept
    return value


def _cut(text: str, longest: int) -> str:
    return f"{text[:longest]}... ({len(text)} characters)"


def page(
    head: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    tail: Mapping[str, Any],
    *,
    after: int = 0,
    at_most: int = DEFAULT_TOKENS,
) -> dict[str, Any]:
    """Give an answer with as many rows as fit, and what to call for the next ones.

    Parameters
    ----------
    head
        What is found besides rows; given with the first page.
    rows
        All rows.
    tail
        Notes and sources, which each page has.
    after
        How many rows the caller has already.
    at_most
        Tokens, as `tokens` counts them.

    Returns
    -------
    dict
        ``found``, ``rows``, ``total``, ``after`` (what to pass for the next page, None after the
        last one), and the tail.
    """
    for longest, most in zip(_TEXTS, _PARTS, strict=True):
        fixed = {
            "found": safe(head, longest, most) if not after else {},
            "rows": [],
            "total": len(rows),
            "after": len(rows),
            **safe(tail, longest, most),
        }
        made = _filled(fixed, [safe(row, longest, most) for row in rows[after:]], after, at_most)
        if tokens(as_json(made)) <= at_most:
            break
    return made


def _filled(fixed: dict[str, Any], rows: Sequence[Any], after: int, at_most: int) -> dict[str, Any]:
    """Add rows while they fit; one at least, so that each page leads on."""
    left = at_most - tokens(as_json(fixed))
    kept: list[Any] = []
    for row in rows:
        left -= tokens(as_json(row)) + 1
        if left < 0 and kept:
            break
        kept.append(row)
    done = after + len(kept)
    ended = len(kept) == len(rows)
    return {**fixed, "rows": kept, "after": None if ended else done}
