"""The ledger's events for failing starts, names and captures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    LedgerError,
    PlanError,
    RemoteError,
    Runs,
    SourceDownWarning,
    memory_sources,
    open_ledger,
    plan_runs,
)
from aind_session.errors import AssetNotFoundError, UnavailableError
from aind_session.sources import Sources
from aind_session.sources.memory import MemoryAssets
from aind_session.sources.world import World
from tests.runs.played import GOOD, PIPELINE, name_of, played_world, sorting
from tests.worlds import uuid_of

NAMES = [name_of(number) for number in (1, 2, 3)]


class Failing:
    """Code Ocean, with methods whose first calls raise."""

    def __init__(self, source: Any, **errors: list[Exception]) -> None:
        self._source, self._errors = source, errors

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._source, name)
        errors = self._errors.get(name)
        if errors is None:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            if errors:
                raise errors.pop(0)
            return found(*args, **kwargs)

        return call


def failing(world: World, **errors: list[Exception]) -> Sources:
    sources = memory_sources(world)
    return dataclasses.replace(sources, assets=Failing(sources.assets, **errors))


def begin(sources: Sources, folder: Path, names: list[str] | None = None, **pace: Any) -> Runs:
    plan = plan_runs(NAMES[:1] if names is None else names, sorting(), sources=sources)
    return plan.start(folder / "r.jsonl", **pace)


def events(folder: Path, *kinds: str, file: str = "r.jsonl") -> list[dict[str, Any]]:
    lines = map(json.loads, (folder / file).read_text().splitlines())
    return [event for event in lines if event["event"] in kinds]


def states(runs: Runs) -> list[str]:
    return [record.state for record in runs]


DOWN = UnavailableError("Code Ocean", "down")


def captured(
    folder: Path, world: World, **errors: list[Exception]
) -> tuple[Runs, Callable[..., list[dict[str, Any]]]]:
    runs = begin(failing(world, **errors), folder)
    world.clock.sleep(3601)
    for _ in range(3):
        runs.step()
    return runs, lambda *kinds: events(folder, *kinds)


def test_what_ended_is_written_with_what_it_left(tmp_path: Path) -> None:
    world = played_world()
    _, events_of = captured(tmp_path, world)
    (run,) = world.computations[PIPELINE]
    (ended,) = events_of("ended")
    assert {name: ended[name] for name in ("state", "why", "reason", "described", "results")} == {
        "state": "succeeded",
        "why": "",
        "reason": None,
        "described": False,
        "results": True,
    }
    assert (ended["created"], ended["run_time"]) == (run["created"], run["run_time"])
    assert ended["exit_code"] == 0


def test_a_run_that_is_deleted_is_gone(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path)
    world.computations[PIPELINE].clear()
    runs.step()
    (ended,) = events(tmp_path, "ended")
    assert (ended["state"], ended["why"]) == ("gone", "it was deleted in Code Ocean")


def ended(world: World, folder: Path, names: list[str] | None = None) -> Runs:
    """Runs that have failed."""
    runs = begin(memory_sources(world), folder, names or NAMES)
    for run in world.computations[PIPELINE]:
        run.update(state="completed", end_status="failed", exit_code=1, has_results=True)
    return runs.step()


@pytest.mark.parametrize(("resume", "resumed"), [(True, True), (False, False)])
def test_a_retry_goes_on_where_it_failed_if_that_is_wanted(
    tmp_path: Path, resume: bool, resumed: bool
) -> None:
    world = played_world()
    runs = ended(world, tmp_path)
    failed = [record.computation for record in runs]
    assert states(runs) == ["failed"] * 3
    runs.retry(resume=resume, sessions=NAMES[1])
    assert states(runs) == ["failed", "running", "failed"]
    (event,) = events(tmp_path, "retry")
    assert event["resume"] == (failed[1] if resumed else None)


@pytest.mark.parametrize("named", [NAMES[1], [NAMES[1]], {"id": 1}])
def test_only_runs_of_the_named_sessions_are_chosen(tmp_path: Path, named: Any) -> None:
    runs = ended(played_world(), tmp_path)
    if isinstance(named, dict):
        named = [record for record in runs if record.session == NAMES[1]]
    runs.retry(sessions=named)
    assert states(runs) == ["failed", "running", "failed"]


def test_a_session_without_a_run_is_refused(tmp_path: Path) -> None:
    runs = ended(played_world(), tmp_path)
    with pytest.raises(ValueError, match="has no run of") as caught:
        runs.retry(sessions=[NAMES[0], name_of(9)])
    assert str(caught.value) == f"{runs.path} has no run of {name_of(9)!r}"
    with pytest.raises(ValueError, match="a state to retry must be '"):
        runs.retry(states="running")


def test_stopped_and_gone_are_retried_only_where_that_is_said(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path)
    world.computations[PIPELINE].clear()
    assert states(runs.step()) == ["gone"]
    assert states(runs.retry()) == ["gone"]
    assert states(runs.retry(states=("gone",), resume=True)) == ["running"]
    (event,) = events(tmp_path, "retry")
    assert event["resume"] is None  # only a run that failed can be resumed


def test_stopping_needs_their_number_and_leaves_what_was_not_started(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path, NAMES, at_most=2)
    for wrong in (None, 1, 3):
        with pytest.raises(PlanError) as caught:
            runs.stop(confirm=wrong)
        assert str(caught.value) == (
            f"2 runs of {runs.path} are under way. Stopping deletes them with their results: "
            "stop(confirm=2) does it"
        )
    runs.stop(confirm=2)
    assert [(record.state, record.why) for record in runs] == [
        ("stopped", "stopped and deleted here"),
        ("stopped", "stopped and deleted here"),
        ("stopped", "stopped before its start"),
    ]
    assert world.computations[PIPELINE] == []
    assert [record.session for record in runs.failures()] == NAMES


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "no run of {} is under way: stop(confirm=0) only ends the planned ones"),
        (
            1,
            "1 run of {} is under way. Stopping deletes it with its results: stop(confirm=1) does "
            "it",
        ),
    ],
)
def test_the_number_to_confirm_is_said(tmp_path: Path, count: int, said: str) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path)
    if not count:
        world.clock.sleep(3600)
    with pytest.raises(PlanError) as caught:
        runs.stop()
    assert str(caught.value) == said.format(runs.path)


def test_a_run_that_has_ended_is_not_deleted_with_its_results(tmp_path: Path) -> None:
    world = played_world(2, lambda request: FIRST if uuid_of(1) in str(request) else GOOD)
    runs = begin(memory_sources(world), tmp_path, NAMES[:2])
    world.clock.sleep(700)
    with pytest.raises(PlanError, match="1 run of"):
        runs.stop(confirm=2)
    runs.stop(confirm=1)
    assert states(runs) == ["succeeded", "stopped"]
    assert len(world.computations[PIPELINE]) == 1
    assert states(runs.wait()) == ["captured", "stopped"]


FIRST = dataclasses.replace(GOOD, seconds=600)


def test_nothing_is_stopped_while_the_runs_cannot_be_checked(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(failing(world, computation=[DOWN]), tmp_path)
    with pytest.warns(SourceDownWarning), pytest.raises(UnavailableError):
        runs.stop(confirm=1)
    assert len(world.computations[PIPELINE]) == 1


@pytest.mark.parametrize("doing", ["step", "retry", "capture", "stop"])
def test_an_interrupt_of_any_action_says_how_to_go_on(tmp_path: Path, doing: str) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path)
    sources = failing(world, computation=[KeyboardInterrupt()])  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt) as caught:
        getattr(open_ledger(runs.path, sources=sources), doing)()
    assert str(caught.value) == (
        f"started runs continue in Code Ocean; continue here with open_ledger({str(runs.path)!r})"
        ".wait()"
    )
    assert states(runs.wait()) == ["captured"]


def test_an_interrupt_of_the_start_says_how_to_go_on(tmp_path: Path) -> None:
    world = played_world()
    sources = failing(world, run=[KeyboardInterrupt()])  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt, match=r"continue here with open_ledger\('.*r.jsonl'\)"):
        begin(sources, tmp_path)
    runs = open_ledger(tmp_path / "r.jsonl", sources=memory_sources(world))
    assert states(runs) == ["unknown"]
    assert states(runs.wait()) == ["captured"]
    assert len(world.computations[PIPELINE]) == 1


def test_a_run_that_is_deleted_while_it_is_read_is_gone(tmp_path: Path) -> None:
    world = played_world()

    class Deleting(MemoryAssets):
        def results(self, computation_id: str, path: str = "") -> list[str]:
            world.forget_run(computation_id)
            return super().results(computation_id, path)

    sources = dataclasses.replace(memory_sources(world), assets=Deleting(world))
    runs = begin(sources, tmp_path)
    world.clock.sleep(3600)
    (record,) = runs.step()
    assert (record.state, record.why) == (
        "gone",
        "it was deleted in Code Ocean while its results were read",
    )


def test_what_cannot_be_stopped_goes_on_with_a_note(tmp_path: Path) -> None:
    error = RemoteError("Code Ocean", "no")
    world = played_world()
    runs = begin(failing(world, stop=[error, AssetNotFoundError("x")]), tmp_path, NAMES[:2])
    runs.stop(confirm=2)
    one, two = runs
    assert (one.state, one.notes) == ("running", (f"it could not be stopped: {error}",))
    assert (two.state, two.why) == ("gone", "it was deleted in Code Ocean")


def test_a_ledger_of_a_process_that_judges_needs_that_process(tmp_path: Path) -> None:
    sources = memory_sources(played_world())
    plan = plan_runs(NAMES[:1], sorting(ok=lambda *_: True), sources=sources)
    plan.start(tmp_path / "r.jsonl")
    runs = open_ledger(tmp_path / "r.jsonl", sources=sources)
    with pytest.raises(LedgerError) as caught:
        runs.step()
    assert (
        "needs its process, whose function judges success and cannot be stored in a file: "
        "open_ledger(path, process=...)"
    ) in str(caught.value)


def test_rows_have_six_columns(tmp_path: Path) -> None:
    runs = ended(played_world(1), tmp_path, NAMES[:1])
    (record,) = runs
    assert runs.to_records() == [
        {
            "session": NAMES[0],
            "state": "failed",
            "computation": record.computation,
            "asset": None,
            "why": record.why,
            "attempts": 1,
        }
    ]
    assert len(runs) == 1
    assert runs.as_text() == repr(runs)


@pytest.mark.parametrize(("said", "known"), [(None, None), ("soon", None), (90, 90.0)])
def test_how_long_a_run_has_taken_is_known_where_the_server_says_a_number(
    tmp_path: Path, said: Any, known: float | None
) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path)
    answer = world.computations[PIPELINE][0]
    answer.update(state="running", run_time=said)
    assert states(runs.step()) == ["running"]
    assert [row.run_time for row in runs._engine.rows] == [known]
