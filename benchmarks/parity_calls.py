"""Call every public name of upstream with the same arguments, in the installed library.

`parity` runs this file in one process for each library: it reads the name of a case from each line
of its input, and prints the outcome as a line of JSON. It imports nothing of `aind_session` until
then, because upstream's interpreter does not have our version.
"""

import copy
import datetime
import enum
import importlib
import inspect
import json
import logging
import os
import pickle
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Cases = dict[str, Callable[[Any], object]]

# -- the content of the world, which `parity_world` builds --

DEMO = "ecephys_676909_2023-12-13_13-43-40"
"""One of the documented sessions."""

OLD = "ecephys_700101_2023-05-01_10-00-00"
"""Has the folders of its recording at the root of the directory."""

NEW = "ecephys_700101_2024-06-10_09-00-00"
"""Has the folders of its recording in the folder of its modality."""

SURFACE = "ecephys_700101_2024-06-10_09-40-00"
"""The second recording of a day."""

BAD = "ecephys_700101_2024-07-01_12-00-00"
"""Has sorted assets of runs that failed, and its folders in both places."""

UNSORTED = "ecephys_700101_2024-08-01_12-00-00"
"""Has no data of probes, and no record."""

OLD_FORM = "behavior_700102_2024-02-02_08-00-00"
"""Two raw assets, linked in the record by the older form of links."""

ONLY_NAME = "behavior_700102_2024-02-03_08-00-00"
TAGGED = "behavior_700102_2024-02-04_08-00-00"
ONLY_IN_S3 = "behavior_700102_2024-02-05_08-00-00"
ONLY_RECORD = "behavior_700102_2024-02-06_08-00-00"
NOTHING = "ecephys_700102_2024-02-07_08-00-00"
EMPTY_LINKS = "behavior_700102_2024-02-08_08-00-00"
NULL_LINKS = "behavior_700105_2024-02-09_08-00-00"
NO_LINKS = "behavior_700105_2024-02-10_08-00-00"
TWO_RECORDS = "behavior_700102_2024-02-11_08-00-00"
MISPLACED = "ecephys_700102_2024-02-20_08-00-00"
NO_LOG = "ecephys_700102_2024-02-21_08-00-00"

ARCHIVED = "behavior_700103_2024-02-09_08-00-00"
"""The record links an archived asset."""

HIDDEN = "behavior_700103_2024-02-10_08-00-00"
"""The record links an asset that is found but not accessible."""

MIXED = "behavior_700103_2024-02-11_08-00-00"
"""The record links an inaccessible asset and another one."""

LINKS_CLOSED = "behavior_700106_2024-02-12_08-00-00"
"""The record links an asset that is neither found nor accessible."""

LINKS_GONE = "behavior_700107_2024-02-13_08-00-00"
"""The record links an asset that was deleted."""

OPHYS = "multiplane-ophys_700104_2024-05-08_08-05-54"
GCP = "behavior_700104_2024-05-09_08-05-54"
LIMS = "ecephys_747816_2024-08-14_13-57-37"
NO_LIMS = "ecephys_747816_2024-08-15_13-57-37"
VERSION_2 = "behavior_717121_2024-06-16_11-39-34"

DAY_1 = "ecephys_700300_2024-04-09_11-14-13"
DAY_1_SURFACE = "ecephys_700300_2024-04-09_11-44-16"
DAY_2 = "ecephys_700300_2024-04-10_16-29-12"
SPIM = "SmartSPIM_700300_2024-07-03_10-49-01"
MANIFEST = "700300_data_converter_manifest"
STATE_NAME = f"{SPIM}_neuroglancer-state_2024-09-01_10-00-00"
STATE_BY_DAY = f"{SPIM}_neuroglancer-state_2024-08-01_10-00-00"

MANY = [f"behavior_700200_2024-{1 + day // 28:02}-{1 + day % 28:02}_00-00-00" for day in range(120)]
"""Sessions of one subject, more than one page of upstream's searches."""

PIPELINE = "1f8f159a-7670-47a9-baf1-078905fc9c2e"
TRIGGER = "eb5a26e4-a391-4d79-9da5-1ab65b71253f"
CONVERTER = "9fe42995-ffff-40ff-9c4c-c8206b8aacb5"
MONITOR = "567b5b98-8d41-413b-9375-9ca610ca2fd3"
UNKNOWN = "ffffffff-0000-4000-8000-000000000000"

# key to name, by creation
ASSETS = {
    "old": OLD,
    "new": NEW,
    "surface": SURFACE,
    "bad": BAD,
    "unsorted": UNSORTED,
    "multi first": OLD_FORM,
    "multi last": OLD_FORM,
    "named": ONLY_NAME,
    "tagged": TAGGED,
    "empty links": EMPTY_LINKS,
    "null links": NULL_LINKS,
    "no links": NO_LINKS,
    "archived": ARCHIVED,
    "hidden": HIDDEN,
    "mixed": MIXED,
    "mixed hidden": MIXED,
    "closed": LINKS_CLOSED,
    "ophys": OPHYS,
    "in cloud": GCP,
    "no lims": NO_LIMS,
    "derived": f"{ONLY_NAME}_processed_2024-03-01_00-00-00",
    "named by name": "some asset 700104",
    "nowhere": "nowhere 700104",
    "vanished": "vanished 700104",
    "only marker": "only_marker_700104",
    "local": "local 700104",
    "combined": "combined 700104",
    "draft": "draft 700104",
    "failed": "failed 700104",
    "ks25": f"{OLD}_sorted_2023-06-01_00-00-00",
    "nested": f"{OLD}_sorted_2023-06-02_00-00-00",
    "top level": f"{OLD}_sorted-ks25_2023-06-03_00-00-00",
    "in code": f"{OLD}_sorted-ks4_2024-01-04_00-00-00",
    "named by probe": f"{NEW}_sorted_2024-06-11_00-00-00",
    "si_folder": f"{NEW}_sorted_2024-06-12_00-00-00",
    "sorting.json": f"{NEW}_sorted_2024-06-13_00-00-00",
    "params.json": f"{NEW}_sorted_2024-06-14_00-00-00",
    "external": f"{NEW}_sorted_2024-06-15_00-00-00",
    "misplaced": f"{MISPLACED}_sorted_2024-03-01_00-00-00",
    "no log": f"{NO_LOG}_sorted_2024-03-01_00-00-00",
    "no sorter": f"{BAD}_sorted_2024-07-02_00-00-00",
    "no nwb": f"{BAD}_sorted_2024-07-03_00-00-00",
    "only in record": f"{BAD}_sorted_2024-07-04_00-00-00",
    "traceback": f"{BAD}_sorted_2024-07-05_00-00-00",
    "day 1": DAY_1,
    "day 1 surface": DAY_1_SURFACE,
    "day 2": DAY_2,
    "day 1 sorted": f"{DAY_1}_sorted_2024-04-10_22-15-25",
    "day 1 failed": f"{DAY_1}_sorted_2024-04-11_22-15-25",
    "day 2 sorted": f"{DAY_2}_sorted_2024-04-12_22-15-25",
    "spim": SPIM,
    "stitched": f"{SPIM}_stitched_2024-08-16_23-15-47",
    "stitched again": f"{SPIM}_stitched_2024-09-16_23-15-47",
    "state": STATE_NAME,
    "manifest": MANIFEST,
    **{f"many {number}": name for number, name in enumerate(MANY)},
}

# key to creation: every six hours, so that some days in UTC and in Seattle differ
RUNS = {
    key: 1_704_902_400 + 6 * 3600 * number
    for number, key in enumerate(
        "running|initializing|failed|stopped|no results|no files|only output|only logs|no log"
        "|with nwb|without nwb|not sorting|error|CUDA|CUDA, not sorting".split("|")
    )
}

_FUSED = "image_tile_fusing/OMEZarr/Ex_561_Em_593.ome.zarr/"
_IMAGE = f"zarr://s3://aind-open-data/{ASSETS['stitched']}/{_FUSED}"
STATE: dict[str, Any] = {
    "layers": [
        {"type": "image", "source": _IMAGE, "name": "Ex_561"},
        {"type": "image", "source": {"url": _IMAGE.replace("561", "639")}, "name": "Ex_639"},
        {"type": "annotation", "source": "local://annotations", "name": "268"},
        {"type": "annotation", "source": "local://annotations", "name": "targets"},
        {"type": "segmentation", "source": "precomputed://x", "name": "CCF"},
    ],
    "title": "probes",
}
STATE_OF_TWO: dict[str, Any] = {
    "layers": [
        {"type": "image", "source": _IMAGE},
        {"type": "image", "source": _IMAGE.replace("07-03", "07-04")},
    ]
}
STATE_OF_NONE: dict[str, Any] = {
    "layers": [{"type": "image", "source": "zarr://s3://aind-open-data/test/x.zarr", "name": "x"}]
}
STATE_BY_DAY_LAYERS = [
    *STATE["layers"][:2],
    *({"type": "annotation", "name": name} for name in ("probe A1", "B-3", "C 3", "targets")),
]


def asset_id(key: str) -> str:
    """Return the ID of an asset by its key."""
    return f"0000000c-0000-4000-8000-{list(ASSETS).index(key):012}"


def run_id(key: str) -> str:
    """Return the ID of a computation by its key."""
    return f"0000000d-0000-4000-8000-{list(RUNS).index(key):012}"


# -- the cases, in the order of the list of public names --


def asset(a: Any, key: str) -> Any:
    return a.get_data_asset_model(asset_id(key))


def run(a: Any, key: str) -> Any:
    return a.get_codeocean_model(run_id(key), is_computation=True)


def each(name: str, keys: Iterable[Any], get: Callable[[Any, Any], object]) -> Cases:
    """Return a case for each key."""

    def case(key: Any) -> Callable[[Any], object]:
        return lambda a: get(a, key)

    return {f"{name}: {key}": case(key) for key in keys}


def params(**fields: Any) -> Any:
    from codeocean.data_asset import DataAssetSearchParams

    return DataAssetSearchParams(**fields)


@contextmanager
def environment(**values: str | None) -> Iterator[None]:
    """Set or remove variables during a block."""
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def cases_of_clients() -> Cases:
    def without_token(a: Any) -> object:
        with environment(CODE_OCEAN_API_TOKEN=None):
            return a.get_codeocean_client().domain

    def run_capsule(a: Any) -> object:
        from codeocean.computation import RunParams

        return a.get_codeocean_client().computations.run_capsule(
            RunParams(capsule_id=TRIGGER, parameters=["x", asset_id("old")])
        )

    def with_other_name(a: Any) -> object:
        with environment(CODE_OCEAN_API_TOKEN=None, MY_SECRET=os.environ["CODE_OCEAN_API_TOKEN"]):
            return a.get_codeocean_client().token == os.environ["MY_SECRET"]

    return {
        "get_codeocean_client: class": lambda a: [
            kind.__name__ for kind in type(a.get_codeocean_client()).__mro__[-2:]
        ],
        "get_codeocean_client: domain": lambda a: (
            a.get_codeocean_client().domain == os.environ["CODE_OCEAN_DOMAIN"]
        ),
        "get_codeocean_client: the same again": lambda a: (
            a.get_codeocean_client() is a.get_codeocean_client()
        ),
        "get_codeocean_client: works": lambda a: (
            a.get_codeocean_client().data_assets.get_data_asset(asset_id("old"))
        ),
        "get_codeocean_client: no check": lambda a: (
            a.get_codeocean_client(check_credentials=False).token
        ),
        "get_codeocean_client: check": lambda a: (
            a.get_codeocean_client(check_credentials=True, retries=2).token
        ),
        "get_codeocean_client: no token": without_token,
        "get_codeocean_client: token of another name": with_other_name,
        "get_codeocean_client: refused token": lambda a: a.get_codeocean_client(
            check_credentials=True
        ),
        "get_codeocean_client: runs a capsule": run_capsule,
        "get_codeocean_client: computations": lambda a: sorted(
            found.id for found in a.get_codeocean_client().capsules.list_computations(PIPELINE)
        ),
        "get_codeocean_client: session": lambda a: (
            a.get_codeocean_client().session.get(f"data_assets/{asset_id('old')}").json()["name"]
        ),
        "get_docdb_api_client: works": lambda a: [
            record["name"]
            for record in a.get_docdb_api_client().retrieve_docdb_records(
                filter_query={"subject.subject_id": "700101"}, sort={"created": 1}
            )
        ],
        "get_docdb_api_client: class": lambda a: type(a.get_docdb_api_client()).__name__,
        "get_docdb_api_client: defaults": lambda a: [
            getattr(a.get_docdb_api_client(), name) for name in ("database", "collection")
        ],
        "get_docdb_api_client: arguments": lambda a: (
            a.get_docdb_api_client(host="example.org", database="x").host
        ),
    }


def cases_of_ids() -> Cases:
    old = asset_id("old")
    return {
        "get_normalized_uuid: dashes": lambda a: a.get_normalized_uuid(old),
        "get_normalized_uuid: no dashes": lambda a: a.get_normalized_uuid(old.replace("-", "")),
        "get_normalized_uuid: upper case": lambda a: a.get_normalized_uuid(old.upper()),
        "get_normalized_uuid: UUID": lambda a: a.get_normalized_uuid(uuid.UUID(old)),
        "get_normalized_uuid: asset": lambda a: a.get_normalized_uuid(asset(a, "old")),
        "get_normalized_uuid: computation": lambda a: a.get_normalized_uuid(run(a, "with nwb")),
        "get_normalized_uuid: malformed": lambda a: a.get_normalized_uuid("867ed56f"),
        "get_normalized_uuid: int": lambda a: a.get_normalized_uuid(867),
        "get_normalized_uuid: None": lambda a: a.get_normalized_uuid(None),
        "get_data_asset_model: ID": lambda a: a.get_data_asset_model(old),
        "get_data_asset_model: no dashes": lambda a: a.get_data_asset_model(old.replace("-", "")),
        "get_data_asset_model: UUID": lambda a: a.get_data_asset_model(uuid.UUID(old)),
        "get_data_asset_model: asset": lambda a: (
            (found := asset(a, "old")) is a.get_data_asset_model(found)
        ),
        "get_data_asset_model: archived": lambda a: asset(a, "archived"),
        "get_data_asset_model: hidden": lambda a: asset(a, "hidden"),
        "get_data_asset_model: unknown": lambda a: a.get_data_asset_model(UNKNOWN),
        "get_data_asset_model: malformed": lambda a: a.get_data_asset_model("x"),
        "get_data_asset_model: fields": lambda a: [
            plain(getattr(asset(a, "old"), name))
            for name in ("created", "mount", "state", "type", "tags", "custom_metadata")
        ],
        "get_codeocean_model: asset's ID": lambda a: a.get_codeocean_model(old),
        "get_codeocean_model: asset": lambda a: (
            (found := asset(a, "old")) is a.get_codeocean_model(found)
        ),
        "get_codeocean_model: computation's ID": lambda a: a.get_codeocean_model(
            run_id("with nwb")
        ),
        "get_codeocean_model: computation": lambda a: (
            (found := run(a, "with nwb")) is a.get_codeocean_model(found)
        ),
        "get_codeocean_model: is_computation": lambda a: run(a, "running"),
        "get_codeocean_model: asset, is_computation": lambda a: a.get_codeocean_model(
            old, is_computation=True
        ),
        "get_codeocean_model: unknown": lambda a: a.get_codeocean_model(UNKNOWN),
        "get_codeocean_model: hidden": lambda a: a.get_codeocean_model(asset_id("hidden")),
        "get_codeocean_model: malformed": lambda a: a.get_codeocean_model("x"),
        "sort_by_created: IDs": lambda a: a.sort_by_created(
            [asset_id("multi last"), asset_id("old"), asset_id("new")]
        ),
        "sort_by_created: models": lambda a: a.sort_by_created([asset(a, "new"), asset(a, "old")]),
        "sort_by_created: computations": lambda a: a.sort_by_created(
            [run_id("with nwb"), run(a, "running")]
        ),
        "sort_by_created: an iterator": lambda a: a.sort_by_created(
            asset_id(key) for key in ("new", "old")
        ),
        "sort_by_created: nothing": lambda a: a.sort_by_created([]),
        "sort_by_created: one is refused with 401": lambda a: a.sort_by_created(
            [asset_id("new"), asset_id("old")]
        ),
        "sort_by_created: one is hidden (403)": lambda a: a.sort_by_created(
            [asset_id("new"), asset_id("hidden")]
        ),
        "sort_by_created: one is unknown (404)": lambda a: a.sort_by_created(
            [asset_id("new"), UNKNOWN]
        ),
    }


def cases_of_directories() -> Cases:
    def where(*keys: str, **more: Any) -> Callable[[Any], object]:
        return lambda a: [a.get_data_asset_source_dir(asset_id(key), **more) for key in keys]

    scratch = "s3://aind-scratch-data/x/manifests/717381/717381.csv"
    return {
        "get_data_asset_source_dir: source_bucket": where("old"),
        "get_data_asset_source_dir: by ID": where("ks25"),
        "get_data_asset_source_dir: by name": where("named by name"),
        "get_data_asset_source_dir: ttl_hash": where("old", "ks25", ttl_hash=3),
        "get_data_asset_source_dir: asset": lambda a: a.get_data_asset_source_dir(asset(a, "old")),
        "get_data_asset_source_dir: UUID": lambda a: a.get_data_asset_source_dir(
            uuid.UUID(asset_id("old"))
        ),
        "get_data_asset_source_dir: iterdir": lambda a: sorted(
            path.name for path in a.get_data_asset_source_dir(asset_id("old")).iterdir()
        ),
        "get_data_asset_source_dir: gcp": where("in cloud"),
        "get_data_asset_source_dir: local": where("local"),
        "get_data_asset_source_dir: combined": where("combined"),
        "get_data_asset_source_dir: nowhere": where("nowhere"),
        "get_data_asset_source_dir: vanished": where("vanished"),
        "get_data_asset_source_dir: hidden": where("hidden"),
        "get_data_asset_source_dir: unknown": lambda a: a.get_data_asset_source_dir(UNKNOWN),
        "get_source_dir_by_name: session": lambda a: a.get_source_dir_by_name(OLD),
        "get_source_dir_by_name: str": lambda a: str(a.utils.get_source_dir_by_name(OLD)),
        "get_source_dir_by_name: ID": lambda a: a.get_source_dir_by_name(asset_id("ks25")),
        "get_source_dir_by_name: in two buckets": lambda a: a.get_source_dir_by_name(
            "in two buckets", ttl_hash=1
        ),
        "get_source_dir_by_name: none": lambda a: a.get_source_dir_by_name(NOTHING),
        "get_source_dir_by_name: beginning of a name": lambda a: a.get_source_dir_by_name(OLD[:-1]),
        "get_source_dir_by_name: a bucket is closed": lambda a: a.get_source_dir_by_name(OLD),
        "S3_DATA_BUCKET_NAMES": lambda a: a.S3_DATA_BUCKET_NAMES,
        "get_bucket_and_prefix: text": lambda a: a.get_bucket_and_prefix(scratch),
        "get_bucket_and_prefix: path": lambda a: a.get_bucket_and_prefix(
            a.get_source_dir_by_name(OLD) / "behavior" / "x"
        ),
        "get_bucket_and_prefix: at the top": lambda a: a.get_bucket_and_prefix("s3://b/x.csv"),
        "get_bucket_and_prefix: twice the name of the bucket": lambda a: a.get_bucket_and_prefix(
            "s3://b/a/b/x.csv"
        ),
        "get_bucket_and_prefix: no S3": lambda a: a.get_bucket_and_prefix("/a/b"),
        "get_bucket_and_prefix: Path": lambda a: a.get_bucket_and_prefix(Path("a") / "b"),
    }


def cases_of_queries() -> Cases:
    def query(**fields: Any) -> Callable[[Any], object]:
        return lambda a: a.get_data_asset_search_query(**fields)

    return {
        "get_data_asset_search_query: nothing": query(),
        "get_data_asset_search_query: name": query(name="ecephys_700101"),
        "get_data_asset_search_query: long name": query(name=OLD),
        "get_data_asset_search_query: subject as int": query(subject_id=700101),
        "get_data_asset_search_query: subject 0": query(subject_id=0),
        "get_data_asset_search_query: one tag": query(tag="raw"),
        "get_data_asset_search_query: several tags": query(tag=["raw", "ecephys"]),
        "get_data_asset_search_query: description": query(description="x"),
        "get_data_asset_search_query: all": query(
            name="ecephys", subject_id="700101", description="x"
        ),
        "get_data_asset_search_query: empty": query(name="", subject_id=None),
        "get_data_asset_search_query: positional": lambda a: a.get_data_asset_search_query("x", 1),
    }


def cases_of_asset_searches() -> Cases:
    many = {"query": "subject id:700200", "sort_field": "created", "sort_order": "asc"}
    first = {**many, "query": "subject id:700101"}

    def search(fields: Any, **more: Any) -> Callable[[Any], object]:
        return lambda a: a.search_data_assets(fields, **more)

    def names(fields: Any, **more: Any) -> Callable[[Any], object]:
        return lambda a: [found["name"] for found in a.search_data_assets(fields, True, **more)]

    def ids(found: Any) -> list[str]:
        return sorted({found_asset.id for found_asset in found})

    return {
        "search_data_assets: dict": search(first),
        "search_data_assets: DataAssetSearchParams": lambda a: a.search_data_assets(
            params(query="subject id:700101", sort_field="created", sort_order="asc")
        ),
        "search_data_assets: as_dict": names(first),
        "search_data_assets: a dict's fields": lambda a: sorted(
            a.search_data_assets(first, as_dict=True)[0]
        ),
        "search_data_assets: two pages": names(many),
        "search_data_assets: twelve pages": names(many, page_size=10),
        "search_data_assets: page limit": names(many, page_size=10, max_pages=3),
        "search_data_assets: page limit, no error": names(
            many, page_size=10, max_pages=3, raise_on_page_limit=False
        ),
        "search_data_assets: exactly as many as the limit": names(many, page_size=60, max_pages=2),
        "search_data_assets: limit and offset": names({**first, "limit": 1, "offset": 2}),
        "search_data_assets: archived": names({"archived": True}),
        "search_data_assets: archived is left out": names({"query": "subject id:700103"}),
        "search_data_assets: type": names({**first, "type": "result"}),
        "search_data_assets: newest first": names({**first, "sort_order": "desc"}),
        "search_data_assets: filters": names(
            {"filters": [{"key": "name", "value": OLD}], "sort_field": "name", "sort_order": "asc"}
        ),
        "search_data_assets: nothing": search({"query": "subject id:1"}),
        "search_data_assets: unknown field": search({"no such field": 1}),
        "get_data_assets: session": lambda a: a.get_data_assets(OLD),
        "get_data_assets: ttl_hash": lambda a: a.get_data_assets(OLD, ttl_hash=1),
        "get_data_assets: type": lambda a: a.get_data_assets(OLD, type="result"),
        "get_data_assets: short": lambda a: a.get_data_assets("ecephys_700101_2024"),
        "get_data_assets: two pages": lambda a: a.get_data_assets("behavior_700200"),
        "get_data_assets: other case": lambda a: a.get_data_assets(OLD.upper()),
        "get_data_assets: archived": lambda a: a.get_data_assets(ARCHIVED, archived=True),
        "get_data_assets: nothing": lambda a: a.get_data_assets(NOTHING),
        "get_data_assets: query": lambda a: a.get_data_assets(OLD, query="x"),
        "get_subject_data_assets: str": lambda a: a.get_subject_data_assets("700101"),
        "get_subject_data_assets: each once": lambda a: ids(a.get_subject_data_assets("700101")),
        "get_subject_data_assets: int": lambda a: ids(a.get_subject_data_assets(700101)),
        "get_subject_data_assets: utils": lambda a: ids(a.utils.get_subject_data_assets("700101")),
        "get_subject_data_assets: two pages": lambda a: ids(a.get_subject_data_assets(700200)),
        "get_subject_data_assets: documented": lambda a: ids(a.get_subject_data_assets(676909)),
        "get_subject_data_assets: type": lambda a: ids(
            a.get_subject_data_assets("700101", type="result")
        ),
        "get_subject_data_assets: ttl_hash": lambda a: ids(
            a.get_subject_data_assets("700300", ttl_hash=a.get_ttl_hash())
        ),
        "get_subject_data_assets: one is hidden": lambda a: ids(
            a.get_subject_data_assets("700103")
        ),
        "get_subject_data_assets: a linked one is archived and hidden": lambda a: ids(
            a.get_subject_data_assets("700106")
        ),
        "get_subject_data_assets: a linked one is gone": lambda a: ids(
            a.get_subject_data_assets("700107")
        ),
        "get_subject_data_assets: a record without links": lambda a: ids(
            a.get_subject_data_assets("700105")
        ),
        "get_subject_data_assets: unknown subject": lambda a: a.get_subject_data_assets("799999"),
        "get_subject_data_assets: text without subject": lambda a: a.get_subject_data_assets("MRI"),
        "get_subject_data_assets: query": lambda a: a.get_subject_data_assets("1", query="x"),
        "get_subject_data_assets: DocDB is down": lambda a: ids(
            a.get_subject_data_assets("700101")
        ),
        **each(
            "is_raw_data_asset",
            ("old", "tagged", "named", "derived", "ks25", "named by name"),
            lambda a, key: a.is_raw_data_asset(asset_id(key)),
        ),
        "is_raw_data_asset: asset": lambda a: a.is_raw_data_asset(asset(a, "old")),
        "is_raw_data_asset: unknown": lambda a: a.is_raw_data_asset(UNKNOWN),
    }


def cases_of_computations() -> Cases:
    def search(**fields: Any) -> Callable[[Any], object]:
        return lambda a: a.search_computations(PIPELINE, **fields)

    def of_state(a: Any) -> object:
        from codeocean.computation import ComputationState

        return a.search_computations(PIPELINE, computation_state=ComputationState.Failed)

    day = datetime.date(2024, 1, 11)
    return {
        "search_computations: all": search(),
        "search_computations: UUID": lambda a: a.search_computations(uuid.UUID(PIPELINE)),
        "search_computations: keyword": lambda a: a.search_computations(
            capsule_or_pipeline_id=TRIGGER, ttl_hash=1
        ),
        "search_computations: name": search(name="Run failed"),
        "search_computations: attached": search(attached_data_asset_id=asset_id("new")),
        "search_computations: has_results": search(has_results=True),
        "search_computations: has_results=False": search(has_results=False),
        "search_computations: one without has_results": search(has_results=True),
        "search_computations: in progress": search(in_progress=True),
        "search_computations: ended": search(in_progress=False),
        "search_computations: state": search(computation_state="failed"),
        "search_computations: state of the SDK": of_state,
        "search_computations: several": search(
            attached_data_asset_id=asset_id("old"), in_progress=True, has_results=None
        ),
        "search_computations: date, only times that are the same day": lambda a: [
            found.id
            for found in a.search_computations(PIPELINE, date="2024-01-11")
            if datetime.datetime.fromtimestamp(found.created, datetime.timezone.utc).hour >= 8
        ],
        "search_computations: date": search(date="2024-01-11"),
        "search_computations: date object": search(date=day),
        "search_computations: start_date": search(start_date="2024-01-12 20:00:00"),
        "search_computations: end_date": search(end_date="2024-01-11 20:00:00"),
        "search_computations: range": search(
            start_date="2024-01-11 12:00:00", end_date="2024-01-12 12:00:00"
        ),
        "search_computations: far range": search(start_date="2023-01-01", end_date="2025-01-01"),
        "search_computations: date and range": search(date="2024-01-11", start_date="2024-01-10"),
        "search_computations: no date": search(date="yesterday"),
        "search_computations: unknown capsule": lambda a: a.search_computations(UNKNOWN),
        "search_computations: malformed": lambda a: a.search_computations("x"),
        **each("is_computation_error", RUNS, lambda a, key: a.is_computation_error(run_id(key))),
        "is_computation_error: computation": lambda a: a.is_computation_error(run(a, "with nwb")),
        "is_computation_error: unknown": lambda a: a.is_computation_error(UNKNOWN),
    }


def cases_of_outputs() -> Cases:
    log = "N E X T F L O W: spike sorting, Kilosort"
    phrases = [
        "Essential container in task exited",
        "Out of memory.",
        "Task failed to start - DockerTimeoutError",
        "The CUDA error was:",
        "Traceback (most recent call last):",
        "Command error:",
        "WARN: Killing running tasks",
        "out of memory.",
        "",
    ]
    return {
        "get_output_text: asset's ID": lambda a: a.get_output_text(asset_id("ks25")),
        "get_output_text: asset": lambda a: a.get_output_text(asset(a, "external")),
        "get_output_text: computation": lambda a: a.get_output_text(run(a, "with nwb")),
        "get_output_text: computation's ID": lambda a: a.get_output_text(run_id("with nwb")),
        "get_output_text: asset without": lambda a: a.get_output_text(asset_id("no log")),
        "get_output_text: computation without": lambda a: a.get_output_text(run(a, "no log")),
        "get_output_text: computation without results": lambda a: a.get_output_text(
            run(a, "no results")
        ),
        "get_output_text: nowhere": lambda a: a.get_output_text(asset_id("nowhere")),
        "get_output_text: unknown": lambda a: a.get_output_text(UNKNOWN),
        **each(
            "is_data_asset_error",
            (
                "ks25 | in code | named by probe | no sorter | no log | no nwb | traceback | old"
                " | nowhere"
            ).split(" | "),
            lambda a, key: a.is_data_asset_error(asset_id(key)),
        ),
        "is_data_asset_error: asset": lambda a: a.is_data_asset_error(asset(a, "ks25")),
        "is_data_asset_error: unknown": lambda a: a.is_data_asset_error(UNKNOWN),
        "is_output_error: each phrase": lambda a: [
            a.is_output_error(f"x\n{phrase} y") for phrase in phrases
        ],
        "is_output_error: each phrase, of sorting": lambda a: [
            a.is_output_error(f"{log}\n{phrase} y") for phrase in phrases
        ],
        "is_output_file_from_sorting_pipeline: each word": lambda a: [
            a.is_output_file_from_sorting_pipeline(text)
            for text in (log, log.upper(), log[8:], log[:20], "", "sorting kilosort nextflow")
        ],
    }


def cases_of_waiting() -> Cases:
    def wait(key: str, **more: Any) -> Callable[[Any], object]:
        return lambda a: a.wait_until_ready(asset_id(key), **more)

    return {
        "wait_until_ready: ready": wait("old"),
        "wait_until_ready: asset": lambda a: a.wait_until_ready(asset(a, "old"), timeout=10),
        "wait_until_ready: draft": lambda a: (
            a.get_data_asset_model(a.wait_until_ready(asset_id("draft"), timeout=20)).state.value
        ),
        "wait_until_ready: no check of files": wait("vanished", check_files=False),
        "wait_until_ready: internal": wait("ks25"),
        "wait_until_ready: positional": lambda a: a.wait_until_ready(asset_id("old"), True, 30),
        "wait_until_ready: timeout None": wait("old", timeout=None),
        "wait_until_ready: polling_interval": wait("old", polling_interval=6),
        "wait_until_ready: polling_interval too short": wait("old", polling_interval=1),
        "wait_until_ready: no files": wait("only marker", timeout=10),
        "wait_until_ready: never ready": wait("old", timeout=10),
        "wait_until_ready: no directory": wait("vanished", timeout=10),
        "wait_until_ready: failed": wait("failed", timeout=10),
        "wait_until_ready: unknown": lambda a: a.wait_until_ready(UNKNOWN),
    }


def cases_of_records() -> Cases:
    def record(name: str) -> Callable[[Any], object]:
        return lambda a: a.get_docdb_record(name)

    def links(record: Any) -> Callable[[Any], object]:
        return lambda a: a.extract_codeocean_data_asset_ids_from_docdb_record(record)

    def names(records: Any) -> Any:
        return type(records)(record["name"] for record in records)

    return {
        "get_docdb_record: name": record(OLD),
        "get_docdb_record: linked ID": record(asset_id("old")),
        "get_docdb_record: linked ID, older form": record(asset_id("multi first")),
        "get_docdb_record: linked ID, no dashes": record(asset_id("old").replace("-", "")),
        "get_docdb_record: UUID": lambda a: a.get_docdb_record(uuid.UUID(asset_id("old"))),
        "get_docdb_record: ID that no record links": record(asset_id("empty links")),
        "get_docdb_record: ID without any record": record(asset_id("tagged")),
        "get_docdb_record: sorted asset": record(asset_id("ks25")),
        "get_docdb_record: two records": lambda a: a.get_docdb_record(TWO_RECORDS)["location"],
        "get_docdb_record: none": record(NOTHING),
        "get_docdb_record: unknown ID": record(UNKNOWN),
        "get_docdb_record: hidden ID": lambda a: a.get_docdb_record(asset_id("hidden"))["name"],
        "get_docdb_record: only in v2": record(VERSION_2),
        "get_docdb_record: ttl_hash": lambda a: a.get_docdb_record(OLD, ttl_hash=1)["name"],
        "get_docdb_record: DocDB is down": record(OLD),
        "get_docdb_record: Code Ocean is down": record(asset_id("empty links")),
        "get_subject_docdb_records: str": lambda a: names(a.get_subject_docdb_records("700101")),
        "get_subject_docdb_records: int": lambda a: names(a.get_subject_docdb_records(700101)),
        "get_subject_docdb_records: whole": lambda a: a.get_subject_docdb_records(700104),
        "get_subject_docdb_records: none": lambda a: a.get_subject_docdb_records("799999"),
        "get_subject_docdb_records: only in v2": lambda a: names(
            a.get_subject_docdb_records("717121")
        ),
        "get_codeocean_data_asset_ids_from_docdb: name": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb(OLD)
        ),
        "get_codeocean_data_asset_ids_from_docdb: part of a name": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb("700101")
        ),
        "get_codeocean_data_asset_ids_from_docdb: subject": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb(subject_id=700101)
        ),
        "get_codeocean_data_asset_ids_from_docdb: both": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb("2024", subject_id="700101")
        ),
        "get_codeocean_data_asset_ids_from_docdb: both forms": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb(OLD_FORM)
        ),
        "get_codeocean_data_asset_ids_from_docdb: empty links": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb(EMPTY_LINKS)
        ),
        "get_codeocean_data_asset_ids_from_docdb: null links": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb(NULL_LINKS)
        ),
        "get_codeocean_data_asset_ids_from_docdb: no links": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb(NO_LINKS)
        ),
        "get_codeocean_data_asset_ids_from_docdb: none": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb(NOTHING)
        ),
        "get_codeocean_data_asset_ids_from_docdb: no argument": lambda a: (
            a.get_codeocean_data_asset_ids_from_docdb()
        ),
        **{
            f"extract_codeocean_data_asset_ids_from_docdb_record: {case}": links(record)
            for case, record in {
                "dict": {"external_links": {"Code Ocean": ["id0", "id2"]}},
                "list": {"external_links": [{"Code Ocean": "id0"}, {"Code Ocean": "id2"}, {}]},
                "empty dict": {"external_links": {}},
                "empty list": {"external_links": []},
                "null": {"external_links": None},
                "v2": {"other_identifiers": {"Code Ocean": ["id0"]}},
                "no links": {"name": "x"},
                "no record": "x",
                "None": None,
            }.items()
        },
    }


def cases_of_names() -> Cases:
    """Names, parameters and classes of the public modules."""

    def there(module: str, names: str) -> Callable[[Any], object]:
        return lambda a: has(importlib.import_module(module), names)

    def starred(a: Any) -> object:
        names: dict[str, Any] = {}
        exec("from aind_session import *", names)
        public = MODULES["aind_session"].split()
        return [name for name in public if name in names and not name.startswith("_")]

    def replaced(a: Any) -> object:
        module = a.utils.codeocean_utils
        where = module.get_data_asset_source_dir
        module.get_data_asset_source_dir = lambda *_, **__: where(asset_id("in code"))
        try:
            return a.ecephys.get_sorter_name(asset_id("ks25"))
        finally:
            module.get_data_asset_source_dir = where

    def constants(a: Any) -> object:
        return {
            "DEFAULT_CO_RETRY": hasattr(a.utils.codeocean_utils, "DEFAULT_CO_RETRY"),
            "DEFAULT_DOCDB_RETRY": hasattr(a.utils.docdb_utils, "DEFAULT_DOCDB_RETRY"),
            "SCRATCH_STORAGE_DIR": hasattr(histology(a), "SCRATCH_STORAGE_DIR"),
        }

    return {
        **{f"module {module}": there(module, names) for module, names in MODULES.items()},
        "from aind_session import *": starred,
        "modules: constants that are not listed": constants,
        **each("attributes", ATTRIBUTES, lambda a, name: has(find(a, name), ATTRIBUTES[name])),
        "attributes: replaced in codeocean_utils": replaced,
        "attributes: ecephys.get_sorter_name.cache_clear": lambda a: hasattr(
            a.ecephys.get_sorter_name, "cache_clear"
        ),
        **each("parameters", FUNCTIONS, lambda a, name: parameters(find(a, name))),
    }


def has(thing: Any, names: str) -> dict[str, bool]:
    return {name: hasattr(thing, name) for name in names.split()}


_ASSETS = """
    get_codeocean_client get_normalized_uuid get_data_asset_model get_codeocean_model
    sort_by_created get_data_asset_source_dir get_data_asset_search_query search_data_assets
    get_data_assets get_subject_data_assets search_computations is_raw_data_asset get_output_text
    is_data_asset_error is_computation_error is_output_error is_output_file_from_sorting_pipeline
    wait_until_ready
"""
_RECORDS = """
    get_docdb_api_client get_docdb_record get_subject_docdb_records
    get_codeocean_data_asset_ids_from_docdb extract_codeocean_data_asset_ids_from_docdb_record
"""
_DIRECTORIES = "get_source_dir_by_name get_bucket_and_prefix"
_HISTOLOGY = "NeuroglancerState NeuroglancerExtension IBLDataConverterExtension"
MODULES = {
    "aind_session": f"""{_ASSETS} {_RECORDS} {_DIRECTORIES} S3_DATA_BUCKET_NAMES get_ttl_hash
        register_namespace ExtensionBaseClass Session Subject get_sessions ecephys lims testmod
        __version__ session subject extension extensions utils""",
    "aind_session.session": "Session get_sessions",
    "aind_session.subject": "Subject",
    "aind_session.extension": "register_namespace ExtensionBaseClass",
    "aind_session.extensions": "ecephys lims",
    "aind_session.extensions.ecephys": "EcephysExtension",
    "aind_session.extensions.lims": "LimsExtension",
    "aind_session.extensions.smartspim_neuropixels": _HISTOLOGY,
    "aind_session.utils": f"""{_ASSETS} {_RECORDS} {_DIRECTORIES} S3_DATA_BUCKET_NAMES get_ttl_hash
        codeocean_utils docdb_utils misc_utils s3_utils""",
    "aind_session.utils.codeocean_utils": _ASSETS,
    "aind_session.utils.docdb_utils": _RECORDS,
    "aind_session.utils.misc_utils": "get_ttl_hash",
    "aind_session.utils.s3_utils": f"{_DIRECTORIES} S3_DATA_BUCKET_NAMES",
}
_ECEPHYS = """
    get_clipped_and_compressed_dirs is_sorted_data_asset get_sorted_data_asset_model
    is_sorting_analyzer_asset get_sorted_probe_names get_sorter_name run_sorting
    get_current_sorting_pipeline_computations get_latest_ibl_annotations
"""
_CONVERTER = """
    get_stitched_data_assets ManifestRecord get_mindscope_probe_day_from_ng_state
    get_partial_manifest_records create_manifest_asset run_data_converter_capsule
"""
_STATE = "get_new_file_name write create_data_asset"
_HISTOLOGY_MODULE = "extensions.smartspim_neuropixels"
FUNCTIONS = [
    *f"{_ASSETS} {_RECORDS} {_DIRECTORIES} get_ttl_hash register_namespace get_sessions".split(),
    *("Session", "Subject"),
    *(f"ecephys.{name}" for name in _ECEPHYS.split()),
    *(f"lims.{name}" for name in ("get_id", "get_session", "extract_id")),
    *(f"{_HISTOLOGY_MODULE}.NeuroglancerState.{name}" for name in _STATE.split()),
    f"{_HISTOLOGY_MODULE}.NeuroglancerState",
    f"{_HISTOLOGY_MODULE}.NeuroglancerExtension.from_json",
    *(f"{_HISTOLOGY_MODULE}.IBLDataConverterExtension.{name}" for name in _CONVERTER.split()),
]


ATTRIBUTES = {
    "Session": """data_assets is_uploaded raw_data_asset raw_data_dir modalities docdb subject
        ecephys lims""",
    "Subject": "sessions data_assets docdb neuroglancer ibl_data_converter",
    "ecephys": f"""{_ECEPHYS} DEFAULT_SORTING_PIPELINE_ID DEFAULT_TRIGGER_CAPSULE_ID
        IBL_ALIGNMENT_EVALUATION_PREFIX clipped_dir compressed_dir is_sorted sorted_data_assets
        SortedDataAsset sorter SorterExtension current_sorting_pipeline_computations""",
    "ecephys.SortedDataAsset": """path output sorted_probes sorter_name is_sorting_error
        is_sorting_analyzer""",
    "lims": "id get_id get_session extract_id",
    f"{_HISTOLOGY_MODULE}.NeuroglancerState": f"""{_STATE} image_sources image_data_assets session
        annotation_names""",
    f"{_HISTOLOGY_MODULE}.NeuroglancerExtension": """state_json_dir from_json states
        state_json_paths state_json_data_assets""",
    f"{_HISTOLOGY_MODULE}.IBLDataConverterExtension": f"""{_CONVERTER} DATA_CONVERTER_CAPSULE_ID
        PIPELINE_MONITOR_CAPUSLE_ID ecephys_sessions ecephys_data_assets surface_recording_names
        sorted_data_assets smartspim_sessions smartspim_data_assets csv_manifest_path
        manifest_data_asset neuroglancer_state_json_asset""",
}


def histology(a: Any) -> Any:
    return importlib.import_module(f"{a.__name__}.{_HISTOLOGY_MODULE}")


def find(a: Any, name: str) -> Any:
    histology(a)
    for part in name.split("."):
        a = getattr(a, part)
    return a


_OURS = ("sources", "dry_run", "replace")  # parameters that all our functions have


def parameters(function: Any) -> list[str]:
    """Return the parameters with their defaults, without those that only our library has."""
    found = inspect.signature(function).parameters.values()
    return [
        f"{p.kind.name[:3]} {p.name}"
        + ("" if p.default is p.empty else f"={plain(p.default)!r}"[:60])
        for p in found
        if p.name not in _OURS
    ]


def cases_of_helpers() -> Cases:
    def register(a: Any, name: str, **more: Any) -> Any:
        @a.register_namespace(name, **more)
        class Mine(a.ExtensionBaseClass):  # type: ignore[misc]
            constant = 42

            def base(self) -> Any:
                return self._base

        return Mine

    def registered(a: Any) -> object:
        kind = register(a, "mine_of_session")
        session = a.Session(OLD)
        extension = session.mine_of_session
        return [
            extension.constant,
            extension.base() is session,
            repr(extension),
            session.mine_of_session is extension,
            a.Session.mine_of_session is kind,
        ]

    def of_subject(a: Any) -> object:
        register(a, "mine_of_subject", cls=a.Subject)
        return [a.Subject(700101).mine_of_subject.base(), hasattr(a.Session, "mine_of_subject")]

    def covering(a: Any) -> object:
        class Mine(a.Session):  # type: ignore[misc]
            pass

        register(a, "data_assets", cls=Mine)
        return Mine(OLD).data_assets.constant

    def again(a: Any) -> object:
        register(a, "mine_again")

        @a.register_namespace("mine_again")
        class Other(a.ExtensionBaseClass):  # type: ignore[misc]
            constant = 43

        return a.Session(OLD).mine_again.constant

    def twice(a: Any) -> object:
        register(a, "mine_twice")
        register(a, "mine_twice")
        return a.Session(OLD).mine_twice.constant

    return {
        "get_ttl_hash: type": lambda a: type(a.get_ttl_hash()).__name__,
        "get_ttl_hash: long": lambda a: a.get_ttl_hash(1e12),
        "get_ttl_hash: keyword": lambda a: a.get_ttl_hash(seconds=1e12),
        "testmod": lambda a: a.testmod(m=importlib.import_module("bisect"), verbose=False)[:2],
        "register_namespace: session": registered,
        "register_namespace: subject": of_subject,
        "register_namespace: twice the same": twice,
        "register_namespace: another class of the name": again,
        "register_namespace: covers what exists": covering,
        "ExtensionBaseClass": lambda a: [
            repr(a.ExtensionBaseClass(3)),
            a.ExtensionBaseClass(3)._base,
        ],
        "ecephys, lims": lambda a: [a.ecephys, a.lims],
    }


_TEXTS = {
    "ID": OLD,
    "derived": f"{OLD}_sorted_2024-03-01_16-02-45",
    "path": f"/root/capsule/data/{OLD}/x",
    "URI": f"s3://aind-ephys-data/{OLD}/behavior",
    "SmartSPIM": SPIM,
    "hyphen": OPHYS,
    "lower-case time without dashes": "ecephys_700101_20230501_100000",
    "with colons": "ecephys_700101_2023-05-01_10:00:00",
    "seven digits": "ecephys_1234567_2023-05-01_10-00-00",
    "no platform": "700101_2023-05-01_10-00-00",
    "no time": "ecephys_700101_2023-05-01",
    "no date": "ecephys_700101",
    "nothing": "",
    "impossible date": "ecephys_700101_2023-13-01_10-00-00",
    "letters in the subject": "SmartSPIM_M2501_2025-04-03_17-50-21",
}


def cases_of_sessions() -> Cases:
    def of(name: str, sessions: Iterable[str]) -> Cases:
        return each(
            f"Session.{name}", sessions, lambda a, session: getattr(a.Session(session), name)
        )

    def parsed(s: Any) -> object:
        return [s.id, s.subject_id, s.platform, s.dt, s.date, s.time, s.datetime, repr(s)]

    def of_record(a: Any) -> object:
        from npc_session import AINDSessionRecord  # type: ignore[import-not-found]

        return a.Session(AINDSessionRecord(OLD))

    def in_threads(a: Any) -> object:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda name: a.Session(name).is_uploaded, (OLD, NEW, ONLY_IN_S3)))

    uploaded = (OLD, NEW, OLD_FORM, ONLY_NAME, TAGGED, ONLY_IN_S3, ONLY_RECORD, NOTHING)
    linked = (EMPTY_LINKS, NULL_LINKS, NO_LINKS, TWO_RECORDS)
    closed = (ARCHIVED, HIDDEN, MIXED, LINKS_CLOSED, LINKS_GONE)
    others = (VERSION_2, OPHYS, SPIM, DEMO, BAD, UNSORTED)
    recorded = (OLD, NOTHING, TWO_RECORDS, VERSION_2, NO_LINKS)
    every = (*uploaded, *linked, *closed, *others)
    other = "ecephys_700101_2023-05-01_09-00-00"
    return {
        **each("Session", _TEXTS, lambda a, case: parsed(a.Session(_TEXTS[case]))),
        "Session: keyword": lambda a: a.Session(session_id=OLD),
        "Session: Path": lambda a: a.Session(Path("/data") / OLD),
        "Session: npc_session's record": of_record,
        "Session: Session": lambda a: a.Session(a.Session(OLD)),
        "Session: ==, hash": lambda a: [
            a.Session(OLD) == a.Session(f"{OLD}_sorted"),
            a.Session(OLD) == a.Session(NEW),
            a.Session(OLD) == OLD,
            len({a.Session(OLD), a.Session(f"{OLD}_sorted")}),
        ],
        "Session: sorted": lambda a: sorted([a.Session(NEW), a.Session(OLD), a.Session(other)]),
        "Session: sorted, platforms": lambda a: sorted([a.Session(SPIM), a.Session(OLD)]),
        "Session: types": lambda a: [
            isinstance(getattr(a.Session(OLD), name), str) for name in ("id", "date", "time")
        ],
        "Session: pickle": lambda a: pickle.loads(pickle.dumps(a.Session(OLD))),
        "Session: date.year": lambda a: a.Session(OLD).date.year,
        "Session: date.dt": lambda a: a.Session(OLD).date.dt,
        "Session: datetime.dt": lambda a: a.Session(OLD).datetime.dt,
        "Session: time.hour": lambda a: a.Session(OLD).time.hour,
        "Session.is_uploaded: in threads": in_threads,
        "Session.subject": lambda a: a.Session(OLD).subject,
        **of("data_assets", every),
        **of("is_uploaded", every),
        **of("raw_data_asset", every),
        **of("raw_data_dir", every),
        **of("modalities", every),
        **of("docdb", recorded),
        "Session.raw_data_asset: getattr": lambda a: getattr(
            a.Session(NOTHING), "raw_data_asset", None
        ),
        "Session.raw_data_asset: DocDB is down": lambda a: a.Session(OLD).raw_data_asset,
    }


def cases_of_subjects() -> Cases:
    def get(*args: Any, **fields: Any) -> Callable[[Any], object]:
        return lambda a: a.get_sessions(*args, **fields)

    def of_records(a: Any) -> object:
        from npc_session import DateRecord, SubjectRecord

        return a.get_sessions(subject_id=SubjectRecord(700101), date=DateRecord("2024-06-10"))

    class Text(str):
        """As npc_session's records: text with more to it."""

        __slots__ = ()

    class Number(int):
        """The same for numbers."""

    moment = datetime.datetime(2024, 6, 10, 9, 0, 0)
    return {
        "Subject: int": lambda a: a.Subject(700101),
        "Subject: str": lambda a: a.Subject("700101").id,
        "Subject: path": lambda a: a.Subject(f"/data/{OLD}/x"),
        "Subject: text without number": lambda a: a.Subject("mouse"),
        "Subject: keyword": lambda a: a.Subject(subject_id=700101),
        "Subject: ==, hash, <": lambda a: [
            a.Subject(700101) == a.Subject("700101"),
            a.Subject(700101) == a.Subject(700102),
            len({a.Subject(700101), a.Subject("700101")}),
            a.Subject(700101) < a.Subject(700102),
        ],
        "Subject.sessions": lambda a: a.Subject(700101).sessions,
        "Subject.sessions: also in records or S3 alone": lambda a: a.Subject(700102).sessions,
        "Subject.sessions: a record without links": lambda a: a.Subject(700105).sessions,
        "Subject.sessions: hidden": lambda a: a.Subject(700103).sessions,
        "Subject.sessions: two pages": lambda a: a.Subject(700200).sessions,
        "Subject.sessions: documented": lambda a: a.Subject(676909).sessions,
        "Subject.sessions: none": lambda a: a.Subject(799999).sessions,
        "Subject.data_assets": lambda a: sorted({x.id for x in a.Subject(700101).data_assets}),
        "Subject.data_assets: two pages": lambda a: len(
            {x.id for x in a.Subject(700200).data_assets}
        ),
        "Subject.docdb": lambda a: [record["name"] for record in a.Subject(700101).docdb],
        "Subject.docdb: none": lambda a: a.Subject(799999).docdb,
        "get_sessions: positional": get(700101, "2024-06-10"),
        "get_sessions: keywords": get(subject_id="700101", date="2024-06-10"),
        "get_sessions: first of a day": lambda a: (
            a.get_sessions(*"700101_2024-06-10".split("_")[:2])[0].id
        ),
        "get_sessions: subclasses of str and int": get(
            subject_id=Number(700101), date=Text("2024-06-10")
        ),
        "get_sessions: npc_session's records": of_records,
        "get_sessions: platform": get(700102, platform="behavior"),
        "get_sessions: other case of the platform": get(700102, platform="Behavior"),
        **{
            f"get_sessions: date {date!r}": get(700101, date=date)
            for date in (
                "20240610",
                "2024-06-10_09-00-00",
                "2024-06-10 09:00:00",
                "20240610_090000",
                "20240610090000",
                "2024-06-10T09:00:00",
                moment.date(),
                moment,
            )
        },
        "get_sessions: start_date": get(700101, start_date="2024-06-10"),
        "get_sessions: end_date": get(700101, end_date="2024-07-02"),
        "get_sessions: end_date is a session's day": get(700101, end_date="2024-06-10"),
        "get_sessions: start_date with time": get(700101, start_date="2024-06-10_09-10-00"),
        "get_sessions: end_date with time": get(700101, end_date="2024-06-10 09:10:00"),
        "get_sessions: start_date is a session's time": get(700101, start_date=moment),
        "get_sessions: end_date is a session's time": get(700101, end_date=moment),
        "get_sessions: range": get(700101, start_date="2024-01-01", end_date="2024-06-30"),
        "get_sessions: date and range": get(700101, date="2024-06-10", start_date="2024-06-10"),
        "get_sessions: no date": get(700101, date="yesterday"),
        "get_sessions: none": get(799999),
        "get_sessions: session module": lambda a: importlib.import_module(
            "aind_session.session"
        ).get_sessions(700101),
    }


def cases_of_ecephys() -> Cases:
    def of(name: str, *sessions: str) -> Cases:
        return each(
            f"session.ecephys.{name}",
            sessions,
            lambda a, session: getattr(a.Session(session).ecephys, name),
        )

    def static(name: str, *keys: str) -> Cases:
        return each(f"ecephys.{name}", keys, lambda a, key: getattr(a.ecephys, name)(asset_id(key)))

    def given_asset(name: str, key: str) -> Cases:
        return {
            f"ecephys.{name}: asset": lambda a: getattr(a.ecephys, name)(asset(a, key)),
            f"ecephys.{name}: unknown": lambda a: getattr(a.ecephys, name)(UNKNOWN),
        }

    def constants(a: Any) -> object:
        names = "DEFAULT_SORTING_PIPELINE_ID DEFAULT_TRIGGER_CAPSULE_ID".split()
        return [getattr(a.ecephys, n) for n in (*names, "IBL_ALIGNMENT_EVALUATION_PREFIX")]

    places = "ks25|nested|top level|in code|named by probe|si_folder|sorting.json|params.json"
    with_sorter = (*places.split("|"), "external", "misplaced", "only in record", "no sorter")
    recorded = (OLD, NEW, BAD, UNSORTED, NOTHING, ONLY_IN_S3, DEMO)
    return {
        "session.ecephys: repr": lambda a: a.Session(OLD).ecephys,
        "ecephys: constants": constants,
        **of("clipped_dir", *recorded),
        **of("compressed_dir", *recorded),
        **static(
            "get_clipped_and_compressed_dirs",
            *("old", "new", "surface", "bad", "unsorted", "vanished", "nowhere"),
        ),
        **given_asset("get_clipped_and_compressed_dirs", "old"),
        **of("sorted_data_assets", OLD, NEW, BAD, UNSORTED, DEMO),
        **of("is_sorted", OLD, NEW, BAD, UNSORTED, NO_LOG),
        **static("is_sorted_data_asset", "ks25", "top level", "old", "derived", "nowhere"),
        **given_asset("is_sorted_data_asset", "ks25"),
        **static("get_sorted_data_asset_model", "ks25", "old"),
        **given_asset("get_sorted_data_asset_model", "ks25"),
        **static("is_sorting_analyzer_asset", "ks25", "in code", "no sorter", "nowhere"),
        **given_asset("is_sorting_analyzer_asset", "in code"),
        **static(
            "get_sorted_probe_names",
            *(*places.split("|"), "external", "no sorter", "misplaced", "nowhere"),
        ),
        **given_asset("get_sorted_probe_names", "ks25"),
        **static("get_sorter_name", *with_sorter, "nowhere"),
        **given_asset("get_sorter_name", "ks25"),
        **cases_of_sorted_assets(),
        **cases_of_sorters(),
        **cases_of_sorting_runs(),
        **cases_of_alignments(),
    }


def cases_of_sorted_assets() -> Cases:
    def read(name: str, *keys: str) -> Cases:
        return each(
            f"SortedDataAsset.{name}",
            keys,
            lambda a, key: getattr(a.ecephys.get_sorted_data_asset_model(asset_id(key)), name),
        )

    def is_data_asset(a: Any) -> object:
        from codeocean.data_asset import DataAsset, DataAssetType

        found = a.ecephys.get_sorted_data_asset_model(asset_id("ks25"))
        return [
            isinstance(found, DataAsset),
            isinstance(found, a.ecephys.SortedDataAsset),
            issubclass(a.ecephys.SortedDataAsset, DataAsset),
            found.type == DataAssetType.Result,
            found == a.get_data_asset_model(found),
            found.to_dict()["name"],
        ]

    return {
        "SortedDataAsset: class": lambda a: a.ecephys.SortedDataAsset,
        "SortedDataAsset: is a DataAsset": is_data_asset,
        **read("path", "ks25", "external", "nowhere"),
        **read("output", "ks25", "external", "no log"),
        **read("sorted_probes", "ks25", "no sorter"),
        **read("sorter_name", "ks25", "in code", "no sorter"),
        **read("is_sorting_error", "ks25", "named by probe", "no nwb", "traceback", "no log"),
        **read("is_sorting_analyzer", "ks25", "in code"),
        "SortedDataAsset: latest without error": lambda a: max(
            (
                found
                for found in a.Session(NEW).ecephys.sorted_data_assets
                if not found.is_sorting_error
            ),
            key=lambda found: found.created,
        ),
    }


def cases_of_sorters() -> Cases:
    def assets(session: str, sorter: str) -> Callable[[Any], object]:
        return lambda a: getattr(a.Session(session).ecephys.sorter, sorter).sorted_data_assets

    def pickled(a: Any) -> object:
        copied = copy.copy(a.Session(OLD).ecephys.sorter)
        return copied.kilosort4.sorted_data_assets

    return {
        "sorter: names": lambda a: a.Session(OLD).ecephys.sorter.names,
        "sorter: names, all places": lambda a: a.Session(NEW).ecephys.sorter.names,
        "sorter: names, none sorted": lambda a: a.Session(UNSORTED).ecephys.sorter.names,
        "sorter: names, one is unknown": lambda a: a.Session(BAD).ecephys.sorter.names,
        "sorter: names, documented": lambda a: a.Session(DEMO).ecephys.sorter.names,
        "sorter: kilosort2_5": assets(OLD, "kilosort2_5"),
        "sorter: kilosort4": assets(OLD, "kilosort4"),
        "sorter: spykingcircus2": assets(NEW, "spykingcircus2"),
        "sorter: any other": assets(OLD, "mountainsort5"),
        "sorter: one is unknown": assets(BAD, "kilosort2_5"),
        "sorter: misplaced": assets(MISPLACED, "kilosort4"),
        "sorter: repr": lambda a: a.Session(OLD).ecephys.sorter.kilosort4,
        "sorter: by item": lambda a: a.Session(OLD).ecephys.sorter["kilosort4"].sorted_data_assets,
        "sorter: copy": pickled,
        "sorter: _repr_html_": lambda a: hasattr(a.Session(OLD).ecephys.sorter, "_repr_html_"),
        "sorter: assets have their class": lambda a: [
            found.sorter_name
            for found in a.Session(OLD).ecephys.sorter.kilosort4.sorted_data_assets
        ],
    }


def cases_of_sorting_runs() -> Cases:
    def sort(session: str, *args: Any, **more: Any) -> Callable[[Any], object]:
        return lambda a: a.Session(session).ecephys.run_sorting(*args, **more)

    parameters = ["ecephys_opto_ks25", asset_id("bad"), "more"]
    current = "get_current_sorting_pipeline_computations"
    return {
        "run_sorting": sort(BAD),
        "run_sorting: pipeline_type": sort(BAD, "ecephys_ks4"),
        "run_sorting: keywords": sort(
            BAD, pipeline_type="ecephys_sc2", trigger_capsule_id=MONITOR, skip_already_sorting=False
        ),
        "run_sorting: already running": sort(NEW),
        "run_sorting: already running, still": sort(NEW, skip_already_sorting=False),
        "run_sorting: override_parameters": sort(BAD, override_parameters=parameters),
        "run_sorting: override_parameters of another asset": sort(
            BAD, override_parameters=["ecephys_ks4", asset_id("new")]
        ),
        "run_sorting: one parameter": sort(BAD, override_parameters=["ecephys_ks4"]),
        "run_sorting: override_parameters, no raw asset": sort(
            NOTHING, override_parameters=["ecephys_ks4", asset_id("bad")]
        ),
        "run_sorting: no raw asset": sort(NOTHING),
        "run_sorting: unknown capsule": sort(BAD, trigger_capsule_id=UNKNOWN),
        "current_sorting_pipeline_computations: running": lambda a: (
            a.Session(NEW).ecephys.current_sorting_pipeline_computations
        ),
        "current_sorting_pipeline_computations: initializing": lambda a: (
            a.Session(OLD).ecephys.current_sorting_pipeline_computations
        ),
        "current_sorting_pipeline_computations: none": lambda a: (
            a.Session(BAD).ecephys.current_sorting_pipeline_computations
        ),
        "current_sorting_pipeline_computations: no raw asset": lambda a: (
            a.Session(NOTHING).ecephys.current_sorting_pipeline_computations
        ),
        f"ecephys.{current}: ID": lambda a: getattr(a.ecephys, current)(PIPELINE, asset_id("new")),
        f"ecephys.{current}: asset": lambda a: getattr(a.ecephys, current)(
            raw_data_asset_id_or_model=asset(a, "new")
        ),
        f"ecephys.{current}: another pipeline": lambda a: getattr(a.ecephys, current)(
            TRIGGER, asset_id("new")
        ),
        f"ecephys.{current}: no asset": lambda a: getattr(a.ecephys, current)(),
    }


def cases_of_alignments() -> Cases:
    def latest(session: str, **more: Any) -> Callable[[Any], object]:
        return lambda a: a.ecephys.get_latest_ibl_annotations(session, **more)

    return {
        "get_latest_ibl_annotations": latest(DAY_1),
        "get_latest_ibl_annotations: as records": latest(DAY_1, as_ccf_records=True),
        "get_latest_ibl_annotations: bool": lambda a: bool(
            a.ecephys.get_latest_ibl_annotations(a.Session(DAY_1).id)
        ),
        "get_latest_ibl_annotations: of a session": lambda a: a.Session(
            DAY_1
        ).ecephys.get_latest_ibl_annotations(DAY_1),
        "get_latest_ibl_annotations: none": latest(OLD),
        "get_latest_ibl_annotations: no object": latest(DAY_2),
        "get_latest_ibl_annotations: far away": latest(SURFACE, as_ccf_records=True),
        "get_latest_ibl_annotations: nobody has curated": latest(DAY_1_SURFACE),
    }


def cases_of_lims() -> Cases:
    texts = (
        "1386750279_747816_20240814.sync",
        "x.1386750279.h5",
        "747816_20240814.sync",
        "20240814135737_x",
        "123456789",
        "12345678",
        "a1386750279_x",
        "1386750279-x",
        "99999999999999_x",
        "",
    )
    return {
        "session.lims: repr": lambda a: a.Session(LIMS).lims,
        "session.lims.id": lambda a: a.Session(LIMS).lims.id,
        "session.lims.id: none": lambda a: a.Session(NO_LIMS).lims.id,
        "session.lims.id: no raw data": lambda a: a.Session(NOTHING).lims.id,
        "lims.get_id": lambda a: a.lims.get_id(LIMS),
        "lims.get_id: any text": lambda a: a.lims.get_id(f"/data/{LIMS}/x"),
        "lims.get_id: none": lambda a: a.lims.get_id(NO_LIMS),
        "lims.get_id: no session": lambda a: a.lims.get_id("x"),
        "lims.get_session: int": lambda a: a.lims.get_session(747816, 1386750279),
        "lims.get_session: str": lambda a: a.lims.get_session("747816", "1386750279"),
        "lims.get_session: unknown ID": lambda a: a.lims.get_session(747816, 1000000000),
        "lims.get_session: unknown subject": lambda a: a.lims.get_session(799999, 1386750279),
        "lims.get_session: some are not uploaded": lambda a: a.lims.get_session(700102, 999999999),
        **each("lims.extract_id", texts, lambda a, text: a.lims.extract_id(text)),
    }


def cases_of_states() -> Cases:
    def state(content: Any, get: Callable[[Any], object]) -> Callable[[Any], object]:
        return lambda a: get(histology(a).NeuroglancerState(content))

    def read(name: str, **contents: Any) -> Cases:
        return {
            f"NeuroglancerState.{name}: {key.replace('_', ' ')}": state(
                content, lambda s: getattr(s, name)
            )
            for key, content in contents.items()
        }

    def of_file(a: Any) -> object:
        path = Path(tempfile.gettempdir()) / f"parity-{os.getpid()}.json"
        path.write_text(json.dumps(STATE))
        try:
            kind = histology(a).NeuroglancerState
            return [kind(path).annotation_names, kind(str(path)).annotation_names]
        finally:
            path.unlink()

    def write_local(a: Any) -> object:
        path = Path(tempfile.gettempdir()) / f"parity-{os.getpid()}.json"
        try:
            written = histology(a).NeuroglancerState(STATE).write(path)
            return [written == path, written.name == path.name, json.loads(path.read_text())]
        finally:
            path.unlink(missing_ok=True)

    contents = {
        "good": STATE,
        "no_session": STATE_OF_NONE,
        "two_sessions": STATE_OF_TWO,
        "no_layers": {"title": "x"},
        "empty": {},
        "no_source": {"layers": [{"type": "image", "name": "x"}]},
        "several_URLs": {"layers": [{"type": "image", "source": [_IMAGE, _IMAGE]}]},
    }
    in_s3 = (
        f"s3://aind-scratch-data/aind-session/neuroglancer_states/{STATE_NAME}/{STATE_NAME}.json"
    )
    return {
        "NeuroglancerState: dict": state(STATE, lambda s: s.content),
        "NeuroglancerState: JSON": state(json.dumps(STATE), lambda s: s.content),
        "NeuroglancerState: path in S3": state(in_s3, lambda s: s.content),
        "NeuroglancerState: file": of_file,
        "NeuroglancerState: another": lambda a: (
            histology(a).NeuroglancerState(histology(a).NeuroglancerState(STATE)).session
        ),
        "NeuroglancerState: no file": state(
            "s3://aind-scratch-data/none.json", lambda s: s.content
        ),
        "NeuroglancerState: no JSON": state("{x", lambda s: s.content),
        **{
            f"NeuroglancerState: repr, {key.replace('_', ' ')}": state(content, repr)
            for key, content in contents.items()
        },
        **read("image_sources", **contents),
        **read("session", **contents),
        **read("annotation_names", **contents, unnamed={"layers": [{"type": "annotation"}]}),
        **read("image_data_assets", good=STATE, no_session=STATE_OF_NONE, no_layers={}),
        "NeuroglancerState.image_data_assets: each once": state(
            STATE, lambda s: sorted({found.id for found in s.image_data_assets})
        ),
        "NeuroglancerState.get_new_file_name": lambda a: histology(
            a
        ).NeuroglancerState.get_new_file_name(SPIM),
        "NeuroglancerState.write": state(STATE, lambda s: s.write()),
        "NeuroglancerState.write: path": state(
            STATE, lambda s: s.write("s3://aind-scratch-data/x/y.json", timeout_sec=5)
        ),
        "NeuroglancerState.write: file": write_local,
        "NeuroglancerState.write: no session": state(STATE_OF_NONE, lambda s: s.write()),
        "NeuroglancerState.create_data_asset": state(STATE, lambda s: s.create_data_asset()),
        "NeuroglancerState.create_data_asset: path": state(
            STATE, lambda s: s.create_data_asset(in_s3)
        ),
        "NeuroglancerState.create_data_asset: no session": state(
            STATE_OF_NONE, lambda s: s.create_data_asset()
        ),
    }


def cases_of_neuroglancer() -> Cases:
    def of(subject: int, get: Callable[[Any], object]) -> Callable[[Any], object]:
        def call(a: Any) -> object:
            histology(a)
            return get(a.Subject(subject).neuroglancer)

        return call

    def elsewhere(neuroglancer: Any) -> object:
        neuroglancer.state_json_dir = neuroglancer.state_json_dir.parent / "mine"
        return neuroglancer.state_json_paths

    return {
        "subject.neuroglancer: repr": of(700300, repr),
        "subject.neuroglancer.state_json_dir": of(700300, lambda n: n.state_json_dir),
        "subject.neuroglancer.state_json_dir: of the class": lambda a: (
            histology(a).NeuroglancerExtension.state_json_dir
        ),
        "subject.neuroglancer.state_json_dir: set": of(700300, elsewhere),
        "subject.neuroglancer.from_json: dict": of(700300, lambda n: n.from_json(STATE).session),
        "subject.neuroglancer.from_json: text": of(
            700300, lambda n: n.from_json(json.dumps(STATE)).annotation_names
        ),
        "subject.neuroglancer.states": of(700300, lambda n: n.states),
        "subject.neuroglancer.states: none": of(700101, lambda n: n.states),
        "subject.neuroglancer.state_json_paths": of(700300, lambda n: n.state_json_paths),
        "subject.neuroglancer.state_json_paths: none": of(700101, lambda n: n.state_json_paths),
        "subject.neuroglancer.state_json_data_assets: each once": of(
            700300, lambda n: list({x.id: x for x in n.state_json_data_assets}.values())
        ),
        "subject.neuroglancer.state_json_data_assets": of(
            700300, lambda n: n.state_json_data_assets
        ),
        "subject.neuroglancer.state_json_data_assets: none": of(
            700101, lambda n: n.state_json_data_assets
        ),
    }


def cases_of_converter() -> Cases:
    def of(get: Callable[[Any], object], subject: int = 700300) -> Callable[[Any], object]:
        def call(a: Any) -> object:
            histology(a)
            return get(a.Subject(subject).ibl_data_converter)

        return call

    def with_errors(converter: Any) -> object:
        converter.use_data_assets_with_errors = True
        return converter.sorted_data_assets

    def without_analyzer(converter: Any) -> object:
        converter.use_data_assets_with_sorting_analyzer = False
        return converter.sorted_data_assets

    def elsewhere(converter: Any) -> object:
        converter.storage_dir = converter.storage_dir.parent / "mine"
        return converter.csv_manifest_path

    def kept(a: Any) -> object:
        histology(a)
        subject = a.Subject(700300)
        subject.ibl_data_converter.use_data_assets_with_errors = True
        return subject.ibl_data_converter.use_data_assets_with_errors

    def days(*names: str) -> Callable[[Any], object]:
        layers = [{"type": "annotation", "name": name} for name in names]
        module_state = {"layers": layers}
        return lambda a: histology(
            a
        ).IBLDataConverterExtension.get_mindscope_probe_day_from_ng_state(
            histology(a).NeuroglancerState(module_state)
        )

    prefix = "subject.ibl_data_converter"
    attributes = "ecephys_sessions|ecephys_data_assets|surface_recording_names|sorted_data_assets"
    attributes += "|smartspim_sessions|smartspim_data_assets|csv_manifest_path|manifest_data_asset"
    attributes += "|neuroglancer_state_json_asset|storage_dir|use_data_assets_with_errors"
    attributes += "|use_data_assets_with_sorting_analyzer"
    attributes += "|DATA_CONVERTER_CAPSULE_ID|PIPELINE_MONITOR_CAPUSLE_ID"

    def get(a: Any, name: str, subject: int) -> object:
        histology(a)
        return getattr(a.Subject(subject).ibl_data_converter, name)

    names = attributes.split("|")
    return {
        **each(prefix, names, lambda a, name: get(a, name, 700300)),
        **each(f"{prefix}, nothing there", names, lambda a, name: get(a, name, 799999)),
        f"{prefix}.ecephys_data_assets: not all are uploaded": of(
            lambda c: c.ecephys_data_assets, 700102
        ),
        f"{prefix}.surface_recording_names: other subject": of(
            lambda c: c.surface_recording_names, 700101
        ),
        f"{prefix}.sorted_data_assets: with errors": of(with_errors),
        f"{prefix}.sorted_data_assets: without analyzer": of(without_analyzer),
        f"{prefix}.sorted_data_assets: one has no log": of(lambda c: c.sorted_data_assets, 700102),
        f"{prefix}: keeps what is set": kept,
        f"{prefix}.storage_dir: set": of(elsewhere),
        f"{prefix}.get_stitched_data_assets": of(lambda c: c.get_stitched_data_assets(SPIM)),
        f"{prefix}.get_stitched_data_assets: none": of(lambda c: c.get_stitched_data_assets(OLD)),
        f"{prefix}.ManifestRecord": of(
            lambda c: vars(c.ManifestRecord(mouseid="1", sorted_recording="x", probe_file="y"))
        ),
        f"{prefix}.get_mindscope_probe_day_from_ng_state": days(
            "A1", "probe B_2", "ProbeC-3", "G1", "A0", "targets", "268", "D  9"
        ),
        f"{prefix}.get_mindscope_probe_day_from_ng_state: none": days("268", "targets"),
        **cases_of_manifests(of, prefix),
        **cases_of_conversions(of, prefix),
    }


Of = Callable[..., Callable[[Any], object]]


def cases_of_manifests(of: Of, prefix: str) -> Cases:
    row = {
        "mouseid": "700300",
        "sorted_recording": ASSETS["day 1 sorted"],
        "probe_file": STATE_NAME,
        "probe_name": "ProbeA",
        "probe_id": "268",
    }

    def rows(*args: Any, **fields: Any) -> Callable[[Any], object]:
        return of(lambda c: c.get_partial_manifest_records(*args, **fields))

    def create(records: list[Any], subject: int = 700300, **fields: Any) -> Callable[[Any], object]:
        return of(lambda c: c.create_manifest_asset(records, **fields), subject)

    def of_records(converter: Any) -> object:
        record = converter.ManifestRecord(**row)
        return converter.create_manifest_asset([record], skip_existing=False)

    name = f"{prefix}.get_partial_manifest_records"
    made = f"{prefix}.create_manifest_asset"
    return {
        name: rows(),
        f"{name}: state": rows(STATE_NAME),
        f"{name}: by day": rows(neuroglancer_state_json_name=STATE_BY_DAY),
        f"{name}: one sorted asset": rows(STATE_NAME, ASSETS["day 2 sorted"]),
        f"{name}: sorted assets": rows(
            STATE_NAME, sorted_data_asset_names=[ASSETS["day 1 sorted"], ASSETS["day 2 sorted"]]
        ),
        f"{name}: day without sorted asset": rows(STATE_BY_DAY, [ASSETS["day 1 sorted"]]),
        f"{name}: unknown state": rows("none"),
        f"{name}: no state": of(lambda c: c.get_partial_manifest_records(), 700101),
        made: create([row], skip_existing=False),
        f"{made}: there is one": create([row]),
        f"{made}: there is none": create([{**row, "mouseid": "700101"}], 700101),
        f"{made}: name": create([row], asset_name="mine", skip_existing=False),
        f"{made}: ManifestRecord": of(of_records),
        f"{made}: several": create(
            [row, {**row, "probe_name": 0}], skip_existing=False, timeout_sec=5
        ),
        f"{made}: no probe name": create([{**row, "probe_name": ""}], skip_existing=False),
        f"{made}: probe name None": create([{**row, "probe_name": None}], skip_existing=False),
        f"{made}: no record": create([], skip_existing=False),
    }


def cases_of_conversions(of: Of, prefix: str) -> Cases:
    def convert(subject: int = 700300, **fields: Any) -> Callable[[Any], object]:
        return of(lambda c: c.run_data_converter_capsule(**fields), subject)

    def with_assets(a: Any) -> object:
        histology(a)
        return a.Subject(700300).ibl_data_converter.run_data_converter_capsule(
            manifest_asset=asset(a, "manifest"),
            neuroglancer_state_json_asset=asset_id("state"),
            additional_assets=[asset(a, "old")],
            pipeline_monitor_capsule_id=None,
        )

    def with_parameters(a: Any) -> object:
        from codeocean.computation import NamedRunParam

        histology(a)
        return a.Subject(700300).ibl_data_converter.run_data_converter_capsule(
            capsule_id=TRIGGER,
            named_parameters=[NamedRunParam(param_name="x", value="y")],
            pipeline_monitor_capsule_id=None,
        )

    name = f"{prefix}.run_data_converter_capsule"
    return {
        name: convert(),
        f"{name}: no monitor": convert(pipeline_monitor_capsule_id=None),
        f"{name}: another monitor": convert(pipeline_monitor_capsule_id=TRIGGER),
        f"{name}: assets": with_assets,
        f"{name}: named_parameters": with_parameters,
        f"{name}: no manifest": convert(700101),
        f"{name}: no state": convert(700101, manifest_asset=asset_id("manifest")),
        f"{name}: state of other images": convert(
            700101,
            manifest_asset=asset_id("manifest"),
            neuroglancer_state_json_asset=asset_id("state"),
        ),
        f"{name}: unknown manifest": convert(manifest_asset=UNKNOWN),
    }


CASES: Cases = {
    **cases_of_names(),
    **cases_of_clients(),
    **cases_of_ids(),
    **cases_of_directories(),
    **cases_of_queries(),
    **cases_of_asset_searches(),
    **cases_of_computations(),
    **cases_of_outputs(),
    **cases_of_waiting(),
    **cases_of_records(),
    **cases_of_helpers(),
    **cases_of_sessions(),
    **cases_of_subjects(),
    **cases_of_ecephys(),
    **cases_of_lims(),
    **cases_of_states(),
    **cases_of_neuroglancer(),
    **cases_of_converter(),
}

# Why cases differ on purpose. Reasons begin with "fix" if the list of public names says what is
# fixed, with "also" if we accept input that upstream refuses, and with "ours" if our documentation
# states a different behaviour.
_REASONS: dict[str, list[str]] = {
    "fix: a tag list is not appended a second time": [
        "get_data_asset_search_query: one tag",
        "get_data_asset_search_query: several tags",
    ],
    "fix: no duplicates": [
        "get_subject_data_assets: str",
        "subject.neuroglancer.state_json_data_assets",
    ],
    "fix: has_results=False means False": ["search_computations: has_results=False"],
    "fix: dates are compared in UTC, not in the local time of the machine": [
        "search_computations: date",
        "search_computations: date object",
        "search_computations: range",
    ],
    "fix: a computation without has_results does not crash": [
        "search_computations: one without has_results"
    ],
    "fix: the id of a computation works too": ["get_output_text: computation's ID"],
    "fix: a failed state is an error, not a ValueError": ["is_computation_error: failed"],
    "fix: a failed asset raises": ["wait_until_ready: failed"],
    "fix: one time limit for both: the directory may still appear, so TimeoutError": [
        "wait_until_ready: no directory"
    ],
    "fix: an outage raises": ["get_docdb_record: Code Ocean is down"],
    "fix: v2 records name their assets in other_identifiers": [
        "extract_codeocean_data_asset_ids_from_docdb_record: v2"
    ],
    "fix: asked only when check_credentials=True is given": ["parameters: get_codeocean_client"],
    "fix: what is not accessible (403, 404) is left out": [
        "sort_by_created: one is hidden (403)",
        "sort_by_created: one is unknown (404)",
    ],
    "fix: an asset that cannot be read is left out": [
        "sorter: names, one is unknown",
        "sorter: misplaced",
    ],
    "fix: copying works, and notebooks' probes": ["sorter: copy", "sorter: _repr_html_"],
    "fix: any sorter by item": ["sorter: by item"],
    "fix: DocDB often answers": [
        "ecephys.get_sorter_name: only in record",
        "sorter: one is unknown",
    ],
    "also: names of probe folders without a dot": ["ecephys.get_sorted_probe_names: params.json"],
    "also: after a processing.json without the answer, further files are read": [
        "ecephys.get_sorter_name: misplaced"
    ],
    "also: UUID, as upstream's annotations say": [
        "get_normalized_uuid: UUID",
        "get_data_asset_model: UUID",
        "get_data_asset_source_dir: UUID",
        "search_computations: UUID",
        "get_docdb_record: UUID",
    ],
    "also: assets, as the list of public names says": [
        "get_data_asset_source_dir: asset",
        "ecephys.is_sorted_data_asset: asset",
        "ecephys.is_sorting_analyzer_asset: asset",
        "ecephys.get_sorter_name: asset",
    ],
    "also: DataAssetSearchParams, as upstream's annotations say": [
        "search_data_assets: DataAssetSearchParams"
    ],
    "also: a start or an end alone, as upstream's signature says": [
        "search_computations: start_date",
        "search_computations: end_date",
    ],
    "also: None, upstream's default, means all assets": [
        "ecephys.get_current_sorting_pipeline_computations: no asset"
    ],
    "also: found without gcsfs, since existence is not checked": ["get_data_asset_source_dir: gcp"],
    "also: a bucket whose name occurs in the key again": [
        "get_bucket_and_prefix: twice the name of the bucket"
    ],
    "also: a bucket without access does not hide the others": [
        "get_source_dir_by_name: a bucket is closed"
    ],
    "also: a record without links does not end the search": [
        "get_codeocean_data_asset_ids_from_docdb: null links",
        "get_codeocean_data_asset_ids_from_docdb: no links",
        "extract_codeocean_data_asset_ids_from_docdb_record: null",
        "get_subject_data_assets: a record without links",
        "Subject.sessions: a record without links",
    ],
    "also: a linked asset that is inaccessible or deleted does not hide the others": [
        "get_subject_data_assets: a linked one is archived and hidden",
        "get_subject_data_assets: a linked one is gone",
        *(f"Session.is_uploaded: {name}" for name in (HIDDEN, MIXED, LINKS_CLOSED, LINKS_GONE)),
        *(f"Session.raw_data_asset: {name}" for name in (HIDDEN, MIXED, LINKS_CLOSED)),
        *(f"Session.modalities: {name}" for name in (HIDDEN, MIXED, LINKS_CLOSED, LINKS_GONE)),
    ],
    "also: a source that is down does not hide the results of another": [
        "Session.raw_data_asset: DocDB is down"
    ],
    "also: names without platform, other formats of the time, subjects with letters": [
        "Session: lower-case time without dashes",
        "Session: no platform",
        "Session: letters in the subject",
    ],
    "also: another Session; upstream reads its repr as a name": ["Session: Session"],
    "also: sessions that have no raw data do not end the search": [
        "lims.get_session: some are not uploaded",
        "subject.ibl_data_converter.ecephys_data_assets: not all are uploaded",
    ],
    "also: an asset without log counts as failed, and does not end the search": [
        f"session.ecephys.is_sorted: {NO_LOG}",
        "subject.ibl_data_converter.sorted_data_assets: one has no log",
    ],
    "also: image layers whose source has another form, or contains no session": [
        "NeuroglancerState: repr, several URLs",
        "NeuroglancerState.image_sources: several URLs",
        "NeuroglancerState.session: several URLs",
        "NeuroglancerState.image_data_assets: no session",
    ],
    "also: a repr never raises": ["NeuroglancerState: repr, two sessions"],
    "ours: each asset once": ["NeuroglancerState.image_data_assets: good"],
    "ours: text that begins like JSON is not read as a path": ["NeuroglancerState: no JSON"],
    "ours: polling_interval is a parameter, of any length": [
        "parameters: wait_until_ready",
        "wait_until_ready: polling_interval too short",
    ],
    "ours: str, as the signature says; the parts are those of session.dt": [
        "Session: date.year",
        "Session: date.dt",
        "Session: datetime.dt",
        "Session: time.hour",
    ],
    "ours: text without a subject is an error that quotes the text": [
        "Subject: text without number",
        "get_subject_data_assets: text without subject",
    ],
    "ours: retries is one of the keywords": ["parameters: get_docdb_api_client"],
    "ours: several subjects can be given instead of one": ["parameters: get_sessions"],
    "ours: replacing names in the old modules has no effect": [
        "attributes: replaced in codeocean_utils"
    ],
    "ours: cached answers expire one by one, there is no cache to clear": [
        "attributes: ecephys.get_sorter_name.cache_clear"
    ],
    "ours: an error of this library, where upstream passes on the client's": [
        "get_data_asset_model: hidden",
        "get_codeocean_model: hidden",
        "get_data_asset_source_dir: hidden",
        "search_computations: unknown capsule",
        "get_docdb_record: DocDB is down",
        "run_sorting: unknown capsule",
    ],
    "ours: ValueError before anything is written": [
        "subject.ibl_data_converter.create_manifest_asset: no record"
    ],
    "ours: the location in source_bucket, which is not checked": [
        "get_data_asset_source_dir: vanished"
    ],
    "ours: ValueError if no file names the sorter": ["ecephys.get_sorter_name: nowhere"],
    "ours: directories on S3 and Google Cloud Storage only": ["get_data_asset_source_dir: local"],
    "ours: an unknown word is an error that suggests the nearest": [
        "get_sessions: other case of the platform",
    ],
    "ours: v2 records too, if v1 has no record": [
        "get_docdb_record: only in v2",
        "get_subject_docdb_records: only in v2",
        f"Session.docdb: {VERSION_2}",
    ],
    "ours: a record's location shows that data were uploaded, and its modalities which": [
        *(f"Session.is_uploaded: {name}" for name in (ONLY_RECORD, TWO_RECORDS)),
        *(f"Session.modalities: {name}" for name in (ONLY_RECORD, TWO_RECORDS)),
    ],
    "ours: modalities in one spelling, that of the tables, for folders of all years": [
        *(f"Session.modalities: {name}" for name in (NEW, BAD, ONLY_IN_S3)),
    ],
    "ours: also sessions that have only a record": [
        "Subject.sessions: also in records or S3 alone",
        "get_sessions: platform",
    ],
    "ours: sessions sort by acquisition time": ["Session: sorted, platforms"],
    "ours: both ends of a range are included, a day as a whole": [
        "get_sessions: end_date is a session's day",
        "get_sessions: start_date is a session's time",
        "get_sessions: end_date is a session's time",
    ],
    "ours: a namespace cannot replace an existing attribute": [
        "register_namespace: covers what exists"
    ],
    "ours: an answer in an unexpected form is an OddAnswerError": [
        "get_latest_ibl_annotations: no object"
    ],
}

DIFFERENCES = {case: reason for reason, cases in _REASONS.items() for case in cases}
"""Why a case differs on purpose."""

# -- the outcome of a case, as plain data --

BUILTIN = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    FileNotFoundError,
    LookupError,
    NotImplementedError,
    TimeoutError,
)


def plain(value: Any) -> Any:
    """Return an answer as plain data that keeps the differences that callers can see."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        # subclasses of these still satisfy callers of upstream
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [plain(part) for part in value]}
    if isinstance(value, (set, frozenset)):
        return {"set": sorted(map(plain, value))}
    return _plain_object(value)


def _plain_object(value: Any) -> Any:
    kind = type(value).__name__
    if isinstance(value, type):
        return f"class {value.__name__}"
    if hasattr(value, "as_posix"):
        return value.as_posix()
    if hasattr(value, "mount") and hasattr(value, "custom_metadata"):
        return f"{kind} {value.id} {value.name}"
    if hasattr(value, "run_time") and hasattr(value, "state"):
        return f"{kind} {value.id} {plain(value.state)}"
    return repr(value)


def outcome(a: Any, case: Callable[[Any], object]) -> dict[str, Any]:
    """Run a case; return its answer, or the exception that it raised."""
    try:
        return {"answer": plain(case(a))}
    except Exception as error:  # noqa: BLE001 - any exception is an outcome
        builtin = [kind.__name__ for kind in BUILTIN if isinstance(error, kind)]
        return {"raised": type(error).__name__, "builtin": builtin, "text": str(error)[:500]}


# -- the process --


def skip_waiting() -> None:
    """Make `sleep` advance the clock instead of waiting, so that time limits pass at once."""
    slept = [0.0]

    def turned(real: Callable[[], float]) -> Callable[[], float]:
        return lambda: real() + slept[0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds

    time.time = turned(time.time)
    time.monotonic = turned(time.monotonic)
    time.sleep = sleep  # type: ignore[assignment]


def forget(which: str) -> None:
    """Clear all caches, so that each case sends its own requests."""
    if which == "ours":
        from aind_session.sources import reset_sources

        reset_sources()
    else:
        modules = [m for name, m in sys.modules.items() if name.startswith("aind_session")]
        classes = [v for m in modules for v in vars(m).values() if isinstance(v, type)]
        for holder in (*modules, *classes):
            for name in list(vars(holder)):
                getattr(getattr(holder, name, None), "cache_clear", lambda: None)()
    if s3fs := sys.modules.get("s3fs"):
        for file_system in list(s3fs.S3FileSystem._cache.values()):
            file_system.invalidate_cache()


def load(which: str, more: list[str]) -> Any:
    """Import the library, and make it ask only the stand-in."""
    sys.path += more  # at the end, so that installed packages have priority
    host = os.environ["AIND_SESSION_DOCDB_HOST"]
    point_at(host, "https://api.allenneuraldynamics.org", host.replace("http:", "https:"))
    import aind_session

    return aind_session


def point_at(host: str, *others: str) -> None:
    """Send the requests of AIND's DocDB client, which supports only https, to the stand-in."""
    import requests

    request = requests.Session.request

    def to_stand_in(self: Any, method: str, url: str, **options: Any) -> Any:
        for other in others:
            url = url.replace(other, host)
        return request(self, method, url, **options)

    requests.Session.request = to_stand_in  # type: ignore[method-assign,assignment]


def main() -> None:
    which, more = sys.argv[1], sys.argv[2:]
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr  # text that the libraries print must not look like an answer
    warnings.simplefilter("ignore")
    logging.disable()
    skip_waiting()
    a = load(which, more)
    for line in sys.stdin:
        forget(which)
        print(json.dumps(outcome(a, CASES[line.rstrip("\n")])), file=answers, flush=True)


if __name__ == "__main__":
    main()
