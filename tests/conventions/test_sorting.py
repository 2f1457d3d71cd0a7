"""Probes from the folders of a sorting, in each layout; the sorter from its files."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session.conventions.sorting import (
    probe_names,
    sorter_of_params,
    sorter_of_processing,
    sorter_of_spikeinterface,
)


@pytest.mark.parametrize(
    ("folders", "probes"),
    [
        (["block0_imec0.ap_recording1", "block0_imec1.ap_recording1"], ("imec0", "imec1")),
        (["block0_imec0.ap_recording1", "block0_imec0.lf_recording1"], ("imec0",)),
        (["block0_imec0.ap_recording1_group0", "block0_imec0.ap_recording1_group1"], ("imec0",)),
        (["block0_imec0_ap_recording1.zarr"], ("imec0",)),
        (["experiment1_Record Node 104#Neuropix-PXI-100.ProbeA-AP_recording1"], ("ProbeA",)),
        (["experiment1_Record Node 104#Neuropix-PXI-100.ProbeA-LFP_recording1"], ("ProbeA",)),
        (["experiment1_Record Node 104#Neuropix-PXI-100.ProbeA_recording1"], ("ProbeA",)),
        (["experiment1_Record Node 104#Neuropix-PXI-100.ProbeA-AP_recording1.zarr"], ("ProbeA",)),
        (["experiment1_Record Node 104#Neuropix-PXI-100.ProbeA-AP_recording2_group3"], ("ProbeA",)),
        (["experiment2_Record_Node_104_Neuropix-PXI-100.ProbeB-AP_recording1"], ("ProbeB",)),
        (["experiment1_Record Node 104#ProbeC-AP_recording1"], ("ProbeC",)),
        (["ProbeA-AP", "ProbeA-LFP"], ("ProbeA",)),
        ([], ()),
    ],
)
def test_each_probe_is_named_once_without_its_band(folders: list[str], probes: tuple[str]) -> None:
    assert probe_names(folders) == probes


def test_probes_are_sorted_by_name() -> None:
    folders = [f"experiment1_Record Node 104#Probe{letter}-AP_recording1" for letter in "FBDACE"]
    assert probe_names(folders) == ("ProbeA", "ProbeB", "ProbeC", "ProbeD", "ProbeE", "ProbeF")


def test_the_last_dot_stands_before_the_probe() -> None:
    assert probe_names(["experiment1_v0.6.#Neuropix-PXI-100.ProbeF-AP_recording1"]) == ("ProbeF",)


NAMED = {"sorter_name": "kilosort4"}


@pytest.mark.parametrize(
    ("process", "sorter"),
    [
        ({"name": "Spike sorting", "parameters": NAMED}, "kilosort4"),
        ({"process_type": "Spike sorting", "parameters": NAMED}, "kilosort4"),
        ({"name": "Spike sorting of both shanks", "parameters": NAMED}, "kilosort4"),
        ({"name": 1, "process_type": "Spike sorting", "code": {"parameters": NAMED}}, "kilosort4"),
        ({"name": "Ecephys postprocessing", "parameters": NAMED}, None),
        ({"parameters": NAMED}, None),
        ({"name": "Spike sorting", "parameters": {"sorter_name": ""}}, None),
        ({"name": "Spike sorting", "parameters": {"sorter_name": 4}}, None),
        ({"name": "Spike sorting", "parameters": ["kilosort4"]}, None),
        (
            {
                "name": "Spike sorting",
                "parameters": {"sorter_name": None},
                "code": {"parameters": NAMED},
            },
            "kilosort4",
        ),
        (
            {
                "name": "Spike sorting",
                "parameters": NAMED,
                "code": {"parameters": {"sorter_name": "spykingcircus2"}},
            },
            "kilosort4",
        ),
    ],
)
def test_a_process_of_spike_sorting_names_the_sorter(
    process: dict[str, Any], sorter: str | None
) -> None:
    assert sorter_of_processing({"data_processes": [process]}) == sorter


def test_the_first_spike_sorting_that_names_its_sorter_counts() -> None:
    processes = [
        {"name": "Ecephys preprocessing", "parameters": {"sorter_name": "none"}},
        {"name": "Spike sorting", "parameters": {}},
        {"name": "Spike sorting", "parameters": {"sorter_name": "kilosort2_5"}},
        {"name": "Spike sorting", "parameters": NAMED},
    ]
    assert sorter_of_processing({"data_processes": processes}) == "kilosort2_5"


@pytest.mark.parametrize("name", ["", 4, None, ["kilosort4"]])
def test_a_sorter_is_a_text_that_is_not_empty(name: Any) -> None:
    info = {"params": {"sorter_name": name}}
    assert sorter_of_spikeinterface({"annotations": {"__sorting_info__": info}}) is None
    assert sorter_of_params({"spikesorting": {"sorter_name": name}}) is None


@pytest.mark.parametrize(
    "content", [None, [], "kilosort4", {"annotations": 1}, {"spikesorting": 1}]
)
def test_a_file_of_another_form_names_no_sorter(content: Any) -> None:
    assert sorter_of_spikeinterface(content) is None
    assert sorter_of_params(content) is None
