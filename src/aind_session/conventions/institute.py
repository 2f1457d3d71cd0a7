"""The institute's buckets, capsules, pipelines, addresses and time zone, by name and ID."""

from __future__ import annotations

import datetime
import functools

CODE_OCEAN_BUCKET = "codeocean-s3datasetsbucket-1u41qdg42ur9"
"""The bucket of the assets that Code Ocean itself keeps, in directories named by asset ID."""

KNOWN_BUCKETS = (
    CODE_OCEAN_BUCKET,
    "aind-private-data-prod-o5171v",
    "aind-open-data-prod-o5171v",
    "aind-open-data",
    "aibs-behavior-data",
    "aind-ephys-data",
    "aind-ophys-data",
)
"""The S3 buckets that hold sessions, in the order in which they are preferred."""

TABLES_BUCKET = "allen-data-views"
"""The bucket of the tables that are made each night."""

PUBLIC_BUCKETS = frozenset({"aind-open-data", "aind-benchmark-data", TABLES_BUCKET})
"""Buckets that anyone may read without credentials."""

CODE_OCEAN_ADDRESS = "https://codeocean.allenneuraldynamics.org"
"""Where Code Ocean answers."""

DOCDB_ADDRESS = "https://api.allenneuraldynamics.org"
"""Where DocDB answers."""

SORTING_PIPELINE_ID = "1f8f159a-7670-47a9-baf1-078905fc9c2e"
"""The pipeline that sorts spikes."""

SORTING_TRIGGER_CAPSULE_ID = "eb5a26e4-a391-4d79-9da5-1ab65b71253f"
"""The capsule that starts the sorting pipeline, and captures its result."""

IBL_CONVERTER_CAPSULE_ID = "9fe42995-ffff-40ff-9c4c-c8206b8aacb5"
"""The capsule that converts ecephys and SmartSPIM data for IBL's alignment of probes."""

PIPELINE_MONITOR_CAPSULE_ID = "567b5b98-8d41-413b-9375-9ca610ca2fd3"
"""The capsule that waits for a run, and captures its result."""


@functools.cache
def local_zone() -> datetime.tzinfo:
    """Give the time zone of the institute: that of the times in names of sessions."""
    import zoneinfo  # reads a file, paid by whoever gives a time with a zone

    return zoneinfo.ZoneInfo("America/Los_Angeles")
