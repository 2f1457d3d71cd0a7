"""Finding directories and files, and the errors for missing ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from aind_session import (
    AccessDeniedError,
    LeftOutWarning,
    Session,
    SourceDirNotFoundError,
    asset_files,
    extract_codeocean_data_asset_ids_from_docdb_record,
    get_data_asset_source_dir,
    get_output_text,
    get_source_dir_by_name,
    memory_sources,
    nwb_of,
    search_data_assets,
    strict,
)
from aind_session.catalog.directories import (
    expect_files,
)
from aind_session.catalog.outages import warn_of_closed
from aind_session.catalog.sorters import is_analyzer, known_sorters, probe_names, sorter_names
from aind_session.conventions.location import Location
from aind_session.errors import ContentNotFoundError, SeveralFoundError
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, uuid_of

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

RAW = "ecephys_700001_2024-01-01_10-00-00"
SORTED = f"{RAW}_sorted_2024-01-02_00-00-00"
KEPT = "codeocean-s3datasetsbucket-1u41qdg42ur9"
HERE = f"s3://{KEPT}/{uuid_of(2)}"


def model(number: int = 2, name: str = SORTED, **more: Any) -> DataAsset:
    return decode_asset(asset(number, name, **more))


def world(**files: str) -> World:
    """A world with a sorted asset with these files; ``__`` in a keyword stands for ``/``."""
    found = empty_world()
    found.assets += [raw(1, RAW), asset(2, SORTED)]
    for path, content in files.items():
        found.objects[KEPT][f"{uuid_of(2)}/{path.replace('__', '/')}"] = content.encode()
    return found


class TestDirectories:
    def test_a_name_that_no_bucket_has_says_where_was_looked(self) -> None:
        with pytest.raises(SourceDirNotFoundError) as caught:
            get_source_dir_by_name("absent", sources=memory_sources(empty_world()))
        text = str(caught.value)
        assert text.startswith("a directory 'absent' was not found")
        assert "S3, 7 buckets, absent: nothing there" in text
        assert "AIND_SESSION_BUCKETS sets the buckets to search" in text

    @pytest.mark.parametrize("name", ["", "/", "//"])
    def test_an_empty_name_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"a directory was expected|a name") as caught:
            get_source_dir_by_name(name, sources=memory_sources(empty_world()))
        assert repr(name) in str(caught.value)

    def test_an_asset_that_code_ocean_keeps_is_looked_for_by_id_then_by_name(
        self, serve: Serve
    ) -> None:
        made = world()
        made.objects["aind-open-data"][f"{SORTED}/x"] = b""
        sources = serve(made)
        found = get_data_asset_source_dir(uuid_of(2), sources=sources)
        assert found.as_posix() == f"s3://aind-open-data/{SORTED}"
        made.objects["aind-ephys-data"][f"{uuid_of(2)}/x"] = b""
        sources = serve(made)
        assert get_data_asset_source_dir(uuid_of(2), sources=sources).as_posix() == (
            f"s3://aind-ephys-data/{uuid_of(2)}"
        )

    def test_an_asset_without_a_directory_is_named_by_its_id(self) -> None:
        with pytest.raises(SourceDirNotFoundError) as caught:
            get_data_asset_source_dir(uuid_of(2), sources=memory_sources(world()))
        assert str(caught.value).startswith(
            f"the directory of data asset {uuid_of(2)} was not found"
        )

    def test_where_its_bucket_is_closed_the_word_of_code_ocean_counts(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        stand_in(world()).fail("s3", path=KEPT, status=403)
        found = get_data_asset_source_dir(uuid_of(2), sources=remote_sources())
        assert found.as_posix() == HERE

    def test_a_directory_that_has_gone_says_where_it_was(self) -> None:
        where = Location(KEPT, uuid_of(2))
        with pytest.raises(SourceDirNotFoundError) as caught:
            expect_files(model(), where, memory_sources(world()))
        text = str(caught.value)
        assert text.startswith(
            f"the directory of data asset '{SORTED}' ({uuid_of(2)}) was not found"
        )
        assert f"{HERE}: no file, although Code Ocean lists the asset there" in text
        expect_files(model(), where, memory_sources(world(output="x")))

    def test_what_is_closed_may_hold_it_and_a_warning_says_so(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        stand_in(world()).fail("s3", path="aind-private-data", status=403)
        with (
            pytest.warns(LeftOutWarning, match="a directory 'x' was not found, and may be in"),
            pytest.raises(SourceDirNotFoundError),
        ):
            get_source_dir_by_name("x", sources=remote_sources())

    def test_where_all_is_closed_nothing_can_be_said(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        stand_in(world()).fail("s3", status=403)
        with pytest.raises(AccessDeniedError):
            get_source_dir_by_name("x", sources=remote_sources())


class TestSorters:
    def test_an_asset_without_a_sorter_names_the_places(self) -> None:
        (answer,) = sorter_names([model()], memory_sources(world(output="x")))
        assert isinstance(answer, ContentNotFoundError)
        text = str(answer)
        assert text.startswith(f"the sorter of {SORTED} ({uuid_of(2)}) was not found")
        for place in (
            "DocDB",
            f"{HERE}/processing.json",
            f"{HERE}/spikesorted/**/si_folder.json",
            f"{HERE}/postprocessed/**/sorting.json",
            f"{HERE}/params.json",
        ):
            assert place in text
        assert "the sorting has probably failed for all probes; see its log, asset.output" in text

    def test_those_with_an_unknown_sorter_are_left_out_with_a_warning(self) -> None:
        made = world(params__x="")
        params = b'{"spikesorting": {"sorter_name": "kilosort4"}}'
        made.assets.append(asset(3, f"{RAW}_sorted_2024-01-03_00-00-00"))
        made.objects[KEPT][f"{uuid_of(3)}/params.json"] = params
        assets = [model(), model(3, f"{RAW}_sorted_2024-01-03_00-00-00")]
        with pytest.warns(LeftOutWarning) as warned:
            pairs = known_sorters(assets, memory_sources(made))
        assert [(one.id, name) for one, name in pairs] == [(uuid_of(3), "kilosort4")]
        assert str(warned[0].message).startswith(f"{SORTED} is left out: the sorter of ")

    @pytest.mark.parametrize("by", ["name", "link", "place"])
    def test_a_record_tells_the_sorter_by_name_by_link_or_by_place(self, by: str) -> None:
        made = world()
        process = {"name": "Spike sorting", "parameters": {"sorter_name": "kilosort4"}}
        said = {
            "name": record(SORTED, None),
            "link": record(f"{RAW}_x", None, uuid_of(2)),
            "place": record(f"{RAW}_x", HERE),
        }[by]
        said["processing"] = {"data_processes": [process]}
        said["subject"] = {"subject_id": "700001"}
        made.records["v1"].append(said)
        assert sorter_names([model()], memory_sources(made)) == ["kilosort4"]

    def test_files_of_spikeinterface_are_looked_for_at_some_depth(self) -> None:
        info = '{"annotations": {"__sorting_info__": {"params": {"sorter_name": "ks4"}}}}'
        for path in ("spikesorted__a__si_folder.json", "postprocessed__a__b__sorting.json"):
            assert sorter_names([model()], memory_sources(world(**{path: info}))) == ["ks4"]
        for path in ("spikesorted__a__sorting.json", "postprocessed__a.zarr__sorting.json"):
            (answer,) = sorter_names([model()], memory_sources(world(**{path: info})))
            assert isinstance(answer, ContentNotFoundError)

    def test_probes_are_those_of_the_newer_folder(self, serve: Serve) -> None:
        names = [f"block0_imec{number}.ap_recording1" for number in (0, 1)]
        newer = {f"curated__{names[0]}__x": "", f"sorting_precurated__{names[1]}__x": ""}
        assert probe_names(model(), serve(world(**newer))) == ("imec0",)
        older = {f"sorting_precurated__{names[1]}__x": ""}
        assert probe_names(model(), serve(world(**older))) == ("imec1",)
        assert probe_names(model(), serve(world(output=""))) == ()
        with pytest.raises(SourceDirNotFoundError):
            probe_names(model(), serve(world()))

    @pytest.mark.parametrize(
        ("files", "is_one"),
        [
            ({"postprocessed__a.zarr__x": ""}, True),
            ({"results__a.zarr__x": ""}, True),
            ({"results__a.zarr": ""}, True),
            ({"postprocessed__a__x": ""}, False),
            ({"results__a__b.zarr__x": ""}, False),
        ],
    )
    def test_an_analyzer_is_a_zarr_store_one_level_down(
        self, serve: Serve, files: dict[str, str], is_one: bool
    ) -> None:
        assert is_analyzer(model(), serve(world(**files))) is is_one

    def test_an_asset_without_files_is_no_analyzer_but_an_error(self) -> None:
        with pytest.raises(SourceDirNotFoundError):
            is_analyzer(model(), memory_sources(world()))


class TestFiles:
    def test_the_nwb_file_of_an_asset_is_the_only_one(self, serve: Serve) -> None:
        sources = serve(world(**{"a.nwb": ""}))
        assert nwb_of(uuid_of(2), sources=sources).as_posix() == f"{HERE}/a.nwb"

    def test_none_and_several_are_said(self) -> None:
        with pytest.raises(ContentNotFoundError) as absent:
            nwb_of(uuid_of(2), sources=memory_sources(world(output="")))
        text = str(absent.value)
        assert text.startswith(f"an NWB file in {SORTED} was not found")
        for pattern in ("*.nwb", "*.nwb.zarr", "nwb/*.nwb", "nwb/*.nwb.zarr"):
            assert pattern in text
        two = world(**{"a.nwb": "", "nwb__b.nwb": ""})
        with pytest.raises(SeveralFoundError) as several:
            nwb_of(uuid_of(2), sources=memory_sources(two))
        assert f"{HERE}/a.nwb" in str(several.value)
        assert f"{HERE}/nwb/b.nwb" in str(several.value)

    def test_a_kind_that_does_not_exist_is_refused_with_those_that_do(self) -> None:
        with pytest.raises(ValueError, match="a kind of file must be 'analyzers', 'behavior', "):
            asset_files(uuid_of(2), "nwbs", sources=memory_sources(world()))

    def test_files_are_sorted_by_path(self, serve: Serve) -> None:
        sources = serve(world(subject="", **{f"{name}.json": "" for name in ("subject", "rig")}))
        found = asset_files(uuid_of(2), "metadata", sources=sources)
        assert [path.as_posix() for path in found] == [f"{HERE}/rig.json", f"{HERE}/subject.json"]

    def test_the_nwb_file_of_a_session_is_where_a_name_promises_it(self, serve: Serve) -> None:
        made = world(**{"sorted.nwb": ""})
        nwb = f"{SORTED}_nwb_2024-01-03_00-00-00"
        made.assets += [asset(3, nwb), asset(4, f"{nwb[:-1]}1", state="failed")]
        made.objects[KEPT][f"{uuid_of(3)}/b.nwb"] = b""
        path = Session(RAW, sources=serve(made)).nwb()
        assert path.as_posix() == f"s3://{KEPT}/{uuid_of(3)}/b.nwb"

    def test_a_session_without_an_nwb_file_names_the_assets_that_were_looked_into(
        self, serve: Serve
    ) -> None:
        session = Session(RAW, sources=serve(world(output="")))
        with pytest.raises(ContentNotFoundError) as caught:
            session.nwb()
        text = str(caught.value)
        assert text.startswith(f"an NWB file of {RAW} was not found")
        assert f"data asset {SORTED}: no NWB file" in text
        assert f"data asset {RAW}: no NWB file" in text


class TestLimits:
    @pytest.mark.parametrize(("page_size", "max_pages"), [(1, 1), (2, 1), (1, 2)])
    def test_more_than_was_allowed_is_an_error_or_left_out(
        self, serve: Serve, page_size: int, max_pages: int
    ) -> None:
        made = world()
        made.assets.append(asset(3, f"{SORTED}_x"))
        sources = serve(made)
        at_most = page_size * max_pages
        said = f"more than {at_most} data assets match ({max_pages=}, {page_size=})"
        wanted = {"query": "subject id:700001"}
        with pytest.raises(ValueError, match="narrow the search") as caught:
            search_data_assets(wanted, False, page_size, max_pages, sources=sources)
        assert str(caught.value) == f"{said}: narrow the search or allow more; {wanted!r}"
        with pytest.warns(LeftOutWarning) as warned:
            found = search_data_assets(wanted, True, page_size, max_pages, False, sources=sources)
        assert len(found) == at_most
        assert str(warned[0].message) == f"{said}: the others are left out"

    def test_as_many_as_were_allowed_are_no_error(self, serve: Serve) -> None:
        found = search_data_assets(
            {"query": "subject id:700001"}, False, 2, 1, sources=serve(world())
        )
        assert len(found) == 2

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ("x", "search parameters must be a dict or DataAssetSearchParams, not 'x'"),
            (5, "search parameters must be a dict or DataAssetSearchParams, not 5"),
            ({"query": 5}, "the query of a search"),
            ({"nme": "x"}, "data assets have no search field 'nme': "),
            ({"filters": {}}, "the filters of a search must be a list of dicts, not {}"),
            ({"filters": ["x"]}, r"the filters of a search must be a list of dicts, not \['x'\]"),
            ({"sort_field": {1}}, r"sort_field cannot be sent as \{1\}: "),
            ({"offset": float("nan")}, "offset must be a whole number of at least 0, not nan"),
        ],
    )
    def test_what_cannot_be_sent_is_refused(self, params: Any, message: str) -> None:
        with pytest.raises(TypeError, match=message):
            search_data_assets(params, sources=memory_sources(world()))


def test_favorites_are_no_part_of_a_search_unless_that_is_said(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(world())
    sources = remote_sources()
    search_data_assets({"query": "a"}, sources=sources)
    search_data_assets({"query": "b", "favorite": True}, sources=sources)
    sent = [
        json.loads(request.body)
        for request in platform.requests
        if request.path.endswith("data_assets/search")
    ]
    assert [body["favorite"] for body in sent] == [False, True]


def test_a_log_that_is_no_utf8_is_read_as_well_as_it_can_be(serve: Serve) -> None:
    made = world()
    run = {"id": uuid_of(77), "name": "Run", "state": "completed", "run_time": 1}
    made.computations[uuid_of(78)] = [run]
    made.results[uuid_of(77)] = {"output": b"a\xffb"}
    made.objects[KEPT][f"{uuid_of(2)}/output"] = b"c\xffd"
    sources = serve(made)
    assert get_output_text(uuid_of(77), sources=sources) == "a\ufffdb"
    assert get_output_text(uuid_of(2), sources=sources) == "c\ufffdd"


def test_a_record_without_links_says_what_it_has() -> None:
    extract = extract_codeocean_data_asset_ids_from_docdb_record
    assert extract({"external_links": {"Code Ocean": ["a"]}}) == ("a",)
    with pytest.raises(ValueError, match="a metadata record must have") as caught:
        extract({"name": "x"})
    assert str(caught.value) == (
        "a metadata record must have 'external_links' or 'other_identifiers', not only ('name',)"
    )
    with pytest.raises(TypeError) as wrong:
        extract("x")  # type: ignore[arg-type]
    assert str(wrong.value) == "a metadata record (a dict) was expected, not 'x'"


def test_a_warning_of_what_is_closed_holds_the_error() -> None:
    closed = AccessDeniedError("S3", "closed", url="s3://b")
    with pytest.warns(LeftOutWarning) as warned:
        warn_of_closed([closed], "it")
    assert str(warned[0].message) == (
        "it was not found, and may be in a bucket that is closed to you: s3://b"
    )
    with strict(), pytest.raises(AccessDeniedError):
        warn_of_closed([closed], "it")
    other = AccessDeniedError("S3", "closed", url="s3://a")
    with pytest.warns(LeftOutWarning, match=r"closed to you: s3://a, s3://b$"):
        warn_of_closed([closed, other, closed], "it")
