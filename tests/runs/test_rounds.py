"""The ledger's events for failing starts, names and captures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    CredentialsError,
    LedgerError,
    PlanError,
    RemoteError,
    Runs,
    SourceDownWarning,
    memory_sources,
    open_ledger,
    plan_runs,
)
from aind_session.errors import AssetNotFoundError, UnavailableError, UnknownOutcomeError
from aind_session.sources import Sources
from aind_session.sources.memory import MemoryAssets
from aind_session.sources.protocols import Body
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


def test_a_run_has_a_name_for_people(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path)
    (run,) = world.computations[PIPELINE]
    (record,) = runs
    assert run["name"] == f"{NAMES[0]} sorted [{record.key}]"
    (named,) = events(tmp_path, "named")
    assert (named["attempt"], named["done"]) == (1, True)


@pytest.mark.parametrize("error", [DOWN, RemoteError("Code Ocean", "odd"), AssetNotFoundError("x")])
def test_a_name_that_fails_does_no_harm_and_is_tried_once_more(
    tmp_path: Path, error: Exception
) -> None:
    runs = begin(failing(played_world(), rename=[error] * 3), tmp_path)
    assert states(runs) == ["running"]
    for _ in range(2):
        runs.step()
    found = events(tmp_path, "named")
    assert [(one["attempt"], one["done"]) for one in found] == [(1, False), (2, False)]


def test_a_name_is_not_given_where_it_is_not_wanted_or_the_token_is_refused(
    tmp_path: Path,
) -> None:
    world = played_world()
    begin(memory_sources(world), tmp_path, name_runs=False)
    assert events(tmp_path, "named") == []
    (tmp_path / "b").mkdir()
    refused = CredentialsError("refused", service="Code Ocean")
    with pytest.raises(CredentialsError):
        begin(failing(played_world(), rename=[refused]), tmp_path / "b")


def test_starts_are_sent_so_many_a_second(tmp_path: Path) -> None:
    world = played_world()
    before = world.clock.passed()
    begin(memory_sources(world), tmp_path, NAMES, starts_per_second=0.5)
    assert world.clock.passed() - before == 4
    assert len(world.computations[PIPELINE]) == 3


def test_a_start_that_is_put_off_is_tried_after_ever_longer_pauses(tmp_path: Path) -> None:
    world = played_world()
    sources = failing(world, run=[DOWN] * 3)
    runs = begin(sources, tmp_path)
    waits = []
    while states(runs) == ["planned"]:
        before = len(events(tmp_path, "start"))
        began = world.clock.passed()
        while len(events(tmp_path, "start")) == before:
            world.clock.sleep(1)
            runs.step()
        waits.append(round(world.clock.passed() - began))
    assert states(runs) == ["running"]
    assert [one["why"] for one in events(tmp_path, "not_started")] == [str(DOWN)] * 3
    assert waits == sorted(waits)
    assert waits[0] >= 30


def test_a_refused_start_says_why_and_the_next_one_is_sent(tmp_path: Path) -> None:
    error = RemoteError("Code Ocean", "no such queue")
    runs = begin(failing(played_world(), run=[error]), tmp_path, NAMES)
    assert states(runs) == ["refused", "running", "running"]
    assert [one["why"] for one in events(tmp_path, "refused")] == [str(error)]


def test_a_start_is_written_with_the_latest_runs_before_it(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path, NAMES[:2])
    (one, two) = world.computations[PIPELINE]
    started = events(tmp_path, "started")
    assert [event["computation"] for event in started] == [one["id"], two["id"]]
    assert [event["created"] for event in started] == [one["created"], two["created"]]
    assert [event["attempt"] for event in events(tmp_path, "start")] == [1, 1]
    assert [record.attempts for record in runs] == [1, 1]


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        ({"owner_email": "me@x.org", "owner": "me"}, " (owner me@x.org)"),
        ({"owner_email": None, "owner": "me"}, " (owner me)"),
        ({"owner_email": None, "owner": None}, ""),
    ],
)
def test_what_another_began_meanwhile_is_adopted_with_its_owner(
    tmp_path: Path, owner: dict[str, Any], said: str
) -> None:
    world = played_world()
    sources = memory_sources(world)
    mine = plan_runs(NAMES[:1], sorting(), sources=sources)
    plan_runs(NAMES[:1], sorting(), sources=sources).start(tmp_path / "theirs.jsonl")
    (run,) = world.computations[PIPELINE]
    run.update(owner)
    runs = mine.start(tmp_path / "r.jsonl")
    (adopted,) = events(tmp_path, "adopted")
    assert adopted["why"] == f"started by someone else since it was planned{said}"
    assert (adopted["computation"], adopted["created"]) == (run["id"], run["created"])
    assert states(runs) == ["running"]


def test_what_another_began_and_failed_at_is_started(tmp_path: Path) -> None:
    world = played_world()
    sources = memory_sources(world)
    mine = plan_runs(NAMES[:1], sorting(), sources=sources)
    plan_runs(NAMES[:1], sorting(), sources=sources).start(tmp_path / "theirs.jsonl")
    (run,) = world.computations[PIPELINE]
    run.update(state="completed", end_status="failed", exit_code=1)
    mine.start(tmp_path / "r.jsonl")
    assert events(tmp_path, "adopted") == []
    assert len(world.computations[PIPELINE]) == 2


def test_what_another_began_and_finished_is_adopted(tmp_path: Path) -> None:
    world = played_world()
    sources = memory_sources(world)
    mine = plan_runs(NAMES[:1], sorting(), sources=sources)
    plan_runs(NAMES[:1], sorting(), sources=sources).start(tmp_path / "theirs.jsonl")
    world.clock.sleep(3601)
    mine.start(tmp_path / "r.jsonl")
    assert len(events(tmp_path, "adopted")) == 1
    assert len(world.computations[PIPELINE]) == 1


def test_a_lost_start_that_was_not_made_is_started_again(tmp_path: Path) -> None:
    world = played_world()
    lost = UnknownOutcomeError("Code Ocean", "sent, and lost")
    runs = begin(failing(world, run=[lost]), tmp_path)
    assert states(runs) == ["unknown"]
    runs.wait()
    (event,) = events(tmp_path, "not_started")
    assert event["why"] == (
        "its start was not confirmed, and it is not among the runs: it is started again"
    )
    assert event["asked"] is True
    assert states(runs) == ["captured"]


def captured(
    folder: Path, world: World, **errors: list[Exception]
) -> tuple[Runs, Callable[..., list[dict[str, Any]]]]:
    runs = begin(failing(world, **errors), folder)
    world.clock.sleep(3601)
    for _ in range(3):
        runs.step()
    return runs, lambda *kinds: events(folder, *kinds)


def test_a_capture_that_is_refused_is_final(tmp_path: Path) -> None:
    error = RemoteError("Code Ocean", "no such bucket")
    runs, events_of = captured(tmp_path, played_world(), create=[error])
    assert [(one["why"], one["final"]) for one in events_of("not_captured")] == [
        (f"not captured: {error}", True)
    ]
    (record,) = runs
    assert (record.state, record.why) == ("succeeded", f"not captured: {error}")
    assert events_of("captured") == []


def test_a_capture_that_could_not_be_asked_for_is_asked_for_again(tmp_path: Path) -> None:
    runs, events_of = captured(tmp_path, played_world(), create=[DOWN])
    assert [(one["why"], one["final"]) for one in events_of("not_captured")] == [
        (f"not captured yet: {DOWN}", False)
    ]
    assert states(runs) == ["captured"]
    assert [one["attempt"] for one in events_of("capture")] == [1, 2]


def test_a_capture_for_which_the_token_is_refused_is_not_lost(tmp_path: Path) -> None:
    world = played_world()
    refused = CredentialsError("refused", service="Code Ocean")
    sources = failing(world, create=[refused])
    runs = begin(sources, tmp_path)
    world.clock.sleep(3601)
    with pytest.raises(CredentialsError):
        runs.step()
    (event,) = events(tmp_path, "not_captured")
    assert (event["why"], event["final"]) == (f"not captured yet: {refused}", False)
    again = open_ledger(tmp_path / "r.jsonl", sources=sources)
    assert states(again.wait()) == ["captured"]


def test_an_asset_that_cannot_be_shared_stays_private_and_a_note_says_so(tmp_path: Path) -> None:
    error = RemoteError("Code Ocean", "no such group")
    world = played_world()
    runs, events_of = captured(tmp_path, world, share=[error])
    (record,) = runs
    assert record.state == "captured"
    assert record.notes == (f"asset {record.asset} stays private: {error}",)
    assert len(events_of("shared")) == 1
    assert world.permissions == {}


def test_an_asset_that_could_not_be_shared_yet_is_shared_later(tmp_path: Path) -> None:
    world = played_world()
    runs, _ = captured(tmp_path, world, share=[DOWN])
    (record,) = runs
    assert (record.state, record.notes) == ("captured", ())
    assert world.permissions == {record.asset: {"everyone": "viewer"}}


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


def test_an_asset_that_is_only_discoverable_is_followed_by_searches(tmp_path: Path) -> None:
    world = played_world()
    world.capture_seconds = 100
    runs = begin(memory_sources(world), tmp_path)
    world.clock.sleep(3600)
    runs.step()
    made = next(one for one in world.assets if one.get("type") == "result")
    world.hidden.add(made["id"])
    assert states(runs.step()) == ["capturing"]
    world.clock.sleep(100)
    assert states(runs.step()) == ["captured"]


def test_an_asset_that_nobody_shows_was_not_captured(tmp_path: Path) -> None:
    world = played_world()
    world.capture_seconds = 100
    begin(memory_sources(world), tmp_path)
    world.clock.sleep(3600)

    class Hiding(MemoryAssets):
        def get(self, asset_id: str) -> Body:
            raise AccessDeniedError("Code Ocean", "closed", status=403)

        def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
            return []

    sources = dataclasses.replace(memory_sources(world), assets=Hiding(world))
    runs = open_ledger(tmp_path / "r.jsonl", sources=sources)
    (record,) = runs.step()
    assert (record.state, record.why) == (
        "succeeded",
        "Code Ocean could not make an asset of its results: Code Ocean: closed (HTTP 403)",
    )


def test_what_cannot_be_stopped_goes_on_with_a_note(tmp_path: Path) -> None:
    error = RemoteError("Code Ocean", "no")
    world = played_world()
    runs = begin(failing(world, stop=[error, AssetNotFoundError("x")]), tmp_path, NAMES[:2])
    runs.stop(confirm=2)
    one, two = runs
    assert (one.state, one.notes) == ("running", (f"it could not be stopped: {error}",))
    assert (two.state, two.why) == ("gone", "it was deleted in Code Ocean")


def test_a_capture_that_failed_is_tried_again_when_that_is_asked(tmp_path: Path) -> None:
    world = played_world()
    runs, events_of = captured(tmp_path, world, create=[RemoteError("Code Ocean", "no")])
    assert [record.session for record in runs.failures()] == NAMES[:1]
    runs.capture(sessions=NAMES[0])
    assert len(events_of("recapture")) == 1
    assert states(runs.wait()) == ["captured"]
    assert runs.failures() == ()


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
