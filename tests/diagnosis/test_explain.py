"""An explanation lists the questions and the chosen answers with reasons, without requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import Session, SourceDownWarning, memory_sources, sessions
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.display.hostile import text_in
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

NAME = "ecephys_700001_2024-01-01_00-00-00"
BUCKET = "aind-open-data"
PLACE = f"s3://{BUCKET}/{NAME}"


def two_raw_assets() -> World:
    world = empty_world()
    world.assets = [raw(1, NAME), raw(2, NAME, "aind-ephys-data"), asset(3, f"{NAME}_sorted_x")]
    world.records["v1"] = [record(NAME, PLACE, uuid_of(1))]
    return world


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    return stand_in(two_raw_assets())


def test_nothing_is_asked_to_explain(platform: Platform) -> None:
    session = Session(NAME, sources=remote_sources())
    assert session.explain().steps == ()
    session.raw_data_asset
    platform.forget()
    explanation = session.explain()
    assert platform.count() == 0
    assert len(explanation.steps) == 4
    assert "asked: 4 questions, 4 requests" in repr(explanation)


def test_before_anything_was_asked_it_says_so(platform: Platform) -> None:
    explanation = Session(NAME, sources=remote_sources()).explain()
    assert [choice.winner for choice in explanation.choices] == [None, None, None]
    assert {choice.why for choice in explanation.choices} == {"it was not requested yet"}
    assert "raw_data_dir: not known\n" in repr(explanation)
    assert "none" not in repr(explanation).replace("disagreements: none", "")


def test_each_question_has_its_outcome_and_cost(serve: Serve) -> None:
    session = Session(NAME, sources=serve(two_raw_assets()))
    session.raw_data_asset
    outcomes = {step.question: step.outcome for step in session.explain().steps}
    assert outcomes == {
        "Code Ocean, assets with subject id:700001": "3 found, 3 of this session",
        "Code Ocean, assets with 700001": "3 found, 3 of this session",
        "DocDB v1, records with subject 700001": "1 found, 1 of this session",
        "DocDB v2, records with subject 700001": "0 found, 0 of this session",
    }


def test_the_winner_is_the_answer_and_why_names_what_decided(serve: Serve) -> None:
    session = Session(NAME, sources=serve(two_raw_assets()))
    answer, place = session.raw_data_asset, session.raw_data_dir
    raw_asset, raw_dir, assets = session.explain().choices
    assert raw_asset.winner == f"{answer.id} {NAME}"
    assert raw_asset.why.startswith("it is a raw asset that a DocDB record names: its custom")
    assert {c.name.split()[0]: c.why for c in raw_asset.candidates} == {
        uuid_of(1): "its custom metadata say 'raw data'; a DocDB record names it",
        uuid_of(2): "its custom metadata say 'raw data'",
        uuid_of(3): "not raw; it is derived, by its name",
    }
    assert (raw_dir.winner, raw_dir.why) == (place.as_posix(), "a DocDB record says so")
    assert assets.winner == "3"


def test_of_several_the_latest_created_is_said_to_be_it(serve: Serve) -> None:
    world = two_raw_assets()
    world.records["v1"].clear()
    session = Session(NAME, sources=serve(world))
    assert session.raw_data_asset.id == uuid_of(2)
    assert "the latest created of 2" in session.explain().choices[0].why


def test_disagreements_are_named(serve: Serve) -> None:
    world = empty_world()
    world.assets = [raw(1, NAME, "aind-ophys-data")]
    world.records["v1"] = [record(NAME, PLACE, uuid_of(9))]
    elsewhere = f"s3://aind-ephys-data/{NAME}"
    modalities = {"data_description": {"modalities": [{"abbreviation": "ecephys"}]}}
    world.records["v2"] = [record_v2(NAME, elsewhere, uuid_of(9), **modalities)]
    session = Session(NAME, sources=serve(world))
    session.raw_data_asset
    said = session.explain().disagreements
    assert said[0] == (
        f"records name different directories: {PLACE} (DocDB v1), {elsewhere} (DocDB v2)"
    )
    assert said[1].startswith("records and raw assets name different directories")
    assert said[2] == "records name different modalities: v1 (behavior), v2 (ecephys)"
    assert said[3] == f"records link data assets that no search finds: {uuid_of(9)}"
    assert said[4].endswith(uuid_of(1))


def test_what_failed_says_why(platform: Platform) -> None:
    platform.fail("docdb", path="/v2/")
    session = Session(NAME, sources=impatient())
    with pytest.warns(SourceDownWarning):
        session.raw_data_asset
    outcomes = [s.outcome for s in session.explain().steps if "v2" in s.question]
    assert outcomes[0].startswith("DocDB: Service Unavailable (HTTP 503)")
    assert sum(step.retries for step in session.explain().steps) == 3


def test_a_silent_server_is_named(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_PATIENCE_SECONDS", "0.3")
    platform = stand_in(two_raw_assets())
    platform.fail("docdb", kind="hang")
    session = Session(NAME, sources=remote_sources())
    with pytest.warns(SourceDownWarning):
        session.raw_data_asset
    steps = {step.question: step for step in session.explain().steps}
    silent = [question for question, step in steps.items() if step.outcome == "no answer yet"]
    assert silent == [
        "DocDB v1, records with subject 700001",
        "DocDB v2, records with subject 700001",
    ]
    assert all(steps[question].seconds >= 0.3 for question in silent)
    assert len(steps) == 4


def test_it_is_text_html_and_data(platform: Platform) -> None:
    session = Session(NAME, sources=remote_sources())
    session.modalities
    explanation = session.explain()
    data = json.loads(json.dumps(explanation.to_dict()))
    assert data["session"] == NAME
    assert data["choices"][0]["candidates"][0]["name"].startswith(uuid_of(1))
    shown = explanation._repr_html_()
    for step in explanation.steps:
        assert step.question in text_in(shown)
        assert step.question in repr(explanation)


def test_what_servers_say_is_no_markup(serve: Serve) -> None:
    world = empty_world()
    world.assets = [asset(1, f"{NAME}_<script>alert(1)</script>")]
    session = Session(NAME, sources=serve(world))
    session.data_assets
    assert "<script>" not in session.explain()._repr_html_()


def test_a_member_of_many_is_explained_too(platform: Platform) -> None:
    many = sessions(NAME, sources=remote_sources())
    assert len(many.raw_data_assets) == 1
    platform.forget()
    explanation = many[0].explain()
    assert explanation.choices[0].winner is not None
    assert len(explanation.steps) == 4
    assert platform.count() == 0


def test_the_metric_that_decides_quality_control_is_named() -> None:
    name = "ecephys_700001_2024-05-01_10-00-00"

    def metric(title: str, status: str) -> dict[str, Any]:
        entry = {"status": status, "timestamp": "2024-06-01T12:00:00Z", "evaluator": "Ann"}
        return {"name": title, "stage": "Raw data", "tags": ["A"], "status_history": [entry]}

    found = empty_world()
    control = {"metrics": [metric("Light", "Pass"), metric("Drift", "Fail")]}
    found.records["v2"].append(record_v2(name, f"s3://b/{name}", quality_control=control))
    session = Session(name, sources=memory_sources(found))
    assert "qc" not in [choice.about for choice in session.explain().choices]
    assert session.qc.status == "fail"
    choice = session.explain().choices[-1]
    assert (choice.about, choice.winner) == ("qc", "fail")
    assert choice.why.startswith("1 of 2 metrics")
    (drift,) = choice.candidates
    assert drift.name == "Drift"
    assert drift.why == (
        f"fail by Ann on 2024-06-01 12:00 UTC; Raw data, A; stated by record {name}"
    )
