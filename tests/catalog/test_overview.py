"""What is known of a session without asking: see the cards, which show it."""

from __future__ import annotations

from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.overview import Overview, load_session, load_subject
from aind_session.conventions.names import parse_session
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
