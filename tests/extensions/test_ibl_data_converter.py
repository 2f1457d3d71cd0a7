"""``subject.ibl_data_converter``: the inputs of the converter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import AssetNotFoundError, LeftOutWarning, Subject
from aind_session.extensions.ibl_data_converter.manifest import ManifestRecord, probe_and_day
from aind_session.extensions.neuroglancer import NeuroglancerState
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import Platform
from tests.runs.test_plan import IMAGES, STATE, STITCHED, subject_world
from tests.sorted_worlds import NAME, put, sorted_name, world
from tests.worlds import asset, empty_world, raw, record_v2, uuid_of

SURFACE = NAME.replace("03-04-05", "05-04-05")
STATE_NAME = f"{IMAGES}_neuroglancer-state_2024-03-01_00-00-00"


def with_state() -> World:
    import json

    found = subject_world()
    key = f"aind-session/neuroglancer_states/{STATE_NAME}.json"
    found.objects["aind-scratch-data"][key] = json.dumps(STATE).encode()
    found.assets.append(raw(20, SURFACE))
    return found


def test_it_is_there_without_an_import_of_its_own() -> None:
    assert type(Subject(700001).ibl_data_converter).__name__ == "IBLDataConverterExtension"


def test_sessions_and_assets_by_platform(serve: Serve) -> None:
    converter = Subject(700001, sources=serve(with_state())).ibl_data_converter
    assert [s.id for s in converter.ecephys_sessions] == [NAME, SURFACE]
    assert [s.id for s in converter.smartspim_sessions] == [IMAGES]
    assert [a.id for a in converter.ecephys_data_assets] == [uuid_of(1), uuid_of(20)]
    assert [a.name for a in converter.smartspim_data_assets] == [IMAGES]
    assert converter.surface_recording_names == {NAME: SURFACE}
    assert converter.manifest_data_asset.id == uuid_of(13)
    assert converter.neuroglancer_state_json_asset.id == uuid_of(12)
    assert converter.csv_manifest_path.as_posix() == (
        "s3://aind-scratch-data/aind-session/manifests/700001/700001_data_converter_manifest.csv"
    )


def test_stitched_assets_of_a_session(serve: Serve) -> None:
    from aind_session.sources import use_sources

    with use_sources(serve(subject_world())):
        converter = Subject(700001).ibl_data_converter
        assert [a.name for a in converter.get_stitched_data_assets(IMAGES)] == [STITCHED]


def test_failed_and_analyzer_assets_count_when_it_is_said(serve: Serve) -> None:
    found = world(2, 3, 4)
    put(found, 2, "output", "done")
    put(found, 3, "output", "Command error:")
    put(found, 4, "output", "done")
    put(found, 4, "postprocessed/a.zarr/x", "")
    converter = Subject(700001, sources=serve(found)).ibl_data_converter
    assert [a.name for a in converter.sorted_data_assets] == [sorted_name(2), sorted_name(4)]
    converter.use_data_assets_with_sorting_analyzer = False
    assert [a.name for a in converter.sorted_data_assets] == [sorted_name(2)]
    converter.use_data_assets_with_errors = True
    assert [a.name for a in converter.sorted_data_assets] == [sorted_name(2), sorted_name(3)]


def test_sessions_without_assets_are_left_out_with_a_warning(serve: Serve) -> None:
    found = world()
    found.assets = [asset(2, sorted_name(2), type="result")]
    converter = Subject(700001, sources=serve(found)).ibl_data_converter
    with pytest.warns(LeftOutWarning, match=NAME):
        assert converter.ecephys_data_assets == ()


def test_a_session_without_assets_costs_no_look_into_the_buckets(
    stand_in: Callable[..., Platform],
) -> None:
    found = world()
    found.assets = [asset(2, sorted_name(2), type="result")]
    platform = stand_in(found)
    with pytest.warns(LeftOutWarning, match=NAME):
        assert Subject(700001).ibl_data_converter.ecephys_data_assets == ()
    assert platform.count("s3") == 0


def test_no_manifest_and_no_state_are_attribute_errors(serve: Serve) -> None:
    converter = Subject(700001, sources=serve(world())).ibl_data_converter
    for name in ("manifest_data_asset", "neuroglancer_state_json_asset"):
        with pytest.raises(AssetNotFoundError):
            getattr(converter, name)
        assert getattr(converter, name, None) is None


def test_partial_rows_have_what_is_known(serve: Serve) -> None:
    converter = Subject(700001, sources=serve(with_state())).ibl_data_converter
    with pytest.warns(LeftOutWarning, match=SURFACE):
        rows = converter.get_partial_manifest_records()
    assert [ManifestRecord(**row) for row in rows] == [
        ManifestRecord(
            mouseid="700001",
            sorted_recording=sorted_name(2),
            probe_file=STATE_NAME,
            probe_name="ProbeA",
            probe_id="A1",
            surface_finding=SURFACE,
        )
    ]


def test_an_unknown_state_is_a_file_not_found(serve: Serve) -> None:
    converter = Subject(700001, sources=serve(with_state())).ibl_data_converter
    with pytest.raises(FileNotFoundError):
        converter.get_partial_manifest_records("no such state", [sorted_name(2)])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A1", {"probe": "A", "day": "1"}),
        ("probe B_2", {"probe": "B", "day": "2"}),
        ("F-9", {"probe": "F", "day": "9"}),
        ("G1", None),
        ("A0", None),
        ("targets", None),
    ],
)
def test_probe_and_day_of_an_annotation(name: str, expected: dict[str, str] | None) -> None:
    assert probe_and_day([name]).get(name) == expected
    state = NeuroglancerState({"layers": [{"type": "annotation", "name": name}]})
    converter = Subject(700001).ibl_data_converter
    found = converter.get_mindscope_probe_day_from_ng_state(state)
    assert found == ({} if expected is None else {name: expected})


def test_sessions_without_platform_are_recognized_by_their_assets_and_records(serve: Serve) -> None:
    names = [f"700001_2025-01-0{day}_10-00-00" for day in (1, 2, 3, 4)]
    made = empty_world()
    of_ecephys = {"subject id": "700001", "experiment type": "ecephys"}
    made.assets += [
        asset(1, names[0], custom_metadata=of_ecephys),
        asset(2, names[1]),
        asset(3, names[2], custom_metadata={**of_ecephys, "experiment type": "SmartSPIM"}),
        asset(4, names[3]),
    ]
    modalities = {"modalities": [{"abbreviation": "behavior"}, {"abbreviation": "ecephys"}]}
    made.records["v2"] += [record_v2(names[1], None, data_description=modalities)]
    converter = Subject(700001, sources=serve(made)).ibl_data_converter
    assert [s.id for s in converter.ecephys_sessions] == names[:2]
    assert [s.id for s in converter.smartspim_sessions] == [names[2]]
