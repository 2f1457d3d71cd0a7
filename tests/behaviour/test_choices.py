"""Choices between candidates, with odd names, records and assets."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from aind_session import (
    AindSessionError,
    AssetNotFoundError,
    RemoteError,
    Session,
    SessionIdError,
    Subject,
    get_codeocean_model,
    sessions,
)
from aind_session.testing import FakeAIND
from tests.conftest import Serve
from tests.worlds import asset, empty_world, raw, record, uuid_of

NAME = "ecephys_700001_2024-05-01_10-00-00"
OTHER = "ecephys_700001_2024-05-02_10-00-00"


@pytest.mark.parametrize(
    "folder",
    [
        "job_1234567_2024-11-25_10-10-10",
        "run_123456_2024-11-25_10-10-10",
        "slurm_1234567_2024-11-25_10-10-10",
        "results_700002_2024-11-25_10-10-10",
        "Pipeline_123456_20241125_101010",
        "nextflow_123456_2024-11-25_10-10-10",
        "task-array_123456_2024-11-25_10-10-10",
        "worker_123456_2024-11-25_10-10-10",
        "logs_123456_2024-11-25_10-10-10",
    ],
)
def test_a_folder_of_a_run_gives_way_also_with_as_many_digits_as_a_subject(folder: str) -> None:
    assert Session(f"/scratch/{folder}/{NAME}/x").id == NAME
    assert Session(f"C:\\{folder}\\{NAME}").id == NAME
    assert Session(f"/scratch/{folder}").subject_id in folder  # alone it is a session, as before


@pytest.mark.parametrize("folder", ["run_3", "results_v2", "pipeline_1.2.0", "job_12345"])
@pytest.mark.parametrize("subject", ["ZS061", "ANM457202", "125L", "BL6-000"])
def test_a_folder_of_a_run_gives_way_to_a_subject_that_is_no_labtracks_id(
    folder: str, subject: str
) -> None:
    name = f"{subject}_2022-07-11_22-11-32"
    stamp = "2024-11-25_10-10-10"
    assert Session(f"/scratch/{folder}_{stamp}/{name}_processed_2022-08-11_22-11-32/x").id == name
    assert Session(f"/data/{name}/{folder}_{stamp}/x").id == name
    assert Session(f"/a/{folder}_{stamp}/run_4_{stamp}").id == f"{folder}_{stamp}"


@pytest.mark.parametrize(
    ("thing", "subject"),
    [
        ({"name": "x", "subject": {"subject_id": 816004}}, "816004"),
        (
            {
                "name": "AIND Viral Genetic Tools_aav9-screen_2026-05-01_12-00-00",
                "subject": {"subject_id": "816004"},
            },
            "816004",
        ),
        ({"name": NAME, "subject": {"subject_id": "816004"}}, "700001"),
        ({"name": NAME, "subject": None}, "700001"),
        (
            SimpleNamespace(id="a", name="x", custom_metadata={"subject id": "783884-02"}),
            "783884-02",
        ),
    ],
)
def test_the_subject_of_a_record_or_an_asset_is_the_one_that_it_states(
    thing: Any, subject: str
) -> None:
    assert Subject(thing).id == subject


@pytest.mark.parametrize(
    "value",
    [None, 676909.5, "676909.5", float("nan"), uuid.UUID(uuid_of(1)), uuid_of(1), {}, [676909]],
)
def test_what_is_no_subject_is_called_so(value: Any) -> None:
    with pytest.raises(SessionIdError, match=r"^no subject in .*; expected an ID such as '676909'"):
        Subject(value)


@pytest.mark.parametrize("suffix", ["_sorted", "_sorted_curated", "_processed", "_dlc_eye", "_nwb"])
def test_what_has_an_undated_process_in_its_name_is_not_raw(serve: Serve, suffix: str) -> None:
    world = empty_world()
    world.assets += [asset(1, NAME + suffix)]
    world.records["v1"] += [
        {**record(NAME, "s3://aind-open-data/raw", uuid_of(1)), "created": "2024-06-01T00:00:00"},
        {**record(NAME + suffix, "s3://aind-open-data/d"), "created": "2024-07-01T00:00:00"},
    ]
    session = Session(NAME, sources=serve(world))
    assert session.docdb["name"] == NAME
    assert session.raw_data_dir.as_posix() == "s3://aind-open-data/raw"
    with pytest.raises(AssetNotFoundError):
        session.raw_data_asset


def test_a_record_of_the_sessions_name_counts_before_a_later_one_with_a_suffix(
    serve: Serve,
) -> None:
    world = empty_world()
    world.records["v1"] += [
        {**record(NAME, "s3://aind-open-data/raw"), "created": "2024-06-01T00:00:00"},
        {**record(f"{NAME}_corrected", "s3://aind-open-data/c"), "created": "2024-07-01T00:00:00"},
    ]
    session = Session(NAME, sources=serve(world))
    assert (session.docdb["name"], session.raw_data_dir.name) == (NAME, "raw")


def test_a_ready_asset_counts_before_one_in_an_unknown_state_and_this_before_a_failed_one(
    serve: Serve,
) -> None:
    states = [(1, "ready"), (2, "restoring"), (3, "failed")]
    made = [raw(number, NAME, state=state) for number, state in states]
    for there, best in [(made, 1), (made[1:], 2), (made[2:], 3)]:
        world = empty_world()
        world.assets += there
        assert Session(NAME, sources=serve(world)).raw_data_asset.id == uuid_of(best)


def test_an_archived_asset_that_a_record_without_subject_links_counts_before_a_failed_one(
    serve: Serve,
) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME, archived=True), raw(2, NAME, state="failed")]
    world.records["v1"] += [record(NAME, None, uuid_of(1), subject=None)]
    assert Session(NAME, sources=serve(world)).raw_data_asset.id == uuid_of(1)


@pytest.mark.parametrize("prefix", [None, "", "/"])
def test_an_asset_of_a_whole_bucket_has_the_files_at_its_root(serve: Serve, prefix: Any) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME)]
    world.assets[0]["source_bucket"] |= {"bucket": "aind-ephys-data", "prefix": prefix}
    world.objects["aind-ephys-data"] |= {"behavior/x.csv": b"", "subject.json": b'{"a": 1}'}
    session = Session(NAME, sources=serve(world))
    assert session.raw_data_dir.as_posix() == "s3://aind-ephys-data/"
    assert session.modalities == ("behavior",)
    assert session.metadata.subject == {"a": 1}


def test_blanks_around_the_place_in_a_record_do_not_count(serve: Serve) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, " s3://elsewhere/x/\n")]
    assert Session(NAME, sources=serve(world)).raw_data_dir.as_posix() == "s3://elsewhere/x"


def test_a_record_that_states_no_subject_is_known_to_notes_and_explanations(serve: Serve) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME), raw(2, OTHER)]
    world.records["v1"] += [record(NAME, "s3://elsewhere/x", uuid_of(1), uuid_of(2), subject=None)]
    session = Session(NAME, sources=serve(world))
    assert [type(note).__name__ for note in session.data_assets.notes] == ["PassedOver"]
    assert session.docdb["location"] == "s3://elsewhere/x"
    assert "a DocDB record names it" in str(session.explain())


def test_what_was_found_of_other_sessions_is_not_called_nothing(serve: Serve) -> None:
    world = empty_world()
    world.assets += [raw(1, OTHER), raw(2, OTHER), asset(3, f"{OTHER}_sorted_2024-05-03_00-00-00")]
    world.records["v1"] += [record(OTHER, "s3://elsewhere/x")]
    session = Session(NAME, sources=serve(world))
    with pytest.raises(AssetNotFoundError) as caught:
        session.raw_data_asset
    said = str(caught.value).splitlines()
    assert (
        "  - Code Ocean, assets with the subject id 700001: "
        + ("3 assets of the subject, none of this session")
        in said
    )
    assert (
        "  - DocDB v1, records of subject 700001: "
        + ("1 record of the subject, none of this session")
        in said
    )
    assert "  - DocDB v2, records of subject 700001: nothing there" in said


@pytest.mark.parametrize("state", ["failed", "draft"])
def test_the_latest_result_is_one_that_can_be_used(serve: Serve, state: str) -> None:
    world = empty_world()
    first, second = f"{NAME}_sorted_2024-06-01_00-00-00", f"{NAME}_sorted_2024-07-01_00-00-00"
    world.assets += [asset(1, first), asset(2, second, state=state)]
    session = Session(NAME, sources=serve(world))
    assert session.derived("sorted").latest().name == first
    assert session.ecephys.sorted_data_asset.name == first
    assert [found.name for found in session.derived("sorted")] == [first, second]
    world.assets[0]["state"] = state
    again = Session(NAME, sources=serve(world))
    assert again.derived("sorted").latest().name == second
    assert again.ecephys.sorted_data_asset.name == second


@pytest.mark.parametrize("spelled", [uuid_of(1).upper(), f" {uuid_of(1)}\n"])
def test_ids_are_the_same_in_capitals_and_with_blanks_around_them(
    serve: Serve, spelled: str
) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME), raw(2, NAME)]
    world.records["v1"] += [record(NAME, None, spelled)]
    sources = serve(world)
    assert Session(NAME, sources=sources).raw_data_asset.id == uuid_of(1)
    assert get_codeocean_model(spelled, sources=sources).id == uuid_of(1)


def test_a_session_is_a_key_of_a_collection() -> None:
    many = sessions([NAME, OTHER])
    assert many[Session(OTHER)] is many[1]
    with pytest.raises(KeyError, match="is not one of the 2 sessions"):
        many[Session("ecephys_700001_2024-05-03_10-00-00")]


def test_an_archived_asset_without_a_link_is_mentioned_if_nothing_else_is_raw(
    serve: Serve,
) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME, archived=True, bucket="elsewhere")]
    session = Session(NAME, sources=serve(world))
    said = f"{NAME} is archived: restore it in Code Ocean to use it"
    for name in ("raw_data_asset", "raw_data_dir"):
        with pytest.raises(AindSessionError) as caught:
            getattr(session, name)
        lines = str(caught.value).splitlines()
        assert lines[-1] == f"  {said}: {uuid_of(1)}"
        searched = "  - Code Ocean, archived assets with the subject id 700001: "
        assert searched + "1 asset of this session, but not a suitable one" in lines
    assert session.is_uploaded
    assert [note.text for note in session.data_assets.notes] == [said]
    assert f"raw_data_asset: none\n  because {said}" in str(session.explain())
    assert session.data_assets == ()


BARE = NAME.removeprefix("ecephys_")


@pytest.mark.parametrize(("name", "number"), [(NAME, 1), (BARE, 2)])
@pytest.mark.parametrize("is_first", [True, False])
def test_data_under_the_sessions_own_name_count_before_those_under_its_other_name(
    serve: Serve, name: str, number: int, *, is_first: bool
) -> None:
    days = {NAME: 1, BARE: 2} if is_first else {NAME: 2, BARE: 1}
    world = empty_world()
    for one, each in ((1, NAME), (2, BARE)):
        stamp = {"created": f"2024-06-0{days[each]}T00:00:00"}
        world.assets += [{**raw(one, each), "created": 1_700_000_000 + days[each]}]
        world.records["v1"] += [{**record(each, f"s3://bucket/{one}", uuid_of(one)), **stamp}]
    session = Session(name, sources=serve(world))
    assert session.raw_data_asset.id == uuid_of(number)
    assert session.raw_data_dir.as_posix() == f"s3://bucket/{number}"
    assert session.docdb["name"] == name


def test_an_asset_with_the_own_name_that_no_record_links_counts_before_a_linked_other_one(
    serve: Serve,
) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME), raw(2, BARE)]
    world.records["v1"] += [record(BARE, "s3://bucket/2", uuid_of(2))]
    assert Session(NAME, sources=serve(world)).raw_data_asset.id == uuid_of(1)


def test_a_failed_asset_with_the_own_name_gives_way_to_one_with_the_other_name(
    serve: Serve,
) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME, state="failed"), raw(2, BARE)]
    assert Session(NAME, sources=serve(world)).raw_data_asset.id == uuid_of(2)


@pytest.mark.parametrize("kind", ["combined", "model", "result"])
def test_a_data_set_counts_before_what_was_made_later_under_the_same_name(
    serve: Serve, kind: str
) -> None:
    world = empty_world()
    world.assets += [raw(1, NAME), asset(2, NAME, type=kind)]
    session = Session(NAME, sources=serve(world))
    assert session.raw_data_asset.id == uuid_of(1)
    assert session.raw_data_dir.as_posix() == f"s3://aind-open-data/{NAME}"


BEHAVIOR = NAME.replace("ecephys", "behavior")


class TestTwoPlatforms:
    """The same subject and time under two platforms: two sessions, unless one has no data."""

    def test_the_record_of_the_other_is_not_used_if_an_asset_has_the_own_name(
        self, serve: Serve
    ) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME), raw(2, BEHAVIOR, "aind-ephys-data")]
        world.records["v1"] += [record(NAME, "s3://bucket/x", uuid_of(1))]
        session = Session(BEHAVIOR, sources=serve(world))
        assert session.raw_data_asset.id == uuid_of(2)
        assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{BEHAVIOR}"
        assert session.docdb == {}
        assert session.qc.status is None

    def test_the_asset_of_the_other_is_not_used_if_a_record_has_the_own_name(
        self, serve: Serve
    ) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME)]
        world.records["v1"] += [record(BEHAVIOR, "s3://bucket/x")]
        session = Session(BEHAVIOR, sources=serve(world))
        assert session.data_assets == ()
        assert session.raw_data_dir.as_posix() == "s3://bucket/x"
        with pytest.raises(AssetNotFoundError):
            session.raw_data_asset

    def test_nothing_of_the_other_is_used_if_a_directory_has_the_own_name(
        self, serve: Serve
    ) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME)]
        world.records["v1"] += [record(NAME, "s3://bucket/x", uuid_of(1))]
        world.objects["aind-ophys-data"][f"{BEHAVIOR}/subject.json"] = b"{}"
        session = Session(BEHAVIOR, sources=serve(world))
        assert session.raw_data_dir.as_posix() == f"s3://aind-ophys-data/{BEHAVIOR}"
        assert session.data_assets == ()
        assert session.docdb == {}

    def test_the_other_is_meant_if_nothing_has_the_own_name(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME)]
        world.records["v1"] += [record(NAME, "s3://bucket/x", uuid_of(1))]
        session = Session(BEHAVIOR, sources=serve(world))
        assert session.raw_data_asset.id == uuid_of(1)
        assert session.raw_data_dir.as_posix() == "s3://bucket/x"
        assert session.docdb["name"] == NAME

    def test_many_answer_as_one_does(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME), raw(2, BEHAVIOR, "aind-ephys-data")]
        world.records["v1"] += [record(NAME, "s3://bucket/x", uuid_of(1))]
        rows = sessions(NAME, BEHAVIOR, sources=serve(world)).to_records(["id", "raw_dir"])
        assert [row["raw_dir"] for row in rows] == [
            "s3://bucket/x",
            f"s3://aind-ephys-data/{BEHAVIOR}",
        ]

    @pytest.mark.parametrize("service", ["Code Ocean", "DocDB"])
    def test_an_outage_that_may_hide_the_own_name_never_gives_the_other(self, service: str) -> None:
        fake = FakeAIND()
        fake.add_session(NAME)
        session = Session(BEHAVIOR, sources=fake.sources)
        with fake.fail(service):
            with pytest.raises(RemoteError):
                session.raw_data_asset
            with pytest.raises(RemoteError):
                session.raw_data_dir
        fake.heal()
        session.refresh()
        assert session.raw_data_dir.name == NAME
