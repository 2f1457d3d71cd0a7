"""The world for calls of both libraries, with the data of each case.

The keys of assets and computations, and so their IDs, are those of `parity_calls`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.platform import Platform

from aind_session.sources.demo_world import demo_world
from aind_session.sources.memory import World
from benchmarks.parity_calls import (
    ASSETS,
    BAD,
    CONVERTER,
    DAY_1,
    DAY_1_SURFACE,
    DAY_2,
    EMPTY_LINKS,
    GCP,
    HIDDEN,
    LINKS_CLOSED,
    LINKS_GONE,
    MANIFEST,
    MANY,
    MIXED,
    MONITOR,
    NEW,
    NO_LIMS,
    NO_LINKS,
    NULL_LINKS,
    OLD,
    OLD_FORM,
    ONLY_IN_S3,
    ONLY_RECORD,
    PIPELINE,
    RUNS,
    SPIM,
    STATE,
    STATE_BY_DAY,
    STATE_BY_DAY_LAYERS,
    STATE_NAME,
    SURFACE,
    TRIGGER,
    TWO_RECORDS,
    UNKNOWN,
    asset_id,
    run_id,
)

Body = dict[str, Any]
Files = dict[str, str]

_OWNER = "133192f3-7197-43ba-9570-ba0b85409396"
_INTERNAL = "codeocean-s3datasetsbucket-1u41qdg42ur9"
_OPEN = "aind-open-data"
_PRIVATE = "aind-private-data-prod-o5171v"
_EPHYS = "aind-ephys-data"
_SCRATCH = "aind-scratch-data"

_STREAM = "experiment1_Record Node 104#Neuropix-PXI-100."
_LOG = "N E X T F L O W\nspike sorting with Kilosort\nFULL PIPELINE time: 1 s\n"
_CUDA = "The CUDA error was: out of something\n"
_TRACEBACK = "Traceback (most recent call last):\n"


def parity_world() -> World:
    """Return the documented facts, and the data of each case."""
    world = demo_world()
    world.objects[_SCRATCH] = {}
    world.computations = {PIPELINE: _runs(), TRIGGER: [], CONVERTER: [], MONITOR: []}
    world.results = {run_id(key): _encoded(files) for key, files in _RESULTS.items()}
    _add_raw(world)
    _add_sorted(world)
    _add_many(world)
    _add_odd(world)
    _add_directories(world)
    _add_histology(world)
    _add_records(world)
    _add_alignments(world)
    world.assets.sort(key=lambda asset: str(asset["id"]))  # not ordered by creation
    world.hidden = {asset_id(key) for key in ("hidden", "mixed hidden", "closed")}
    return world


# -- assets --


def _asset(key: str, **more: Any) -> Body:
    name = ASSETS[key]
    parts = name.split("_")
    return {
        "id": asset_id(key),
        "created": 1_700_000_000 + 1000 * list(ASSETS).index(key),
        "name": name,
        "mount": name,
        "description": "",
        "last_used": 0,
        "state": "ready",
        "type": "dataset",
        "tags": [],
        "owner": _OWNER,
        "custom_metadata": {"subject id": next((p for p in parts if p.isdecimal()), "")},
        **more,
    }


def _raw(key: str, bucket: str, **more: Any) -> Body:
    body = _asset(key, source_bucket=_source(bucket, ASSETS[key]), **more)
    if "custom_metadata" not in more:
        body["custom_metadata"]["data level"] = "raw data"
    return body


def _source(bucket: str, prefix: str, origin: str = "aws") -> Body:
    return {"origin": origin, "bucket": bucket, "prefix": prefix, "external": True}


def _encoded(files: Files) -> dict[str, bytes]:
    return {path: content.encode() for path, content in files.items()}


def _put(world: World, bucket: str, prefix: str, files: Files) -> None:
    world.objects[bucket] |= {f"{prefix}/{path}": c for path, c in _encoded(files).items()}


_OLD_LAYOUT = {
    "behavior/x": "",
    "behavior_videos/x": "",
    "ecephys_clipped/x": "",
    "ecephys_compressed/x": "",
    "original_metadata/x": "",
    "subject.json": "{}",
}
_NEW_LAYOUT = {
    "behavior/x": "",
    "behavior-videos/x": "",
    "ecephys/ecephys_clipped/x": "",
    "ecephys/ecephys_compressed/x": "",
    "subject.json": "{}",
}

# key of the raw asset: bucket, files
_RAW: dict[str, tuple[str, Files]] = {
    "old": (_EPHYS, _OLD_LAYOUT),
    "new": (_OPEN, _NEW_LAYOUT),
    "surface": (_OPEN, {"ecephys/ecephys_compressed/x": ""}),
    "bad": (_OPEN, {**_NEW_LAYOUT, "ecephys_clipped/x": ""}),
    "unsorted": (_PRIVATE, {"behavior/x": ""}),
    "multi first": (_OPEN, {"behavior/x": ""}),
    "multi last": (_OPEN, {}),
    "tagged": (_PRIVATE, {"behavior/x": ""}),
    "empty links": (_PRIVATE, {"behavior/x": ""}),
    "null links": (_PRIVATE, {"behavior/x": ""}),
    "no links": (_PRIVATE, {"behavior/x": ""}),
    "archived": (_PRIVATE, {"behavior/x": ""}),
    "hidden": (_PRIVATE, {"behavior/x": ""}),
    "mixed": (_PRIVATE, {"behavior/x": ""}),
    "mixed hidden": (_PRIVATE, {"behavior/x": ""}),
    "closed": (_PRIVATE, {"behavior/x": ""}),
    "ophys": (_PRIVATE, {"pophys/x": "", "behavior/x": ""}),
    "no lims": (
        _PRIVATE,
        {"behavior/747816_20240815.sync": "", "behavior/20240815135737_stim.pkl": ""},
    ),
    "day 1": (_OPEN, _NEW_LAYOUT),
    "day 1 surface": (_OPEN, {"ecephys/ecephys_compressed/x": ""}),
    "day 2": (_OPEN, _NEW_LAYOUT),
    "spim": (_OPEN, {"SmartSPIM/Ex_561_Em_593/x": ""}),
}


def _add_raw(world: World) -> None:
    for key, (bucket, files) in _RAW.items():
        world.assets.append(_raw(key, bucket))
        _put(world, bucket, ASSETS[key], files)
    found = {body["id"]: body for body in world.assets}
    found[asset_id("archived")]["archived"] = True
    found[asset_id("closed")]["archived"] = True
    found[asset_id("tagged")] |= {"custom_metadata": {"subject id": "700102"}, "tags": ["raw data"]}


# -- sorted assets --


def _process(**more: Any) -> Body:
    return {"name": "Spike sorting", **more}


_COMPRESSION = {"name": "Compression", "parameters": {"level": 3}}
_KS25 = _process(parameters={"sorter_name": "kilosort2_5"})
_KS4 = _process(parameters=None, code={"parameters": {"sorter_name": "kilosort4"}})
_SC2 = {"params": {"sorter_name": "spykingcircus2"}}


def _processing(*processes: Any) -> Files:
    return {"processing.json": json.dumps({"data_processes": [_COMPRESSION, *processes]})}


def _pipeline(*processes: Any) -> Files:
    inner = {"data_processes": [_COMPRESSION, *processes]}
    return {"processing.json": json.dumps({"processing_pipeline": inner})}


def _info(path: str) -> Files:
    return {path: json.dumps({"annotations": {"__sorting_info__": _SC2}})}


def _probes(folder: str, *probes: str) -> Files:
    return {f"{folder}/{_STREAM}{probe}_recording1/x": "" for probe in probes}


def _done(log: str = _LOG) -> Files:
    return {"output": log, "nwb/file.nwb": ""}


_WAVEFORMS = {f"postprocessed/{_STREAM}ProbeA-AP_recording1/x.json": "{}"}
_ANALYZER = {f"postprocessed/{_STREAM}ProbeA-AP_recording1.zarr/.zattrs": "{}"}
_FOLDER = f"{_STREAM}ProbeA-AP_recording1"

# key of the sorted asset: files
_SORTED: dict[str, Files] = {
    "ks25": {**_pipeline(_KS25), **_probes("curated", "ProbeA-AP", "ProbeB-AP"), **_done()}
    | _WAVEFORMS,
    "nested": {**_pipeline([[_KS25], _COMPRESSION]), **_probes("curated", "ProbeA-AP"), **_done()},
    "top level": {**_processing(_KS25), **_probes("sorting_precurated", "ProbeC-AP"), **_done()},
    "in code": {**_processing(_KS4), **_probes("curated", "ProbeD-AP"), **_done(), **_ANALYZER},
    "named by probe": {
        **_processing({**_KS4, "name": "Spike sorting - experiment1_ProbeA"}),
        **_probes("curated", "ProbeA-AP", "ProbeA-LFP", "ProbeB-LFP"),
        f"curated/{_STREAM}ProbeE-AP_recording1_group3/x": "",
        **_done(_LOG + _CUDA),
    },
    "si_folder": {
        **_info(f"spikesorted/{_FOLDER}/si_folder.json"),
        "curated/experiment1_Record_Node_104.ProbeF-AP_recording1/x": "",
        **_done(),
    },
    "sorting.json": {
        **_info(f"postprocessed/{_FOLDER}/sorting.json"),
        "spikesorted/x/si_folder.json": "{}",
        "processing.json": json.dumps({"data_processes": [_COMPRESSION]}),
        **_done(),
    },
    "params.json": {
        "params.json": json.dumps({"spikesorting": {"sorter_name": "kilosort2_5"}}),
        "curated/experiment1_ProbeG-AP_recording1/x": "",
        **_done(),
    },
    "external": {**_processing(_KS4), **_probes("curated", "ProbeA-AP"), **_done()},
    "misplaced": {
        **_processing({"name": "Curation", "parameters": {"sorter_name": "kilosort2_5"}}),
        "params.json": json.dumps({"spikesorting": {"sorter_name": "kilosort4"}}),
        **_done(),
    },
    "no sorter": {"output": "nothing\n", "visualization/x": ""},
    "no log": {**_processing(_KS25), "nwb/file.nwb": ""},
    "no nwb": {**_processing(_KS25), "output": _LOG},
    "only in record": _done(),
    "traceback": {**_processing(_KS25), **_done(_LOG + _TRACEBACK)},
    "day 1 sorted": {**_processing(_KS4), **_probes("curated", "ProbeA-AP"), **_done()} | _ANALYZER,
    "day 1 failed": {**_processing(_KS4), **_done(_TRACEBACK)},
    "day 2 sorted": {**_processing(_KS25), **_probes("curated", "ProbeA-AP"), **_done()}
    | _WAVEFORMS,
}


def _add_sorted(world: World) -> None:
    for key, files in _SORTED.items():
        body = _asset(key, type="result", tags=["derived", "ecephys"])
        body["custom_metadata"]["data level"] = "derived"
        bucket, prefix = _INTERNAL, asset_id(key)
        if key == "external":
            bucket, prefix = _OPEN, ASSETS[key]
            body["source_bucket"] = _source(bucket, prefix)
        world.assets.append(body)
        _put(world, bucket, prefix, files)


# -- more assets --


def _add_many(world: World) -> None:
    """Add more assets than a page of upstream's searches holds."""
    world.assets += [_raw(f"many {number}", _PRIVATE) for number in range(len(MANY))]


def _add_odd(world: World) -> None:
    """Add assets with few fields, or that do not exist."""
    no_metadata: Body = {"custom_metadata": None}
    combined = [{"id": asset_id("old"), "mount": OLD}]
    world.assets += [
        _asset("named", **no_metadata),
        _asset("derived", tags=["derived"], type="result"),
        _asset("named by name"),
        _asset("nowhere"),
        _raw("vanished", _PRIVATE),
        _raw("only marker", _PRIVATE),
        _asset("in cloud", source_bucket=_source("some-bucket", GCP, "gcp")),
        _asset("local", source_bucket=_source("", "", "local")),
        _asset("combined", type="combined", contained_data_assets=combined),
        _asset("draft", state="draft", source_bucket=_source(_EPHYS, OLD)),
        _asset("failed", state="failed", failure_reason="bucket is not accessible"),
    ]
    _put(world, _INTERNAL, asset_id("named"), {"behavior/x": ""})
    _put(world, _EPHYS, ASSETS["named by name"], {"behavior/x": ""})
    _put(world, _PRIVATE, ASSETS["only marker"], {"": ""})


def _add_directories(world: World) -> None:
    """Add directories that no asset links to."""
    _put(world, "aibs-behavior-data", ONLY_IN_S3, {"behavior/x": "", "behavior-videos/x": ""})
    for bucket in (_OPEN, _PRIVATE):
        _put(world, bucket, "in two buckets", {"x": ""})


def _add_histology(world: World) -> None:
    """Add the inputs of the IBL data converter for a subject."""
    stitched = {"tags": ["derived"], "type": "result"}
    kept = {"type": "dataset", "tags": ["neuroglancer"]}
    world.assets += [
        _asset("stitched", **stitched),
        _asset("stitched again", **stitched),
        _asset("state", **kept),
        _asset("manifest", tags=["ibl"]),
    ]
    _put(world, _INTERNAL, asset_id("stitched"), {"image_tile_fusing/x": ""})
    _put(world, _INTERNAL, asset_id("stitched again"), {"image_tile_fusing/x": ""})
    _put(world, _INTERNAL, asset_id("state"), {f"{ASSETS['state']}.json": json.dumps(STATE)})
    _put(world, _INTERNAL, asset_id("manifest"), {f"{MANIFEST}.csv": "mouseid\n700300\n"})
    states = {STATE_NAME: STATE, STATE_BY_DAY: {"layers": STATE_BY_DAY_LAYERS}}
    for name, state in states.items():
        _put(
            world,
            _SCRATCH,
            f"aind-session/neuroglancer_states/{name}",
            {f"{name}.json": json.dumps(state)},
        )


# -- records --


def _record(name: str, location: str, links: Any, **more: Any) -> Body:
    subject = next(part for part in name.split("_") if part.isdecimal())
    body: Body = {
        "_id": f"record of {location}",
        "name": name,
        "created": "2024-06-20T21:13:53.068424",
        "location": location,
        "external_links": links,
        "subject": {"subject_id": subject},
        "data_description": {
            "name": name,
            "data_level": "raw",
            "modality": [{"abbreviation": "ecephys"}],
        },
        **more,
    }
    return body if links != "absent" else {k: v for k, v in body.items() if k != "external_links"}


def _linked(*keys: str) -> Body:
    return {"Code Ocean": [asset_id(key) for key in keys]}


def _add_records(world: World) -> None:
    world.records["v1"] += [
        _record(OLD, f"s3://{_EPHYS}/{OLD}", _linked("old")),
        _record(NEW, f"s3://{_OPEN}/{NEW}", _linked("new"), created="2024-07-20T21:13:53Z"),
        _record(
            OLD_FORM,
            f"s3://{_OPEN}/{OLD_FORM}",
            [{"Code Ocean": asset_id(key)} for key in ("multi last", "multi first")],
        ),
        _record(EMPTY_LINKS, f"s3://{_PRIVATE}/{EMPTY_LINKS}", {}),
        _record(NULL_LINKS, f"s3://{_PRIVATE}/{NULL_LINKS}", None),
        _record(NO_LINKS, f"s3://{_PRIVATE}/{NO_LINKS}", "absent"),
        _record(ASSETS["archived"], f"s3://{_PRIVATE}/{ASSETS['archived']}", _linked("archived")),
        _record(HIDDEN, f"s3://{_PRIVATE}/{HIDDEN}", _linked("hidden")),
        _record(MIXED, f"s3://{_PRIVATE}/{MIXED}", _linked("mixed hidden", "mixed")),
        _record(LINKS_CLOSED, f"s3://{_PRIVATE}/{LINKS_CLOSED}", _linked("closed")),
        _record(LINKS_GONE, f"s3://{_PRIVATE}/{LINKS_GONE}", {"Code Ocean": [UNKNOWN]}),
        _record(ONLY_RECORD, f"s3://{_PRIVATE}/{ONLY_RECORD}", {"Code Ocean": []}),
        _record(TWO_RECORDS, f"s3://{_PRIVATE}/{TWO_RECORDS}", {}),
        _record(
            TWO_RECORDS, f"s3://{_OPEN}/{TWO_RECORDS}", {}, created="2024-01-01T00:00:00.000001"
        ),
        *(_record(name, f"s3://{_OPEN}/{name}", {}) for name in (DAY_1, DAY_2, SPIM)),
        _record(BAD, f"s3://{_OPEN}/{BAD}", _linked("bad")),
        _record(NO_LIMS, f"s3://{_PRIVATE}/{NO_LIMS}", _linked("no lims")),
        _sorted_record("ks25", _pipeline(_KS25)),
        _sorted_record("only in record", _processing(_KS25)),
    ]


def _sorted_record(key: str, files: Files) -> Body:
    name = ASSETS[key]
    description = {"name": name, "data_level": "derived", "modality": [{"abbreviation": "ecephys"}]}
    return _record(
        name,
        f"s3://{_INTERNAL}/{asset_id(key)}",
        _linked(key),
        created="2024-08-20T21:13:53.068424",
        data_description=description,
        processing=json.loads(files["processing.json"]),
    )


def _add_alignments(world: World) -> None:
    """Add curations of probe alignments, in derived records of two assets of one session."""
    first = [
        _evaluation("ProbeA_0", "2024-09-01T00:00:00Z", _channels(1.5, "OLDER"), _channels(2, "A")),
        _evaluation("ProbeB_0", "2024-09-01 08:00:00-07:00", _channels(2500, "B")),
        {"name": f"Something else {DAY_1}_ProbeZ", "created": None, "metrics": []},
    ]
    far = _evaluation("P", "2024-09-01", _channels(40_000, "X"), of=SURFACE)
    nobody = _evaluation("P", "2024-09-01", of=DAY_1_SURFACE)
    list_ = _evaluation("P", "2024-09-01", "[]", of=DAY_2)
    last = [_evaluation("ProbeA_0", "2024-09-02T00:00:00Z", _channels(3, "NEWEST"))]
    of_sessions = {
        DAY_1: {"2024-09-01T00:00:00Z": first, "2024-09-03T00:00:00Z": last},
        DAY_2: {"2024-09-04": [list_]},
        SURFACE: {"2024-09-05": [far]},
        DAY_1_SURFACE: {"2024-09-06": [nobody]},
    }
    for session, records in of_sessions.items():
        for created, evaluations in records.items():
            world.records["v1"].append(_aligned(f"{session}_nwb_{created}", evaluations, created))


def _aligned(name: str, evaluations: list[Body], created: str) -> Body:
    quality = {"evaluations": evaluations}
    record = _record(name, f"s3://{_OPEN}/{name}", {}, created=created, quality_control=quality)
    record["data_description"]["data_level"] = "derived"
    return record


def _evaluation(probe: str, created: str, *curations: str, of: str = DAY_1) -> Body:
    return {
        "name": f"Probe Alignment for {of}_{probe}",
        "created": created,
        "metrics": [{"name": "alignment", "value": {"curations": list(curations)}}],
    }


def _channels(size: float, region: str) -> str:
    point = {"x": -size, "y": size * 2, "z": -size / 2, "brain_region": region}
    channels = {"channel_0": point, "channel_1": {**point, "axial": 20.0}}
    return json.dumps({"channel_results": channels, "ccf_channel_results": channels})


# -- computations --


def _runs() -> list[Body]:
    done = {"state": "completed", "end_status": "succeeded", "has_results": True}
    facts: dict[str, Body] = {
        "running": {"state": "running", "has_results": False},
        "initializing": {"state": "initializing", "has_results": False},
        "failed": {"state": "failed", "end_status": "failed", "has_results": False},
        "stopped": {"state": "completed", "end_status": "stopped", "has_results": True},
        "no results": {"state": "completed", "end_status": "succeeded", "has_results": False},
    }
    bodies = [
        {
            "id": run_id(key),
            "created": created,
            "name": f"Run {key}",
            "run_time": 60,
            "owner": _OWNER,
            **facts.get(key, done),
            "data_assets": [
                {"id": asset_id("new" if key == "running" else "old"), "mount": "ecephys_session"}
            ],
        }
        for key, created in RUNS.items()
    ]
    return bodies[::-1]  # not ordered by creation


# key of the computation: files of its results
_RESULTS: dict[str, Files] = {
    "stopped": {"output": _LOG, "nwb/file.nwb": ""},
    "no files": {},
    "only output": {"output": _LOG},
    "only logs": {"output": _LOG, "nextflow/x": ""},
    "no log": {"nwb/file.nwb": ""},
    "with nwb": {"output": _LOG, "nextflow/x": "", "nwb/file.nwb": ""},
    "without nwb": {"output": _LOG, "nextflow/x": "", "curated/x": ""},
    "not sorting": {"output": "fine\n", "x": ""},
    "error": {"output": "Command error:\n", "x": ""},
    "CUDA": {"output": _LOG + _CUDA, "nwb/file.nwb": ""},
    "CUDA, not sorting": {"output": _CUDA, "x": ""},
}


# -- actions of the servers during some cases --


def _refuse_one(platform: Platform) -> None:
    path = f"data_assets/{asset_id('old')}"
    platform.fail("code_ocean", path=path, status=401, body='{"message": "Unauthorized"}')


def _keep_as_draft(platform: Platform) -> None:
    path = f"data_assets/{asset_id('old')}"
    body = _raw("old", _EPHYS, state="draft")
    platform.fail("code_ocean", path=path, status=200, body=json.dumps(body))


def _leave_out_has_results(platform: Platform) -> None:
    del platform.world.computations[PIPELINE][-1]["has_results"]


def _close_a_bucket(platform: Platform) -> None:
    platform.forbidden_buckets.add(_PRIVATE)


def _lose_docdb(platform: Platform) -> None:
    platform.fail("docdb")


def _lose_assets(platform: Platform) -> None:
    platform.fail("code_ocean", path="data_assets/0000")


def _want_another_token(platform: Platform) -> None:
    platform.token = "cop_other"


CONDITIONS: dict[str, Callable[[Platform], None]] = {
    "get_codeocean_client: refused token": _want_another_token,
    "sort_by_created: one is refused with 401": _refuse_one,
    "search_computations: one without has_results": _leave_out_has_results,
    "get_source_dir_by_name: a bucket is closed": _close_a_bucket,
    "wait_until_ready: never ready": _keep_as_draft,
    "get_docdb_record: DocDB is down": _lose_docdb,
    "get_docdb_record: Code Ocean is down": _lose_assets,
    "get_subject_data_assets: DocDB is down": _lose_docdb,
    "Session.raw_data_asset: DocDB is down": _lose_docdb,
}
