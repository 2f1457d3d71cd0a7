"""Decoding to the SDK's classes tolerates anything that a server sends."""

from __future__ import annotations

import json

import pytest
from codeocean.computation import Computation, ComputationState
from codeocean.data_asset import DataAsset, DataAssetOrigin, DataAssetState, DataAssetType

from aind_session import OddAnswerWarning
from aind_session.sources.servers.decode import decode_asset, decode_assets, decode_computation

BODY = {
    "id": "1e11bdf5-b452-4fd9-bbb1-48383a9b0842",
    "created": 1702783011,
    "name": "ecephys_676909_2023-12-13_13-43-40_sorted_2023-12-17_03-16-51",
    "mount": "m",
    "last_used": 1718227621,
    "state": "ready",
    "type": "result",
    "files": 8732,
    "size": 19692901898,
    "description": "",
    "tags": ["derived"],
    "custom_metadata": {"data level": "derived"},
    "provenance": {"capsule": "c", "data_assets": ["16d46411-540a-4122-b47f-8cb2a15d593a"]},
    "source_bucket": {"origin": "aws", "bucket": "b", "prefix": "p", "external": True},
    "app_parameters": [{"name": "Sorter", "value": "kilosort2_5"}],
    "owner": "o",
}


def test_a_whole_asset_equals_what_the_sdk_makes_of_it() -> None:
    ours = decode_asset(BODY)
    assert ours == DataAsset.from_dict(BODY)
    assert isinstance(ours, DataAsset)
    assert ours.type is DataAssetType.Result
    assert ours.state is DataAssetState.Ready
    assert ours.source_bucket is not None
    assert ours.source_bucket.origin is DataAssetOrigin.AWS
    assert ours.to_dict()["id"] == BODY["id"]


def test_a_computation_has_its_state_and_parts() -> None:
    body = {
        "id": "c",
        "created": 1,
        "name": "run",
        "state": "completed",
        "end_status": "succeeded",
        "run_time": 1,
        "has_results": True,
        "data_assets": [{"id": "a", "mount": "m"}],
        "processes": [{"name": "p", "capsule_id": "c", "parameters": [{"value": "v"}]}],
    }
    computation = decode_computation(body)
    assert isinstance(computation, Computation)
    assert computation.state is ComputationState.Completed
    assert computation.data_assets is not None
    assert computation.data_assets[0].mount == "m"
    assert computation.processes is not None
    assert computation.processes[0].parameters is not None
    assert computation.processes[0].parameters[0].value == "v"


@pytest.mark.parametrize("odd", ["archived", "", "READY"])
def test_an_unknown_enum_value_stays_text(odd: str) -> None:
    asset = decode_asset({**BODY, "state": odd, "type": odd})
    assert (asset.state, asset.type) == (odd, odd)


def test_missing_null_extra_and_wrong_fields_lose_nothing_else() -> None:
    bare = decode_asset({"id": "a", "name": "n"})
    assert (bare.id, bare.created, bare.tags, bare.source_bucket) == ("a", None, None, None)
    odd = decode_asset({**BODY, "tags": "x", "provenance": [], "source_bucket": {}, "new": 1})
    assert (odd.tags, odd.provenance) == (None, None)
    assert odd.source_bucket is not None
    assert odd.source_bucket.origin is None
    assert not hasattr(odd, "new")


@pytest.mark.parametrize("odd", [None, 1, "x", [], {}, {"id": 1, "name": "n"}, {"id": "a"}])
def test_what_is_no_asset_is_left_out_with_a_warning(odd: object) -> None:
    with pytest.warns(OddAnswerWarning, match="left out"):
        assets = decode_assets([BODY, odd, BODY])
    assert len(assets) == 2


@pytest.mark.parametrize("created", ["1e400", "-1e400", "NaN", "1e30", "-5", "true", '"5"'])
def test_a_time_that_cannot_be_is_a_missing_one(created: str) -> None:
    text = f'{{"id": "a", "name": "x", "size": 3000000000000, "created": {created}}}'
    asset = decode_asset(json.loads(text))
    assert asset.created in (None, True)
    assert asset.size == 3_000_000_000_000
