"""The JSON bodies that servers send for assets, records and runs.

The demo, `aind_session.testing` and the library's tests are built from them.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import PROTOCOL_OF_ORIGIN
from aind_session.conventions.mentions import (
    EXPERIMENT_LABEL,
    LEVEL_LABEL,
    SUBJECT_LABEL,
    stated_subject,
)
from aind_session.conventions.names import parse_session
from aind_session.conventions.records import record_location
from aind_session.sources.protocols import Body

Level = Literal["raw", "derived"]

_LEVELS = {"raw": "raw data", "derived": "derived"}
_NULL_PARTS = (
    "session",
    "rig",
    "procedures",
    "processing",
    "acquisition",
    "instrument",
    "quality_control",
)
_STREAM = "experiment1_Record Node 104#Neuropix-PXI-100.{}-AP_recording1"
_ENDED = b"N E X T F L O W\nsorting\nFULL PIPELINE time:  161658.77s\n"
_FAILED = b"N E X T F L O W\nsorting\nCommand error:\n"


def data_asset(id_: str, name: str, created: int, **more: Any) -> Body:
    """Return an asset with an ID, a name and a creation time, and defaults for the rest.

    Parameters
    ----------
    id_, name
        The asset's ID and name.
    created
        Seconds since 1970 UTC.
    **more
        Further fields, or other values for these fields.
    """
    return {
        "id": id_,
        "created": created,
        "name": name,
        "mount": name,
        "description": "",
        "last_used": created,
        "state": "ready",
        "type": "dataset",
        "tags": [],
        **more,
    }


def asset_of_record(record: Body, id_: str, created: datetime.datetime | None) -> Body:
    """Return the data asset that a metadata record describes: name, subject, location and type.

    Parameters
    ----------
    record
        A record with a name.
    id_
        The ID of the asset.
    created
        When it was created, as a naive UTC time; None if that is unknown.
    """
    asset: Body = {"id": id_, "name": record["name"], "custom_metadata": {}}
    if (subject_id := stated_subject(record)) is not None:
        asset["custom_metadata"][SUBJECT_LABEL] = subject_id
    if created is not None:
        asset["created"] = int(created.replace(tzinfo=datetime.timezone.utc).timestamp())
    place = record_location(record)
    if place is not None and place.bucket == CODE_OCEAN_BUCKET:
        asset["type"] = "result"
    elif place is not None:
        origin = next(o for o, protocol in PROTOCOL_OF_ORIGIN.items() if protocol == place.protocol)
        external = {"origin": origin, "bucket": place.bucket, "prefix": place.key}
        asset["source_bucket"] = {**external, "external": True}
    return asset


def labelled_asset(id_: str, name: str, created: int, level: Level, **more: Any) -> Body:
    """Return an asset with the tags and metadata that uploads and pipelines write.

    Parameters
    ----------
    id_, name, created
        See `data_asset`; the name must contain a session.
    level
        Raw data, or the result of a run.
    **more
        Further fields, or other values for these fields.
    """
    session = parse_session(name)
    first = [session.platform] if session.platform else []
    labels = {LEVEL_LABEL: _LEVELS[level], SUBJECT_LABEL: session.subject_id}
    if session.platform:
        labels[EXPERIMENT_LABEL] = session.platform
    fields = {
        "type": "dataset" if level == "raw" else "result",
        "tags": [*first, level, session.subject_id],
        "custom_metadata": labels,
    }
    return data_asset(id_, name, created, **{**fields, **more})


def source_bucket(bucket: str, prefix: str) -> Body:
    """Return the link of an asset to a directory outside Code Ocean's own bucket."""
    return {"origin": "aws", "bucket": bucket, "prefix": prefix, "external": True}


def record_v1(id_: str, name: str, location: str | None, links: Sequence[str], **more: Any) -> Body:
    """Return a record in the older schema.

    Parameters
    ----------
    id_
        The record's ID.
    name
        The asset's name; it must contain a session.
    location
        The URL of the files.
    links
        IDs of the assets in Code Ocean.
    **more
        Further parts, or other values for these parts.
    """
    return {
        "_id": id_,
        "name": name,
        "created": "2024-06-20T21:13:53.068424",
        "last_modified": "2025-04-03T21:52:00.599Z",
        "location": location,
        "external_links": {"Code Ocean": list(links)},
        "subject": {"subject_id": parse_session(name).subject_id},
        "data_description": description_v1(name),
        **dict.fromkeys(_NULL_PARTS),
        **more,
    }


def record_v2(id_: str, name: str, location: str | None, links: Sequence[str], **more: Any) -> Body:
    """Return a record in the newer schema; see `record_v1`."""
    return {
        "_id": id_,
        "object_type": "Metadata",
        "name": name,
        "location": location,
        "other_identifiers": {"Code Ocean": list(links)} if links else None,
        "_created": "2025-07-01T00:00:00Z",
        "_last_modified": "2025-07-01T00:00:00Z",
        "subject": {"subject_id": parse_session(name).subject_id, "subject_details": {}},
        "data_description": description_v2(name),
        **more,
    }


def description_v1(name: str, modalities: Sequence[str] = (), level: Level = "raw") -> Body:
    """Return the part ``data_description`` in the older schema."""
    session = parse_session(name)
    platform = {"platform": {"abbreviation": session.platform}} if session.platform else {}
    return {
        "name": name,
        "subject_id": session.subject_id,
        "data_level": level,
        **platform,
        "modality": _abbreviations(modalities),
    }


def description_v2(name: str, modalities: Sequence[str] = (), level: Level = "raw") -> Body:
    """Return the part ``data_description`` in the newer schema, which has no platform."""
    return {
        "name": name,
        "subject_id": parse_session(name).subject_id,
        "data_level": level,
        "modalities": _abbreviations(modalities),
    }


def _abbreviations(modalities: Sequence[str]) -> list[Body]:
    return [{"abbreviation": modality} for modality in modalities]


def sorting_process(sorter: str) -> Body:
    """Return a sorting as records and ``processing.json`` list it."""
    return {"name": "Spike sorting", "parameters": {"sorter_name": sorter}}


def processing_v1(*processes: Body) -> Body:
    """Return the part ``processing`` in the older schema."""
    return {"processing_pipeline": {"data_processes": list(processes)}}


def sorting_files(sorter: str, probes: Sequence[str], *, failed: bool = False) -> dict[str, bytes]:
    """Return the files that a sorting writes: a folder for each finished probe, and its log.

    Parameters
    ----------
    sorter
        The name that SpikeInterface uses.
    probes
        Such as ``ProbeA``.
    failed
        Whether the sorting ended before it finished a probe.
    """
    processing = json.dumps(processing_v1(sorting_process(sorter))).encode()
    if failed:
        return {"output": _FAILED, "processing.json": processing}
    folders = [f"sorting_precurated/{_STREAM.format(probe)}" for probe in probes]
    return {
        **{f"{folder}/x.json": b"{}" for folder in folders},
        "nwb/file.nwb": b"",
        "output": _ENDED,
        "processing.json": processing,
    }


def computation(id_: str, created: int, *, inputs: Mapping[str, str], **more: Any) -> Body:
    """Return a run that succeeded.

    Parameters
    ----------
    id_
        The ID of the run.
    created
        Seconds since 1970 UTC.
    inputs
        IDs of the attached assets, with their mounts.
    **more
        Further fields, or other values for these fields.
    """
    return {
        "id": id_,
        "created": created,
        "name": f"Run {id_[:7]}",
        "run_time": 60,
        "state": "completed",
        "end_status": "succeeded",
        "has_results": True,
        "data_assets": [{"id": asset_id, "mount": mount} for asset_id, mount in inputs.items()],
        **more,
    }
