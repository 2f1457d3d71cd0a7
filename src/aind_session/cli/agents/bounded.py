"""Answers of bounded size: safe texts, as many rows as fit, and the start of the next page."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aind_session.errors.wording import printable

DEFAULT_TOKENS = 1_500
"""The default limit of an answer."""

LEAST_TOKENS, MOST_TOKENS = 1_000, 20_000
"""The smallest and largest limit that a caller may set."""

WHOLE = frozenset({"id", "session", "subject", "run", "capsule", "place", "made_of"})
"""Keys of IDs and locations, which are not truncated."""

_LONGEST_PLACE = 1_200
"""Characters: a key in S3 has at most 1,024 bytes, a bucket 63. Longer text is no location."""

NAMES = frozenset({"name", "winner", "candidate"})
"""Keys of names, which are truncated only if they are unusually long."""

_LONGEST_NAME = 160

_TEXTS = (400, 160, 60)
"""Limits of a text in characters; the shorter ones apply if the answer would be too long."""

_PARTS = (20, 10, 4)
"""Limits of the number of notes, and of values in lists other than the rows."""

_PIECES = re.compile(r'[A-Za-z]+|[0-9]+|["{}\[\]:,]+| (?=[A-Za-z])|.', re.S)


_LONGEST = {True: 16, False: 6}
"""The longest word, and the longest punctuation between two values, in characters."""


def tokens(text: str) -> int:
    """Estimate the number of tokens of a text; for answers, models do not count more.

    Three letters or digits of a word or number count as one token, and so do three punctuation
    characters of JSON. Any other ASCII character counts as one, and any other character as one for
    each byte.

    Examples
    --------
    >>> tokens('{"id":"16d46411-540a-4122-b47f-8cb2a15d593a"}')
    27
    """
    return sum(map(_of_piece, _PIECES.findall(text)))


def _of_piece(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode("utf-8", "surrogatepass"))
    if piece == " ":  # part of the following word's token
        return 0
    # longer runs are not words or JSON punctuation: each character may be a token
    a_token = 3 if len(piece) <= _LONGEST[piece[0].isalnum()] or piece.isdecimal() else 1
    return math.ceil(len(piece) / a_token)


def as_json(answer: Any) -> str:
    """Return an answer as compact JSON."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def safe(value: Any, longest: int = _TEXTS[0], most: int = _PARTS[0], *, key: str = "") -> Any:
    r"""Return plain data without control or invisible characters, and with bounded texts.

    Parameters
    ----------
    value
        Plain data, whose texts may come from a server.
    longest
        The limit of a text in characters; a truncated text states its length. IDs and locations
        are not truncated.
    most
        The limit of values in a list; a truncated list states the number of further values.
    key
        The key of the value; see `WHOLE`.

    Examples
    --------
    >>> safe({"id": "a", "text": "x\x1b[2J\u202e" + "y" * 50}, 20)
    {'id': 'a', 'text': 'x\\x1b[2J\\u202eyyyy... (64 characters)'}
    """
    if isinstance(value, str):
        text = printable(value)
        bound = _LONGEST_PLACE if key in WHOLE else longest
        bound = max(bound, _LONGEST_NAME) if key in NAMES else bound
        return text if len(text) <= bound else _cut(text, bound)
    if isinstance(value, Mapping):
        return {printable(str(k)): safe(v, longest, most, key=str(k)) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        kept = [safe(one, longest, most, key=key) for one in value[:most]]
        more = len(value) - most
        return [*kept, f"... ({more} more)"] if more > 0 else kept
    return value


def _cut(text: str, longest: int) -> str:
    """Truncate a text, between words if possible: a part of an ID looks like an ID."""
    kept = text[:longest]
    words = text[: longest + 1].rpartition(" ")[0]
    kept = words if len(words) >= longest // 2 else kept
    return f"{kept}... ({len(text)} characters)"


def page(
    head: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    tail: Mapping[str, Any],
    *,
    after: int = 0,
    at_most: int = DEFAULT_TOKENS,
) -> dict[str, Any]:
    """Return an answer with as many rows as fit, and the start of the next page.

    Parameters
    ----------
    head
        The facts besides the rows, for the first page.
    rows
        All rows.
    tail
        Notes and sources, for each page.
    after
        The number of rows that the caller already has.
    at_most
        The limit in tokens, as `tokens` counts them.

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
    """Add rows while they fit, but at least one, so that each page makes progress."""
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
