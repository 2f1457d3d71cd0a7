"""The alignments of probes are read from quality control: the newest of each, in µm of the CCF."""

from __future__ import annotations

import json
from typing import Any

import pytest

import aind_session
from aind_session import ContentNotFoundError
from aind_session.sources import use_sources
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.worlds import empty_world, record

S = "ecephys_700001_2024-05-01_10-00-00"
SORTED = f"{S}_sorted_2024-06-01_00-00-00"
IN_MM = {"x": -4.5, "y": 3.25, "z": -5.5, "brain_region": "ACB"}
IN_UM = {"x": -4500.0, "y": 3250.0, "z": -5500.0, "brain_region": "CP"}


def evaluation(probe: str, created: str | None, *curations: dict[str, Any]) -> dict[str, Any]:
    texts = [json.dumps({"ccf_channel_results": channels}) for channels in curations]
    return {
        "name": f"Probe Alignment for {S}_{probe}",
        "created": created,
        "metrics": [{"value": {"curations": texts}}],
    }


def world(*evaluations: dict[str, Any]) -> World:
    found = empty_world()
    about = {"data_level": "derived", "name": SORTED, "modality": [{"abbreviation": "ecephys"}]}
    for number, one in enumerate(evaluations):
        control = {"evaluations": [{"name": "Drift"}, one]}
        body = record(f"{SORTED}", f"s3://b/{number}", data_description=about)
        found.records["v1"].append({**body, "quality_control": control})
    return found


NEWER, OLDER = {"channel_7": IN_MM}, {"channel_7": {**IN_MM, "brain_region": "old"}}


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_curation_of_each_probe(serve: Serve, order: int) -> None:
    found = [
        evaluation("ProbeB", "2024-06-02T00:00:00Z", {"channel_1": IN_UM}),
        evaluation("ProbeA", "2024-06-05T00:00:00Z", OLDER, NEWER),
        evaluation("ProbeA", "2024-06-04T23:00:00-07:00"),  # later, but not curated yet
        evaluation("ProbeA", "2024-06-03T00:00:00Z", OLDER),
        evaluation("ProbeA", None, OLDER),
    ]
    with use_sources(serve(world(*found[::order]))):
        annotations = aind_session.ecephys.get_latest_ibl_annotations(S)
    assert annotations == {
        "ProbeA": {"ccf_channel_results": NEWER},
        "ProbeB": {"ccf_channel_results": {"channel_1": IN_UM}},
    }
    assert list(annotations) == ["ProbeA", "ProbeB"]


def test_records_of_channels_are_in_um(serve: Serve) -> None:
    found = [
        evaluation("ProbeB", "2024-06-02T00:00:00Z", {"reference": IN_UM}),
        evaluation("ProbeA", "2024-06-05T00:00:00Z", NEWER),
    ]
    with use_sources(serve(world(*found))):
        records = aind_session.ecephys.get_latest_ibl_annotations(S, as_ccf_records=True)
    assert records == [
        {
            **IN_MM,
            "channel_number": 7,
            "ccf_ap": 3250.0,
            "ccf_ml": 4500.0,
            "ccf_dv": 5500.0,
            "device_name": "ProbeA",
        },
        {**IN_UM, "ccf_ap": 3250.0, "ccf_ml": 4500.0, "ccf_dv": 5500.0, "device_name": "ProbeB"},
    ]


def test_a_coordinate_outside_of_any_brain_is_refused(serve: Serve) -> None:
    far = {"channel_1": {**IN_UM, "y": 20_000.0}}
    with (
        use_sources(serve(world(evaluation("ProbeA", None, far)))),
        pytest.raises(ValueError, match=r"20000\.0 is not a coordinate"),
    ):
        aind_session.ecephys.get_latest_ibl_annotations(S, as_ccf_records=True)


def test_a_session_that_nobody_aligned_is_a_key_error(serve: Serve) -> None:
    with use_sources(serve(world())), pytest.raises(ContentNotFoundError):
        aind_session.ecephys.get_latest_ibl_annotations(S)


@pytest.mark.parametrize(
    "named", [S, S.removeprefix("ecephys_"), f"/data/{SORTED}/x", aind_session.Session(S)]
)
@pytest.mark.parametrize("recorded", [S, S.removeprefix("ecephys_")])
def test_a_session_is_meant_under_either_of_its_names(
    serve: Serve, named: Any, recorded: str
) -> None:
    made = world(evaluation("ProbeA_0", "2024-06-05T00:00:00Z", NEWER))
    for body in made.records["v1"]:
        description = {**body["data_description"], "name": SORTED.replace(S, recorded)}
        body["data_description"] = description
        control = body["quality_control"]["evaluations"][1]
        control["name"] = f"Probe Alignment for {recorded}_ProbeA_0"
    with use_sources(serve(made)):
        assert list(aind_session.ecephys.get_latest_ibl_annotations(named)) == ["ProbeA_0"]


def test_a_text_that_names_no_session_has_none(serve: Serve) -> None:
    with use_sources(serve(world())), pytest.raises(KeyError):
        aind_session.ecephys.get_latest_ibl_annotations("700001")
