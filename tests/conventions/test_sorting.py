"""Names of probes, in each layout of folders that sortings have."""

from __future__ import annotations

import pytest

from aind_session.conventions.sorting import probe_names


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
