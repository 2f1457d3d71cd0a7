"""A card shows what is known, asks nothing, and says what is not known and why."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    Plan,
    Session,
    SourceDownWarning,
    Subject,
    attached,
    find,
    meter,
    sessions,
    what_uses,
)
from aind_session.display import Shown
from aind_session.runs.plan import RunCapsule
from aind_session.sources import Sources, remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.display.hostile import HOSTILE, check_html, check_text
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record

NAME = "ecephys_700001_2024-01-01_00-00-00"
OTHER = "ecephys_700001_2024-01-02_00-00-00"
PLACE = f"s3://aind-open-data/{NAME}"


def shown_objects(sources: Sources) -> Iterator[Shown]:
    """Everything that shows itself, asked for as far as making it needs."""
    session, subject = Session(NAME, sources=sources), Subject("700001", sources=sources)
    many = sessions(NAME, OTHER, sources=sources)
    yield from (session, subject, many, session.metadata, session.explain())
    yield from (session.data_assets, session.derived(), subject.sessions, subject.data_assets)
    yield from (many.data_assets, many.raw_data_assets, many.modalities, many.docdb)
    yield from (subject.timeline(), many.timeline(), many.matrix(), many.lacking("sorted"))
    yield attached(sources=sources)
    yield session.lineage()
    yield what_uses(session.raw_data_asset, sources=sources)
    yield find(NAME, sources=sources)
    yield Plan((RunCapsule({"capsule_id": "x", "name": session.data_assets[-1].name}),))
    yield from (session.load(), subject.load(), many.load())
    with meter() as counted:
        session.data_assets.notes
    yield counted


def small_world(label: str = "sorted") -> World:
    world = empty_world()
    world.assets = [raw(1, NAME), asset(2, f"{NAME}_{label}"), asset(3, OTHER)]
    world.records["v1"] = [record(NAME, PLACE, subject={"subject_id": "700001"})]
    world.objects["aind-open-data"] = {f"{NAME}/ecephys/x": b"", f"{NAME}/subject.json": b"{}"}
    return world


def test_showing_asks_nothing(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(small_world())
    for thing in shown_objects(remote_sources()):
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
    assert "  sorted          could not look" in lines
    assert "  uploaded        yes" in lines
    assert any("Code Ocean" in line and "unknown, not absent" in line for line in lines)
    assert "2 of 2 sessions could not be asked: Code Ocean" in str(many)
    assert many.matrix("sorted").counts()["sorted"] == {"unknown": 2}


def test_not_asked_none_and_could_not_look_are_told_apart(serve: Serve) -> None:
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
    from aind_session.sources import memory_sources

    world = small_world()
    world.assets = [
        raw(1, NAME, mount=name, tags=[name]),
        asset(2, f"{NAME}_{name}", failure_reason=name, description=name),
        asset(3, f"{NAME}_sorted_{name}", state="failed"),
        asset(4, name),
    ]
    details: dict[str, Any] = {"subject_id": "700001", "genotype": name, "date_of_birth": name}
    description = {"modality": [{"abbreviation": name}], "project_name": name, "data_level": "raw"}
    world.records["v1"] = [record(NAME, PLACE, subject=details, data_description=description)]
    world.objects["aind-open-data"] = {f"{NAME}/{name}.json": b"{}"} if name else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        things = list(shown_objects(memory_sources(world)))
    for thing in things:
        forms = thing._repr_mimebundle_()
        check_html(forms["text/html"])
        check_text(forms["text/plain"], 1_000_000)


class TestLoad:
    QUIET = 0.2

    def test_a_session_costs_seven_requests_in_two_steps(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(demo_world(), quiet=self.QUIET)
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
        platform = stand_in(world, quiet=self.QUIET)
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
        platform = stand_in(demo_world(), quiet=self.QUIET)
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
    assert f"<code>{NAME}</code>" in shown


def test_a_terminal_of_ipython_shows_the_table_of_assets(serve: Serve) -> None:
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    assets = Session(NAME, sources=serve(small_world())).data_assets
    assert pretty(assets) == assets.as_text()
    assert pretty([assets]).startswith("[(DataAsset(")
