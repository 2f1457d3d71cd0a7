"""The answers of a session, with plain data and over the servers' protocols."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import pytest

from aind_session import (
    AssetNotFoundError,
    DirectoryNotFoundError,
    NotFoundError,
    Session,
    SessionIdError,
    Subject,
    sessions,
)
from aind_session.sources import Sources, memory_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.conftest import Serve
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"
BARE = "700001_2024-01-02_03-04-05"


def session_in(sources: Sources, name: str = NAME) -> Session:
    return Session(name, sources=sources)


class TestWords:
    def test_attributes_come_from_the_name_alone(self) -> None:
        session = Session(DEMO_SESSION)
        assert (session.platform, session.subject_id) == ("ecephys", "676909")
        assert session.dt.isoformat() == "2023-12-13T13:43:40"
        assert (session.date, session.time) == ("2023-12-13", "13:43:40")
        assert session.datetime == "2023-12-13 13:43:40"

    def test_platform_is_none_for_names_without_one(self) -> None:
        assert Session(BARE).platform is None

    def test_equal_hash_and_order_follow_id_and_time(self) -> None:
        a, b = Session("ecephys_2_2023-12-13_13-43-40"), Session("behavior_3_2024-01-01_00-00-00")
        assert a == Session(a.id + "_sorted_2024-03-01_16-02-45")
        assert len({a, Session(a.id)}) == 1
        assert sorted([b, a]) == [a, b]
        assert a < b
        assert b <= Session(b.id)
        assert a != a.id

    def test_two_names_of_one_acquisition_are_unequal_but_share_their_key(self) -> None:
        assert Session(NAME) != Session(BARE)
        assert Session(NAME).key == Session(BARE).key

    def test_pickling_and_copying_give_an_equal_session_that_carries_no_client(self) -> None:
        session = Session(NAME, sources=memory_sources(demo_world()))
        assert pickle.loads(pickle.dumps(session)) == session
        assert copy.copy(session) == copy.deepcopy(session) == session
        assert len(pickle.dumps(session)) < 200

    @pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
    def test_copies_ask_whom_the_original_asks(self, how: Any) -> None:
        sources = memory_sources(demo_world())
        for thing in (
            Session(DEMO_SESSION, sources=sources),
            Subject("676909", sources=sources),
            sessions(DEMO_SESSION, sources=sources),
        ):
            copied = how(thing)
            assert copied is not thing
            assert copied.data_assets

    @pytest.mark.parametrize("given", ["", "nothing here", "ecephys_1_2023-02-30_00-00-00", None])
    def test_text_without_a_session_is_a_value_error_that_quotes_it(self, given: Any) -> None:
        with pytest.raises(SessionIdError, match="no session in") as caught:
            Session(given)
        assert isinstance(caught.value, ValueError)

    def test_a_typo_names_what_comes_close(self) -> None:
        with pytest.raises(AttributeError, match="'raw_data_asset'"):
            Session(NAME).raw_data_aset  # type: ignore[attr-defined]


class TestRawDataAsset:
    def test_the_latest_created_of_several_is_given(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(2, NAME), raw(3, NAME), raw(1, NAME)]
        assert session_in(serve(world)).raw_data_asset.id == uuid_of(3)

    def test_linked_ids_count_first(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME), raw(2, NAME)]
        world.records["v1"].append(record(NAME, f"s3://aind-open-data/{NAME}", uuid_of(1)))
        assert session_in(serve(world)).raw_data_asset.id == uuid_of(1)

    def test_a_linked_asset_that_no_search_finds_is_asked_for_by_id(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME, archived=True)]
        world.records["v2"].append(record_v2(NAME, f"s3://aind-open-data/{NAME}", uuid_of(1)))
        assert session_in(serve(world)).raw_data_asset.id == uuid_of(1)

    @pytest.mark.parametrize("forbidden", [True, False])
    def test_a_linked_id_that_code_ocean_does_not_give_falls_back(
        self, serve: Serve, forbidden: bool
    ) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME)]
        if forbidden:
            world.assets.append(raw(9, NAME, archived=True))
            world.hidden.add(uuid_of(9))
        world.records["v1"].append(record(NAME, f"s3://aind-open-data/{NAME}", uuid_of(9)))
        assert session_in(serve(world)).raw_data_asset.id == uuid_of(1)

    def test_metadata_then_tags_then_the_bare_name_tell_what_is_raw(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [
            asset(1, NAME),
            asset(2, f"{NAME}_sorted_2024-02-01_00-00-00"),
        ]
        assert session_in(serve(world)).raw_data_asset.id == uuid_of(1)
        world.assets.append(asset(3, f"{NAME}_corrected", tags=["raw"]))
        assert session_in(serve(world)).raw_data_asset.id == uuid_of(3)

    def test_a_name_without_platform_finds_the_older_name(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME)]
        assert session_in(serve(world), BARE).raw_data_asset.id == uuid_of(1)

    def test_an_asset_without_any_word_of_its_subject_is_found_by_name(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [{**raw(1, NAME), "custom_metadata": None}]
        assert session_in(serve(world)).raw_data_asset.id == uuid_of(1)

    def test_absence_says_where_was_looked_and_what_comes_close(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, "ecephys_700001_2024-01-02_03-04-06")]
        session = session_in(serve(world))
        assert getattr(session, "raw_data_asset", None) is None
        with pytest.raises(AssetNotFoundError, match="probably not been uploaded") as caught:
            session.raw_data_asset
        assert caught.value.close == ("ecephys_700001_2024-01-02_03-04-06",)
        assert len(caught.value.searched) >= 4
        assert isinstance(caught.value, (LookupError, ValueError))

    def test_absence_names_data_that_wait_for_an_asset(self, serve: Serve) -> None:
        world = empty_world()
        world.objects["aind-ephys-data"][f"{NAME}/behavior/x"] = b""
        with pytest.raises(AssetNotFoundError, match=f"s3://aind-ephys-data/{NAME}"):
            session_in(serve(world)).raw_data_asset


class TestRawDataDir:
    def test_the_record_comes_before_the_asset(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME, bucket="aind-ephys-data")]
        world.records["v2"].append(record_v2(NAME, f"s3://aind-open-data/{NAME}"))
        found = session_in(serve(world)).raw_data_dir
        assert found.as_posix() == f"s3://aind-open-data/{NAME}"

    def test_the_asset_comes_before_the_buckets(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME, bucket="some-other-bucket")]
        world.objects["aind-ephys-data"][f"{NAME}/behavior/x"] = b""
        found = session_in(serve(world)).raw_data_dir
        assert found.as_posix() == f"s3://some-other-bucket/{NAME}"

    def test_the_first_known_bucket_that_has_it_comes_last(self, serve: Serve) -> None:
        world = empty_world()
        for bucket in ("aind-ephys-data", "aind-private-data-prod-o5171v"):
            world.objects[bucket][f"{NAME}/behavior/x"] = b""
        found = session_in(serve(world)).raw_data_dir
        assert found.as_posix() == f"s3://aind-private-data-prod-o5171v/{NAME}"

    def test_a_longer_name_is_another_directory(self, serve: Serve) -> None:
        world = empty_world()
        world.objects["aind-ephys-data"][f"{NAME}_sorted_2024-02-01_00-00-00/x"] = b""
        with pytest.raises(DirectoryNotFoundError):
            session_in(serve(world)).raw_data_dir

    @pytest.mark.parametrize(("asked", "there"), [(BARE, NAME), (NAME, BARE)])
    def test_the_other_name_of_an_acquisition_is_found(
        self, serve: Serve, asked: str, there: str
    ) -> None:
        world = empty_world()
        world.objects["aind-ephys-data"][f"{there}/behavior/x"] = b""
        found = session_in(serve(world), asked).raw_data_dir
        assert found.as_posix() == f"s3://aind-ephys-data/{there}"

    def test_absence_lists_every_bucket(self, serve: Serve) -> None:
        session = session_in(serve(empty_world()))
        assert getattr(session, "raw_data_dir", None) is None
        with pytest.raises(DirectoryNotFoundError) as caught:
            session.raw_data_dir
        places = [searched.place for searched in caught.value.searched]
        assert sum(place.startswith("s3://") and place.endswith(NAME) for place in places) == 7

    def test_an_internal_asset_is_in_the_bucket_of_code_ocean(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [asset(1, NAME)]
        found = session_in(serve(world)).raw_data_dir
        expected = f"s3://codeocean-s3datasetsbucket-1u41qdg42ur9/{uuid_of(1)}"
        assert found.as_posix() == expected


class TestOtherAnswers:
    def test_data_assets_come_by_creation_and_are_of_this_session_alone(self, serve: Serve) -> None:
        world = empty_world()
        derived = f"{NAME}_sorted_2024-02-01_00-00-00"
        world.assets += [asset(2, derived), raw(1, NAME)]
        world.assets += [raw(3, "ecephys_700001_2024-01-02_03-04-06")]
        session = session_in(serve(world))
        assert [a.name for a in session.data_assets] == [NAME, derived]

    def test_data_assets_may_be_empty(self, serve: Serve) -> None:
        assert session_in(serve(empty_world())).data_assets == ()

    def test_archived_assets_are_left_out(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME, archived=True)]
        assert session_in(serve(world)).data_assets == ()

    def test_is_uploaded_from_a_record_an_asset_or_a_directory(self, serve: Serve) -> None:
        sources = serve(empty_world())
        assert not session_in(sources).is_uploaded
        by_record = empty_world()
        by_record.records["v1"].append(record(NAME, f"s3://aind-open-data/{NAME}"))
        by_asset = empty_world()
        by_asset.assets.append(raw(1, NAME))
        by_directory = empty_world()
        by_directory.objects["aind-open-data"][f"{NAME}/x"] = b""
        for world in (by_record, by_asset, by_directory):
            assert session_in(serve(world)).is_uploaded

    def test_modalities_are_folders_without_metadata(self, serve: Serve) -> None:
        world = empty_world()
        world.records["v1"].append(record(NAME, f"s3://aind-open-data/{NAME}"))
        for folder in ("behavior-videos", "ecephys_clipped", "original_metadata", "pophys/deep"):
            world.objects["aind-open-data"][f"{NAME}/{folder}/x"] = b""
        assert session_in(serve(world)).modalities == ("behavior_videos", "ecephys", "pophys")

    def test_modalities_come_from_the_record_when_the_directory_is_gone(self, serve: Serve) -> None:
        world = empty_world()
        world.records["v2"].append(record_v2(NAME, f"s3://aind-open-data/{NAME}"))
        assert session_in(serve(world)).modalities == ("behavior",)

    def test_modalities_are_empty_without_data(self, serve: Serve) -> None:
        assert session_in(serve(empty_world())).modalities == ()

    def test_docdb_gives_the_whole_newest_record_and_prefers_v1(self, serve: Serve) -> None:
        world = empty_world()
        world.records["v2"].append(record_v2(NAME, "s3://aind-open-data/a"))
        sources = serve(world)
        assert session_in(sources).docdb["_id"].startswith("v2-")
        sources.cache.forget()
        old = record(NAME, "s3://aind-open-data/b", created="2024-01-01T00:00:00")
        world.records["v1"] += [record(NAME, "s3://aind-open-data/c"), old]
        assert session_in(serve(world)).docdb["location"] == "s3://aind-open-data/c"

    def test_docdb_of_a_derived_asset_is_not_that_of_the_session(self, serve: Serve) -> None:
        world = empty_world()
        derived = {**record(NAME, "s3://b/x"), "name": f"{NAME}_sorted_2024-02-01_00-00-00"}
        world.records["v1"].append(derived)
        assert session_in(serve(world)).docdb == {}

    def test_docdb_is_a_copy_of_ones_own(self, serve: Serve) -> None:
        world = empty_world()
        world.records["v1"].append(record(NAME, "s3://aind-open-data/a"))
        session = session_in(serve(world))
        session.docdb["subject"].clear()
        assert session.docdb["subject"] == {"subject_id": "700001"}

    def test_refresh_asks_again(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME)]
        session = session_in(serve(world))
        assert len(session.data_assets) == 1
        world.assets += [raw(2, NAME)]
        assert len(session.data_assets) == 1
        session.refresh()
        assert len(session.data_assets) == 2

    def test_an_odd_asset_does_not_lose_the_others(self, serve: Serve) -> None:
        world = empty_world()
        odd = {"id": uuid_of(5), "name": f"{NAME}_odd", "state": "new", "type": "unheard-of"}
        world.assets += [raw(1, NAME), {**odd, "custom_metadata": {"subject id": "700001"}}]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            names = [a.name for a in session_in(serve(world)).data_assets]
        assert sorted(names) == [NAME, f"{NAME}_odd"]


class TestSubject:
    def test_sessions_come_from_assets_and_records_by_time_each_once(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [raw(1, NAME), asset(2, "Some demo of 700001", tags=["700001"])]
        world.assets += [asset(3, "ecephys_700001_2023-01-01_00-00-00_sorted_2024-01-01_00-00-00")]
        world.records["v1"].append(record("behavior_700001_2025-01-01_00-00-00", None))
        world.records["v2"].append(record_v2(BARE, f"s3://aind-open-data/{BARE}"))
        ids = [session.id for session in Subject("700001", sources=serve(world)).sessions]
        assert ids == [
            "ecephys_700001_2023-01-01_00-00-00",
            NAME,
            "behavior_700001_2025-01-01_00-00-00",
        ]

    def test_data_assets_hold_what_searches_and_links_bring_each_once(self, serve: Serve) -> None:
        world = empty_world()
        world.assets += [asset(3, "demo", tags=["700001"], custom_metadata=None), raw(2, NAME)]
        world.assets += [raw(1, NAME, archived=True), raw(9, NAME, archived=True)]
        world.hidden.add(uuid_of(9))
        linked = (uuid_of(1), uuid_of(2), uuid_of(9), uuid_of(8))
        world.records["v1"].append(record(NAME, None, *linked))
        found = Subject("700001", sources=serve(world)).data_assets
        assert [a.id for a in found] == [uuid_of(1), uuid_of(2), uuid_of(3)]

    def test_docdb_gives_whole_records_by_creation_and_twins_once(self, serve: Serve) -> None:
        world = empty_world()
        place = f"s3://aind-open-data/{NAME}"
        world.records["v1"].append(record(NAME, place))
        world.records["v2"] += [
            record_v2(NAME, place),
            record_v2(BARE, "s3://b/older", _created="2020-01-01T00:00:00Z"),
        ]
        found = Subject(700001, sources=serve(world)).docdb
        assert [r["_id"][:2] for r in found] == ["v2", "v1"]
        assert found[1]["subject"] == {"subject_id": "700001"}

    def test_subjects_compare_by_id(self) -> None:
        assert Subject(676909) == Subject("676909") == Subject(DEMO_SESSION)
        assert Subject("000163").id == "000163"
        assert pickle.loads(pickle.dumps(Subject("M2501"))) == Subject("M2501")
        assert sorted([Subject("2"), Subject("1")])[0].id == "1"

    def test_nothing_known_of_a_subject_is_empty(self, serve: Serve) -> None:
        subject = Subject("700002", sources=serve(empty_world()))
        assert (subject.sessions, subject.data_assets, subject.docdb) == ((), (), ())


def test_every_not_found_error_of_a_property_is_an_attribute_error() -> None:
    for error in (AssetNotFoundError, DirectoryNotFoundError):
        assert issubclass(error, NotFoundError)
        assert issubclass(error, AttributeError)
