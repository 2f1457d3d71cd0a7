"""Bugs that `fuzz/run.py` found, as regression tests."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session.conventions import assets, records
from aind_session.conventions.dates import moment_utc
from aind_session.conventions.names import (
    find_asset_name,
    parse_asset_name,
    parse_session,
    parse_subject,
)
from aind_session.sources.servers.decode import decode_asset


@pytest.mark.parametrize("text", ["#ubbus--0-2025-11-20-11-20-10-3h"])
def test_a_name_that_is_found_is_found_again_in_its_usual_form(text: str) -> None:
    found = find_asset_name(text)
    assert found is None or parse_asset_name(found.name) == found


@pytest.mark.parametrize(
    "name",
    [
        "ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16%3A02%3A45",
        "676909_2023-12-13_13-43-40.123_sorted_2024-03-01_16-02-45",
    ],
)
def test_a_name_is_read_alike_at_the_start_and_after_something(name: str) -> None:
    found = parse_asset_name(name)
    assert found == parse_asset_name(f"/{name}")
    assert found.name.endswith("676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45")


def test_a_subject_is_without_sub_however_often_it_was_written() -> None:
    assert parse_subject("sub-sub-T24") == parse_subject("sub-T24") == "T24"
    assert parse_session("sub-sub-T24_2023-12-13_13-43-40").subject_id == "T24"


@pytest.mark.parametrize("text", ["0001-01-01T00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_whose_zone_leads_out_of_the_calendar_is_no_time(text: str) -> None:
    assert moment_utc(text) is None
    assert records.record_created({"created": text}) == ""


def test_digits_of_other_scripts_are_no_time() -> None:
    assert moment_utc("2024-06-20T21:13:53.\u0663") is None


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
    assert assets.is_raw_asset(asset)
    assert not assets.is_sorted_asset(asset)
    assert assets.asset_location(asset) is None
    assert assets.assets_by_creation([asset, asset]) == (asset,)
