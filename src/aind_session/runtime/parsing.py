"""Parsing of JSON from servers and files, which can hold anything, and reading its fields."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""A surrogate in JSON, escaped or raw; also one that is part of a valid pair."""

_LONE = "[\ud800-\udfff]"


def parse_json(content: bytes) -> Any:
    r"""Parse JSON; lone surrogates, which no file or table can hold, become U+FFFD.

    Raises
    ------
    ValueError, RecursionError
        The content is not JSON, not text, or nested too deep.

    Examples
    --------
    >>> parse_json(b'{"name": "a\\ud800b"}')
    {'name': 'a\ufffdb'}
    """
    value = json.loads(content)
    return _whole(value) if _HALF.search(content) else value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(_LONE, "\ufffd", value)
    if isinstance(value, dict):
        return {_whole(name): _whole(part) for name, part in value.items()}
    return [_whole(part) for part in value] if isinstance(value, list) else value


def value_in(holder: Any, name: str) -> Any:
    """Return a field of an object; None if the object has no such field, or is not an object.

    Examples
    --------
    >>> value_in({"a": 1}, "a"), value_in(["a"], "a")
    (1, None)
    """
    return holder.get(name) if isinstance(holder, Mapping) else None


def object_in(holder: Any, name: str) -> Mapping[str, Any]:
    """Return a field that is an object; an empty one if it is missing or something else.

    Examples
    --------
    >>> object_in({"a": {"b": 1}}, "a"), object_in({"a": "b"}, "a")
    ({'b': 1}, {})
    """
    found = value_in(holder, name)
    return found if isinstance(found, Mapping) else {}


def objects_in(holder: Any, name: str) -> list[dict[str, Any]]:
    """Return the objects in a list; an empty list if the field is missing or something else.

    Examples
    --------
    >>> objects_in({"a": [{"b": 1}, None]}, "a"), objects_in({"a": None}, "a")
    ([{'b': 1}], [])
    """
    found = value_in(holder, name)
    return (
        [one for one in found if isinstance(one, dict)] if isinstance(found, (list, tuple)) else []
    )


def as_text(value: Any) -> str:
    """Return a text unchanged; empty text for anything else.

    Examples
    --------
    >>> as_text("a"), as_text(None)
    ('a', '')
    """
    return value if isinstance(value, str) else ""
