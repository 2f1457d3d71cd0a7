"""More cases of plans, runs and attachments: odd values, archived inputs, late answers."""

from __future__ import annotations

import dataclasses
import pathlib
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aind_session import (
    Capture,
    FileFormatError,
    PlanError,
    Process,
    Session,
    archive_assets,
    attach,
    open_ledger,
    plan_runs,
    sessions,
)
from aind_session.sources import memory_sources
from aind_session.sources.world import World
from aind_session.testing import FakeAIND
from tests.conftest import Serve
from tests.runs.played import CAPSULE, PIPELINE, name_of, played_world, sorting
from tests.runs.test_driver import Lossy, plan_with, started, states
from tests.worlds import asset, empty_world, raw, record, uuid_of

NAME = name_of(1)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.int64(4), "4"),
        (np.float32(0.5), "0.5"),
        (np.str_("ks4"), "ks4"),
        (4.0, "4.0"),
        (pathlib.PurePosixPath("/data/x"), "/data/x"),
    ],
)
def test_values_of_parameters_as_tables_and_paths_have_them(value: Any, sent: str) -> None:
    assert Process("x", capsule=CAPSULE, parameters={"a": value}).parameters == {"a": sent}


@pytest.mark.parametrize("value", [float("nan"), np.float64("nan"), np.bool_(True), [1], b"x"])
def test_values_that_no_capsule_could_read(value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="parameter 'a'"):
        Process("x", capsule=CAPSULE, parameters={"a": value})


@pytest.mark.parametrize("label", ["a:b", "a\rb", "a\u00a0b", "a?b", 'a"b', "a\x07b", "\u200b"])
def test_labels_that_no_name_can_hold(label: str) -> None:
    with pytest.raises(ValueError, match="a label is part of a name"):
        Process(label, capsule=CAPSULE)
    with pytest.raises(ValueError, match="or line breaks"):
        Capture(name="{session}_a\nb")


@pytest.mark.parametrize(
    "error",
    [RuntimeError("no"), OSError("no"), AssertionError("no"), ZeroDivisionError("no")],
    ids=lambda error: type(error).__name__,
)
def test_whatever_the_inputs_raise_is_why_a_session_cannot_be_run(
    serve: Serve, error: Exception
) -> None:
    def inputs(session: Session) -> None:
        raise error

    sources = serve(played_world(1))
    for plan in (
        Session(NAME, sources=sources).plan_runs(sorting(inputs=inputs)),
        plan_runs([NAME], sorting(inputs=inputs), sources=sources),
    ):
        assert [row.why for row in plan.cannot] == [f"{type(error).__name__}: no"]


def test_an_archived_input_cannot_be_run_and_is_asked_for_once(serve: Serve) -> None:
    world = played_world(3)
    world.assets += [raw(50, "model_700009", archived=True), raw(51, "other_700009")]
    fake = FakeAIND(world)

    def inputs(model: int) -> Any:
        return lambda session: {"ecephys": session.raw_data_asset, "m": uuid_of(model)}

    def process(model: int) -> Process:
        return Process("x", capsule=CAPSULE, inputs=inputs(model))

    names = [name_of(number) for number in (1, 2, 3)]
    plan = plan_runs(names, process(50), sources=serve(world))
    whys = [row.why for row in plan.cannot]
    assert whys == [f"model_700009 ({uuid_of(50)}) is archived: restore it in Code Ocean"] * 3
    assert len(plan_runs(names, process(51), sources=fake.sources).to_run) == 3
    searches = [r for r in fake.requests if r.method == "search" and "other_700009" in r.about]
    assert len(searches) == 1


def test_archived_raw_data_that_only_a_record_links_cannot_be_run(serve: Serve) -> None:
    world = played_world(1)
    world.assets[0]["archived"] = True
    world.records["v1"] += [record(NAME, None, uuid_of(1))]
    plan = plan_runs([NAME], sorting(), sources=serve(world))
    assert "is archived: restore it" in plan.cannot[0].why


def test_a_result_with_any_name_is_captured_already(serve: Serve) -> None:
    world = played_world(1)
    made_by = {"computation": "gone", "capsule": PIPELINE, "data_assets": [uuid_of(1)]}
    labels = {"subject id": "700001"}
    made = asset(50, "my result", type="result", provenance=made_by, custom_metadata=labels)
    world.assets.append(made)
    plan = plan_runs([NAME], sorting(), sources=serve(world))
    assert [row.why for row in plan.skipped] == [
        f"it was already captured: my result ({made['id']})"
    ]


class TestStopping:
    @staticmethod
    def _begin(path: Path, *, done: bool) -> FakeAIND:
        fake = FakeAIND(played_world())
        plan = plan_runs([NAME], sorting(), sources=fake.sources)
        runs = plan_with(plan, Lossy(fake.sources.assets, lost=[1], done=done), fake).start(path)
        assert states(runs) == ["unknown"]
        return fake

    def test_what_was_not_started_is_not_started_after_it(self, tmp_path: Path) -> None:
        path = tmp_path / "runs.jsonl"
        fake = self._begin(path, done=False)
        runs = open_ledger(path, sources=fake.sources).stop(confirm=0)
        assert states(runs) == ["stopped"]
        assert "before its start was confirmed" in runs.records[0].why
        for _ in range(5):
            fake.world.clock.sleep(60)
            open_ledger(path, sources=fake.sources).wait()
        assert started(fake.world) == []

    def test_what_was_started_without_an_answer_is_stopped(self, tmp_path: Path) -> None:
        path = tmp_path / "runs.jsonl"
        fake = self._begin(path, done=True)
        runs = open_ledger(path, sources=fake.sources)
        with pytest.raises(PlanError, match="1 run of"):
            runs.stop(confirm=0)
        assert states(runs.stop(confirm=1)) == ["stopped"]
        assert started(fake.world) == []

    def test_what_turns_up_later_is_noted(self, tmp_path: Path) -> None:
        path = tmp_path / "runs.jsonl"
        fake = self._begin(path, done=True)
        hidden = fake.world.computations[PIPELINE]
        fake.world.computations[PIPELINE] = []
        open_ledger(path, sources=fake.sources).stop(confirm=0)
        fake.world.computations[PIPELINE] = hidden
        runs = open_ledger(path, sources=fake.sources).step()
        assert states(runs) == ["stopped"]
        assert "does the same work" in runs.records[0].notes[-1]


def test_what_was_captured_archived_or_made_is_known_at_once(serve: Serve, tmp_path: Path) -> None:
    world = played_world(1)
    sources = dataclasses.replace(serve(world), clock=world.clock)
    session = Session(NAME, sources=sources)
    assert len(session.data_assets) == 1
    runs = plan_runs([NAME], sorting(), sources=sources).start(tmp_path / "runs.jsonl").wait()
    assert [asset.id for asset in session.data_assets][1:] == [runs.records[0].asset]
    archive_assets(runs.records[0].asset, sources=sources)
    assert [asset.id for asset in session.data_assets] == [uuid_of(1)]
    archive_assets(runs.records[0].asset, archived=False, sources=sources)
    assert len(session.data_assets) == 2


def test_records_of_runs_say_which_are_retried(tmp_path: Path) -> None:
    sources = memory_sources(played_world())
    runs = plan_runs([NAME, name_of(2)], sorting(), sources=sources).start(tmp_path / "r.jsonl")
    assert runs.retry(sessions=[runs.records[0]]) is runs
    assert runs.retry(sessions=Session(NAME.removeprefix("ecephys_"))) is runs


@pytest.mark.parametrize("first", [0, 1], ids=["head", "plan"])
def test_a_ledger_that_begins_again_is_damaged(tmp_path: Path, first: int) -> None:
    path = tmp_path / "runs.jsonl"
    plan_runs([NAME], sorting(), sources=memory_sources(played_world())).start(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, *lines[first:]]))
    with pytest.raises(FileFormatError, match="is damaged"):
        open_ledger(path)


class TestAttaching:
    @staticmethod
    def _world() -> World:
        world = empty_world()
        world.assets += [raw(1, NAME), asset(2, "model")]
        world.computations[CAPSULE] = []
        return world

    def test_answers_of_many(self, serve: Serve) -> None:
        sources = serve(self._world())
        found = sessions(NAME, sources=sources).raw_data_assets
        report = attach(found, CAPSULE, sources=sources)
        assert [(row.asset_id, row.mount) for row in report.rows] == [(uuid_of(1), NAME)]
        every = sessions(NAME, sources=sources).data_assets
        assert [row.state for row in attach(every, CAPSULE, sources=sources).rows] == ["already"]

    def test_mounts_that_are_said(self, serve: Serve) -> None:
        wanted = {"mine": uuid_of(1), "yours": uuid.UUID(uuid_of(2))}
        report = attach(wanted, CAPSULE, sources=serve(self._world()))
        assert [row.mount for row in report.rows] == ["mine", "yours"]

    def test_nothing_is_an_error(self) -> None:
        with pytest.raises(TypeError, match="not None"):
            attach(None, CAPSULE)


def test_a_plan_is_the_same_with_a_frozen_process() -> None:
    process = sorting(parameters={"n_jobs": np.int64(4)})
    sources = memory_sources(played_world(1))
    plain = dataclasses.replace(process, parameters={"n_jobs": "4"})
    plans = [plan_runs([NAME], one, sources=sources) for one in (process, plain)]
    assert plans[0].identity == plans[1].identity
