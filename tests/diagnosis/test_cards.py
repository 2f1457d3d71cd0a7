"""A card shows cached data, sends no request, and says what is unknown and why."""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import aind_session
from aind_session import Session, SourceDownWarning, Subject, attached, sessions
from aind_session.display import Shown
from aind_session.sources import memory_sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.display.hostile import HOSTILE, check_html, check_text, text_in
from tests.platform import QUIET, Platform
from tests.shown import (
    NAME,
    OTHER,
    all_shown,
    changes_that_say,
    shown_by_many,
    shown_by_session,
    shown_that_says,
    small_world,
    world_that_says,
)
from tests.worlds import empty_world, raw


def test_showing_asks_nothing(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(small_world())
    for thing in all_shown(remote_sources()):
        platform.forget()
        forms = thing._repr_mimebundle_()
        assert "cannot be shown" not in forms["text/plain"], type(thing)
        str(thing)
        repr(thing)
        assert platform.count() == 0, type(thing)


def test_showing_does_not_warn_or_raise_where_a_server_is_down(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(small_world())
    platform.fail("code_ocean")
    session = Session(NAME, sources=impatient())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SourceDownWarning)
        many = sessions(NAME, OTHER, sources=impatient()).load()
        session.load()
    for thing in (session, many, many.timeline(), many.matrix("sorted"), session.subject):
        check_html(thing._repr_html_())
    lines = session.card().text(400).splitlines()
    assert "  sorted           not checked" in lines
    assert "  uploaded         yes" in lines
    assert any("Code Ocean" in line and "unknown, not absent" in line for line in lines)
    assert "2 of 2 sessions could not be asked: Code Ocean" in str(many)
    assert many.matrix("sorted").counts()["sorted"] == {"unknown": 2}


def test_not_asked_none_and_not_checked_are_distinguished(serve: Serve) -> None:
    session = Session(NAME, sources=serve(small_world("nwb")))
    assert "Not asked yet" in session.card().text()
    session.load()
    lines = [line.split() for line in session.card().text(100).splitlines()]
    assert ["sorted", "none"] in lines


def test_strings_stay_as_they_were() -> None:
    assert f"{Session(NAME)} {Subject(700001)}" == f"Session('{NAME}') Subject('700001')"
    assert repr(sessions(NAME)) == f"Sessions(1: {NAME})"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_in_answers_do_no_harm(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sources = memory_sources(world_that_says(name))
        things = [*shown_by_session(sources), *shown_by_many(sources), *shown_that_says(name)]
    for thing in things:
        forms = thing._repr_mimebundle_()
        check_html(forms["text/html"])
        check_text(forms["text/plain"], 1_000_000)
        check_text(repr(thing), 1_000_000)
        check_text(str(thing), 1_000_000)
        assert "cannot be shown" not in forms["text/plain"], type(thing)
    for change in changes_that_say(name):
        check_text(str(change), 1_000_000)


def test_each_class_that_shows_itself_is_among_them() -> None:
    """Each new class that inherits `Shown` must be added to `tests.shown`."""
    for module in pkgutil.walk_packages(aind_session.__path__, "aind_session."):
        # the server for agents needs its extra, and has no views
        if not module.name.endswith("__main__") and ".cli.agents" not in module.name:
            import_module(module.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = {type(thing) for thing in all_shown(memory_sources(small_world()))}
    bases = {base for one in shown for base in one.__mro__}
    names = {cls.__name__ for cls in _children(Shown) - bases}
    assert names <= {"Card", "Table", "Tree"}  # in tests.display


def _children(cls: type[Any]) -> set[type[Any]]:
    """Return all classes of the library that inherit from a class."""
    below: list[type[Any]] = cls.__subclasses__()
    found = {child for child in below if child.__module__.startswith("aind_session")}
    return found | {further for child in found for further in _children(child)}


class TestLoad:
    def test_a_session_costs_seven_requests_in_two_steps(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(demo_world(), quiet=QUIET)
        session = Session(DEMO_SESSION, sources=remote_sources()).load()
        assert platform.count() <= 7
        assert platform.steps() <= 2
        platform.forget()
        session.data_assets, session.raw_data_asset, session.raw_data_dir, session.modalities
        session.is_uploaded, session.ecephys.is_sorted
        session.load()
        assert platform.count() == 0

    def test_many_cost_what_asking_in_bulk_costs(self, stand_in: Callable[..., Platform]) -> None:
        world = empty_world()
        names = [
            f"ecephys_70000{subject}_2024-01-{day:02}_00-00-00"
            for subject in range(5)
            for day in range(1, 9)
        ]
        world.assets = [raw(i, name) for i, name in enumerate(names)]
        platform = stand_in(world, quiet=QUIET)
        many = sessions(names, sources=remote_sources()).load()
        assert platform.count() <= 12
        assert platform.steps() <= 2
        platform.forget()
        assert many.matrix("raw").counts()["raw"] == {"good": 40}
        assert len(many.timeline().marks) == 40
        assert platform.count() == 0

    def test_a_subject_costs_four_requests_in_one_step(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(demo_world(), quiet=QUIET)
        Subject(676909, sources=remote_sources()).load()
        assert (platform.count(), platform.steps()) == (4, 1)


def test_large_answers_stay_small(serve: Serve) -> None:
    world = empty_world()
    days = [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 26)]
    names = [f"ecephys_700001_2024-{day}_00-00-00" for day in days]
    world.assets = [raw(i, name) for i, name in enumerate(names)]
    sources = serve(world)
    many, subject = sessions(names, sources=sources), Subject("700001", sources=sources)
    check_html(many._repr_html_())
    shown: list[Shown] = [many.load(), many.data_assets, many.timeline(), many.matrix()]
    for thing in (*shown, subject.load()):
        check_html(thing._repr_html_())
    assert "… 288 more" in str(many)


def test_attached_folders_are_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).mkdir()
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(tmp_path))
    shown = attached()._repr_html_()
    assert NAME in text_in(shown)


def test_a_terminal_of_ipython_shows_the_table_of_assets(serve: Serve) -> None:
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    assets = Session(NAME, sources=serve(small_world())).data_assets
    assert pretty(assets) == assets.as_text()
    assert pretty([assets]).startswith("[(DataAsset(")
