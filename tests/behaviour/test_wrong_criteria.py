"""Criteria of searches, and arguments of a sorting, of the wrong kind."""

from __future__ import annotations

import math
from typing import Any

import pytest

import aind_session
from aind_session import NothingFoundWarning, use_sources
from aind_session.sources import memory_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.behaviour.test_wrong_kinds import refused, session


@pytest.mark.parametrize("name", ["archived", "favorite"])
@pytest.mark.parametrize("bad", ["", "no", "false", 2, math.nan, [], {}])
def test_a_flag_of_a_search_for_assets_is_true_or_false(name: str, bad: Any) -> None:
    said = refused(lambda bad: aind_session.search_data_assets({name: bad}), bad)
    assert said == f"TypeError: {name} must be True or False, not {bad!r}"
    said = refused(lambda bad: aind_session.get_data_assets("x", **{name: bad}), bad)
    assert said == f"TypeError: {name} must be True or False, not {bad!r}"


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("bad", ["", "10", True, -1, 1.5, math.nan, [], {}])
def test_a_number_of_a_search_for_assets_is_whole(name: str, bad: Any) -> None:
    said = refused(lambda bad: aind_session.search_data_assets({name: bad}), bad)
    assert said == f"TypeError: {name} must be a whole number of at least 0, not {bad!r}"


@pytest.mark.parametrize("name", ["project", "platform", "modality", "name", "qc_tag"])
def test_the_keys_of_a_mapping_are_no_criteria(name: str) -> None:
    criteria: dict[str, Any] = {name: {"x": 1}}
    said = refused(lambda _: aind_session.search(**criteria), None)
    assert said.startswith("TypeError: ")
    assert said.endswith("not {'x': 1}")


def test_the_columns_of_a_table_are_no_criteria() -> None:
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"project": ["Ephys Platform"]})
    said = refused(lambda bad: aind_session.search(project=bad), table)
    assert "a project must be text, or several, not " in said
    for names in (table.project, pd.Index(table.project)):
        with (
            use_sources(memory_sources(demo_world())),
            pytest.warns(NothingFoundWarning, match="no record has the project 'Ephys Platform'"),
        ):
            aind_session.search(project=names)


@pytest.mark.parametrize("bad", ["", "x", "../x", DEMO_SESSION])
def test_the_capsule_that_starts_a_sorting_is_an_id(bad: Any) -> None:
    said = refused(
        lambda bad: session().ecephys.run_sorting(trigger_capsule_id=bad, dry_run=True), bad
    )
    assert "a UUID such as" in said


def test_an_unknown_modality_of_quality_control_is_named() -> None:
    with (
        use_sources(memory_sources(demo_world())),
        pytest.warns(NothingFoundWarning, match="nothing has the modality 'xyz'"),
    ):
        assert len(aind_session.search(subject=676909, qc_modality="xyz")) == 0
