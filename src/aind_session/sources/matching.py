"""DocDB's filters and projections, applied to plain data."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aind_session.sources.protocols import Body


def holds(record: Body, where: Mapping[str, Any]) -> bool:
    """Return whether a record matches a filter: ``$or``, ``$and``, ``$in``, ``$ne``, ``$regex``.

    As in MongoDB, a missing field equals null.
    """
    for name, wanted in where.items():
        if name == "$or":
            if not any(holds(record, other) for other in wanted):
                return False
        elif name == "$and":
            if not all(holds(record, other) for other in wanted):
                return False
        elif not any(_is(value, wanted) for value in _at(record, name.split(".")) or [None]):
            return False
    return True


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if "$in" in wanted:
            return value in wanted["$in"]
        if "$ne" in wanted:
            return bool(value != wanted["$ne"])
        return isinstance(value, str) and bool(re.search(wanted["$regex"], value))
    return bool(value == wanted)


def _at(value: Any, parts: Sequence[str]) -> list[Any]:
    """Return all values at a dotted name; as in MongoDB, lists on the way are searched, too."""
    if isinstance(value, list):
        inside = [found for item in value for found in _at(item, parts)]
        return inside if parts else [value, *inside]
    if not parts:
        return [value]
    return _at(value[parts[0]], parts[1:]) if isinstance(value, dict) and parts[0] in value else []


def slim(record: Body, fields: Sequence[str]) -> Body:
    """Return a copy of a record with only its ID and the fields with these dotted names."""
    kept: Body = {"_id": record["_id"]}
    for name in fields:
        _keep(record, name.split("."), kept)
    return copy.deepcopy(kept)


def _keep(source: Body, parts: Sequence[str], kept: Body) -> None:
    """Copy the value at a dotted name into ``kept``; lists on the way keep their shape."""
    name, rest = parts[0], parts[1:]
    if name not in source:
        return
    value = source[name]
    if not rest or value is None or isinstance(value, str):
        # MongoDB leaves out a text where the projection expects an object
        if not rest or value is None:
            kept[name] = value
    elif isinstance(value, dict):
        _keep(value, rest, kept.setdefault(name, {}))
    elif isinstance(value, list):
        kept[name] = _keep_in_list(value, rest, kept.get(name))


def _keep_in_list(items: list[Any], parts: Sequence[str], before: Any) -> list[Any]:
    kept = before if isinstance(before, list) else [[] if type(i) is list else {} for i in items]
    for index, item in enumerate(items):
        if isinstance(item, dict):
            _keep(item, parts, kept[index])
        elif isinstance(item, list):
            kept[index] = _keep_in_list(item, parts, kept[index])
    return kept
