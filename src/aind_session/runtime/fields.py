"""Reading fields of JSON objects, which servers and files can fill with anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def as_text(value: Any) -> str:
    """Return a text unchanged; empty text for anything else.

    Examples
    --------
    >>> as_text("a"), as_text(None)
    ('a', '')
    """
    return value if isinstance(value, str) else ""
