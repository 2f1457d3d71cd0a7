"""Nightly tables, built from the records of a world by the rules of the real ones."""

from __future__ import annotations

import datetime
import io
import json
import re
from collections.abc import Collection
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aind_session.sources.memory import World
from aind_session.sources.protocols import Body

BUCKET, ROOT = "allen-data-views", "data-asset-cache"
VERSION = "bdc-v0.42"

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
_BASICS = {
    "_id": _TEXT,
    "_last_modified": _TEXT,
    "created": _TEXT,
    "modalities": _TEXTS,
    "project_name": _TEXT,
    "data_level": _TEXT,
    "subject_id": _TEXT,
    "acquisition_start_time": _TEXT,
    "acquisition_end_time": _TEXT,
    "code_ocean": _TEXTS,
    "process_date": _TEXT,
    "genotype": _TEXT,
    "acquisition_type": _TEXT,
    "location": _TEXT,
    "name": _TEXT,
    "instrument_id": _TEXT,
}
_SOURCES = {"name": _TEXT, "source_data": _TEXT, "pipeline_name": _TEXT, "processing_time": _TEXT}


def add_tables(
    world: World,
    *,
    versions: Collection[str] = (VERSION,),
    listed: Any = None,
    without: Collection[str] = (),
    made: datetime.datetime | None = None,
) -> None:
    """Put the tables of a world's records into it.

    Parameters
    ----------
    versions
        The folders that hold them; ``cache_versions.json`` lists these, or ``listed``.
    without
        Tables (``qc_status``) and columns (``asset_basics.project_name``) that are left out.
    made
        When they were made; only in memory.
    """
    bucket = world.objects.setdefault(BUCKET, {})
    bucket[f"{ROOT}/cache_versions.json"] = json.dumps(listed or list(versions)).encode()
    for version in versions:
        for table, content in tables_of(world, without=without).items():
            key = f"{ROOT}/{version}/{table}.pqt"
            bucket[key] = content
            if made is not None:
                world.modified[BUCKET, key] = made


def tables_of(world: World, *, without: Collection[str] = ()) -> dict[str, bytes]:
    """Build the tables, by name."""
    records = world.records["v2"]
    derived = [record for record in records if _description(record).get("data_level") == "derived"]
    quality = [row for record in records if (row := _quality(record))]
    names = sorted({name for row in quality for name in row} - {"name"})
    made = {
        "asset_basics": _table(map(_basics, records), _BASICS),
        "source_data": _table((row for record in derived for row in _sources(record)), _SOURCES),
        "qc_status": _table(quality, {"name": _TEXT, **dict.fromkeys(names, _TEXT)}),
    }
    kept = {
        name: table.drop_columns([c for c in table.column_names if f"{name}.{c}" in without])
        for name, table in made.items()
        if name not in without
    }
    return {name: parquet(table) for name, table in kept.items()}


def parquet(table: pa.Table) -> bytes:
    """Write a table in the real format."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _table(rows: Any, types: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=pa.schema(list(types.items())))


def _basics(record: Body) -> Body:
    description, acquisition = _description(record), record.get("acquisition") or {}
    subject = record.get("subject") or {}
    return {
        "_id": record["_id"],
        "_last_modified": record.get("_last_modified"),
        "created": record.get("_created"),
        "modalities": [m["abbreviation"] for m in description.get("modalities") or []],
        "project_name": description.get("project_name"),
        "data_level": description.get("data_level"),
        "subject_id": subject.get("subject_id"),
        "acquisition_start_time": acquisition.get("acquisition_start_time"),
        "acquisition_end_time": acquisition.get("acquisition_end_time"),
        "code_ocean": (record.get("other_identifiers") or {}).get("Code Ocean"),
        "process_date": None,
        "genotype": (subject.get("subject_details") or {}).get("genotype"),
        "acquisition_type": acquisition.get("acquisition_type"),
        "location": record.get("location"),
        "name": record["name"],
        "instrument_id": acquisition.get("instrument_id"),
    }


def _sources(record: Body) -> list[Body]:
    found = re.search(r"\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}$", record["name"])
    more = {"pipeline_name": "", "processing_time": found[0] if found else ""}
    sources = _description(record).get("source_data") or [""]
    return [{"name": record["name"], "source_data": source, **more} for source in sources]


def _quality(record: Body) -> Body | None:
    control = record.get("quality_control") or {}
    if "status" not in control:
        return None
    metrics = control.get("metrics") or []
    names = {m["modality"]["abbreviation"] for m in metrics} | {m["stage"] for m in metrics}
    return {"name": record["name"], **{n: control["status"].get(n) for n in names}}


def _description(record: Body) -> Body:
    return record.get("data_description") or {}
