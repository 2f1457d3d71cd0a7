"""The stand-in answers real clients like the real servers."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
import requests
import s3fs
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from codeocean import CodeOcean
from codeocean.components import SearchFilter, SearchFilterRange, SortOrder
from codeocean.computation import ComputationState, DataAssetsRunParam, RunParams
from codeocean.data_asset import (
    AWSS3Source,
    ComputationSource,
    DataAsset,
    DataAssetParams,
    DataAssetSearchOrigin,
    DataAssetSearchParams,
    DataAssetSortBy,
    DataAssetState,
    DataAssetType,
    Source,
)
from codeocean.error import Error

from tests.platform import CODE_OCEAN_BUCKET, QUIET, SORTING_TRIGGER, Platform, World
from tests.platform.faults import Kind, Service

SESSION = "ecephys_676909_2023-12-13_13-43-40"
RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
SORTED_ID = "1e11bdf5-b452-4fd9-bbb1-48383a9b0842"
RUN_ID = "7646f92f-d225-464c-b7aa-87a87f34f408"
OTHER_ID = "a0000000-0000-4000-8000-000000000001"
ARCHIVED_ID = "a0000000-0000-4000-8000-000000000002"
PIPELINE = "1f8f159a-7670-47a9-baf1-078905fc9c2e"


def an_asset(asset_id: str, name: str, created: int, **fields: Any) -> dict[str, Any]:
    common = {"mount": name, "last_used": 0, "state": "ready", "type": "dataset", "owner": "u"}
    return {"id": asset_id, "name": name, "created": created, "tags": [], **common, **fields}


def a_bucket(bucket: str, prefix: str) -> dict[str, Any]:
    return {"origin": "aws", "bucket": bucket, "prefix": prefix, "external": True}


def a_record(number: int) -> dict[str, Any]:
    name = f"behavior_{700000 + number % 3}_2024-06-{number + 1:02}_11-39-34"
    return {
        "_id": f"record-{number}",
        "name": name,
        "created": f"2024-07-{28 - number:02}T00:00:00Z",
        "subject": {"subject_id": str(700000 + number % 3), "sex": "Male"},
        "processing": {"data_processes": [[{"name": "Spike sorting", "code": 1}], {"name": "b"}]},
        "external_links": [{"Code Ocean": f"asset-{number}"}],
    }


@pytest.fixture
def world() -> World:
    """A session, its sorted asset, an unrelated asset and an archived one."""
    custom = {"subject id": "676909", "data level": "raw data", "weight": 25}
    assets = [
        an_asset(
            RAW_ID,
            SESSION,
            1702620828,
            tags=["ecephys", "raw", "676909"],
            custom_metadata=custom,
            source_bucket=a_bucket("aind-ephys-data", SESSION),
        ),
        an_asset(
            SORTED_ID,
            f"{SESSION}_sorted_2023-12-17_03-16-51",
            1702783011,
            type="result",
            tags=["derived", "676909"],
            custom_metadata={"subject id": "676909"},
            provenance={"computation": RUN_ID, "commit": "3f3"},
        ),
        an_asset(OTHER_ID, "Example T1 and T2 MRI Images", 1673996872, description="for all"),
        an_asset(ARCHIVED_ID, "ecephys_676909_old", 1600000000, archived=True),
    ]
    run = {"id": RUN_ID, "created": 1710962968, "name": "Run", "owner": "u", "run_time": 9}
    return World(
        assets=assets,
        records={"v1": [a_record(number) for number in range(9)], "v2": []},
        objects={
            "aind-open-data": {
                f"{SESSION}/subject.json": b"{}",
                f"{SESSION}/ecephys_compressed/a b#c.zarr/.zattrs": b"0123456789",
                f"{SESSION}/ecephys_clipped/settings.xml": b"<a/>",
            },
            "aind-ephys-data": {"secret.txt": b"secret"},
            CODE_OCEAN_BUCKET: {
                f"{SORTED_ID}/output": b"FULL PIPELINE time:  161658.77s\n",
                f"{SORTED_ID}/curated/a b/si.json": b"{}",
            },
        },
        computations={PIPELINE: [{**run, "state": "completed", "end_status": "succeeded"}]},
        results={RUN_ID: {"output": b"done\n", "nwb/x.nwb": b"nwb"}},
    )


@pytest.fixture
def platform(world: World) -> Iterator[Platform]:
    with Platform(world) as running:
        yield running


@pytest.fixture
def code_ocean(platform: Platform) -> Iterator[CodeOcean]:
    client = a_client(platform)
    yield client
    client.session.close()


def a_client(platform: Platform) -> CodeOcean:
    client = CodeOcean(domain=platform.url("code_ocean"), token=platform.token)
    # The newest SDK requires a newer server than the stand-in's default version.
    client.session.headers["Min-Server-Version"] = "4.0.0"
    return client


def an_s3_client(platform: Platform, *, signed: bool = True) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=2)
    return boto3.client(
        "s3",
        endpoint_url=platform.url("s3"),
        aws_access_key_id="standin",
        aws_secret_access_key="standin",
        region_name="us-west-2",
        config=config if signed else config.merge(Config(signature_version=UNSIGNED)),
    )


def find(platform: Platform, version: str = "v1", **params: Any) -> requests.Response:
    texts = {k: v if isinstance(v, int) else json.dumps(v) for k, v in params.items()}
    url = f"{platform.url('docdb')}/{version}/metadata_index/data_assets/find"
    return requests.get(url, params=texts, timeout=5)


def ids(assets: list[DataAsset]) -> list[str]:
    return [asset.id for asset in assets]


def found(client: CodeOcean, **params: Any) -> list[str]:
    """Search as the library does: oldest first, without archived assets."""
    oldest_first = {"sort_field": DataAssetSortBy.Created, "sort_order": SortOrder.Ascending}
    search = DataAssetSearchParams(**{"archived": False, **oldest_first, **params})
    return ids(client.data_assets.search_data_assets(search).results)


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("676909", [RAW_ID, SORTED_ID]),
            ("subject id:676909", [RAW_ID, SORTED_ID]),
            ('subject id:676909 data level:"raw data"', [RAW_ID]),
            ("subject id:676909 data level:raw", []),
            ("tag:raw", [RAW_ID]),
            ("tag:RAW tag:derived", [RAW_ID, SORTED_ID]),
            ("tag:raw subject id:999999", []),
            ("mri images", [OTHER_ID]),
            ("mri ecephys", []),
            ("description:all", [OTHER_ID]),
            ("commit_id:3f3", [SORTED_ID]),
            (f"id:{RAW_ID}", []),
            (f"name:{SESSION[:20]}", [RAW_ID, SORTED_ID]),
            (f"name:{SESSION[:21]}", []),
            (f'name:"{SESSION}"', []),
            (SESSION, []),
        ],
    )
    def test_query(self, code_ocean: CodeOcean, query: str, expected: list[str]) -> None:
        assert found(code_ocean, query=query) == expected

    @pytest.mark.parametrize(
        ("search_filter", "expected"),
        [
            (SearchFilter("name", SESSION), [RAW_ID, SORTED_ID]),
            (SearchFilter("name", "_SORTED_2023"), [SORTED_ID]),
            (SearchFilter("name", "sorted", exclude=True), [OTHER_ID, RAW_ID]),
            (SearchFilter("subject id", "676909"), [RAW_ID, SORTED_ID]),
            (SearchFilter("subject id", "67690"), []),
            (SearchFilter("data level", values=["derived", "RAW data"]), [RAW_ID]),
            (SearchFilter("tags", values=["raw", "derived"]), [RAW_ID, SORTED_ID]),
            (SearchFilter("weight", range=SearchFilterRange(min=20, max=30)), [RAW_ID]),
            (SearchFilter("weight", range=SearchFilterRange(min=26, max=30)), []),
        ],
    )
    def test_filter(
        self, code_ocean: CodeOcean, search_filter: SearchFilter, expected: list[str]
    ) -> None:
        assert found(code_ocean, filters=[search_filter]) == expected

    def test_several_filters_must_all_hold(self, code_ocean: CodeOcean) -> None:
        both = [SearchFilter("name", SESSION), SearchFilter("tags", "derived")]
        assert found(code_ocean, filters=both) == [SORTED_ID]

    def test_type_and_origin(self, code_ocean: CodeOcean) -> None:
        assert found(code_ocean, type=DataAssetType.Result) == [SORTED_ID]
        assert found(code_ocean, origin=DataAssetSearchOrigin.External) == [RAW_ID]

    def test_archived_are_found_when_asked_for_or_not_ruled_out(
        self, code_ocean: CodeOcean
    ) -> None:
        assert ARCHIVED_ID not in found(code_ocean)
        assert found(code_ocean, archived=True) == [ARCHIVED_ID]
        assert ARCHIVED_ID in found(code_ocean, archived=None)

    def test_archived_is_not_part_of_the_answer(self, platform: Platform) -> None:
        url = f"{platform.url('code_ocean')}/api/v1/data_assets/search"
        auth = (platform.token, "")
        answer = requests.post(url, json={"archived": True}, auth=auth, timeout=5).json()
        assert set(answer) == {"has_more", "results"}
        assert "archived" not in answer["results"][0]

    def test_newest_first_by_default(self, code_ocean: CodeOcean) -> None:
        newest_first = [SORTED_ID, RAW_ID, OTHER_ID]
        assert found(code_ocean, sort_field=None, sort_order=None) == newest_first

    def test_offset(self, code_ocean: CodeOcean) -> None:
        assert found(code_ocean, limit=1, offset=1) == [RAW_ID]

    def test_iterator_follows_pages(self, world: World) -> None:
        world.assets = [an_asset(str(n), f"name {n}", n) for n in range(250)]
        with Platform(world) as platform:
            client = a_client(platform)
            search = DataAssetSearchParams(archived=False)
            assets = list(client.data_assets.search_data_assets_iterator(search))
            client.session.close()
            assert ids(assets) == [str(n) for n in reversed(range(250))]
            assert platform.count() == 3  # 100 at a time, if nothing else is asked for

    def test_pages_can_be_kept_small_and_repeat_hits(self, world: World) -> None:
        world.assets = [an_asset(str(n), f"name {n}", n) for n in range(4)]
        with Platform(world, page_size_cap=2) as platform:
            platform.repeated_hits = 1
            client = a_client(platform)
            search = DataAssetSearchParams(archived=False, limit=1000)
            assets = list(client.data_assets.search_data_assets_iterator(search))
            client.session.close()
        assert ids(assets) == ["3", "2", "2", "1", "0"]

    @pytest.mark.parametrize(
        "params",
        [{"limit": 1001}, {"limit": 0}, {"next_token": "x"}, {"sort_field": "mount"}, []],
    )
    def test_nonsense_is_refused(self, platform: Platform, params: Any) -> None:
        url = f"{platform.url('code_ocean')}/api/v1/data_assets/search"
        answer = requests.post(url, json=params, auth=(platform.token, ""), timeout=5)
        assert answer.status_code == 400
        assert answer.json()["message"]

    def test_token_of_another_search_is_refused(self, code_ocean: CodeOcean) -> None:
        search = DataAssetSearchParams(query="676909", limit=1)
        token = code_ocean.data_assets.search_data_assets(search).next_token
        other = DataAssetSearchParams(query="mri", limit=1, next_token=token)
        with pytest.raises(Error) as caught:
            code_ocean.data_assets.search_data_assets(other)
        assert caught.value.status_code == 400


class TestAssets:
    def test_get(self, code_ocean: CodeOcean) -> None:
        asset = code_ocean.data_assets.get_data_asset(RAW_ID)
        assert asset.name == SESSION
        assert asset.source_bucket is not None
        assert asset.source_bucket.bucket == "aind-ephys-data"

    def test_unknown_is_not_found(self, code_ocean: CodeOcean) -> None:
        with pytest.raises(Error) as caught:
            code_ocean.data_assets.get_data_asset("nothing")
        assert caught.value.status_code == 404

    def test_hidden_is_found_but_not_opened(self, code_ocean: CodeOcean, world: World) -> None:
        world.hidden.add(RAW_ID)
        assert RAW_ID in found(code_ocean)
        with pytest.raises(Error) as caught:
            code_ocean.data_assets.get_data_asset(RAW_ID)
        assert caught.value.status_code == 403

    def test_created_becomes_ready_when_looked_at(
        self, code_ocean: CodeOcean, world: World
    ) -> None:
        source = Source(
            aws=AWSS3Source(bucket="aind-open-data", prefix="p", keep_on_external_storage=True)
        )
        params = DataAssetParams(name="n", mount="m", tags=["raw"], source=source)
        draft = code_ocean.data_assets.create_data_asset(params)
        assert draft.state is DataAssetState.Draft
        assert draft.id in [asset["id"] for asset in world.assets]
        ready = code_ocean.data_assets.get_data_asset(draft.id)
        assert ready.state is DataAssetState.Ready
        assert ready.source_bucket is not None
        assert ready.source_bucket.prefix == "p"

    def test_captured_results_become_files_of_the_asset(self, code_ocean: CodeOcean) -> None:
        source = Source(computation=ComputationSource(id=RUN_ID))
        params = DataAssetParams(name="n", mount="m", tags=[], source=source)
        asset = code_ocean.data_assets.create_data_asset(params)
        assert asset.type is DataAssetType.Result
        assert asset.provenance is not None
        assert asset.provenance.capsule == PIPELINE
        urls = code_ocean.data_assets.get_data_asset_file_urls(asset.id, "nwb/x.nwb")
        assert requests.get(urls.download_url, timeout=5).content == b"nwb"

    def test_files_of_internal_assets(self, platform: Platform, code_ocean: CodeOcean) -> None:
        items = code_ocean.data_assets.list_data_asset_files(SORTED_ID).items
        assert [(i.path, i.type, i.size) for i in items] == [
            ("curated", "folder", None),
            ("output", "file", 32),
        ]
        items = code_ocean.data_assets.list_data_asset_files(SORTED_ID, "curated/a b").items
        assert [item.path for item in items] == ["curated/a b/si.json"]
        urls = code_ocean.data_assets.get_data_asset_file_urls(SORTED_ID, "curated/a b/si.json")
        assert requests.get(urls.view_url, timeout=5).content == b"{}"
        assert platform.requests[-1].service == "s3"

    def test_files_of_external_assets_are_refused(self, code_ocean: CodeOcean) -> None:
        with pytest.raises(Error) as caught:
            code_ocean.data_assets.list_data_asset_files(RAW_ID)
        assert caught.value.status_code == 400

    def test_signed_urls_work_where_credentials_do_not(
        self, platform: Platform, code_ocean: CodeOcean
    ) -> None:
        platform.forbidden_buckets.add(CODE_OCEAN_BUCKET)
        urls = code_ocean.data_assets.get_data_asset_file_urls(SORTED_ID, "output")
        assert requests.get(urls.download_url, timeout=5).ok

    def test_signed_urls_refuse_the_token_of_code_ocean(
        self, platform: Platform, code_ocean: CodeOcean
    ) -> None:
        urls = code_ocean.data_assets.get_data_asset_file_urls(SORTED_ID, "output")
        auth = (platform.token, "")
        assert requests.get(urls.download_url, auth=auth, timeout=5).status_code == 400


class TestComputations:
    def test_get_and_list(self, platform: Platform, code_ocean: CodeOcean) -> None:
        assert code_ocean.computations.get_computation(RUN_ID).end_status == "succeeded"
        computations = code_ocean.capsules.list_computations(PIPELINE)
        assert [computation.id for computation in computations] == [RUN_ID]
        as_pipeline = code_ocean.session.get(f"pipelines/{PIPELINE}/computations").json()
        assert [computation["id"] for computation in as_pipeline] == [RUN_ID]
        assert code_ocean.capsules.list_computations(SORTING_TRIGGER) == []

    def test_capsule(self, code_ocean: CodeOcean) -> None:
        assert code_ocean.capsules.get_capsule(PIPELINE).id == PIPELINE
        with pytest.raises(Error) as caught:
            code_ocean.capsules.list_computations("nothing")
        assert caught.value.status_code == 404

    def test_run(self, code_ocean: CodeOcean, world: World) -> None:
        params = RunParams(
            capsule_id=SORTING_TRIGGER,
            data_assets=[DataAssetsRunParam(id=RAW_ID, mount="here")],
            parameters=["ecephys_ks25"],
        )
        computation = code_ocean.computations.run_capsule(params)
        assert computation.state is ComputationState.Initializing
        assert computation.parameters is not None
        assert computation.parameters[0].value == "ecephys_ks25"
        assert world.computations[SORTING_TRIGGER][0]["id"] == computation.id
        again = code_ocean.capsules.list_computations(SORTING_TRIGGER)
        assert again == [computation]

    def test_results(self, code_ocean: CodeOcean) -> None:
        items = code_ocean.computations.list_computation_results(RUN_ID).items
        assert [item.path for item in items] == ["nwb", "output"]
        urls = code_ocean.computations.get_result_file_urls(RUN_ID, "output")
        assert requests.get(urls.download_url, timeout=5).content == b"done\n"
        with pytest.warns(DeprecationWarning, match="deprecated"):
            url = code_ocean.computations.get_result_file_download_url(RUN_ID, "output").url
        assert requests.get(url, timeout=5).ok


class TestAccess:
    def test_wrong_token(self, platform: Platform) -> None:
        client = CodeOcean(domain=platform.url("code_ocean"), token="cop_other")
        client.session.headers["Min-Server-Version"] = "4.0.0"
        with pytest.raises(Error) as caught:
            client.data_assets.get_data_asset(RAW_ID)
        assert (caught.value.status_code, caught.value.message) == (401, "Unauthorized")
        client.session.close()

    def test_missing_scope(self, platform: Platform, code_ocean: CodeOcean) -> None:
        platform.token_scopes.remove("data-asset-read")
        with pytest.raises(Error) as caught:
            code_ocean.data_assets.get_data_asset(RAW_ID)
        assert caught.value.status_code == 403
        assert code_ocean.computations.get_computation(RUN_ID).id == RUN_ID

    @pytest.mark.parametrize("version", ["4.1.0", "4.0.1", "4", "newest"])
    def test_client_that_is_too_new(self, code_ocean: CodeOcean, version: str) -> None:
        code_ocean.session.headers["Min-Server-Version"] = version
        with pytest.raises(Error) as caught:
            code_ocean.data_assets.get_data_asset(RAW_ID)
        assert caught.value.status_code == 400

    def test_newer_server(self, platform: Platform, code_ocean: CodeOcean) -> None:
        platform.server_version = "4.10.0"
        code_ocean.session.headers["Min-Server-Version"] = "4.8.0"
        assert code_ocean.data_assets.get_data_asset(RAW_ID).id == RAW_ID


class TestDocDB:
    def test_filter_and_projection(self, platform: Platform) -> None:
        answer = find(
            platform,
            filter={"subject.subject_id": {"$in": ["700001"]}},
            projection={"_id": 0, "subject.subject_id": 1, "processing.data_processes.name": 1},
        )
        records = answer.json()
        assert len(records) == 3
        processes = [[{"name": "Spike sorting"}], {"name": "b"}]
        assert records[0] == {
            "subject": {"subject_id": "700001"},
            "processing": {"data_processes": processes},
        }

    @pytest.mark.parametrize(
        ("projection", "names"),
        [
            ({}, {"_id", "name", "created", "subject", "processing", "external_links"}),
            ({"_id": 1}, {"_id"}),
            ({"_id": 0}, {"name", "created", "subject", "processing", "external_links"}),
            ({"name": 1, "nothing": 1}, {"_id", "name"}),
            ({"name.nothing": 1}, {"_id"}),
            ({"processing": 0, "subject": 0}, {"_id", "name", "created", "external_links"}),
            ({"processing": 0, "subject": 0, "_id": 0}, {"name", "created", "external_links"}),
            ({"external_links": {"$slice": 1}, "name": 1}, {"_id", "name", "external_links"}),
        ],
    )
    def test_projection(
        self, platform: Platform, projection: dict[str, Any], names: set[str]
    ) -> None:
        assert set(find(platform, projection=projection, limit=1).json()[0]) == names

    def test_projection_that_leaves_out_a_part(self, platform: Platform) -> None:
        record = find(platform, projection={"processing.data_processes.code": 0}, limit=1).json()[0]
        processes = [[{"name": "Spike sorting"}], {"name": "b"}]
        assert record["processing"] == {"data_processes": processes}
        assert record["name"].startswith("behavior")

    def test_filter_reaches_into_lists(self, platform: Platform) -> None:
        records = find(platform, filter={"external_links.Code Ocean": "asset-4"}).json()
        assert [record["_id"] for record in records] == ["record-4"]

    def test_sort_limit_skip(self, platform: Platform) -> None:
        records = find(platform, sort={"created": 1}, limit=2, skip=1).json()
        assert [record["_id"] for record in records] == ["record-7", "record-6"]

    def test_limit_0_means_all(self, platform: Platform) -> None:
        assert len(find(platform, limit=0).json()) == 9

    def test_versions_are_apart(self, platform: Platform, world: World) -> None:
        assert find(platform, "v2").json() == []
        world.records["v2"].append({"_id": "new", "name": "n"})
        assert find(platform, "v2").json() == [{"_id": "new", "name": "n"}]

    def test_page_that_would_be_too_big_is_shorter(self, platform: Platform) -> None:
        whole = find(platform)
        platform.docdb_page_bytes = len(whole.content) - 1
        first = find(platform)
        assert len(first.content) <= platform.docdb_page_bytes
        assert len(first.json()) == 8
        assert first.json() + find(platform, skip=8).json() == whole.json()

    def test_only_find_shortens(self, platform: Platform) -> None:
        platform.docdb_page_bytes = 100
        url = f"{platform.url('docdb')}/v1/metadata_index/data_assets"
        assert len(find(platform).json()) == 1
        assert requests.get(url, timeout=5).status_code == 413
        assert requests.post(f"{url}/aggregate", json=[], timeout=5).status_code == 413

    def test_count(self, platform: Platform) -> None:
        url = f"{platform.url('docdb')}/v1/metadata_index/data_assets/count_documents"
        params = {"filter": json.dumps({"subject.subject_id": "700001"})}
        counts = requests.get(url, params=params, timeout=5).json()
        assert counts == {"total_record_count": 9, "filtered_record_count": 3}

    def test_aggregate(self, platform: Platform) -> None:
        url = f"{platform.url('docdb')}/v1/metadata_index/data_assets/aggregate"
        pipeline = [
            {"$match": {"subject.subject_id": {"$in": ["700001", "700002"]}}},
            {"$project": {"name": 1, "subject.subject_id": 1, "processing.data_processes.name": 1}},
            {"$sort": {"name": -1}},
            {"$limit": 1},
        ]
        records = requests.post(url, json=pipeline, timeout=5).json()
        assert records == [
            {
                "_id": "record-8",
                "name": "behavior_700002_2024-06-09_11-39-34",
                "subject": {"subject_id": "700002"},
                "processing": {"data_processes": [[{"name": "Spike sorting"}], {"name": "b"}]},
            }
        ]

    def test_nonsense_is_refused(self, platform: Platform) -> None:
        url = f"{platform.url('docdb')}/v1/metadata_index/data_assets"
        answers = [
            (requests.get(f"{url}/find", params={"filter": "{"}, timeout=5), 400),
            (find(platform, filter={"name": {"$nonsense": 1}}), 400),
            (find(platform, projection={"name": 1, "created": 0}), 400),
            (find(platform, projection={"subject": 1, "subject.sex": 1}), 400),
            (find(platform, projection={"subject.sex": 1, "subject": 1}), 400),
            (requests.post(f"{url}/aggregate", json=[{"$nonsense": {}}], timeout=5), 400),
            (requests.post(f"{url}/aggregate", json={}, timeout=5), 400),
            (requests.post(f"{url}/insert_one", json={}, timeout=5), 403),
            (find(platform, filter={"name": "x" * 11_000}), 414),
        ]
        assert [answer.status_code for answer, _ in answers] == [status for _, status in answers]


class TestS3:
    def test_list_with_delimiter(self, platform: Platform) -> None:
        listing = an_s3_client(platform).list_objects_v2(
            Bucket="aind-open-data", Prefix=f"{SESSION}/", Delimiter="/"
        )
        folders = [prefix["Prefix"] for prefix in listing["CommonPrefixes"]]
        assert folders == [f"{SESSION}/ecephys_clipped/", f"{SESSION}/ecephys_compressed/"]
        assert [item["Key"] for item in listing["Contents"]] == [f"{SESSION}/subject.json"]

    def test_list_with_a_longer_delimiter(self, platform: Platform) -> None:
        listing = an_s3_client(platform).list_objects_v2(
            Bucket="aind-open-data", Prefix=f"{SESSION}/", Delimiter=".zarr/"
        )
        prefixes = [prefix["Prefix"] for prefix in listing["CommonPrefixes"]]
        assert prefixes == [f"{SESSION}/ecephys_compressed/a b#c.zarr/"]
        assert len(listing["Contents"]) == 2

    def test_s3fs(self, platform: Platform) -> None:
        files = s3fs.S3FileSystem(
            key="standin",
            secret="standin",
            endpoint_url=platform.url("s3"),
            skip_instance_cache=True,
        )
        folder = f"aind-open-data/{SESSION}"
        assert len(files.ls(folder)) == 3
        assert files.cat_file(f"{folder}/subject.json") == b"{}"
        with pytest.raises(FileNotFoundError):
            files.cat_file(f"{folder}/nothing.json")
        platform.forbidden_buckets.add("aind-ephys-data")
        with pytest.raises(PermissionError):
            files.ls("aind-ephys-data")

    def test_no_header_comes_twice(self, platform: Platform) -> None:
        headers = requests.get(f"{platform.url('s3')}/aind-open-data", timeout=5).raw.headers
        assert all(len(headers.getlist(name)) == 1 for name in headers)

    def test_list_in_pages(self, platform: Platform) -> None:
        pages = an_s3_client(platform).get_paginator("list_objects_v2")
        keys = [
            item["Key"]
            for page in pages.paginate(Bucket="aind-open-data", PaginationConfig={"PageSize": 2})
            for item in page["Contents"]
        ]
        assert len(set(keys)) == 3
        assert platform.count("s3") == 2

    def test_read(self, platform: Platform) -> None:
        client = an_s3_client(platform)
        key = f"{SESSION}/ecephys_compressed/a b#c.zarr/.zattrs"
        assert client.get_object(Bucket="aind-open-data", Key=key)["Body"].read() == b"0123456789"
        part = client.get_object(Bucket="aind-open-data", Key=key, Range="bytes=2-4")
        assert part["Body"].read() == b"234"
        assert client.head_object(Bucket="aind-open-data", Key=key)["ContentLength"] == 10

    @pytest.mark.parametrize(
        ("bucket", "code"), [("aind-open-data", "NoSuchKey"), ("no-such-bucket", "NoSuchBucket")]
    )
    def test_what_is_not_there(self, platform: Platform, bucket: str, code: str) -> None:
        with pytest.raises(ClientError) as caught:
            an_s3_client(platform).get_object(Bucket=bucket, Key="nothing")
        assert caught.value.response["Error"]["Code"] == code

    def test_anyone_may_read_public_buckets_only(self, platform: Platform) -> None:
        client = an_s3_client(platform, signed=False)
        listing = client.list_objects_v2(Bucket="aind-open-data")
        assert listing["KeyCount"] == 3
        with pytest.raises(ClientError) as caught:
            client.get_object(Bucket="aind-ephys-data", Key="secret.txt")
        assert caught.value.response["Error"]["Code"] == "AccessDenied"
        assert [request.signed for request in platform.requests] == [False, False]
        platform.allow_public = {"aind-ephys-data"}
        assert client.head_object(Bucket="aind-ephys-data", Key="secret.txt")["ContentLength"] == 6

    def test_credentials_do_not_open_forbidden_buckets(self, platform: Platform) -> None:
        platform.forbidden_buckets.add("aind-ephys-data")
        client = an_s3_client(platform)
        with pytest.raises(ClientError) as caught:
            client.list_objects_v2(Bucket="aind-ephys-data")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert platform.requests[0].signed

    def test_world_may_change(self, platform: Platform, world: World) -> None:
        client = an_s3_client(platform)
        assert client.list_objects_v2(Bucket="aibs-behavior-data")["KeyCount"] == 0
        world.objects["aibs-behavior-data"] = {"a": b"1", "b": b"2"}
        assert client.list_objects_v2(Bucket="aibs-behavior-data")["KeyCount"] == 2
        world.objects["aibs-behavior-data"] = {"a": b"3"}
        assert client.list_objects_v2(Bucket="aibs-behavior-data")["KeyCount"] == 1
        assert client.get_object(Bucket="aibs-behavior-data", Key="a")["Body"].read() == b"3"

    def test_uploads_last_as_long_as_the_platform(self, world: World) -> None:
        with Platform(world) as platform:
            client = an_s3_client(platform)
            client.put_object(Bucket="aind-open-data", Key="new", Body=b"new")
            assert client.get_object(Bucket="aind-open-data", Key="new")["Body"].read() == b"new"
        with Platform(world) as platform, pytest.raises(ClientError):
            an_s3_client(platform).get_object(Bucket="aind-open-data", Key="new")


class TestRecord:
    def test_requests(self, platform: Platform, code_ocean: CodeOcean) -> None:
        code_ocean.data_assets.list_data_asset_files(SORTED_ID)
        find(platform, filter={"name": "a b"})
        first, second = platform.requests
        assert (first.service, first.method, first.status) == ("code_ocean", "POST", 200)
        assert first.path == f"/api/v1/data_assets/{SORTED_ID}/files"
        assert json.loads(first.body) == {"path": ""}
        assert first.authorized
        assert "authorization" not in first.headers
        assert first.headers["min-server-version"] == "4.0.0"
        assert (second.service, second.authorized) == ("docdb", False)
        assert second.query.startswith("filter=%7B")
        assert first.start <= first.end <= second.start <= second.end
        assert platform.bytes_sent() == first.sent + second.sent
        assert second.sent == len(b"[]")
        assert (platform.count(), platform.count("docdb")) == (2, 1)
        platform.forget()
        assert platform.requests == []

    def test_connections_are_kept_alive(self, platform: Platform, code_ocean: CodeOcean) -> None:
        before = threading.active_count()
        for _ in range(5):
            code_ocean.data_assets.get_data_asset(RAW_ID)
        assert threading.active_count() == before + 1

    def test_steps(self, world: World) -> None:
        with Platform(world, quiet=QUIET) as platform, ThreadPoolExecutor(4) as threads:
            for _ in range(3):
                find(platform)
            list(threads.map(lambda _: find(platform), range(4)))
            assert platform.count() == 7
            assert platform.steps() == 4


class TestFaults:
    def test_status_once_for_some_requests(self, platform: Platform) -> None:
        fault = platform.fail(
            "docdb", query='"name": "x"', times=1, status=429, headers={"Retry-After": "1"}
        )
        assert find(platform).ok
        answer = find(platform, filter={"name": "x"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert answer.json() == {"message": "Too Many Requests"}
        assert find(platform, filter={"name": "x"}).ok
        assert fault.hits == 1

    def test_healed(self, platform: Platform) -> None:
        platform.fail("docdb")
        assert find(platform).status_code == 503
        platform.heal()
        assert find(platform).ok

    def test_method_and_path(self, platform: Platform, code_ocean: CodeOcean) -> None:
        platform.fail("code_ocean", method="POST", path="/search", status=502, body="<html>")
        assert code_ocean.data_assets.get_data_asset(RAW_ID).id == RAW_ID
        with pytest.raises(Error) as caught:
            found(code_ocean)
        assert (caught.value.status_code, caught.value.message) == (502, "<html>")

    def test_s3_speaks_xml(self, platform: Platform) -> None:
        platform.fail("s3")
        with pytest.raises(ClientError) as caught:
            an_s3_client(platform).list_objects_v2(Bucket="aind-open-data")
        assert caught.value.response["Error"]["Code"] == "SlowDown"

    @pytest.mark.parametrize("kind", ["reset", "truncated"])
    def test_broken_connection(self, platform: Platform, kind: Kind) -> None:
        platform.fail("docdb", kind=kind, times=1)
        with pytest.raises(
            (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
        ):
            find(platform)
        assert find(platform).ok
        assert platform.count() == 2

    def test_truncated_s3_answer(self, platform: Platform) -> None:
        platform.fail("s3", kind="truncated", method="GET", path=".zattrs")
        key = f"{SESSION}/ecephys_compressed/a b#c.zarr/.zattrs"
        body = an_s3_client(platform).get_object(Bucket="aind-open-data", Key=key)["Body"]
        with pytest.raises(Exception, match=r"(?i)broken|incomplete"):
            body.read()

    def test_wrong_content(self, platform: Platform) -> None:
        platform.fail("docdb", kind="html", times=1)
        platform.fail("docdb", kind="shape", times=1)
        platform.fail("docdb", kind="shape", body="[1]", times=1)
        assert find(platform).json() == [1]  # the fault placed last comes first
        assert find(platform).json() == {"foo": 1}
        answer = find(platform)
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")

    def test_drip(self, platform: Platform) -> None:
        platform.fail("docdb", kind="drip")
        assert find(platform, filter={"name": "x"}).json() == []
        url = f"{platform.url('docdb')}/v1/metadata_index/data_assets/find"
        with requests.get(url, stream=True, timeout=5) as answer:
            assert len(answer.raw.read(1)) == 1
            assert int(answer.headers["Content-Length"]) > 1

    @pytest.mark.parametrize("service", ["code_ocean", "docdb", "s3"])
    def test_hang(self, platform: Platform, service: Service) -> None:
        platform.fail(service, kind="hang")
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(platform.url(service), timeout=0.1)
        assert wait_for(lambda: platform.count(service) == 1)
        assert platform.requests[0].status == 0

    def test_endless(self, platform: Platform) -> None:
        platform.fail("code_ocean", kind="endless")
        with requests.get(platform.url("code_ocean"), stream=True, timeout=5) as answer:
            chunks = answer.iter_content(1024)
            assert [len(next(chunks)) for _ in range(5)] == [1024] * 5
        assert wait_for(lambda: platform.requests[0].sent > 0)

    def test_several_statuses_in_turn(self, platform: Platform) -> None:
        platform.fail("docdb", status=(500, 502))
        assert {find(platform).status_code for _ in range(4)} == {500, 502}

    def test_true_answer_made_another(self, platform: Platform) -> None:
        platform.fail("docdb", kind="altered", alter=lambda body: body.replace(b"[", b"[7,"))
        assert find(platform, filter={"name": "x"}).text == "[7,]"

    def test_slow_head(self, platform: Platform) -> None:
        platform.fail("docdb", kind="slow head", pause=0.01)
        with socket.create_connection(("127.0.0.1", port_of(platform, "docdb"))) as client:
            client.sendall(b"GET /v1/metadata_index/data_assets/find HTTP/1.1\r\n\r\n")
            assert client.makefile("rb").read(30) == b"HTTP/1.1 200 OK\r\nX-Patience: z"
        assert platform.bytes_sent() == 0

    def test_pages_without_end(self, platform: Platform, code_ocean: CodeOcean) -> None:
        platform.endless_pages = lambda: "again"
        search = DataAssetSearchParams(archived=False)
        page = code_ocean.data_assets.search_data_assets(search)
        assert (page.has_more, page.next_token, len(page.results)) == (True, "again", 3)
        search = DataAssetSearchParams(archived=False, next_token=page.next_token)
        assert code_ocean.data_assets.search_data_assets(search) == page
        platform.heal()
        search = DataAssetSearchParams(archived=False)
        assert not code_ocean.data_assets.search_data_assets(search).has_more

    def test_mistyped(self, platform: Platform) -> None:
        with pytest.raises(ValueError, match="no such fault"):
            platform.fail("docdb", kind="hung")  # type: ignore[arg-type]


class TestClosing:
    @pytest.mark.parametrize("kind", ["hang", "endless", "drip"])
    def test_ends_what_is_pending(self, world: World, kind: Kind) -> None:
        before = set(threading.enumerate())
        with Platform(world) as platform:
            platform.fail("docdb", kind=kind)
            client = threading.Thread(target=ask_and_ignore, args=(platform,))
            client.start()
            assert wait_for(lambda: platform.count() == 1)
        client.join(5)
        assert set(threading.enumerate()) == before

    def test_ends_idle_connections_and_slow_answers(self, world: World) -> None:
        before = set(threading.enumerate())
        with Platform(world) as platform, requests.Session() as session:
            session.get(platform.url("docdb"), timeout=5)
            platform.latency = 60
            client = threading.Thread(target=ask_and_ignore, args=(platform,))
            client.start()
            assert wait_for(lambda: platform.count() == 2)
        client.join(5)
        assert set(threading.enumerate()) == before

    def test_clients_that_leave_print_nothing(
        self, platform: Platform, capfd: pytest.CaptureFixture[str]
    ) -> None:
        platform.latency = 0.3
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(platform.url("docdb"), timeout=0.05)
        assert wait_for(lambda: [r.status for r in platform.requests] == [403])
        assert capfd.readouterr() == ("", "")

    def test_mistakes_of_the_stand_in_are_not_hidden(self, world: World) -> None:
        del world.assets[0]["id"]
        platform = Platform(world)
        platform.__enter__()
        client = a_client(platform)
        with pytest.raises(Error):
            client.data_assets.get_data_asset(RAW_ID)
        client.session.close()
        with pytest.raises(RuntimeError, match="KeyError"):
            platform.__exit__(None, None, None)


def port_of(platform: Platform, service: Service) -> int:
    return int(platform.url(service).rpartition(":")[2])


def ask_and_ignore(platform: Platform) -> None:
    with contextlib.suppress(requests.exceptions.RequestException):
        find(platform)


def wait_for(condition: Any) -> bool:
    """Wait for the other side, longer than it needs on any machine."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
