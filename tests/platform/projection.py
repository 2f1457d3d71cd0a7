"""Projections of the metadata database: the parts of a record that are returned.

mongomock does not support nested lists, which real records contain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .messages import Refusal

# Names mapped to the wanted parts: everything (None), or only some parts.
Tree = dict[str, Any]


def is_plain(projection: Mapping[str, Any]) -> bool:
    """Return whether a projection only includes or only excludes fields."""
    return all(isinstance(value, (bool, int)) for value in projection.values())


def project(
    records: Iterable[Mapping[str, Any]], projection: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Apply a plain projection to records."""
    fields = {name: bool(value) for name, value in projection.items() if name != "_id"}
    with_id = bool(projection.get("_id", True))
    if len(set(fields.values())) > 1:
        raise Refusal(400, "a projection cannot both include and exclude")
    include = True in fields.values() or (not fields and with_id and bool(projection))
    tree = _tree({**fields, **({"_id": include} if with_id == include else {})})
    part = _included if include else _excluded
    return [part(record, tree) for record in records]


def _tree(paths: Iterable[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        *parents, name = path.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if branch is None:
                raise Refusal(400, f"path collision at {path}")
        if name in branch:
            raise Refusal(400, f"path collision at {path}")
        branch[name] = None
    return tree


def _included(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):  # a value without fields has no wanted fields
        return [_included(item, tree) for item in value if isinstance(item, (dict, list))]
    return {
        name: item if tree[name] is None else _included(item, tree[name])
        for name, item in value.items()
        if name in tree and (tree[name] is None or isinstance(item, (dict, list)))
    }


def _excluded(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_excluded(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _excluded(item, tree[name]) if name in tree else item
        for name, item in value.items()
        if tree.get(name, ()) is not None
    }
