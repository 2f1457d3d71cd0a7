"""The institute's buckets, capsules, pipelines, URLs and time zone."""

from __future__ import annotations

import datetime
import functools
from urllib.parse import quote

CODE_OCEAN_BUCKET = "codeocean-s3datasetsbucket-1u41qdg42ur9"
"""The bucket of the assets that Code Ocean stores itself, in directories named by asset ID."""

KNOWN_BUCKETS = (
    CODE_OCEAN_BUCKET,
    "aind-private-data-prod-o5171v",
    "aind-open-data-prod-o5171v",
    "aind-open-data",
    "aibs-behavior-data",
    "aind-ephys-data",
    "aind-ophys-data",
)
"""The S3 buckets with sessions, in order of preference."""

TABLES_BUCKET = "allen-data-views"
"""The bucket of the nightly tables."""

PUBLIC_BUCKETS = frozenset({"aind-open-data", "aind-benchmark-data", TABLES_BUCKET})
"""Buckets that anyone may read without credentials."""

MODALITIES = (
    "BARseq",
    "EM",
    "EMG",
    "ISI",
    "MAPseq",
    "MRI",
    "SPIM",
    "STPT",
    "behavior",
    "behavior_videos",
    "brightfield",
    "confocal",
    "ecephys",
    "fMOST",
    "fib",
    "icephys",
    "merfish",
    "one_photon",
    "pophys",
    "scRNAseq",
    "slap2",
)
"""The modalities of the schema, in the spelling of `modality_name`."""

MODALITY_TITLES = {
    "barcoded anatomy resolved by sequencing": "BARseq",
    "behavior": "behavior",
    "behavior videos": "behavior_videos",
    "brightfield microscopy": "brightfield",
    "confocal microscopy": "confocal",
    "electromyography": "EMG",
    "electron microscopy": "EM",
    "extracellular electrophysiology": "ecephys",
    "fiber photometry": "fib",
    "fluorescence micro-optical sectioning tomography": "fMOST",
    "intracellular electrophysiology": "icephys",
    "intrinsic signal imaging": "ISI",
    "magnetic resonance imaging": "MRI",
    "multiplexed analysis of projections by sequencing": "MAPseq",
    "multiplexed error-robust fluorescence in situ hybridization": "merfish",
    "one-photon imaging": "one_photon",
    "planar optical physiology": "pophys",
    "random access projection microscopy": "slap2",
    "selective plane illumination microscopy": "SPIM",
    "serial two-photon tomography": "STPT",
    "serial two-photon tomogrophy": "STPT",  # the schema's spelling
    "single cell rna sequencing": "scRNAseq",
}
"""The modalities by full name in lower case, as records can state it."""

CODE_OCEAN_ADDRESS = "https://codeocean.allenneuraldynamics.org"
"""The URL of Code Ocean."""

DOCDB_ADDRESS = "https://api.allenneuraldynamics.org"
"""The URL of DocDB."""

METADATA_PORTAL_ADDRESS = "https://metadata-portal.allenneuraldynamics.org"
"""The URL of the website that shows metadata records."""

SORTING_PIPELINE_ID = "1f8f159a-7670-47a9-baf1-078905fc9c2e"
"""The spike-sorting pipeline."""

SORTING_TRIGGER_CAPSULE_ID = "eb5a26e4-a391-4d79-9da5-1ab65b71253f"
"""The capsule that starts the sorting pipeline, and captures its result."""

IBL_CONVERTER_CAPSULE_ID = "9fe42995-ffff-40ff-9c4c-c8206b8aacb5"
"""The capsule that converts ecephys and SmartSPIM data for IBL's alignment of probes."""

PIPELINE_MONITOR_CAPSULE_ID = "567b5b98-8d41-413b-9375-9ca610ca2fd3"
"""The capsule that waits for a run, and captures its result."""


@functools.cache
def local_zone() -> datetime.tzinfo:
    """Return the institute's time zone, which is also that of the times in session names."""
    import zoneinfo  # reads a file; only needed for times with a zone

    return zoneinfo.ZoneInfo("America/Los_Angeles")


def asset_page(asset_id: str) -> str:
    """Return the URL of a data asset's page in Code Ocean.

    Examples
    --------
    >>> asset_page("16d46411-540a-4122-b47f-8cb2a15d593a")
    'https://codeocean.allenneuraldynamics.org/data-assets/16d46411-540a-4122-b47f-8cb2a15d593a'
    """
    return f"{CODE_OCEAN_ADDRESS}/data-assets/{quote(asset_id, safe='')}"


def console_page(bucket: str, key: str) -> str:
    """Return the URL of a directory in the S3 console.

    Examples
    --------
    >>> console_page("aind-open-data", "x")
    'https://s3.console.aws.amazon.com/s3/buckets/aind-open-data?prefix=x/'
    """
    place = f"{quote(bucket, safe='')}?prefix={quote(key.strip('/'))}/"
    return f"https://s3.console.aws.amazon.com/s3/buckets/{place}"


def record_page(name: str) -> str:
    """Return the URL of a metadata record's page in the metadata portal.

    Examples
    --------
    >>> record_page("x_1")
    'https://metadata-portal.allenneuraldynamics.org/view?name=x_1'
    """
    return f"{METADATA_PORTAL_ADDRESS}/view?name={quote(name, safe='')}"
