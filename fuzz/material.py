"""The inputs of the fuzzing: pieces of names, and bodies as servers send them."""

from __future__ import annotations

import copy
from typing import Any

PIECES = (
    *"_-./: \n\t\0%T+#",
    *"0123456789",
    *("٣", "é", "文", "\ud800", "\u2028", "a", "Z", "_a_", "__", "//", "..", "s3://b/", "%3A"),
    *("ecephys", "ECEPHYS", "SmartSPIM", "multiplane-ophys", "single_plane_ophys", "SLAP2", "HCR"),
    *("DynamicRouting1", "DRpilot", "ses-", "sub-", "behavior", "x-y"),
    *("676909", "000163", "783884-02", "M2501", "BL6-000", "1386750279", "test"),
    *("2023-12-13", "20231213", "2023_12_13", "2024-02-29", "2023-02-29", "2023-1-3", "0001-01-01"),
    *("13-43-40", "13:43:40", "134340", "134340Z", "13-43-40.123456", "02-30-00", "24-00-00"),
    *("2024-03-10T02:30:00-08:00", "_2023-12-13_13-43-40", "ecephys_676909_2023-12-13_13-43-40"),
    *("_sorted", "_sorted-ks25", "_curated", "_nwb", "_processed", "dlc", "qc", "none", "raw_data"),
    *("experiment1", "recording1", ".zarr", ".json", ".sync"),
)

_ALIGNMENT = "Probe Alignment for x ecephys_676909_2023-12-13_13-43-40_ProbeA"
TEXTS = (
    *("Code Ocean", "s3://b/k", "gs://b/k", "s3://", "s3:///x", "s3://b/../x", "https://other/x"),
    *("ecephys_676909_2023-12-13_13-43-40", "ecephys_676909_2023-12-13_13-43-40_sorted"),
    "ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45",
    *("2024-06-20T21:13:53.068424Z", "2023-09-29 08:53:23-07:00", "0001-01-01T00:00+23:59"),
    *("9999-12-31T23:59:59-23:59", "2024-02-30T00:00:00Z", "٢٠٢٤-06-20T21:13:53Z"),
    *("Spike sorting", _ALIGNMENT),
    *("dataset", "ready", "aws", "gcp", "raw data", "raw", "derived", "Pass", "Fail", "", "\ud800"),
    '{"ccf_channel_results": {"channel_7": {"x": -4.2, "y": 3.9, "z": -5.8}}}',
    '{"ccf_channel_results": {"channel_\u0667": {"x": null, "y": [], "z": {}}, "b": 1}}',
    *("{}", "[]", "[1", '{"a": NaN}', "[" * 5000),
)

SCALARS = (None, True, False, 0, -1, 1.5, 10**400, float("nan"), float("inf"), [], {}, [[]], [{}])

_EVALUATION = {
    "name": _ALIGNMENT,
    "created": "2024-06-20T21:13:53.068424Z",
    "latest_status": "Pass",
    "allow_failed_metrics": True,
    "metrics": [
        {
            "value": {"curations": [TEXTS[-7]]},
            "status_history": [{"status": "Pass"}, {"status": "Fail"}],
        }
    ],
}
_PROCESS = {
    "name": "Spike sorting",
    "process_type": "Spike sorting",
    "parameters": {"sorter_name": "kilosort2_5"},
    "code": {"parameters": {"sorter_name": "kilosort4"}},
}
_COMMON = {
    "_id": "r0",
    "name": "ecephys_676909_2023-12-13_13-43-40",
    "location": "s3://b/ecephys_676909_2023-12-13_13-43-40",
    "acquisition": {"acquisition_start_time": "2023-12-13T13:43:40-08:00"},
    "annotations": {"__sorting_info__": {"params": {"sorter_name": "kilosort4"}}},
    "spikesorting": {"sorter_name": "kilosort2_5"},
}
RECORDS: tuple[dict[str, Any], ...] = (
    {
        **_COMMON,
        "created": "2024-06-20T21:13:53.068424",
        "external_links": [{"Code Ocean": "a"}, {"Code Ocean": ["b", "c"]}],
        "subject": {"genotype": "wt/wt"},
        "session": {"session_start_time": "2023-12-13T13:43:40-08:00"},
        "data_description": {
            "data_level": "raw",
            "project_name": "p",
            "platform": {"abbreviation": "ecephys"},
            "modality": [{"abbreviation": "ecephys"}, "behavior"],
        },
        "processing": {"processing_pipeline": {"data_processes": [[_PROCESS], _PROCESS]}},
        "quality_control": {"evaluations": [_EVALUATION, _EVALUATION]},
    },
    {
        **_COMMON,
        "_created": "2026-02-14T12:34:44.410Z",
        "other_identifiers": {"Code Ocean": ["a"]},
        "subject": {"subject_details": {"genotype": "wt/wt"}},
        "data_description": {"data_level": "derived", "modalities": [{"abbreviation": "ecephys"}]},
        "processing": {"data_processes": [_PROCESS]},
        "quality_control": {
            "status": {"ecephys": "Pass"},
            "metrics": [{"status_history": [{"status": "Pending"}]}],
        },
    },
)
ASSETS: tuple[dict[str, Any], ...] = (
    {
        "id": "a0",
        "name": "ecephys_676909_2023-12-13_13-43-40",
        "created": 1702620828,
        "mount": "ecephys_676909_2023-12-13_13-43-40",
        "description": "",
        "last_used": 0,
        "state": "ready",
        "type": "dataset",
        "files": 3,
        "size": 9,
        "tags": ["ecephys", "raw"],
        "custom_metadata": {"data level": "raw data", "subject id": "676909"},
        "source_bucket": {"origin": "aws", "bucket": "b", "prefix": "k", "external": True},
        "provenance": {"computation": "c0", "data_assets": ["a1"], "capsule": "p0"},
        "app_parameters": [{"name": "x", "value": "y"}],
        "contained_data_assets": [{"id": "a1", "name": "y", "mount": "y"}],
    },
    {
        "id": "c0",
        "name": "Run",
        "created": 1702620828,
        "run_time": 7,
        "state": "completed",
        "end_status": "succeeded",
        "has_results": True,
        "parameters": [{"name": "x", "value": "y"}],
        "processes": [{"name": "x", "parameters": [{"name": "x", "value": "y"}]}],
        "data_assets": [{"id": "a0", "mount": "m"}],
    },
)


def text_of(data: bytes) -> str:
    """Return a text: the decoded bytes, or a piece of a name for each byte."""
    if data[:1] > b"\x7f":
        return data[1:].decode("utf-8", "surrogateescape")
    return "".join(PIECES[byte % len(PIECES)] for byte in data[1:])


def changed(template: dict[str, Any], some: Any) -> dict[str, Any]:
    """Return a copy of a body in which a few parts have another type, are moved or missing."""
    body = copy.deepcopy(template)
    for _ in range(some.ConsumeIntInRange(0, 6)):
        _change(body, some)
    return body


def _change(body: dict[str, Any], some: Any) -> None:
    """Change one part, at any depth."""
    holder: Any = body
    while holder:
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        key = keys[some.ConsumeIntInRange(0, len(keys) - 1)]
        inner = holder[key]
        if not isinstance(inner, (dict, list)) or not inner or some.ConsumeBool():
            holder[key] = _other(inner, some)
            return
        holder = inner


def _other(value: Any, some: Any) -> Any:
    kind = some.ConsumeIntInRange(0, 5)
    if kind == 0:
        return TEXTS[some.ConsumeIntInRange(0, len(TEXTS) - 1)]
    if kind == 1:
        return some.ConsumeBytes(24).decode("utf-8", "surrogateescape")
    if kind == 2:
        return copy.deepcopy(SCALARS[some.ConsumeIntInRange(0, len(SCALARS) - 1)])
    if kind == 3:
        return [value, copy.deepcopy(value)]
    if kind == 4:
        return {"name": value, "Code Ocean": value, "abbreviation": value}
    return nested(value, some.ConsumeIntInRange(0, 30))


def nested(value: Any, depth: int) -> Any:
    """Return a value inside this many nested lists."""
    for _ in range(depth):
        value = [value]
    return value
