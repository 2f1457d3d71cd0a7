"""What `fuzz/run.py` found, kept so that it stays mended."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session import assets
from aind_session.ids import find_asset_name, parse_asset_name
from aind_session.sources.decode import decode_asset


@pytest.mark.parametrize("text", ["#ubbus--0-2025-11-20-11-20-10-3h"])
def test_a_name_that_is_found_is_found_again_in_its_usual_form(text: str) -> None:
    found = find_asset_name(text)
    assert found is None or parse_asset_name(found.name) == found


@pytest.mark.parametrize(
    "odd",
    [
        {"custom_metadata": 1},
        {"custom_metadata": [[]]},
        {"tags": 5},
        {"tags": {"raw": 1}},
        {"created": "now"},
        {"source_bucket": "s3://b"},
        {"source_bucket": {"origin": 1, "bucket": [], "prefix": {}}},
        {"state": {}, "type": []},
        {"mount": 7},
    ],
)
def test_fields_of_another_kind_are_taken_as_missing(odd: dict[str, Any]) -> None:
    asset = decode_asset({"id": "a", "name": "ecephys_1_2024-01-01_00-00-00", **odd})
    assert assets.is_raw(asset)
    assert not assets.is_sorted(asset)
    assert assets.location(asset) is None
    assert assets.by_creation([asset, asset]) == (asset,)
