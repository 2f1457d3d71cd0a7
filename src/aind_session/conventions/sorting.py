"""Reading files of spike sorting: sorter, probes, layout. No request is sent here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aind_session.conventions.pattern import pattern
from aind_session.conventions.processing import process_bodies
from aind_session.runtime.parsing import as_text, value_in

SORTER_FIELDS = (
    "name",
    "location",
    "external_links",
    "other_identifiers",
    "processing.processing_pipeline.data_processes.name",
    "processing.processing_pipeline.data_processes.process_type",
    "processing.processing_pipeline.data_processes.parameters.sorter_name",
    "processing.processing_pipeline.data_processes.code.parameters.sorter_name",
    "processing.data_processes.name",
    "processing.data_processes.process_type",
    "processing.data_processes.parameters.sorter_name",
    "processing.data_processes.code.parameters.sorter_name",
)
"""The fields of a metadata record needed to find the sorter of an asset."""

PROBE_FOLDERS = ("curated", "sorting_precurated")
"""Folders that contain a folder for each completely sorted probe; the newer layout first."""

SORTER_FILES = {"spikesorted": "si_folder.json", "postprocessed": "sorting.json"}
"""Folders, and the SpikeInterface file somewhere below each that names the sorter."""

ANALYZER_SUFFIX = ".zarr"
"""The suffix of a SortingAnalyzer's folders (SpikeInterface 0.101, 2024), one level down."""

_PROCESS = "Spike sorting"

_BAND = pattern(r"[-._](?:AP|LFP?)\Z", re.IGNORECASE)
"""The suffix of a stream of one band: ``-AP`` in Open Ephys, ``.ap`` in SpikeGLX."""


def sorter_of_processing(processing: Any) -> str | None:
    """Return the sorter's name in processing metadata; None if they do not state it.

    Parameters
    ----------
    processing
        The content of ``processing.json``, or a record's ``processing``: with
        ``processing_pipeline.data_processes`` or ``data_processes``, whose entries may be nested
        lists, and with the parameters in the process or in its ``code``.

    Examples
    --------
    >>> process = {"name": "Spike sorting", "code": {"parameters": {"sorter_name": "kilosort4"}}}
    >>> sorter_of_processing({"data_processes": [[process]]})
    'kilosort4'
    """
    for process in process_bodies(processing):
        name = _sorter_of_process(process) if _is_sorting(process) else None
        if name is not None:
            return name
    return None


def _is_sorting(process: Mapping[str, Any]) -> bool:
    names = (process.get("name"), process.get("process_type"))
    return any(isinstance(name, str) and name.startswith(_PROCESS) for name in names)


def _sorter_of_process(process: Mapping[str, Any]) -> str | None:
    for holder in (process, value_in(process, "code")):
        name = value_in(value_in(holder, "parameters"), "sorter_name")
        if isinstance(name, str) and name:
            return name
    return None


def sorter_of_spikeinterface(content: Any) -> str | None:
    """Return the sorter's name in ``si_folder.json`` or ``sorting.json``; None without one.

    Examples
    --------
    >>> info = {"params": {"sorter_name": "kilosort2_5"}}
    >>> sorter_of_spikeinterface({"annotations": {"__sorting_info__": info}})
    'kilosort2_5'
    """
    info = value_in(value_in(content, "annotations"), "__sorting_info__")
    return as_text(value_in(value_in(info, "params"), "sorter_name")) or None


def sorter_of_params(content: Any) -> str | None:
    """Return the sorter's name in ``params.json`` of the oldest assets; None without one.

    Examples
    --------
    >>> sorter_of_params({"spikesorting": {"sorter_name": "kilosort2_5"}})
    'kilosort2_5'
    """
    return as_text(value_in(value_in(content, "spikesorting"), "sorter_name")) or None


def probe_names(folders: Iterable[str]) -> tuple[str, ...]:
    """Return the probes of folders, sorted, without duplicates.

    Parameters
    ----------
    folders
        Such as ``experiment1_Record Node 104#Neuropix-PXI-100.ProbeF-AP_recording1`` (Open Ephys)
        or ``block0_imec0.ap_recording1`` (SpikeGLX). The stream precedes ``_recording``; the probe
        follows the stream's last dot (without a dot, its last ``#``, space or underscore). The band
        (AP or LFP) and a group of channels are not part of the probe's name.

    Examples
    --------
    >>> probe_names(["experiment1_Record Node 104#Neuropix-PXI-100.ProbeF-AP_recording1_group3"])
    ('ProbeF',)
    >>> probe_names(["block0_imec0.ap_recording1", "block0_imec1.ap_recording1"])
    ('imec0', 'imec1')
    """
    return tuple(sorted({_probe(folder) for folder in folders}))


def _probe(folder: str) -> str:
    stream = folder.removesuffix(ANALYZER_SUFFIX).partition("_recording")[0]
    stream = _BAND.sub("", stream)
    return stream.rpartition(".")[2] if "." in stream else re.split(r"[#_ ]", stream)[-1]
