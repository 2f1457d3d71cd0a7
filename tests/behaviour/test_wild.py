"""Unchanged code from public repositories, on the stand-in."""

from __future__ import annotations

import concurrent.futures
import datetime
import importlib
import pickle
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

import aind_session
from aind_session import AccessDeniedError, CredentialsError
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import Platform

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"


class SubjectRecord(str):
    """A subclass of str, as in `npc_session`."""

    __slots__ = ()


class DateRecord(str):
    """As in `npc_session`."""

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


def test_a_closed_docdb_is_recognized_by_the_status_of_the_response(platform: Platform) -> None:
    platform.fail("docdb", status=401)
    with pytest.raises(requests.HTTPError) as caught:
        aind_session.Session(DEMO_SESSION).docdb
    assert caught.value.response.status_code == 401


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("path", "ask"),
    [
        ("search", lambda: aind_session.Session(DEMO_SESSION).data_assets),
        ("data_assets/", lambda: aind_session.get_data_asset_model(RAW_ID)),
        ("computations", lambda: aind_session.get_codeocean_model(RAW_ID, is_computation=True)),
    ],
)
def test_a_refusal_of_code_ocean_has_the_status_of_the_response_too(
    platform: Platform, status: int, path: str, ask: Callable[[], object]
) -> None:
    platform.fail("code_ocean", path=path, status=status)
    with pytest.raises(requests.HTTPError) as caught:
        ask()
    assert isinstance(caught.value, (CredentialsError, AccessDeniedError))
    assert caught.value.response.status_code == status
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.response.status_code) == (str(caught.value), status)


def test_names_of_the_old_module_of_the_converter() -> None:
    old = importlib.import_module("aind_session.extensions.smartspim_neuropixels")
    assert old.EcephysExtension is aind_session.ecephys
    assert old.SCRATCH_STORAGE_DIR.as_posix() == "s3://aind-scratch-data/aind-session"
    with pytest.raises(AttributeError, match="no attribute 'x'"):
        old.x


class TestRuns:
    def test_polling_until_a_run_has_ended(self, platform: Platform) -> None:
        from codeocean.computation import Computation, ComputationState, RunParams

        capsule = next(iter(platform.world.computations))
        started = aind_session.get_codeocean_client().computations.run_capsule(
            RunParams(capsule_id=capsule)
        )
        states = ["initializing", "running", "hibernating", "finalizing", "completed"]
        seen = []
        for state in states:  # in the wild: `while ...state not in [...]: time.sleep(...)`
            platform.world.computations[capsule][-1]["state"] = state
            model: Any = aind_session.get_codeocean_model(started.id, is_computation=True)
            assert isinstance(model, Computation)
            seen.append(str(getattr(model.state, "value", model.state)))
            if model.state in {ComputationState.Completed, ComputationState.Failed}:
                break
        assert seen == states

    def test_waiting_with_the_client(self, platform: Platform) -> None:
        from codeocean.computation import ComputationState, RunParams

        capsule = next(iter(platform.world.computations))
        computations = aind_session.get_codeocean_client().computations
        run = computations.run_capsule(RunParams(capsule_id=capsule))
        platform.world.computations[capsule][-1].update(state="completed", end_status="failed")
        ended = computations.wait_until_completed(run, polling_interval=5, timeout=60)
        assert ended.state is ComputationState.Completed
        assert ended.end_status == "failed"

    def test_results_by_a_uuid(self, platform: Platform) -> None:
        from codeocean.computation import RunParams

        capsule = next(iter(platform.world.computations))
        computations: Any = aind_session.get_codeocean_client().computations
        run = computations.run_capsule(RunParams(capsule_id=capsule))
        platform.world.results[run.id] = {"output": b"done"}
        results = computations.list_computation_results(computation_id=uuid.UUID(run.id))
        assert [item.name for item in results.items] == ["output"]

    def test_computations_with_a_hash_of_time_are_as_they_are_now(self, platform: Platform) -> None:
        capsule = next(iter(platform.world.computations))
        started = platform.world.begin({"capsule_id": capsule})
        run = platform.world.computations[capsule][-1]
        hash_ = aind_session.get_ttl_hash(seconds=10)
        for state in ("running", "failed"):
            run["state"] = state
            found = aind_session.search_computations(capsule, ttl_hash=hash_)
            assert [c.state for c in found if c.id == started["id"]] == [state]


@pytest.mark.usefixtures("platform")
class TestWaiting:
    def test_for_an_asset_without_limit(self) -> None:
        ready = aind_session.wait_until_ready(data_asset=RAW_ID, check_files=True, timeout=None)
        assert ready.id == RAW_ID
        again = aind_session.wait_until_ready(data_asset=ready, check_files=False, timeout=None)
        assert again.state == "ready"

    def test_a_flag_that_is_none_counts_as_false(self) -> None:
        ready = aind_session.wait_until_ready(RAW_ID, check_files=None)  # type: ignore[arg-type]
        assert ready.id == RAW_ID
        query = {"query": "subject id:676909"}
        options: Any = {"as_dict": None, "raise_on_page_limit": None}
        found = aind_session.search_data_assets(query, **options)
        assert found == aind_session.search_data_assets(query) != ()

    def test_a_generator_is_sorted(self) -> None:
        assets = aind_session.get_subject_data_assets(676909)
        found = aind_session.sort_by_created(asset.id for asset in reversed(assets))
        assert [asset.created for asset in found] == sorted(asset.created for asset in assets)

    def test_annotations_that_are_missing_are_a_key_error(self) -> None:
        try:
            found = bool(aind_session.ecephys.get_latest_ibl_annotations(DEMO_SESSION))
        except KeyError:
            found = False
        assert found is False

    def test_sessions_of_a_table_in_a_pool(self) -> None:
        ids = [session.id for session in aind_session.get_sessions(676909)]
        ids.append("ecephys_676909_2011-01-01_00-00-00")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            uploaded = list(pool.map(lambda id_: aind_session.Session(id_).is_uploaded, ids))
        assert uploaded == [True] * (len(ids) - 1) + [False]

    def test_a_path_is_made_again_with_options_of_the_store(self) -> None:
        import upath

        path = aind_session.Session(DEMO_SESSION).raw_data_dir
        again = upath.UPath(path, anon=True)
        assert str(again) == str(path)
        assert again.storage_options["anon"] is True
        assert str(again.parent).rstrip("/") == "s3://aind-ephys-data"


def test_a_namespace_of_a_shipped_name_is_the_users(tmp_path: Path) -> None:
    code = f"""
import aind_session
from aind_session import AccessDeniedError, CredentialsError

@aind_session.register_namespace(name="ecephys", cls=aind_session.Session)
class MyEcephys(aind_session.ExtensionBaseClass):
    @property
    def mine(self):
        return self._base.subject.id

print(aind_session.Session({DEMO_SESSION!r}).ecephys.mine)
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "676909\n"
    assert done.stderr.count("Warning") == 1
