"""``session.metadata``: files first, or the record if they cannot be read."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from aind_session import MetadataNotFoundError, OddAnswerError, Session, SourceDownWarning
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.conftest import Serve
from tests.platform import QUIET, Platform


def test_files_are_attributes_and_items(serve: Serve) -> None:
    metadata = Session(DEMO_SESSION, sources=serve(demo_world())).metadata
    assert metadata.subject["genotype"].startswith("Pvalb")
    assert metadata["subject"] == metadata.subject
    assert metadata["metadata.nd"] == {}
    assert len(metadata) == 7
    assert set(dict(metadata)) == set(metadata)
    assert dict(metadata.items())["subject"] == metadata.subject
    assert {"subject", "rig"} <= set(dir(metadata))
    assert metadata.json_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
    assert metadata.json_files[0].name == "data_description.json"


def test_a_missing_file_lists_those_there_are(serve: Serve) -> None:
    metadata = Session(DEMO_SESSION, sources=serve(demo_world())).metadata
    with pytest.raises(MetadataNotFoundError, match="procedures") as caught:
        metadata.acquisition
    assert isinstance(caught.value, (AttributeError, KeyError))
    assert not hasattr(metadata, "acquisition")
    assert metadata.get("acquisition") is None


def test_what_one_caller_changes_the_next_does_not_see(serve: Serve) -> None:
    metadata = Session(DEMO_SESSION, sources=serve(demo_world())).metadata
    metadata.subject.clear()
    assert metadata.subject["subject_id"] == "676909"


def test_each_file_is_read_once_and_none_is_asked_for_first(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(demo_world())
    session = Session(DEMO_SESSION, sources=remote_sources())
    session.raw_data_dir
    platform.forget()
    assert session.metadata.subject == session.metadata["subject"]
    assert [r.method for r in platform.requests] == ["GET", "GET"]  # the file and the listing


def test_all_files_are_read_side_by_side(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(demo_world(), quiet=QUIET)
    session = Session(DEMO_SESSION, sources=remote_sources())
    assert len(session.metadata) == 7
    platform.forget()
    assert len(dict(session.metadata.items())) == 7
    assert platform.count() == 7
    assert platform.steps() == 1


def test_the_record_stands_in_for_files_that_cannot_be_read(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(demo_world())
    platform.forbidden_buckets.add("aind-ephys-data")
    session = Session(DEMO_SESSION, sources=remote_sources())
    with pytest.warns(SourceDownWarning, match="aind-ephys-data"):
        assert session.metadata.subject["genotype"].startswith("Pvalb")
    with pytest.warns(SourceDownWarning):
        assert list(session.metadata) == ["data_description", "subject"]


def test_a_file_that_is_not_json_is_an_error_that_names_it(serve: Serve) -> None:
    world = demo_world()
    world.objects["aind-ephys-data"][f"{DEMO_SESSION}/metadata.nd.json"] = b"<html>"
    session = Session(DEMO_SESSION, sources=serve(world))
    with pytest.raises(OddAnswerError, match=r"metadata\.nd\.json"):
        session.metadata["metadata.nd"]


def test_a_file_that_is_not_json_is_read_again_and_the_record_stands_in(serve: Serve) -> None:
    world = demo_world()
    files = world.objects["aind-ephys-data"]
    whole = files[f"{DEMO_SESSION}/subject.json"]
    files[f"{DEMO_SESSION}/subject.json"] = whole[:20]
    session = Session(DEMO_SESSION, sources=serve(world))
    with pytest.warns(SourceDownWarning, match=r"not JSON.*subject\.json"):
        assert session.metadata.subject["subject_id"] == "676909"
    files[f"{DEMO_SESSION}/subject.json"] = whole
    assert session.metadata.subject["genotype"].startswith("Pvalb")


def test_notebooks_and_copies_ask_nothing(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(demo_world())
    metadata = Session(DEMO_SESSION, sources=remote_sources()).metadata
    assert "Not asked yet" in metadata._repr_html_()
    assert "Session" in repr(metadata)
    assert copy.copy(metadata)._base == pickle.loads(pickle.dumps(metadata))._base
    assert metadata in {metadata}
    assert platform.count() == 0
