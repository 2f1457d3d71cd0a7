"""Documented facts about real sessions, for the demo and the doctests."""

from __future__ import annotations

import json
from typing import Any

from aind_session.conventions.institute import (
    CODE_OCEAN_BUCKET,
    KNOWN_BUCKETS,
    SORTING_PIPELINE_ID,
    SORTING_TRIGGER_CAPSULE_ID,
)
from aind_session.conventions.location import Location
from aind_session.runtime.clock import PlayedClock
from aind_session.sources import bodies
from aind_session.sources.protocols import Body
from aind_session.sources.world import Play, World

DEMO_SESSION = "ecephys_676909_2023-12-13_13-43-40"
"""The session that the README shows."""

_GENOTYPE = "Pvalb-IRES-Cre/wt;Ai32(RCL-ChR2(H134R)_EYFP)/wt"
_RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
_SORTED_ID = "1e11bdf5-b452-4fd9-bbb1-48383a9b0842"
_LATEST_SORTED_ID = "a2a54575-b5ca-4cf0-acd0-2933e18bcb2d"
_METADATA = ("data_description", "metadata.nd", "procedures", "processing", "rig", "session")


def demo_world() -> World:
    """Return publicly documented facts about a few real sessions, as the servers would send them.

    Returns
    -------
    World
        A new object each time. Values that the documentation does not state are made up; made-up
        IDs start with ``00000000-``.
    """
    world = World(objects={bucket: {} for bucket in KNOWN_BUCKETS})
    world.assets += [_example_asset(), *_raw_assets(), *_sorted_assets()]
    world.records["v1"] += [_record(name, **facts) for name, facts in _RECORDS.items()]
    world.records["v2"] += [_record_v2()]
    world.computations = {SORTING_PIPELINE_ID: [], SORTING_TRIGGER_CAPSULE_ID: []}
    world.plays = {SORTING_PIPELINE_ID: _sorting}
    world.clock = PlayedClock(1_750_000_000)
    for bucket, name, files in _directories():
        world.objects[bucket].update({f"{name}/{path}": body for path, body in files.items()})
    return world


def _sorting(request: Body) -> Play:
    """Describe a run of the pipeline: it takes two hours and writes the files of a sorting."""
    del request
    results = bodies.sorting_files("kilosort2_5", ["ProbeA"])
    return Play(seconds=7200.0, results=results)


def _example_asset() -> Body:
    return bodies.data_asset(
        _made_up(1),
        "Example T1 and T2 MRI Images",
        1673996872,
        mount="example",
        description="shown by a search for 676909",
        last_used=0,
        tags=["T1", "T2", "MRI", "demo"],
    )


_RAW: dict[str, tuple[int | str, int, str]] = {
    # name: id, created, bucket
    "behavior_676909_2023-10-24_15-15-50": (2, 1698190000, "aind-private-data-prod-o5171v"),
    "ecephys_676909_2023-12-11_14-24-35": (3, 1702450000, "aind-ephys-data"),
    DEMO_SESSION: (_RAW_ID, 1702620828, "aind-ephys-data"),
    "ecephys_676909_2023-12-14_12-43-11": (4, 1702710000, "aind-ephys-data"),
    "multiplane-ophys_721291_2024-05-08_08-05-54": (
        5,
        1715240000,
        "aind-private-data-prod-o5171v",
    ),
    "ecephys_747816_2024-08-14_13-57-37": (6, 1723740000, "aind-private-data-prod-o5171v"),
}


def _made_up(number: int | str) -> str:
    return number if isinstance(number, str) else f"00000000-0000-4000-8000-{number:012}"


def _raw_assets() -> list[Body]:
    return [
        bodies.labelled_asset(
            _made_up(number),
            name,
            created,
            "raw",
            source_bucket=bodies.source_bucket(bucket, name),
        )
        for name, (number, created, bucket) in _RAW.items()
    ]


def _sorted_assets() -> list[Body]:
    made = {"computation": _made_up(7), "data_assets": [_RAW_ID], "capsule": SORTING_PIPELINE_ID}
    return [
        bodies.labelled_asset(
            _SORTED_ID,
            f"{DEMO_SESSION}_sorted_2023-12-17_03-16-51",
            1702783011,
            "derived",
            provenance=made,
        ),
        bodies.labelled_asset(
            _LATEST_SORTED_ID,
            f"{DEMO_SESSION}_sorted_2024-03-01_16-02-45",
            1709310165,
            "derived",
            provenance=made,
        ),
        bodies.labelled_asset(
            _made_up(8),
            "ecephys_676909_2023-12-11_14-24-35_sorted_2024-03-29_11-29-39",
            1711711779,
            "derived",
        ),
    ]


_RECORDS: dict[str, dict[str, Any]] = {
    DEMO_SESSION: {
        "bucket": "aind-ephys-data",
        "asset_id": _RAW_ID,
        "modalities": ["behavior", "behavior-videos", "ecephys"],
    },
    "multiplane-ophys_721291_2024-05-08_08-05-54": {
        "bucket": "aind-private-data-prod-o5171v",
        "asset_id": _made_up(5),
        "modalities": ["pophys"],
    },
}


def _record(name: str, *, bucket: str, asset_id: str, modalities: list[str]) -> Body:
    record = bodies.record_v1(
        f"record-of-{asset_id}",
        name,
        str(Location(bucket, name)),
        [asset_id],
        data_description=bodies.description_v1(name, modalities),
    )
    record["subject"]["species"] = {"name": "Mus musculus"}
    if name == DEMO_SESSION:
        record["subject"]["genotype"] = _GENOTYPE
    return record


def _record_v2() -> Body:
    """The only record of its session is in the newer schema."""
    name = "behavior_717121_2024-06-16_11-39-34"
    return bodies.record_v2(
        "record-of-717121",
        name,
        f"s3://aind-open-data/{name}",
        [],
        data_description=bodies.description_v2(name, ["behavior"]),
    )


def _directories() -> list[tuple[str, str, dict[str, bytes]]]:
    """List the directories: bucket, name, and contents by path."""
    lims = "ecephys_747816_2024-08-14_13-57-37"
    return [
        ("aind-ephys-data", DEMO_SESSION, _demo_files()),
        (
            "aind-private-data-prod-o5171v",
            "behavior_676909_2023-10-24_15-15-50",
            {"behavior/events.csv": b"", "subject.json": b'{"subject_id": "676909"}'},
        ),
        (
            "aind-private-data-prod-o5171v",
            "multiplane-ophys_721291_2024-05-08_08-05-54",
            {"pophys/plane.h5": b""},
        ),
        ("aind-open-data", "behavior_717121_2024-06-16_11-39-34", {"behavior/events.csv": b""}),
        (
            "aind-private-data-prod-o5171v",
            lims,
            {"behavior/1386750279_747816_20240814.sync": b"", "ecephys/settings.xml": b""},
        ),
        (CODE_OCEAN_BUCKET, _SORTED_ID, _sorted_files()),
        (CODE_OCEAN_BUCKET, _LATEST_SORTED_ID, _sorted_files()),
    ]


def _demo_files() -> dict[str, bytes]:
    files = {f"{name}.json": b"{}" for name in _METADATA}
    files["subject.json"] = json.dumps({"subject_id": "676909", "genotype": _GENOTYPE}).encode()
    for folder in ("behavior", "behavior_videos", "ecephys_clipped", "ecephys_compressed"):
        files[f"{folder}/data"] = b""
    return files


def _sorted_files() -> dict[str, bytes]:
    """Return the files of a sorted asset: six probes, one sorter, the log of a successful run."""
    return bodies.sorting_files("kilosort2_5", [f"Probe{letter}" for letter in "ABCDEF"])
