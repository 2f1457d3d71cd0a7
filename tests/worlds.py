"""Worlds with the cases that sessions come in, for the tests over memory and over the stand-in."""

from __future__ import annotations

from typing import Any

from aind_session.settings import KNOWN_BUCKETS
from aind_session.sources.memory import World

Body = dict[str, Any]

SUBJECT = "700001"


def empty_world() -> World:
    """A world in which all known buckets exist, and nothing else."""
    return World(objects={bucket: {} for bucket in KNOWN_BUCKETS})


def uuid_of(number: int) -> str:
    """The ID of the asset with this number."""
    return f"0000000a-0000-4000-8000-{number:012}"


def asset(number: int, name: str, **more: Any) -> Body:
    """An asset as Code Ocean sends it, created in the order of the numbers."""
    subject = next((part for part in name.split("_") if part.isdecimal()), SUBJECT)
    return {
        "id": uuid_of(number),
        "created": 1_700_000_000 + number,
        "name": name,
        "mount": name,
        "last_used": 0,
        "state": "ready",
        "type": "dataset",
        "tags": [],
        "custom_metadata": {"subject id": subject},
        **more,
    }


def raw(number: int, name: str, bucket: str = "aind-open-data", **more: Any) -> Body:
    """A raw asset that links to a directory of its name."""
    body = asset(number, name, **more)
    body["custom_metadata"] = {**body["custom_metadata"], "data level": "raw data"}
    source = {"origin": "aws", "bucket": bucket, "prefix": name, "external": True}
    return {**body, "source_bucket": more.get("source_bucket", source)}


def record(name: str, location: str | None, *ids: str, **more: Any) -> Body:
    """A v1 record of raw data."""
    subject = name.split("_")[-3]
    return {
        "_id": f"v1-{name}-{location}",
        "name": name,
        "created": "2024-06-20T21:13:53.068424",
        "location": location,
        "external_links": {"Code Ocean": list(ids)},
        "subject": {"subject_id": subject},
        "data_description": {"data_level": "raw", "modality": [{"abbreviation": "behavior"}]},
        **more,
    }


def record_v2(name: str, location: str | None, *ids: str, **more: Any) -> Body:
    """A v2 record of raw data."""
    subject = name.split("_")[-3]
    return {
        "_id": f"v2-{name}-{location}",
        "name": name,
        "_created": "2025-06-20T21:13:53Z",
        "location": location,
        "other_identifiers": {"Code Ocean": list(ids)},
        "subject": {"subject_id": subject},
        "data_description": {"data_level": "raw", "modalities": [{"abbreviation": "behavior"}]},
        **more,
    }
