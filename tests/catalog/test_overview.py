"""What is known of a session without asking: see the cards, which show it."""

from __future__ import annotations

from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.overview import FIELDS, Overview, load_session, load_subject
from aind_session.conventions.names import parse_session
from aind_session.sources import memory_sources
from tests.conftest import Serve
from tests.worlds import empty_world, raw, record

NAME = "ecephys_700001_2024-01-01_10-00-00"


def test_modalities_are_those_of_the_folders_once_they_were_listed(serve: Serve) -> None:
    world = empty_world()
    world.assets.append(raw(1, NAME))
    world.records["v1"].append(record(NAME, f"s3://aind-open-data/{NAME}"))
    world.objects["aind-open-data"] = {
        f"{NAME}/ecephys_compressed/x": b"",
        f"{NAME}/behavior-videos/x": b"",
        f"{NAME}/original_metadata/x": b"",
    }
    finder = SessionFinder.of(parse_session(NAME), serve(world))
    load_subject(finder.inventory)
    assert Overview(finder.known_only()).modalities == ("behavior",)
    load_session(finder)
    assert Overview(finder.known_only()).modalities == ("behavior_videos", "ecephys")


def test_records_are_those_that_were_requested_with_all_fields_or_with_a_few() -> None:
    world = empty_world()
    described = {"data_level": "raw", "project_name": "Mine"}
    world.records["v1"].append(record(NAME, None, data_description=described))
    finder = SessionFinder.of(parse_session(NAME), memory_sources(world))
    assert Overview(finder.known_only()).records == []
    finder.inventory.records()
    slim = Overview(finder.known_only())
    assert [one["name"] for one in slim.records] == [NAME]
    assert (slim.project, slim.has_whole_record) == (None, False)
    finder = SessionFinder.of(parse_session(NAME), memory_sources(world))
    finder.inventory.records_with(FIELDS)
    whole = Overview(finder.known_only())
    assert (whole.project, whole.has_whole_record) == ("Mine", True)


def test_before_anything_is_asked_nothing_is_known_and_nothing_is_raised() -> None:
    finder = SessionFinder.of(parse_session(NAME), memory_sources(empty_world()))
    nothing = Overview(finder.known_only())
    assert (nothing.assets, nothing.raw_asset, nothing.place) == ((), None, None)
    world = empty_world()
    world.assets.append(raw(1, NAME))
    finder = SessionFinder.of(parse_session(NAME), memory_sources(world))
    load_subject(finder.inventory)
    seen = Overview(finder.known_only())
    assert seen.raw_asset is not None
    assert (seen.raw_asset.name, str(seen.place)) == (NAME, f"s3://aind-open-data/{NAME}")
    assert [asset.name for asset in seen.assets] == [NAME]
