"""Starting runs: their names, pauses, and starts that were not confirmed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aind_session import (
    CredentialsError,
    RemoteError,
    memory_sources,
    plan_runs,
)
from aind_session.errors import AssetNotFoundError, UnknownOutcomeError
from tests.runs.played import PIPELINE, played_world, sorting
from tests.runs.test_rounds import DOWN, NAMES, begin, events, failing, states


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
