"""The sorter and the finished probes of an asset, in any place that states them."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    ContentNotFoundError,
    LeftOutWarning,
    OddAnswerWarning,
    Session,
    SourceDirNotFoundError,
    SourceDownWarning,
)
from aind_session.catalog.sorters import is_analyzer, probe_names
from aind_session.conventions import sorting
from aind_session.extensions.ecephys import EcephysExtension
from aind_session.sources import Sources, remote_sources, use_sources
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import QUIET, Platform
from tests.sorted_worlds import (
    NAME,
    process,
    put,
    sorted_name,
    sorted_record,
    spikeinterface,
    world,
)
from tests.worlds import asset, uuid_of

PROBE = "experiment1_Record Node 104#Neuropix-PXI-100.{}_recording1"

PLACES: dict[str, tuple[str, Any]] = {
    "pipeline": (
        "processing.json",
        {"processing_pipeline": {"data_processes": [process("kilosort4")]}},
    ),
    "pipeline, nested lists": (
        "processing.json",
        {"processing_pipeline": {"data_processes": [[{"name": "x"}], [process("kilosort4")]]}},
    ),
    "no pipeline": ("processing.json", {"data_processes": [process("kilosort4")]}),
    "in the code": ("processing.json", {"data_processes": [process("kilosort4", in_code=True)]}),
    "spikesorted": (
        f"spikesorted/{PROBE.format('ProbeA-AP')}/si_folder.json",
        spikeinterface("kilosort4"),
    ),
    "spikesorted, deeper": ("spikesorted/a/b/si_folder.json", spikeinterface("kilosort4")),
    "postprocessed": ("postprocessed/a/sorting.json", spikeinterface("kilosort4")),
    "params": ("params.json", {"spikesorting": {"sorter_name": "kilosort4"}}),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_sorter_is_read_from_each_place(serve: Serve, place: str) -> None:
    found = world(2)
    put(found, 2, *PLACES[place])
    with use_sources(serve(found)):
        assert EcephysExtension.get_sorter_name(uuid_of(2)) == "kilosort4"


def test_processing_that_tells_nothing_is_followed_by_the_other_places(serve: Serve) -> None:
    found = world(2)
    put(found, 2, "processing.json", {"data_processes": None})
    put(found, 2, "spikesorted/a/si_folder.json", "no JSON")
    put(found, 2, "params.json", {"spikesorting": {"sorter_name": "kilosort2_5"}})
    with use_sources(serve(found)), pytest.warns(OddAnswerWarning, match=r"si_folder\.json"):
        assert EcephysExtension.get_sorter_name(uuid_of(2)) == "kilosort2_5"


def test_a_file_that_no_listing_has_is_not_asked_for(stand_in: Callable[..., Platform]) -> None:
    found = world(2)
    put(found, 2, "spikesorted/a/b/other.json", "{}")
    platform = stand_in(found)
    with use_sources(remote_sources()), pytest.raises(ValueError, match=r"params\.json"):
        EcephysExtension.get_sorter_name(uuid_of(2))
    read = [request.path for request in platform.requests if request.path.endswith(".json")]
    assert [path.rpartition("/")[2] for path in read] == ["processing.json", "params.json"]


def test_no_sorter_anywhere_is_a_value_error_that_names_the_places(serve: Serve) -> None:
    found = world(2)
    put(found, 2, "output", "failed")
    with use_sources(serve(found)), pytest.raises(ValueError, match=r"params\.json") as caught:
        EcephysExtension.get_sorter_name(uuid_of(2))
    assert isinstance(caught.value, ContentNotFoundError)


def test_records_answer_without_touching_files(stand_in: Callable[..., Platform]) -> None:
    found = world(2, 3, 4)
    found.records["v1"] += [sorted_record(n, "kilosort2_5") for n in (2, 3)]
    put(found, 4, "processing.json", {"data_processes": [process("kilosort4")]})
    platform = stand_in(found, quiet=QUIET)
    assert session(remote_sources()).ecephys.sorter.names == ("kilosort2_5", "kilosort4")
    assert platform.count() == 4 + 1  # a file of the asset without a record
    assert platform.steps() == 2


def test_eight_assets_without_a_record_are_read_side_by_side(
    stand_in: Callable[..., Platform],
) -> None:
    numbers = range(2, 10)
    found = world(*numbers)
    for number in numbers:
        put(found, number, "processing.json", {"data_processes": [process("kilosort4")]})
    platform = stand_in(found, quiet=QUIET)
    assert session(remote_sources()).ecephys.sorter.names == ("kilosort4",)
    assert platform.count() == 4 + 8
    assert platform.steps() == 2


def test_docdb_down_leaves_the_files(stand_in: Callable[..., Platform]) -> None:
    found = world(2)
    found.records["v1"].append(sorted_record(2, "kilosort2_5"))
    put(found, 2, "params.json", {"spikesorting": {"sorter_name": "kilosort2_5"}})
    stand_in(found).fail("docdb", status=503)
    assert session(impatient()).ecephys.sorter.names == ("kilosort2_5",)


def session(sources: Sources) -> Session:
    return Session(NAME, sources=sources)


class TestBySorter:
    @pytest.fixture
    def found(self) -> World:
        found = world(2, 3, 4)
        found.records["v1"] += [sorted_record(2, "kilosort2_5"), sorted_record(3, "kilosort4")]
        return found

    def test_each_sorter_has_its_assets(self, serve: Serve, found: World) -> None:
        found.records["v1"].append(sorted_record(4, "kilosort4"))
        sorter = session(serve(found)).ecephys.sorter
        assert [a.name for a in sorter.kilosort4.sorted_data_assets] == [
            sorted_name(3),
            sorted_name(4),
        ]
        assert [a.id for a in sorter["kilosort2_5"].sorted_data_assets] == [uuid_of(2)]

    def test_an_asset_without_a_known_sorter_is_left_out_with_a_warning(
        self, serve: Serve, found: World
    ) -> None:
        with pytest.warns(LeftOutWarning, match=sorted_name(4)):
            names = session(serve(found)).ecephys.sorter.names
        assert names == ("kilosort2_5", "kilosort4")

    def test_an_unknown_sorter_has_none_and_the_log_says_which_there_are(
        self, serve: Serve, found: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        found.assets.pop()
        with caplog.at_level(logging.INFO, "aind_session"):
            assert session(serve(found)).ecephys.sorter.kilosort9.sorted_data_assets == ()
        assert "kilosort2_5, kilosort4" in caplog.text

    def test_copies_pickles_and_notebooks_work(self) -> None:
        sorter = Session(NAME).ecephys.sorter
        assert copy.deepcopy(sorter).kilosort4._base == Session(NAME)
        assert repr(pickle.loads(pickle.dumps(sorter))) == repr(sorter)
        assert not hasattr(sorter, "_repr_html_")
        assert "kilosort4" in dir(sorter)
        assert "kilosort4" in sorter._ipython_key_completions_()


class TestProbes:
    FOLDERS = (
        PROBE.format("ProbeA-AP"),
        PROBE.format("ProbeB-LFP"),
        PROBE.format("ProbeC") + "_group3",
        "experiment1_ProbeD_recording1",
    )

    @pytest.mark.parametrize("folder", ["curated", "sorting_precurated"])
    def test_probes_are_the_folders_names(self, serve: Serve, folder: str) -> None:
        found = world(2)
        for name in self.FOLDERS:
            put(found, 2, f"{folder}/{name}/x", "")
        with use_sources(serve(found)):
            probes = EcephysExtension.get_sorted_probe_names(uuid_of(2))
        assert probes == ("ProbeA", "ProbeB", "ProbeC", "ProbeD")

    def test_an_asset_that_says_no_place_is_looked_for_by_its_id(self, serve: Serve) -> None:
        found = world()
        found.assets.append(asset(5, sorted_name(5), type="combined"))
        folder = f"{uuid_of(5)}/curated/{PROBE.format('ProbeA-AP')}/x"
        found.objects["aind-open-data"] |= {folder: b"", f"{uuid_of(5)}/postprocessed/a.zarr": b""}
        model, sources = decode_asset(found.assets[-1]), serve(found)
        assert probe_names(model, sources) == ("ProbeA",)
        assert is_analyzer(model, sources)

    def test_curated_goes_first(self, serve: Serve) -> None:
        found = world(2)
        put(found, 2, f"curated/{PROBE.format('ProbeA-AP')}/x", "")
        put(found, 2, f"sorting_precurated/{PROBE.format('ProbeB-AP')}/x", "")
        asset = session(serve(found)).ecephys.sorted_data_assets[0]
        assert asset.sorted_probes == ("ProbeA",)

    def test_neither_folder_is_none_and_no_files_is_an_error(self, serve: Serve) -> None:
        found = world(2, 3)
        put(found, 2, "output", "")
        with use_sources(serve(found)):
            assert EcephysExtension.get_sorted_probe_names(uuid_of(2)) == ()
            with pytest.raises(FileNotFoundError, match=uuid_of(3)):
                EcephysExtension.get_sorted_probe_names(uuid_of(3))


class TestSortedAsset:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("postprocessed/a.zarr/.zattrs", True),
            ("elsewhere/a.zarr/.zattrs", True),
            ("postprocessed/a/sorting.json", False),
            ("a.zarr/.zattrs", False),
            ("postprocessed/deeper/a.zarr/x", False),
        ],
    )
    def test_the_analyzer_leaves_zarr_one_level_down(
        self, serve: Serve, path: str, expected: bool
    ) -> None:
        found = world(2)
        put(found, 2, path, "")
        sources = serve(found)
        assert session(sources).ecephys.sorted_data_assets[0].is_sorting_analyzer is expected
        with use_sources(sources):
            assert EcephysExtension.is_sorting_analyzer_asset(uuid_of(2)) is expected

    def test_an_asset_without_files_is_an_error(self, serve: Serve) -> None:
        with use_sources(serve(world(2))), pytest.raises(FileNotFoundError):
            EcephysExtension.is_sorting_analyzer_asset(uuid_of(2))

    def test_the_log_tells_of_failure(self, serve: Serve) -> None:
        found = world(2, 3)
        put(found, 2, "output", "all done")
        put(found, 3, "output", "Traceback (most recent call last):")
        good, bad = session(serve(found)).ecephys.sorted_data_assets
        assert (good.output, good.is_sorting_error, bad.is_sorting_error) == (
            "all done",
            False,
            True,
        )
        assert good.path.as_posix().endswith(uuid_of(2))

    def test_no_log_is_an_error_of_its_own(self, serve: Serve) -> None:
        asset = session(serve(world(2))).ecephys.sorted_data_assets[0]
        with pytest.raises(SourceDirNotFoundError):
            asset.is_sorting_error

    def test_it_is_the_sdks_class_and_travels(self, serve: Serve) -> None:
        from codeocean.data_asset import DataAsset

        asset = session(serve(world(2))).ecephys.sorted_data_assets[0]
        assert isinstance(asset, DataAsset)
        assert isinstance(asset, EcephysExtension.SortedDataAsset)
        assert pickle.loads(pickle.dumps(asset)).id == asset.id

    def test_a_typo_after_the_namespace_says_what_comes_close(self) -> None:
        with pytest.raises(AttributeError, match="sorted_data_assets"):
            Session(NAME).ecephys.sorted_data_asets  # type: ignore[attr-defined]


class TestIsSorted:
    @pytest.mark.parametrize(
        ("logs", "expected"),
        [
            ({}, False),
            ({2: "done"}, True),
            ({2: "Out of memory."}, False),
            ({2: "Out of memory.", 3: "done"}, True),
            ({2: "done", 3: "Command error:"}, False),
            ({2: "done", 3: None}, False),
        ],
    )
    def test_the_latest_decides(
        self, serve: Serve, logs: dict[int, str | None], expected: bool
    ) -> None:
        found = world(*logs)
        for number, log in logs.items():
            if log is not None:
                put(found, number, "output", log)
        assert session(serve(found)).ecephys.is_sorted is expected

    def test_one_log_is_read(self, stand_in: Callable[..., Platform]) -> None:
        found = world(2, 3, 4)
        for number in (2, 3, 4):
            put(found, number, "output", "done")
        platform = stand_in(found, quiet=QUIET)
        assert session(remote_sources()).ecephys.is_sorted
        assert platform.count("s3") == 1
        assert platform.steps() == 2

    def test_s3_down_is_not_unsorted(self, stand_in: Callable[..., Platform]) -> None:
        from aind_session import RemoteError

        found = world(2)
        put(found, 2, "output", "done")
        stand_in(found).fail("s3", status=503)
        with pytest.raises(RemoteError):
            session(impatient()).ecephys.is_sorted


@pytest.mark.parametrize(
    "processing",
    [
        None,
        [],
        "text",
        {"data_processes": "x"},
        {"data_processes": [None, 1, {"name": 3}]},
        {"data_processes": [{"name": "Spike sorting", "parameters": None, "code": []}]},
        {"processing_pipeline": {"data_processes": {"name": "Compression"}}},
    ],
)
def test_odd_metadata_tell_nothing(processing: Any) -> None:
    assert sorting.sorter_of_processing(processing) is None
    assert sorting.sorter_of_spikeinterface(processing) is None
    assert sorting.sorter_of_params(processing) is None


def test_a_warning_tells_when_docdb_did_not_answer_for_the_session(
    stand_in: Callable[..., Platform],
) -> None:
    found = world(2)
    stand_in(found).fail("docdb", status=503)
    with pytest.warns(SourceDownWarning):
        assert session(impatient()).raw_data_asset.name == NAME
