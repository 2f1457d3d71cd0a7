"""What servers send about assets, records and runs: the one home of their shape.

The demo, `aind_session.testing` and the library's own tests are made of these.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import PROTOCOL_OF_ORIGIN
from aind_session.conventions.mentions import stated_subject
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
    """Give an asset of which nothing is known but its name.

    Parameters
    ----------
    id_, name
        How it is known.
    created
        Seconds since 1970 UTC.
    **more
        Further fields, or other values for these.
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
    """Give the data asset that a metadata record describes: its name, subject, place and type.

    Parameters
    ----------
    record
        A record with its own name.
    id_
        The ID of the asset.
    created
        When it was made, in UTC without a zone; None if nothing tells.
    """
    asset: Body = {"id": id_, "name": record["name"], "custom_metadata": {}}
    if (subject_id := stated_subject(record)) is not None:
        asset["custom_metadata"]["subject id"] = subject_id
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
    """Give an asset with the tags and the metadata that uploads and pipelines write.

    Parameters
    ----------
    id_, name, created
        See `data_asset`; the name holds a session.
    level
        Raw data, or the result of a run.
    **more
        Further fields, or other values for these.
    """
    session = parse_session(name)
    first = [session.platform] if session.platform else []
    labels = {"data level": _LEVELS[level], "subject id": session.subject_id}
    if session.platform:
        labels["experiment type"] = session.platform
    fields = {
        "type": "dataset" if level == "raw" else "result",
        "tags": [*first, level, session.subject_id],
        "custom_metadata": labels,
    }
    return data_asset(id_, name, created, **{**fields, **more})


def source_bucket(bucket: str, prefix: str) -> Body:
    """Give the link of an asset to a directory that Code Ocean does not keep itself."""
    return {"origin": "aws", "bucket": bucket, "prefix": prefix, "external": True}


def record_v1(id_: str, name: str, location: str | None, links: Sequence[str], **more: Any) -> Body:
    """Give a record in the older schema.

    Parameters
    ----------
    id_
        Its own ID.
    name
        That of the asset; it holds a session.
    location
        The URL of the files.
    links
        IDs of the assets in Code Ocean.
    **more
        Further parts, or other values for these.
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
    """Give a record in the newer schema; see `record_v1`."""
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
    """Give the part ``data_description`` in the older schema."""
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
    """Give the part ``data_description`` in the newer schema, which knows no platform."""
    return {
        "name": name,
        "subject_id": parse_session(name).subject_id,
        "data_level": level,
        "modalities": _abbreviations(modalities),
    }


def _abbreviations(modalities: Sequence[str]) -> list[Body]:
    return [{"abbreviation": modality} for modality in modalities]


def sorting_process(sorter: str) -> Body:
    """Give the process that records and ``processing.json`` have of a sorting."""
    return {"name": "Spike sorting", "parameters": {"sorter_name": sorter}}


def processing_v1(*processes: Body) -> Body:
    """Give the part ``processing`` in the older schema."""
    return {"processing_pipeline": {"data_processes": list(processes)}}


def sorting_files(sorter: str, probes: Sequence[str], *, failed: bool = False) -> dict[str, bytes]:
    """Give the files that a sorting leaves: a folder for each probe that it finished, and its log.

    Parameters
    ----------
    sorter
        As SpikeInterface has it.
    probes
        Such as ``ProbeA``.
    failed
        Whether it ended before it had finished a probe.
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
    """Give a run that came to a good end.

    Parameters
    ----------
    id_
        Its own ID.
    created
        Seconds since 1970 UTC.
    inputs
        IDs of the assets that are attached, with their mounts.
    **more
        Further fields, or other values for these.
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
