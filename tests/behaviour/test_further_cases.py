"""More forms of names, records, locations and keys that people and programs write."""

from __future__ import annotations

import decimal
import fractions
import pathlib
from types import SimpleNamespace
from typing import Any

import pytest

from aind_session import (
    AssetNotFoundError,
    DirectoryNotFoundError,
    NothingFoundWarning,
    RemoteError,
    Session,
    SessionIdError,
    Subject,
    get_sessions,
    search,
    sessions,
)
from aind_session.conventions.assets import is_raw_asset
from aind_session.conventions.location import Location
from aind_session.conventions.names import parse_asset_name
from aind_session.conventions.records import (
    is_raw_record,
    linked_asset_ids,
    record_modalities,
)
from aind_session.sources import memory_sources
from aind_session.testing import FakeAIND
from tests.conftest import Serve
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

NAME = "ecephys_700001_2024-05-01_10-00-00"
BARE = "700001_2024-05-01_10-00-00"
OTHER = "ecephys_700001_2024-05-02_10-00-00"


@pytest.mark.parametrize(
    ("thing", "subject"),
    [
        (decimal.Decimal(700001), "700001"),
        (decimal.Decimal("700001.0"), "700001"),
        (fractions.Fraction(700001), "700001"),
        ({"subject_id": "700001"}, "700001"),
        ({"subject_id": 700001, "genotype": "wt/wt"}, "700001"),
        (SimpleNamespace(subject_id="700001"), "700001"),
        ({"name": NAME, "subject_id": "816004"}, "700001"),
    ],
)
def test_a_subject_in_a_database_or_in_a_part_of_the_metadata(thing: Any, subject: str) -> None:
    assert Subject(thing).id == subject


@pytest.mark.parametrize(
    "thing",
    [
        decimal.Decimal("0.5"),
        decimal.Decimal("NaN"),
        decimal.Decimal("Infinity"),
        1 + 2j,
        -700001,
        -700001.0,
    ],
)
def test_a_number_that_is_negative_or_not_whole_is_no_subject(thing: Any) -> None:
    with pytest.raises(SessionIdError):
        Subject(thing)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("S3://bucket/x", "s3://bucket/x"),
        ("s3a://bucket/x/", "s3://bucket/x"),
        ("s3n://bucket/x", "s3://bucket/x"),
        ("gcs://bucket/x", "gs://bucket/x"),
        ("GS://bucket/x", "gs://bucket/x"),
        ("https://bucket.s3.amazonaws.com/x", None),
        ("file:///bucket/x", None),
        ("bucket/x", None),
    ],
)
def test_a_place_in_the_spellings_of_other_tools(address: str, place: str | None) -> None:
    found = Location.find(address)
    assert (None if found is None else str(found)) == place


def test_a_record_whose_place_has_a_scheme_in_capitals(serve: Serve) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, "S3://aind-open-data/there/")]
    session = Session(NAME, sources=serve(world))
    assert session.raw_data_dir.as_posix() == "s3://aind-open-data/there"
    assert session.is_uploaded


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_record_without_subject_is_found_under_the_older_name(serve: Serve, version: str) -> None:
    world = empty_world()
    make = record if version == "v1" else record_v2
    named = NAME.replace("ecephys", "behavior")
    world.records[version] += [make(named, "s3://other-bucket/x", subject=None)]
    session = Session(BARE, sources=serve(world))
    assert session.docdb["name"] == named
    assert session.raw_data_dir.as_posix() == "s3://other-bucket/x"


@pytest.mark.parametrize(
    ("tags", "labels", "expected"),
    [
        (["raw data"], {}, True),
        (["Raw_Data"], {}, True),
        (["raw-data"], {"data level": "derived"}, False),
        (["raw data set"], {}, False),
        ([None, 5], {}, False),
        ([], {"data level": "raw_data"}, True),
        ([], {"data level": "Raw-Data"}, True),
        ([], {"data level": "raw data, processed"}, False),
    ],
)
def test_raw_in_further_spellings(tags: list[Any], labels: dict[str, str], expected: bool) -> None:
    thing: Any = SimpleNamespace(name=f"{NAME}_x", tags=tags, custom_metadata=labels)
    assert is_raw_asset(thing) is expected


def test_an_id_without_dashes_links_an_asset(serve: Serve) -> None:
    bare = uuid_of(1).replace("-", "").upper()
    assert linked_asset_ids({"external_links": {"Code Ocean": [bare]}}) == (uuid_of(1),)
    world = empty_world()
    world.assets += [raw(1, NAME), raw(2, NAME)]
    world.records["v1"] += [record(NAME, None, bare)]
    assert Session(NAME, sources=serve(world)).raw_data_asset.id == uuid_of(1)


@pytest.mark.parametrize(
    ("description", "modalities"),
    [
        ({"modality": [{"name": "Extracellular electrophysiology"}]}, ("ecephys",)),
        ({"modality": [{"name": "Behavior videos", "abbreviation": None}]}, ("behavior_videos",)),
        ({"modality": "Planar optical physiology"}, ("pophys",)),
        ({"modalities": ["BEHAVIOR", "Fiber photometry"]}, ("behavior", "fib")),
        ({"modalities": [{"name": "Something new"}, "new"]}, ("new",)),
        ({"modalities": [{}, None, 5]}, ()),
    ],
)
def test_modalities_by_their_full_names(
    description: dict[str, Any], modalities: tuple[str, ...]
) -> None:
    assert record_modalities({"data_description": description}) == modalities


@pytest.mark.parametrize("spelled", ["behavior-videos", "behavior_videos", "Behavior Videos"])
def test_a_search_finds_both_spellings_in_records(serve: Serve, spelled: str) -> None:
    world = empty_world()
    for name, abbreviation in ((NAME, "behavior-videos"), (OTHER, "behavior_videos")):
        description = {"data_level": "raw", "modality": [{"abbreviation": abbreviation}]}
        world.records["v1"] += [record(name, f"s3://b/{name}", data_description=description)]
    found = search(modality=spelled, sources=serve(world))
    assert [session.id for session in found] == [NAME, OTHER]


def test_a_record_of_an_analysis_is_of_no_raw_data() -> None:
    name = "Tools_aav9-screen_2026-05-01_12-00-00"
    found = {"name": name, "subject": {"subject_id": "816004"}}
    assert not is_raw_record(found)
    assert is_raw_record({"name": "816004_2026-05-01_12-00-00", "subject": None})


def test_specimens_are_found_with_their_animal(serve: Serve) -> None:
    specimen = "HCR_783884-02_2025-02-10_20-10-01"
    world = empty_world()
    world.assets += [asset(1, specimen, custom_metadata={"subject id": "783884"})]
    made = record(specimen, "s3://aind-open-data/x", subject={"subject_id": "783884"})
    world.records["v1"] += [made]
    sources = serve(world)
    assert [session.id for session in Subject(783884, sources=sources).sessions] == [specimen]
    assert [session.id for session in get_sessions(783884, sources=sources)] == [specimen]
    assert [session.id for session in search(subject=783884, sources=sources)] == [specimen]


def test_blanks_of_an_empty_form_are_no_limit(serve: Serve) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME)]
    sources = serve(world)
    found = get_sessions("700001", platform=" ", start_date=" ", end_date="\n", sources=sources)
    assert [session.id for session in found] == [NAME]


class TestKeys:
    @pytest.fixture
    def many(self) -> Any:
        world = empty_world()
        world.assets += [raw(1, NAME), raw(2, OTHER)]
        return sessions(NAME, OTHER, sources=memory_sources(world))

    @pytest.mark.parametrize(
        "key",
        [
            NAME.encode(),
            pathlib.PurePosixPath("/data", NAME),
            pathlib.PureWindowsPath("C:/data", NAME, "behavior"),
            {"name": NAME},
            SimpleNamespace(id="x", name=f"{NAME}_sorted_2024-06-01_00-00-00"),
            BARE,
            BARE.replace("-", ""),
        ],
    )
    def test_whatever_names_a_session(self, many: Any, key: Any) -> None:
        answers = many.raw_data_assets
        assert answers[key].id == uuid_of(1)
        assert answers.get(key).id == uuid_of(1)
        assert key in answers
        assert key in many
        assert many[key] is many[0]

    def test_the_asset_of_an_answer(self, many: Any) -> None:
        answers = many.raw_data_assets
        assert many[answers[OTHER]] is many[1]
        assert answers[answers[OTHER]].id == uuid_of(2)

    @pytest.mark.parametrize("key", [[], [NAME], {}, None, 5.5, "behavior_700001_2024-05-01"])
    def test_what_names_none(self, many: Any, key: Any) -> None:
        answers = many.raw_data_assets
        assert key not in answers
        assert key not in many
        assert answers.get(key, "none") == "none"
        with pytest.raises(KeyError):
            answers[key]
        with pytest.raises(KeyError):
            many[key]

    def test_another_platform_is_another_session(self, many: Any) -> None:
        assert NAME.replace("ecephys", "behavior") not in many

    def test_a_session_without_an_answer_never_gets_that_of_its_other_name(self) -> None:
        world = empty_world()
        other = NAME.replace("ecephys", "behavior")
        world.objects["aind-open-data"][f"{other}/x"] = b""
        world.records["v1"] += [record(OTHER.replace("ecephys", "behavior"), "s3://bucket/x")]
        answers = sessions(NAME, BARE, sources=memory_sources(world)).raw_data_dirs
        assert answers[BARE].as_posix() == f"s3://aind-open-data/{other}"
        assert NAME not in answers
        assert answers.get(NAME) is None
        with pytest.raises(DirectoryNotFoundError):
            answers[NAME]

    def test_what_was_not_found_has_no_answer_and_what_was_not_asked_raises(self) -> None:
        fake = FakeAIND()
        nothing = sessions(NAME, sources=fake.sources).raw_data_assets
        assert nothing.get(NAME) is None
        with pytest.raises(AssetNotFoundError):
            nothing[NAME]
        with fake.fail("Code Ocean"):
            down = sessions(NAME, sources=fake.sources).raw_data_assets
            with pytest.raises(RemoteError):
                down.get(NAME)


def test_saving_replaces_no_lock_and_no_ledger(tmp_path: pathlib.Path) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME)]
    many = sessions(NAME, sources=memory_sources(world))
    path = tmp_path / "paper.lock"
    many.freeze(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="'aind-session lock': save to another path"):
        many.save(path)
    assert path.read_bytes() == before
    path.write_text('{"event": "head", "format": "aind-session runs", "version": 1}\n')
    with pytest.raises(FileExistsError, match="'aind-session runs'"):
        many.save(path)
    path.write_text("anything else")
    many.save(path)
    many.save(path)
    assert '"aind-session answers"' in path.read_text()


@pytest.mark.parametrize(
    ("tail", "label", "is_derived"),
    [
        ("_pairwise unmixing_2024-06-01_00-00-00", "pairwise unmixing", True),
        ("_my own process v2_2024-06-01_00-00-00", "my own process v2", True),
        ("_sorted and more", None, True),
        (f"_sorted and {OTHER}", None, True),
        ("_raw data, then 2024-06-01_00-00-00", None, False),
    ],
)
def test_a_process_whose_name_has_blanks(tail: str, label: str | None, is_derived: bool) -> None:
    name = parse_asset_name(NAME + tail)
    assert (name.session.id, name.label, name.is_derived) == (NAME, label, is_derived)


@pytest.mark.parametrize(
    ("stated", "level"),
    [("raw level", "raw"), ("derived data", "derived"), ("simulated", "simulated")],
)
def test_a_search_by_level_understands_the_levels_of_all_schemas(
    serve: Serve, stated: str, level: str
) -> None:
    world = empty_world()
    name = f"{NAME}_corrected"  # not a process, so that the stated level decides
    made = record(name, "s3://aind-open-data/x", data_description={"data_level": stated})
    world.records["v1"] += [made]
    sources = serve(world)
    assert [session.id for session in search(name=NAME, data_level=level, sources=sources)] == [
        NAME
    ]
    others = [one for one in ("raw", "derived", "simulated") if one != level]
    with pytest.warns(NothingFoundWarning, match="none meets all criteria"):
        assert not search(name=NAME, data_level=others, sources=sources)
