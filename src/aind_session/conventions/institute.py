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
"""The modalities of the schema, spelled as by `modality_name`."""

MODALITY_TITLES = {
    "Barcoded anatomy resolved by sequencing": "BARseq",
    "Behavior": "behavior",
    "Behavior videos": "behavior_videos",
    "Brightfield microscopy": "brightfield",
    "Confocal microscopy": "confocal",
    "Electromyography": "EMG",
    "Electron microscopy": "EM",
    "Extracellular electrophysiology": "ecephys",
    "Fiber photometry": "fib",
    "Fluorescence micro-optical sectioning tomography": "fMOST",
    "Intracellular electrophysiology": "icephys",
    "Intrinsic signal imaging": "ISI",
    "Magnetic resonance imaging": "MRI",
    "Multiplexed analysis of projections by sequencing": "MAPseq",
    "Multiplexed error-robust fluorescence in situ hybridization": "merfish",
    "One-photon imaging": "one_photon",
    "Planar optical physiology": "pophys",
    "Random access projection microscopy": "slap2",
    "Selective plane illumination microscopy": "SPIM",
    "Serial two-photon tomography": "STPT",
    "Serial two-photon tomogrophy": "STPT",  # the schema's spelling
    "Single cell RNA sequencing": "scRNAseq",
}
"""The modalities by full name, as the schema spells it and records can state it."""

MODALITY_WORDS = {
    "ExASPIM": "SPIM",
    "FIP": "fib",
    "HSFP": "fib",
    "MRI-14T": "MRI",
    "MRI-7T": "MRI",
    "SmartSPIM": "SPIM",
    "diSPIM": "SPIM",
    "exaSPIM": "SPIM",
    "mesoSPIM": "SPIM",
    "multiplane-ophys": "pophys",
    "single-plane-ophys": "pophys",
    "test-FIP-opto": "fib",
}
"""The modalities by their names in the oldest records, as translated by the schema's upgrader."""

PAST_MODALITIES = {"ophys": "pophys", "slap": "slap2"}
"""Current abbreviations, by former ones in old records that were never migrated."""

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
