"""Build worlds from files that `aind_session.Sessions.save` wrote."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.sources.memory import World
from aind_session.sources.protocols import Body


def world_of(whole: Mapping[str, Any]) -> World:
    """Build a world from the answers in a file.

    Parameters
    ----------
    whole
        The result of `aind_session.many.saved.read`. Data that were not requested are missing: a
        file that was listed but not read is empty, and a record has only the requested fields.
    """
    world = World(objects={bucket: {} for bucket in KNOWN_BUCKETS})
    assets: dict[str, Body] = {}
    for entry in whole["answers"]:
        kind, *asked = entry["question"]
        if entry["answer"] is not None and kind in _LEARN:
            _LEARN[kind](world, assets, asked, entry["answer"])
    world.assets = sorted(assets.values(), key=lambda asset: asset.get("created") or 0)
    return world


def _search(world: World, assets: dict[str, Body], asked: list[Any], found: list[Body]) -> None:
    archived = {"archived": True} if asked[0].get("archived") else {}
    assets.update({body["id"]: {**body, **archived} for body in found})


def _asset(world: World, assets: dict[str, Body], asked: list[Any], body: Body) -> None:
    assets.setdefault(body["id"], body)


def _records(world: World, assets: dict[str, Body], asked: list[Any], found: list[Body]) -> None:
    known = world.records[asked[0]]
    for record in found:
        older = next((other for other in known if other["_id"] == record["_id"]), None)
        if older is None:
            known.append(dict(record))
        else:  # the same record, requested with other fields or as a whole
            _unite(older, record)


def _unite(older: Body, newer: Mapping[str, Any]) -> None:
    for name, value in newer.items():
        if isinstance(value, dict) and isinstance(older.get(name), dict):
            _unite(older[name], value)
        else:
            older[name] = value


def _list(world: World, assets: dict[str, Body], asked: list[Any], listing: Body) -> None:
    bucket, prefix, delimiter = asked
    keys = world.objects.setdefault(bucket, {})
    # a folder exists through its marker object, which listings leave out
    markers = [f"{prefix}{folder}{delimiter}" for folder in listing["folders"]]
    for key in (*markers, *(f"{prefix}{name}" for name in listing["files"])):
        keys.setdefault(key, b"")


def _read(world: World, assets: dict[str, Body], asked: list[Any], content: Body) -> None:
    bucket, key = asked
    text = content.get("text")
    body = base64.b64decode(content["base64"]) if text is None else text.encode()
    world.objects.setdefault(bucket, {})[key] = body


def _exists(world: World, assets: dict[str, Body], asked: list[Any], is_there: bool) -> None:
    bucket, key = asked
    if is_there:
        world.objects.setdefault(bucket, {}).setdefault(f"{key}/", b"")


_LEARN: dict[str, Callable[[World, dict[str, Body], list[Any], Any], None]] = {
    "search": _search,
    "asset": _asset,
    "find": _records,
    "record": _records,
    "whole records": _records,
    "list": _list,
    "read": _read,
    "exists": _exists,
}
"""The functions that add each kind of answer to the world."""
