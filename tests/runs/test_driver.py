"""Driving runs: lost answers, refusals, outages, failures, captures; each start is sent once."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    Capture,
    CredentialsError,
    LedgerError,
    NotReadyError,
    PlanError,
    Runs,
    Session,
    SourceDownWarning,
    UnknownOutcomeError,
    memory_sources,
    open_ledger,
    plan_runs,
    wait_until_completed,
    why_failed,
)
from aind_session.conventions.institute import PIPELINE_MONITOR_CAPSULE_ID
from aind_session.extensions.ecephys import EcephysExtension
from aind_session.sources import Sources, remote_sources
from aind_session.sources.protocols import Body
from aind_session.sources.world import Play, World
from aind_session.testing import FakeAIND
from tests.conftest import Serve
from tests.platform import Platform
from tests.platform.faults import Fault
from tests.runs.played import (
    BAD,
    CAPSULE,
    GOOD,
    PIPELINE,
    START,
    name_of,
    played_world,
    plays_by_asset,
    sorting,
)
from tests.worlds import asset, uuid_of

NAMES = [name_of(number) for number in range(1, 6)]


def started(world: World, target: str = PIPELINE) -> list[str]:
    """The first input of each run, in the order of their starts."""
    return [run["data_assets"][-1]["id"] for run in world.computations.get(target, [])]


def captured(world: World) -> list[str]:
    return [a["name"] for a in world.assets if a.get("type") == "result"]


def states(runs: Runs) -> list[str]:
    return [record.state for record in runs]


def begin(sources: Sources, path: Path, names: Any = None, **more: Any) -> Runs:
    pace = {name: more.pop(name) for name in list(more) if name in PACE}
    plan = plan_runs(NAMES[:3] if names is None else names, sorting(**more), sources=sources)
    return plan.start(path / "runs.jsonl", **pace)


PACE = ("at_most", "poll_seconds", "settle_seconds", "starts_per_second", "name_runs")


def with_clock(sources: Sources, world: World) -> Sources:
    """The real clients, waiting by the world's clock."""
    return dataclasses.replace(sources, clock=world.clock)


@pytest.fixture
def play(serve: Serve) -> Callable[[World], Sources]:
    """Sources of a world, in memory and over HTTP, that wait by its clock."""
    return lambda world: with_clock(serve(world), world)


def test_all_are_run_and_captured_a_few_at_a_time(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world(5)
    sources = play(world)
    runs = begin(sources, tmp_path, NAMES, at_most=2)
    assert states(runs) == ["running", "running", "planned", "planned", "planned"]
    runs.wait()
    assert states(runs) == ["captured"] * 5
    assert runs.is_done
    assert started(world) == [uuid_of(n) for n in range(1, 6)]
    ended = START + 3600  # the first two began in the same second, by two starts a second
    assert captured(world)[0] == f"{NAMES[0]}_sorted_2025-06-15_16-06-40"
    made = [a for a in world.assets if a.get("type") == "result"]
    assert {world.permissions[a["id"]]["everyone"] for a in made} == {"viewer"}
    assert made[0]["custom_metadata"]["experiment type"] == "ecephys"
    assert ended <= world.clock.now()
    assert world.computations[PIPELINE][0]["name"].startswith(f"{NAMES[0]} sorted [")
    assert runs.to_records()[0]["asset"] == made[0]["id"]
    assert list(runs.to_pandas().columns) == list(runs.to_records()[0])


def test_a_step_goes_on_where_another_process_left(tmp_path: Path) -> None:
    world = played_world()
    begin(memory_sources(world), tmp_path, at_most=1)
    for _ in range(3):
        world.clock.sleep(3600)
        runs = open_ledger(tmp_path / "runs.jsonl", sources=memory_sources(world)).step()
    assert states(runs) == ["captured"] * 3


def test_a_failure_has_its_reason_and_is_retried_once_asked(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    plays = {uuid_of(2): BAD}
    world = played_world(3, plays_by_asset(plays))
    sources = play(world)
    runs = begin(sources, tmp_path).wait()
    assert states(runs) == ["captured", "failed", "captured"]
    record = runs.failures()[0]
    assert record.reason is not None
    assert record.reason.step == "sort_4 (1)"
    assert record.reason.line == "MemoryError: no room, TOKEN=..."
    assert record.reason.exit_code == 137
    assert "usually for lack of memory" in record.why
    assert "cop_abcdefgh" not in (tmp_path / "runs.jsonl").read_text()
    assert runs.wait() is runs  # nothing is started again automatically
    assert len(started(world)) == 3
    plays.clear()
    runs.retry(resume=True).wait()
    assert states(runs) == ["captured"] * 3
    assert runs.records[1].attempts == 2
    lines = (tmp_path / "runs.jsonl").read_text().splitlines()
    assert [json.loads(x)["resume"] for x in lines if '"retry"' in x] == [record.computation]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "lost"}, {"kind": "done, and refused", "status": 504}, {"kind": "truncated"}],
)
def test_a_start_that_was_done_without_an_answer_is_adopted(
    stand_in: Callable[..., Platform], tmp_path: Path, fault: dict[str, Any]
) -> None:
    world = played_world()
    platform = stand_in(world)
    platform.fail("code_ocean", method="POST", path="/computations", times=1, **fault)
    runs = begin(with_clock(remote_sources(), world), tmp_path)
    assert states(runs)[0] == "unknown"
    runs.wait()
    assert states(runs) == ["captured"] * 3
    assert sorted(started(world)) == [uuid_of(n) for n in (1, 2, 3)]
    assert [record.attempts for record in runs] == [1, 1, 1]


@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"status": 503}, {"kind": "html"}])
def test_a_start_that_was_not_done_is_made_again_after_three_looks(
    stand_in: Callable[..., Platform], tmp_path: Path, fault: dict[str, Any]
) -> None:
    world = played_world()
    platform = stand_in(world)
    platform.fail("code_ocean", method="POST", path="v1/computations", times=1, **fault)
    runs = begin(with_clock(remote_sources(), world), tmp_path)
    before = world.clock.now()
    while states(runs)[0] == "unknown":
        world.clock.sleep(5)
        runs.step()
    assert 60 <= world.clock.now() - before <= 75
    runs.wait()
    assert states(runs) == ["captured"] * 3
    assert sorted(started(world)) == [uuid_of(n) for n in (1, 2, 3)]


def test_an_unknown_start_is_looked_for_by_steps_of_several_processes(tmp_path: Path) -> None:
    fake = FakeAIND(played_world())
    plan = plan_runs(NAMES[:1], sorting(), sources=fake.sources)
    path = tmp_path / "runs.jsonl"
    broken = Lossy(fake.sources.assets, lost=[1], done=False)
    plan_with(plan, broken, fake).start(path)
    seen = []
    for _ in range(4):  # a process a minute, by cron
        fake.world.clock.sleep(61)
        runs = open_ledger(path, sources=fake.sources).step()
        seen.append(states(runs)[0])
    assert seen[0] == "unknown"
    assert "running" in seen
    assert len(started(fake.world)) == 1


class Lossy:
    """Code Ocean, which loses some answers to starts."""

    def __init__(self, source: Any, lost: list[int], *, done: bool = True) -> None:
        self._source, self._lost, self._done, self._count = source, lost, done, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def run(self, params: Body) -> Body:
        self._count += 1
        if self._count in self._lost:
            if self._done:
                self._source.run(params)
            raise UnknownOutcomeError("Code Ocean", "sent, and lost")
        body: Body = self._source.run(params)
        return body


def plan_with(plan: Any, source: Any, fake: FakeAIND) -> Any:
    sources = dataclasses.replace(fake.sources, assets=source)
    return dataclasses.replace(plan, sources=sources)


def test_a_run_that_turns_up_late_is_noted(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = played_world(1)
    platform = stand_in(world)
    sources = with_clock(remote_sources(), world)
    plan = plan_runs(NAMES[:1], sorting(), sources=sources)
    platform.list_delay = 300  # longer than anybody waits
    platform.fail("code_ocean", method="POST", path="v1/computations", times=1, kind="lost")
    runs = plan.start(tmp_path / "runs.jsonl").wait()
    assert len(started(world)) == 2  # runs that are not listed cannot be known
    assert runs.records[0].state == "captured"
    assert "does the same work" in runs.records[0].notes[-1]
    assert len([note for note in runs.records[0].notes if "same work" in note]) == 1


def test_what_another_began_since_the_plan_is_adopted(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world()
    sources = play(world)
    mine = plan_runs(NAMES[:3], sorting(), sources=sources)
    theirs = plan_runs(NAMES[:3], sorting(), sources=sources)
    theirs.start(tmp_path / "theirs.jsonl")
    runs = mine.start(tmp_path / "mine.jsonl").wait()
    assert states(runs) == ["captured"] * 3
    assert len(started(world)) == 3
    assert len(captured(world)) == 3
    assert "started by someone else" in (tmp_path / "mine.jsonl").read_text()
    other = open_ledger(tmp_path / "theirs.jsonl", sources=sources).wait()
    assert [r.asset for r in other] == [r.asset for r in runs]
    assert len(captured(world)) == 3


def test_a_429_is_a_pause_as_long_as_the_server_asks(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = played_world()
    platform = stand_in(world)
    platform.fail(
        "code_ocean",
        method="POST",
        path="v1/computations",
        times=1,
        status=429,
        headers={"Retry-After": "120"},
    )
    runs = begin(with_clock(remote_sources(), world), tmp_path)
    assert states(runs) == ["planned"] * 3
    runs.step()
    assert states(runs) == ["planned"] * 3
    world.clock.sleep(121)
    runs.step()
    assert states(runs) == ["running"] * 3
    assert [record.attempts for record in runs] == [1, 1, 1]


def test_with_a_limit_of_the_server_all_are_run_all_the_same(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = played_world(5)
    stand_in(world).runs_at_once = 2
    runs = begin(with_clock(remote_sources(), world), tmp_path, NAMES).wait()
    assert states(runs) == ["captured"] * 5
    assert len(started(world)) == 5


def test_a_refusal_is_kept_with_what_the_server_said(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = played_world()
    platform = stand_in(world)
    platform.fail(
        "code_ocean",
        method="POST",
        path="v1/computations",
        times=1,
        status=400,
        body='{"message": "no such queue"}',
    )
    runs = begin(with_clock(remote_sources(), world), tmp_path).wait()
    assert states(runs) == ["refused", "captured", "captured"]
    assert "no such queue" in runs.failures()[0].why
    runs.retry().wait()
    assert states(runs) == ["captured"] * 3


def test_a_token_without_the_scope_is_an_error_after_three_refusals(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = played_world(5)
    platform = stand_in(world)
    plan = plan_runs(NAMES, sorting(), sources=with_clock(remote_sources(), world))
    platform.token_scopes.discard("capsule-write")
    with pytest.raises(AccessDeniedError, match="Capsule: write"):
        plan.start(tmp_path / "runs.jsonl")
    runs = open_ledger(tmp_path / "runs.jsonl", sources=plan.sources)
    assert states(runs) == ["refused"] * 3 + ["planned"] * 2
    platform.token_scopes.add("capsule-write")
    assert states(runs.retry().wait()) == ["captured"] * 5


def test_a_token_that_is_refused_ends_it_with_nothing_started(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = played_world()
    platform = stand_in(world)
    plan = plan_runs(NAMES[:3], sorting(), sources=with_clock(remote_sources(), world))
    platform.fail("code_ocean", method="POST", path="v1/computations", status=401)
    with pytest.raises(CredentialsError):
        plan.start(tmp_path / "runs.jsonl")
    platform.heal()
    runs = open_ledger(tmp_path / "runs.jsonl", sources=plan.sources).wait()
    assert states(runs) == ["captured"] * 3


def test_an_outage_ends_nothing_and_warns_once(
    stand_in: Callable[..., Platform], tmp_path: Path
) -> None:
    world = played_world()
    platform = stand_in(world)
    runs = begin(with_clock(remote_sources(), world), tmp_path)
    platform.fail("code_ocean", status=501)
    with pytest.warns(SourceDownWarning, match="so their states are unchanged"):
        runs.step()
    runs.step().step()  # a second warning would be an error
    assert states(runs) == ["running"] * 3
    platform.heal()
    assert states(runs.wait()) == ["captured"] * 3


def test_a_run_that_is_deleted_is_gone_and_not_started_again(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world()
    runs = begin(play(world), tmp_path)
    world.forget_run(str(runs.records[0].computation))
    runs.wait()
    assert states(runs) == ["gone", "captured", "captured"]
    assert len(world.computations[PIPELINE]) == 2
    runs.retry(states="gone").wait()
    assert states(runs) == ["captured"] * 3


def test_stopping_needs_the_number_of_runs_and_deletes_them(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world()
    runs = begin(play(world), tmp_path, at_most=2)
    for wrong in (None, 1, 3):
        with pytest.raises(PlanError, match=r"stop\(confirm=2\)"):
            runs.stop(confirm=wrong)
    assert len(started(world)) == 2
    runs.stop(confirm=2).wait()
    assert states(runs) == ["stopped"] * 3
    assert started(world) == []


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (Play(3600, {"output": b"done"}), "the results contain only logs"),
        (Play(3600, {}), "the results contain only logs"),
        (Play(3600, {"output": b"Out of memory.", "x": b""}), "its log shows an error"),
        (Play(3600, {"output": b"", "x": b""}, exit_code=1), "the exit code is 1"),
        (Play(3600, {"output": b"", "x": b""}, end_status="failed"), "end status is failed"),
    ],
)
def test_a_success_that_is_none_is_seen_through(tmp_path: Path, how: Play, why: str) -> None:
    world = played_world(1, how)
    runs = begin(memory_sources(world), tmp_path, NAMES[:1]).wait()
    assert states(runs) == ["failed"]
    assert why in runs.records[0].why
    assert captured(world) == []


def test_a_stopped_run_is_not_a_failed_one(tmp_path: Path) -> None:
    world = played_world(1, Play(3600, {}, end_status="stopped"))
    assert states(begin(memory_sources(world), tmp_path, NAMES[:1]).wait()) == ["stopped"]


def test_a_process_can_judge_itself_and_must_be_there_then(tmp_path: Path) -> None:
    world = played_world(1)
    sources = memory_sources(world)
    process = sorting(ok=lambda computation, names: "nwb" in names)
    plan_runs(NAMES[0], process, sources=sources).start(tmp_path / "runs.jsonl")
    runs = open_ledger(tmp_path / "runs.jsonl", sources=sources)
    assert states(runs) == ["running"]
    with pytest.raises(LedgerError, match="process="):
        runs.wait()
    runs = open_ledger(tmp_path / "runs.jsonl", process=process, sources=sources).wait()
    assert "the process's own check" in runs.records[0].why


def test_the_results_can_name_their_asset(play: Callable[[World], Sources], tmp_path: Path) -> None:
    name = f"{NAMES[0]}_sorted-ks4_2025-06-15_16-00-00"
    described = json.dumps({"name": name, "data_level": "derived"}).encode()
    world = played_world(
        1, Play(3600, {"output": b"", "data_description.json": described, "x": b""})
    )
    begin(play(world), tmp_path, NAMES[:1]).wait()
    assert captured(world) == [name]


def test_captures_have_names_tags_and_targets_of_their_own(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world(1)
    wanted = Capture("{session}_{label}-x_{ended}", tags=("mine",), share=None, target="my-bucket")
    begin(play(world), tmp_path, NAMES[:1], capture=wanted).wait()
    made = world.assets[-1]
    assert made["name"] == made["mount"] == f"{NAMES[0]}_sorted-x_2025-06-15_16-06-40"
    assert made["tags"] == ["derived", "ecephys", "700001", "mine"]
    assert (made["source_bucket"]["bucket"], made["source_bucket"]["prefix"]) == (
        "my-bucket",
        made["name"],
    )
    assert world.permissions == {}


def test_what_was_captured_already_is_adopted(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world(1)
    sources = play(world)
    runs = begin(sources, tmp_path, NAMES[:1])
    world.clock.sleep(3600)
    world.advance()
    made = asset(50, "by an automation", type="result")
    made["provenance"] = {"computation": runs.records[0].computation, "data_assets": []}
    failed = {**made, "id": uuid_of(51), "state": "failed"}
    world.assets += [failed, made]
    runs.wait()
    assert runs.records[0].asset == uuid_of(50)
    assert captured(world) == ["by an automation"] * 2


@pytest.mark.parametrize(
    "fault", [{"kind": "lost"}, {"kind": "reset"}, {"kind": "done, and refused", "status": 502}]
)
def test_a_capture_without_an_answer_is_made_once(
    stand_in: Callable[..., Platform], tmp_path: Path, fault: dict[str, Any]
) -> None:
    world = played_world(1)
    platform = stand_in(world)
    runs = begin(with_clock(remote_sources(), world), tmp_path, NAMES[:1])
    _fail_creates(platform, fault)
    runs.wait()
    assert states(runs) == ["captured"]
    assert captured(world) == [f"{NAMES[0]}_sorted_2025-06-15_16-06-40"]
    assert len(world.permissions) == 1


def _fail_creates(platform: Platform, fault: dict[str, Any]) -> None:
    """Make the creation of assets fail, but not searches, whose path begins the same."""

    class OfCreates(Fault):
        def matches(self, call: Any) -> bool:
            return super().matches(call) and call.path.endswith("/data_assets")

    platform._server.faults.add(OfCreates("code_ocean", method="POST", times=1, **fault))


def test_a_capture_that_fails_is_tried_once_more(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    once = Play(3600, GOOD.results, failed_captures=1)
    twice = Play(3600, GOOD.results, failed_captures=2)
    world = played_world(2, plays_by_asset({uuid_of(1): once, uuid_of(2): twice}))
    runs = begin(play(world), tmp_path, NAMES[:2]).wait()
    assert states(runs) == ["captured", "succeeded"]
    assert "could not be copied" in runs.failures()[0].why
    runs.capture().wait()
    assert states(runs) == ["captured", "captured"]
    assert len(set(captured(world))) == 2


def test_results_of_failed_runs_are_captured_when_that_is_wanted(tmp_path: Path) -> None:
    for failed in (False, True):
        world = played_world(1, BAD)
        folder = tmp_path / str(failed)
        folder.mkdir()
        wanted = Capture(failed=failed)
        begin(memory_sources(world), folder, NAMES[:1], capture=wanted).wait()
        assert len(captured(world)) == failed


def test_without_capture_a_success_is_the_end(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path, capture=None).wait()
    assert states(runs) == ["succeeded"] * 3
    assert captured(world) == []


def monitored_world(*, does_capture: bool) -> World:
    """The pipeline monitor, which always succeeds, and may or may not capture."""
    world = played_world(1)

    def monitor(request: Body) -> Play:
        parameter = json.loads(request["parameters"][0])
        inner = parameter["run_params"]["data_assets"][0]["id"]
        if does_capture:
            made = asset(60, f"{NAMES[0]}_sorted_2025-06-15_20-00-00", type="result")
            made["created"] = START + 5000
            made["provenance"] = {"capsule": PIPELINE, "data_assets": [inner]}
            world.assets.append(made)
        return Play(5000, {"output": b"done", "x": b""})

    world.plays[PIPELINE_MONITOR_CAPSULE_ID] = monitor
    world.computations = {PIPELINE: []}
    return world


@pytest.mark.parametrize("does_capture", [True, False])
def test_the_monitor_is_believed_when_there_is_an_asset(
    play: Callable[[World], Sources], tmp_path: Path, *, does_capture: bool
) -> None:
    world = monitored_world(does_capture=does_capture)
    plan = plan_runs(NAMES[0], sorting(via="monitor"), sources=play(world))
    parameter = json.loads(plan.to_run[0].request["parameters"][0])
    assert plan.to_run[0].request["capsule_id"] == PIPELINE_MONITOR_CAPSULE_ID
    assert parameter["run_params"]["pipeline_id"] == PIPELINE
    assert parameter["capture_settings"]["permissions"] == {"everyone": "viewer"}
    runs = plan.start(tmp_path / "runs.jsonl").wait()
    if does_capture:
        assert (runs.records[0].state, runs.records[0].asset) == ("captured", uuid_of(60))
    else:
        assert runs.records[0].state == "failed"
        assert "there is no asset" in runs.records[0].why
    assert len(world.computations[PIPELINE_MONITOR_CAPSULE_ID]) == 1


def test_a_monitor_that_failed_is_not_waited_for(tmp_path: Path) -> None:
    world = monitored_world(does_capture=False)
    world.plays[PIPELINE_MONITOR_CAPSULE_ID] = BAD
    plan = plan_runs(NAMES[0], sorting(via="monitor"), sources=memory_sources(world))
    runs = plan.start(tmp_path / "runs.jsonl").wait()
    assert states(runs) == ["failed"]
    assert "MemoryError" in runs.records[0].why
    runs.retry(resume=True)
    sent = [json.loads(line) for line in runs.path.read_text().splitlines()]
    # its run is not the one of the pipeline, which could be resumed
    assert [event["resume"] for event in sent if event["event"] == "retry"] == [None]


def test_an_asset_with_other_values_is_not_that_of_the_monitor(tmp_path: Path) -> None:
    world = monitored_world(does_capture=True)
    plan = plan_runs(NAMES[0], sorting(via="monitor"), sources=memory_sources(world))
    runs = plan.start(tmp_path / "runs.jsonl")
    world.assets[-1]["app_parameters"] = [{"name": "sorter", "value": "ks25"}]
    runs.wait()
    assert states(runs) == ["failed"]
    assert "there is no asset of the results" in runs.records[0].why


def test_an_asset_of_the_monitor_may_be_a_draft_for_long_or_fail(tmp_path: Path) -> None:
    world = monitored_world(does_capture=True)
    plan = plan_runs(NAMES[0], sorting(via="monitor"), sources=memory_sources(world))
    runs = plan.start(tmp_path / "runs.jsonl")
    world.assets[-1]["state"] = "draft"
    for _ in range(20):
        world.clock.sleep(600)
        runs.step()
    assert states(runs) == ["capturing"]
    world.assets[-1] |= {"state": "failed", "failure_reason": "no room"}
    assert states(runs.wait()) == ["failed"]
    assert runs.records[0].why == (
        f"the pipeline monitor reports success, but Code Ocean could not make asset {uuid_of(60)} "
        "of the results: no room"
    )


def test_the_settings_for_the_monitor_have_a_limit() -> None:
    world = monitored_world(does_capture=True)
    long = Capture(tags=tuple(f"tag-{number:04}" for number in range(400)))
    plan = plan_runs(NAMES[0], sorting(via="monitor", capture=long), sources=memory_sources(world))
    assert "at most 4096: leave out via='monitor'" in plan.cannot[0].why


def test_parameters_that_do_not_arrive_are_noted(tmp_path: Path) -> None:
    world = played_world(1)
    sources = memory_sources(world)

    class Forgetful(Lossy):
        def run(self, params: Body) -> Body:
            return super().run({**params, "named_parameters": []})

    fake = FakeAIND(world)
    plan = plan_runs(NAMES[0], sorting(), sources=sources)
    runs = plan_with(plan, Forgetful(fake.sources.assets, []), fake).start(tmp_path / "r.jsonl")
    assert "does not show the parameters that were sent: sorter" in runs.records[0].notes[0]


def test_a_lost_start_is_found_when_the_server_lists_no_parameters(tmp_path: Path) -> None:
    world = played_world(1)

    class Silent(Lossy):
        def computations(self, target: str) -> list[Body]:
            return [{**run, "parameters": []} for run in self._source.computations(target)]

    fake = FakeAIND(world)
    plan = plan_runs(NAMES[0], sorting(), sources=fake.sources)
    runs = plan_with(plan, Silent(fake.sources.assets, [1]), fake).start(tmp_path / "r.jsonl")
    assert states(runs.wait()) == ["captured"]
    assert len(started(world)) == 1


def test_a_run_with_another_value_is_not_taken_for_a_lost_start(tmp_path: Path) -> None:
    world = played_world(1)
    fake = FakeAIND(world)
    plan = plan_runs(NAMES[0], sorting(), sources=fake.sources)
    runs = plan_with(plan, Lossy(fake.sources.assets, [1], done=False), fake).start(
        tmp_path / "r.jsonl"
    )
    other = plan_runs(NAMES[0], sorting(parameters={}), sources=fake.sources, skip=())
    other.start(tmp_path / "other.jsonl")
    runs.wait()
    values = [run["parameters"][0]["value"] for run in world.computations[PIPELINE]]
    assert values == ["ks25", "ks4"]


def test_an_interrupt_says_how_to_go_on(tmp_path: Path) -> None:
    world = played_world()
    runs = begin(memory_sources(world), tmp_path)

    class Interrupted:
        def now(self) -> float:
            return START

        passed = now

        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    sources = dataclasses.replace(memory_sources(world), clock=Interrupted())
    runs = open_ledger(tmp_path / "runs.jsonl", sources=sources)
    with pytest.raises(KeyboardInterrupt, match=r"open_ledger\('.*runs.jsonl'\).wait\(\)"):
        runs.wait()
    assert (
        states(open_ledger(tmp_path / "runs.jsonl", sources=memory_sources(world)).wait())
        == ["captured"] * 3
    )


def test_looks_slow_down_with_long_runs(stand_in: Callable[..., Platform], tmp_path: Path) -> None:
    world = played_world(1, Play(200_000, GOOD.results))
    platform = stand_in(world)
    begin(with_clock(remote_sources(), world), tmp_path, NAMES[:1]).wait()
    looks = [r for r in platform.requests if r.method == "GET" and "/computations/" in r.path]
    assert len([r for r in looks if r.path.count("/") == 4]) < 420  # at 10 s: 20,000


def test_wait_until_completed_tells_the_verdict(play: Callable[[World], Sources]) -> None:
    world = played_world(2, plays_by_asset({uuid_of(2): BAD}))
    sources = play(world)
    runs = [
        sources.assets.run({"pipeline_id": PIPELINE, "data_assets": [{"id": id_, "mount": "e"}]})
        for id_ in (uuid_of(1), uuid_of(2))
    ]
    with pytest.raises(NotReadyError, match="do not start it again"):
        wait_until_completed(runs[0]["id"], timeout=60, sources=sources)
    good, bad = (wait_until_completed(run["id"], sources=sources) for run in runs)
    assert (good.state, good.reason, good.computation.run_time) == ("succeeded", None, 3600)
    assert bad.state == "failed"
    assert bad.reason is not None
    assert bad.reason.step == "sort_4 (1)"
    assert why_failed(runs[1]["id"], sources=sources) == bad.reason
    with pytest.raises(AssetNotFoundError):
        wait_until_completed(uuid_of(77), sources=sources)


def test_why_failed_takes_runs_assets_and_records(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world(1, BAD)
    sources = play(world)
    runs = begin(sources, tmp_path, NAMES[:1], capture=Capture(failed=True)).wait()
    record = runs.records[0]
    failure = why_failed(record, sources=sources)
    assert why_failed(str(record.computation), sources=sources) == failure
    assert why_failed(str(record.asset), sources=sources) == failure
    world.forget_run(str(record.computation))
    by_log = why_failed(str(record.asset), sources=sources)
    assert (by_log.step, by_log.line) == (failure.step, failure.line)
    with pytest.raises(AssetNotFoundError):
        why_failed(uuid_of(77), sources=sources)
    going = sources.assets.run({"pipeline_id": PIPELINE})
    with pytest.raises(ValueError, match="is still"):
        why_failed(going["id"], sources=sources)


def test_the_trace_names_the_step_when_the_log_does_not(stand_in: Callable[..., Platform]) -> None:
    results = {
        "output": b"nothing to see\n" * 20_000,
        "nextflow/trace.txt": b"name\tstatus\texit\na (1)\tCOMPLETED\t0\nsort (2)\tFAILED\t137\n",
    }
    world = played_world(1, Play(60, results, end_status="failed", exit_code=1))
    platform = stand_in(world)
    sources = remote_sources()
    run = sources.assets.run({"pipeline_id": PIPELINE})
    world.clock.sleep(60)
    platform.forget()
    reason = why_failed(run["id"], sources=sources)
    assert (reason.step, reason.exit_code) == ("sort (2)", 137)
    assert reason.hint == "killed, usually for lack of memory"
    assert platform.count("code_ocean") == 4
    assert max(r.sent for r in platform.requests if r.service == "s3") == 200_000


def test_a_process_is_bound_to_each_session() -> None:
    sources = memory_sources(played_world())
    session = Session(NAMES[0], sources=sources)
    assert EcephysExtension.sorting.label == "sorted"
    bound = session.ecephys.sorting
    assert bound.assets == ()
    with pytest.raises(AssetNotFoundError):
        bound.runs
    assert "was not found" in bound.plan_runs().cannot[0].why


def test_capsules_are_run_as_pipelines_are(
    play: Callable[[World], Sources], tmp_path: Path
) -> None:
    world = played_world(2)
    chosen: dict[str, Any] = {"pipeline": None, "capsule": CAPSULE, "parameters": {}}
    runs = begin(play(world), tmp_path, NAMES[:2], **chosen).wait()
    assert states(runs) == ["captured"] * 2
    assert world.computations[CAPSULE][0]["data_assets"] == [
        {"id": uuid_of(900), "mount": "fixed"},
        {"id": uuid_of(1), "mount": NAMES[0]},
    ]
