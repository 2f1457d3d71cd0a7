"""Code as public repositories have it, unchanged, over the stand-in."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
import requests

import aind_session
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import Platform

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"


class SubjectRecord(str):
    """As `npc_session` has it: text that is more than text."""

    __slots__ = ()


class DateRecord(str):
    """As `npc_session` has it."""

    __slots__ = ()


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    return stand_in(demo_world())


@pytest.mark.usefixtures("platform")
class TestLookingUp:
    def test_subject_and_date_by_position_first_of_the_day(self) -> None:
        found = aind_session.get_sessions(*"676909_2023-12-13".split("_")[:2])[0].id
        assert found == DEMO_SESSION

    def test_records_that_are_text(self) -> None:
        found = aind_session.get_sessions(
            subject_id=SubjectRecord("676909"), date=DateRecord("2023-12-13")
        )
        assert [session.id for session in found] == [DEMO_SESSION]

    def test_a_window_of_two_minutes(self) -> None:
        start = datetime.datetime(2023, 12, 13, 13, 42, 40)
        found = aind_session.get_sessions(
            subject_id="676909",
            platform="ecephys",
            start_date=start,
            end_date=start + datetime.timedelta(minutes=2),
        )
        assert [session.id for session in found] == [DEMO_SESSION]

    def test_empty_fields_of_a_form_are_no_limit(self) -> None:
        found = aind_session.get_sessions(
            subject_id="676909", platform="", start_date="", end_date=""
        )
        assert DEMO_SESSION in [session.id for session in found]

    def test_names_are_filtered_by_value_error(self) -> None:
        kept = []
        for name in (DEMO_SESSION, "not-a-session", "ephys_data"):
            try:
                kept.append(aind_session.Session(name).id)
            except ValueError:
                continue
        assert kept == [DEMO_SESSION]

    def test_model_by_id_and_directory(self) -> None:
        from codeocean.data_asset import DataAsset, DataAssetType

        asset: Any = aind_session.get_codeocean_model(RAW_ID)
        assert isinstance(asset, DataAsset)
        assert asset.type == DataAssetType.Dataset
        path = aind_session.get_data_asset_source_dir(asset.id)
        assert str(path).startswith("s3://")
        assert [child.name for child in path.iterdir()]
        assert str(aind_session.utils.get_source_dir_by_name(DEMO_SESSION)).startswith("s3://")

    def test_assets_of_a_subject_with_a_hash_of_time(self) -> None:
        by_hash = aind_session.get_subject_data_assets(
            "676909", ttl_hash=aind_session.get_ttl_hash(seconds=10)
        )
        assert [a.id for a in by_hash] == [
            a.id for a in aind_session.utils.get_subject_data_assets(676909)
        ]

    def test_latest_sorting_without_error(self) -> None:
        session = aind_session.Session(DEMO_SESSION)
        good = [
            asset
            for asset in session.ecephys.sorter.kilosort2_5.sorted_data_assets
            if not asset.is_sorting_error
        ]
        latest = max(good, key=lambda asset: asset.created)
        assert latest.name == f"{DEMO_SESSION}_sorted_2024-03-01_16-02-45"
        assert latest.is_sorting_analyzer in (True, False)

    def test_missing_things_are_what_callers_catch(self) -> None:
        absent = aind_session.Session("ecephys_676909_2011-01-01_00-00-00")
        assert not hasattr(absent, "raw_data_asset")
        with pytest.raises(AttributeError):
            absent.raw_data_dir
        with pytest.raises(FileNotFoundError):
            aind_session.utils.get_source_dir_by_name(absent.id)
        with pytest.raises(KeyError):
            absent.docdb["session"]["session_type"]


def test_a_closed_docdb_is_told_by_the_status_of_the_response(platform: Platform) -> None:
    platform.fail("docdb", status=401)
    with pytest.raises(requests.HTTPError) as caught:
        aind_session.Session(DEMO_SESSION).docdb
    assert caught.value.response.status_code == 401
