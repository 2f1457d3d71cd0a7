"""`npc_lims`, the main dependent package: its calls of this library, on the stand-in."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import Platform

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
DAY = "676909_2023-12-13"


@pytest.fixture
def npc_lims(stand_in: Callable[..., Platform]) -> Any:
    stand_in(demo_world())  # before the import, which needs a token
    pytest.importorskip("npc_lims", reason="npc_lims is not installed; see make npc")
    utils = importlib.import_module("npc_lims.metadata.codeocean_utils")
    paths = importlib.import_module("npc_lims.paths.s3")
    # it caches answers forever, but each test has another stand-in
    for module in (utils, paths):
        for function in vars(module).values():
            getattr(function, "cache_clear", lambda: None)()
    return utils, paths


def test_it_finds_a_session_by_subject_and_date(npc_lims: Any) -> None:
    utils, _ = npc_lims
    assert utils.get_aind_session(DAY).id == DEMO_SESSION


def test_it_finds_the_assets_of_a_subject(npc_lims: Any) -> None:
    utils, _ = npc_lims
    assert RAW_ID in [asset.id for asset in utils.get_subject_data_assets("676909", ttl_hash=1)]


def test_it_picks_the_latest_sorting_without_error(npc_lims: Any) -> None:
    utils, _ = npc_lims
    asset = utils.get_session_sorted_data_asset(DAY)
    assert asset.name == f"{DEMO_SESSION}_sorted_2024-03-01_16-02-45"


def test_it_lists_the_files_of_an_asset(npc_lims: Any) -> None:
    _, paths = npc_lims
    listed = paths.get_sorted_data_paths_from_s3(sorted_data_asset_id=RAW_ID)
    assert len(listed) > 0
    assert all(str(path).startswith("s3://") for path in listed)
