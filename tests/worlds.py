"""Worlds with typical cases of sessions, for tests in memory and over the stand-in."""

from __future__ import annotations

from typing import Any

from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.sources import bodies
from aind_session.sources.demo_world import demo_world
from aind_session.sources.memory import World
from aind_session.sources.protocols import Body

SUBJECT = "700001"


def empty_world() -> World:
    """A world with all known buckets, empty."""
    return World(objects={bucket: {} for bucket in KNOWN_BUCKETS})


def uuid_of(number: int) -> str:
    """The ID of the asset with this number."""
    return f"0000000a-0000-4000-8000-{number:012}"


def asset(number: int, name: str, **more: Any) -> Body:
    """An asset with only a subject, created in the order of the numbers."""
    subject = next((part for part in name.split("_") if part.isdecimal()), SUBJECT)
    labels = {"custom_metadata": {"subject id": subject}}
    return bodies.data_asset(uuid_of(number), name, 1_700_000_000 + number, **{**labels, **more})


def raw(number: int, name: str, bucket: str = "aind-open-data", **more: Any) -> Body:
    """A raw asset that links to a directory of its name."""
    source = {"source_bucket": bodies.source_bucket(bucket, name)}
    body = asset(number, name, **{**source, **more})
    body["custom_metadata"] = {**body["custom_metadata"], "data level": "raw data"}
    return body


def record(name: str, location: str | None, *ids: str, **more: Any) -> Body:
    """A v1 record of raw data."""
    description = {"data_level": "raw", "modality": [{"abbreviation": "behavior"}]}
    parts = {"data_description": description, **more}
    return bodies.record_v1(f"v1-{name}-{location}", name, location, ids, **parts)


def record_v2(name: str, location: str | None, *ids: str, **more: Any) -> Body:
    """A v2 record of raw data."""
    description = {"data_level": "raw", "modalities": [{"abbreviation": "behavior"}]}
    parts = {"data_description": description, "_created": "2025-06-20T21:13:53Z", **more}
    return bodies.record_v2(f"v2-{name}-{location}", name, location, ids, **parts)


COMPUTATION = "0000000c-0000-4000-8000-0000000000aa"
"""A computation with mounted assets; see `mounted_world`."""


def mounted_world(**mounts: str) -> World:
    """The documented facts, and a computation with assets mounted: folder to ID."""
    world = demo_world()
    parts: list[dict[str, Any]] = [{"id": i, "mount": folder} for folder, i in mounts.items()]
    computation = {"id": COMPUTATION, "state": "running", "data_assets": parts}
    world.computations["capsule"] = [computation]
    return world
