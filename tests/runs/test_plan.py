"""Plans show exactly the requests, send each once, and name finished steps if others fail."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aind_session import (
    AlreadyRunningWarning,
    AssetNotFoundError,
    NothingFoundWarning,
    PartlyDoneError,
    RemoteError,
    Session,
    Subject,
    memory_sources,
)
from aind_session.extensions.ecephys import EcephysExtension
from aind_session.extensions.neuroglancer import NeuroglancerState
from aind_session.runs.plan import (
    ArchiveAsset,
    CreateAsset,
    Plan,
    RunCapsule,
    WriteFile,
    create_asset,
)
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import demo_world
from aind_session.sources.memory import World
from aind_session.sources.world import Play
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import Platform
from tests.sorted_worlds import NAME, put, sorted_name, world
from tests.worlds import asset, empty_world, raw, uuid_of

OTHER = NAME.replace("700001", "700009")
SCRATCH = "aind-scratch-data"
IMAGES = "SmartSPIM_700001_2024-01-01_00-00-00"
STITCHED = f"{IMAGES}_stitched_2024-01-03_00-00-00"
STATE = {
    "layers": [
        {"type": "image", "source": f"zarr://s3://aind-open-data/{STITCHED}/x.zarr"},
        {"type": "annotation", "name": "A1"},
    ]
}
CONVERTER = "9fe42995-ffff-40ff-9c4c-c8206b8aacb5"
TRIGGER = EcephysExtension.DEFAULT_TRIGGER_CAPSULE_ID
PIPELINE = EcephysExtension.DEFAULT_SORTING_PIPELINE_ID

Start = Callable[..., Platform]


def subject_world() -> World:
    """A subject with all inputs of the converter."""
    found = world(2)
    put(found, 2, "output", "done")
    found.assets += [
        raw(10, IMAGES),
        asset(11, STITCHED),
        asset(12, f"{IMAGES}_neuroglancer-state_2024-03-01_00-00-00"),
        asset(13, "700001_data_converter_manifest"),
    ]
    put(found, 12, "state.json", STATE)
    found.objects[SCRATCH] = {}
    found.computations = {CONVERTER: [], TRIGGER: [], PIPELINE: []}
    return found


def writes(platform: Platform) -> list[tuple[str, str]]:
    """The requests that change something."""
    reading = ("data_assets/search", "files", "results")
    return [
        (request.method, request.path)
        for request in platform.requests
        if request.method in ("PUT", "POST", "PATCH", "DELETE")
        and not request.path.endswith(reading)
        and not request.path.endswith("/aggregate")
    ]


def sent(platform: Platform, path: str) -> list[Any]:
    """The bodies that were posted to a path."""
    found = (r for r in platform.requests if r.method == "POST" and r.path.endswith(path))
    return [json.loads(request.body) for request in found]


def as_sent(params: Any) -> Any:
    return json.loads(json.dumps(params))


def without_none(params: Any) -> Any:
    if isinstance(params, dict):
        return {k: without_none(v) for k, v in params.items() if v is not None}
    return [without_none(v) for v in params] if isinstance(params, list) else params


class TestSorting:
    def test_what_is_shown_is_what_is_sent(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        ecephys = Session(NAME, sources=remote_sources()).ecephys
        plan = ecephys.run_sorting("ecephys_ks4", dry_run=True)
        assert isinstance(plan, Plan)
        assert writes(platform) == []
        assert "POST computations" in repr(plan)
        assert f'"{uuid_of(1)}"' in repr(plan)
        computation = ecephys.run_sorting("ecephys_ks4")
        assert sent(platform, "computations") == [as_sent(plan.to_dict()[0]["run"])]
        assert sent(platform, "computations")[0]["parameters"] == ["ecephys_ks4", uuid_of(1)]
        assert computation.state == "initializing"  # type: ignore[union-attr]

    def test_a_run_makes_no_answer_about_data_older(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        session = Session(NAME, sources=remote_sources())
        assert len(session.data_assets) > 1
        session.ecephys.run_sorting("ecephys_ks4")
        asked = platform.count()
        assert len(session.data_assets) > 1
        assert platform.count() == asked

    def test_one_that_is_being_sorted_is_not_started_again(self, stand_in: Start) -> None:
        found = subject_world()
        run = {"id": "r0", "name": "run", "state": "running", "created": 1, "run_time": 0}
        found.computations[PIPELINE].append({**run, "data_assets": [{"id": uuid_of(1)}]})
        platform = stand_in(found)
        ecephys = Session(NAME, sources=remote_sources()).ecephys
        with pytest.warns(AlreadyRunningWarning, match=r"run \(r0\)"):
            assert ecephys.run_sorting() is None
        assert [run.id for run in ecephys.current_sorting_pipeline_computations] == ["r0"]
        assert writes(platform) == []
        assert ecephys.run_sorting(skip_already_sorting=False) is not None
        assert len(writes(platform)) == 1

    def test_an_override_is_sent_as_it_is(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        ecephys = Session(NAME, sources=remote_sources()).ecephys
        ecephys.run_sorting(override_parameters=["x", uuid_of(10), "y"])
        assert sent(platform, "computations")[0]["parameters"] == ["x", uuid_of(10), "y"]
        with pytest.raises(ValueError, match="needs a pipeline type"):
            ecephys.run_sorting(override_parameters=["x"])

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_start_is_never_repeated(self, stand_in: Start, status: int) -> None:
        platform = stand_in(subject_world())
        platform.fail("code_ocean", method="POST", path="computations", status=status)
        ecephys = Session(NAME, sources=impatient()).ecephys
        with pytest.raises(RemoteError):
            ecephys.run_sorting()
        assert len(sent(platform, "computations")) == 1

    def test_a_start_whose_answer_is_lost_is_not_repeated(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        platform.fail("code_ocean", method="POST", path="computations", kind="truncated")
        with pytest.raises(RemoteError):
            Session(NAME, sources=impatient()).ecephys.run_sorting()
        assert len(sent(platform, "computations")) == 1

    def test_a_session_without_ecephys_data_is_warned_of(self, serve: Serve) -> None:
        sources = serve(demo_world())
        name = "behavior_676909_2023-10-24_15-15-50"
        ecephys = Session(name, sources=sources).ecephys
        with pytest.warns(NothingFoundWarning) as caught:
            plan = ecephys.run_sorting(dry_run=True)
        assert [str(one.message) for one in caught] == [
            f"{name} has no ecephys data, only behavior: its sorting will probably fail"
        ]
        assert isinstance(plan, Plan)
        (row,) = ecephys.sorting.plan_runs().cannot
        assert row.why == (f"ecephys data of {name} was not found; its raw data have only behavior")

    @pytest.mark.filterwarnings("error")
    def test_nothing_is_said_of_modalities_that_are_not_known(self) -> None:
        world = empty_world()
        world.assets = [raw(1, "700001_2024-01-01_03-04-05")]
        world.plays = {PIPELINE: Play(), TRIGGER: Play()}
        ecephys = Session("700001_2024-01-01_03-04-05", sources=memory_sources(world)).ecephys
        assert ecephys.run_sorting(dry_run=True) is not None
        assert len(ecephys.sorting.plan_runs().to_run) == 1

    def test_without_a_raw_asset_nothing_is_started(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        with pytest.raises(AssetNotFoundError):
            Session(OTHER, sources=remote_sources()).ecephys.run_sorting()
        assert writes(platform) == []


class TestState:
    def test_a_file_is_written_as_shown(self, stand_in: Start) -> None:
        found = subject_world()
        platform = stand_in(found)
        state = NeuroglancerState(STATE, sources=remote_sources())
        plan = state.write(f"s3://{SCRATCH}/a/state.json", dry_run=True)
        assert isinstance(plan, Plan)
        assert writes(platform) == []
        assert isinstance(plan.steps[0], WriteFile)
        path = state.write(f"s3://{SCRATCH}/a/state.json")
        assert path.as_posix() == plan.steps[0].path  # type: ignore[union-attr]
        stored = remote_sources().storage.read(SCRATCH, "a/state.json").decode()
        assert stored == plan.steps[0].content
        assert json.loads(stored) == STATE

    def test_by_default_it_gets_a_folder_of_its_own(self, stand_in: Start) -> None:
        stand_in(subject_world())
        plan = NeuroglancerState(STATE, sources=remote_sources()).write(dry_run=True)
        path = plan.steps[0].path  # type: ignore[union-attr]
        folder, name = path.rsplit("/", 2)[1:]
        assert path.startswith(f"s3://{SCRATCH}/aind-session/neuroglancer_states/")
        assert name == f"{folder}.json"
        assert name.startswith(f"{IMAGES}_neuroglancer-state_")

    def test_a_local_file_is_written_and_read(self, tmp_path: Any) -> None:
        path = tmp_path / "new" / "state.json"
        NeuroglancerState(STATE).write(path)
        assert NeuroglancerState(path).content == STATE

    def test_an_asset_is_made_as_shown(self, stand_in: Start) -> None:
        found = subject_world()
        platform = stand_in(found)
        state = NeuroglancerState(STATE, sources=remote_sources())
        path = f"s3://{SCRATCH}/a/state.json"
        state.write(path)
        plan = state.create_data_asset(path, dry_run=True)
        assert isinstance(plan, Plan)
        assert isinstance(plan.steps[0], CreateAsset)
        params = plan.steps[0].params
        assert params["tags"] == ["neuroglancer", "ecephys", "annotation", "700001"]
        assert params["source"]["aws"]["prefix"] == "a"
        assert sent(platform, "data_assets") == []
        made = state.create_data_asset(path)
        assert sent(platform, "data_assets") == [as_sent(params)]
        assert (made.name, made.state) == ("state", "ready")  # type: ignore[union-attr]

    def test_a_file_that_was_written_is_named_when_the_asset_fails(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        platform.fail("code_ocean", method="POST", path="v1/data_assets", status=500, times=1)
        state = NeuroglancerState(STATE, sources=impatient())
        with pytest.raises(PartlyDoneError) as caught:
            state.create_data_asset()
        assert len(caught.value.created) == 1
        assert caught.value.created[0].startswith(f"s3://{SCRATCH}/aind-session/")
        assert caught.value.created[0] in str(caught.value)
        assert len(sent(platform, "v1/data_assets")) == 1

    def test_a_write_to_s3_is_not_repeated(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        platform.fail("s3", method="PUT", status=503)
        with pytest.raises(RemoteError):
            NeuroglancerState(STATE, sources=impatient()).write(f"s3://{SCRATCH}/a.json")
        assert [method for method, _ in writes(platform)] == ["PUT"]


class TestConverter:
    ROWS = ({"mouseid": "700001", "sorted_recording": sorted_name(2), "probe_file": "f"},)

    def complete(self) -> Iterator[dict[str, Any]]:
        return ({**row, "probe_name": "ProbeA"} for row in self.ROWS)

    def test_a_manifest_is_made_as_shown(self, stand_in: Start) -> None:
        found = subject_world()
        found.assets.pop()
        platform = stand_in(found)
        converter = Subject(700001, sources=remote_sources()).ibl_data_converter
        plan = converter.create_manifest_asset(self.complete(), dry_run=True)
        assert isinstance(plan, Plan)
        assert writes(platform) == []
        file, made_asset = plan.steps
        assert isinstance(file, WriteFile)
        assert isinstance(made_asset, CreateAsset)
        rows = list(csv.DictReader(io.StringIO(file.content)))
        assert [row["probe_name"] for row in rows] == ["ProbeA"]
        made = converter.create_manifest_asset(self.complete())
        assert sent(platform, "v1/data_assets") == [as_sent(made_asset.params)]
        assert made.name == "700001_data_converter_manifest"  # type: ignore[union-attr]

    def test_one_that_exists_is_given(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        converter = Subject(700001, sources=remote_sources()).ibl_data_converter
        assert converter.create_manifest_asset(self.complete()).id == uuid_of(13)  # type: ignore[union-attr]
        assert writes(platform) == []

    def test_rows_without_a_probe_are_refused_before_anything_is_written(
        self, stand_in: Start
    ) -> None:
        platform = stand_in(subject_world())
        converter = Subject(700001, sources=remote_sources()).ibl_data_converter
        no_rows: tuple[dict[str, Any], ...] = ()
        for rows, message in ((self.ROWS, "probe_name"), (no_rows, "at least one row")):
            with pytest.raises(ValueError, match=message):
                converter.create_manifest_asset(rows, skip_existing=False)
        assert writes(platform) == []

    def test_the_converter_is_run_as_shown(self, stand_in: Start) -> None:
        platform = stand_in(subject_world())
        converter = Subject(700001, sources=remote_sources()).ibl_data_converter
        plan = converter.run_data_converter_capsule(pipeline_monitor_capsule_id=None, dry_run=True)
        assert isinstance(plan, Plan)
        assert writes(platform) == []
        assert isinstance(plan.steps[0], RunCapsule)
        params = plan.steps[0].params
        attached = [part["id"] for part in params["data_assets"]]
        assert attached == [uuid_of(n) for n in (1, 2, 10, 11, 13, 12)]
        names = {p["param_name"]: p["value"] for p in params["named_parameters"]}
        assert names["manifest"].endswith("manifest/700001_data_converter_manifest.csv")
        converter.run_data_converter_capsule(pipeline_monitor_capsule_id=None)
        assert sent(platform, "computations") == [as_sent(params)]

    def test_images_of_another_subject_are_refused(self, stand_in: Start) -> None:
        found = subject_world()
        other = json.loads(json.dumps(STATE).replace("700001", "700002"))
        put(found, 12, "state.json", other)
        platform = stand_in(found)
        converter = Subject(700001, sources=remote_sources()).ibl_data_converter
        with pytest.raises(ValueError, match="700002"):
            converter.run_data_converter_capsule(pipeline_monitor_capsule_id=None)
        assert writes(platform) == []

    def test_the_monitor_gets_the_run_and_the_asset_to_make(self, stand_in: Start) -> None:
        pytest.importorskip(
            "aind_codeocean_pipeline_monitor", reason="the extra ibl is not installed"
        )
        stand_in(subject_world())
        converter = Subject(700001, sources=remote_sources()).ibl_data_converter
        plan = converter.run_data_converter_capsule(dry_run=True)
        assert isinstance(plan, Plan)
        params = plan.steps[0].params  # type: ignore[union-attr]
        settings = json.loads(params["parameters"][0])
        assert settings["run_params"]["capsule_id"] == CONVERTER
        assert settings["capture_settings"]["name"].startswith(f"{IMAGES}_ibl-converted_")
        attached = [part["id"] for part in settings["run_params"]["data_assets"]]
        assert attached == [part["id"] for part in params["data_assets"]]


def test_no_secret_in_a_plan_or_an_error(stand_in: Start) -> None:
    platform = stand_in(subject_world())
    platform.fail("code_ocean", method="POST", path="computations", status=500)
    ecephys = Session(NAME, sources=impatient()).ecephys
    plan = ecephys.run_sorting(dry_run=True)
    with pytest.raises(RemoteError) as caught:
        ecephys.run_sorting()
    for text in (repr(plan), str(caught.value), repr(caught.value.__dict__)):
        assert platform.token not in text


def test_an_asset_is_made_of_a_copy_that_is_not_public() -> None:
    made = create_asset("n", tags=["t"], custom_metadata={"a": 1}, bucket="b", prefix="p/q")
    params = made.params
    assert (params["name"], params["mount"], params["tags"]) == ("n", "n", ["t"])
    assert params["custom_metadata"] == {"a": 1}
    source = {name: value for name, value in params["source"]["aws"].items() if value is not None}
    assert source == {
        "bucket": "b",
        "prefix": "p/q",
        "keep_on_external_storage": False,
        "public": False,
    }


@pytest.mark.parametrize(("archived", "value"), [(True, "true"), (False, "false")])
def test_a_step_that_archives_says_which_asset_and_whether(*, archived: bool, value: str) -> None:
    step = ArchiveAsset("an ID", archived)
    assert step.to_dict() == {"archive": "an ID", "archived": archived}
    assert str(step) == f"archive: PATCH data_assets/an ID/archive?archive={value}"
