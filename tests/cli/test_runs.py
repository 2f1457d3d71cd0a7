"""``aind-session runs``: show and continue a ledger."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from aind_session import memory_sources, plan_runs, use_sources
from aind_session.cli import main
from aind_session.runtime.clock import PlayedClock
from aind_session.sources.world import World
from tests.runs.played import (
    BAD,
    CAPSULE,
    GOOD,
    START,
    name_of,
    played_world,
    plays_by_asset,
    sorting,
)
from tests.worlds import uuid_of


@pytest.fixture
def world() -> World:
    return played_world(2, plays_by_asset({uuid_of(2): BAD}))


@pytest.fixture
def ledger(world: World, tmp_path: Path) -> str:
    names = [name_of(1), name_of(2)]
    plan = plan_runs(names, sorting(), sources=memory_sources(world))
    plan.start(tmp_path / "runs.jsonl")
    return str(tmp_path / "runs.jsonl")


def test_it_is_shown_and_gone_on_with(
    world: World, ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with use_sources(memory_sources(world)):
        assert main(["runs", "show", ledger]) == 0
        assert "running" in capsys.readouterr().out
        assert main(["runs", "step", ledger, "--quiet"]) == 0
        assert capsys.readouterr().out.split() == [name_of(1), name_of(2)]
        assert main(["runs", "wait", ledger, "--json"]) == 4
        rows = json.loads(capsys.readouterr().out)
        assert [row["state"] for row in rows] == ["captured", "failed"]
        assert main(["runs", "failures", ledger]) == 4
        assert "MemoryError: no room" in capsys.readouterr().out
        assert main(["why", rows[1]["computation"], "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["step"] == "sort_4 (1)"
        world.plays = played_world(2).plays
        assert main(["runs", "retry", ledger, "--resume"]) == 0
        assert main(["runs", "wait", ledger, "--csv"]) == 0
        assert capsys.readouterr().out.count("captured") >= 2
        assert main(["runs", "capture", ledger]) == 0


def test_a_run_that_was_not_captured_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play = dataclasses.replace(GOOD, failed_captures=2)
    world = played_world(2, plays_by_asset({uuid_of(2): play}))
    sources = memory_sources(world)
    plan = plan_runs([name_of(1), name_of(2)], sorting(), sources=sources)
    path = str(plan.start(tmp_path / "runs.jsonl").path)
    with use_sources(sources):
        assert main(["runs", "wait", path]) == 4
        assert main(["runs", "failures", path, "--quiet"]) == 4
        assert capsys.readouterr().out.endswith(f"\n{name_of(2)}\n")
        assert main(["runs", "capture", path]) == 0


def test_an_interrupt_says_how_to_go_on(
    world: World, ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(PlayedClock):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    sources = dataclasses.replace(memory_sources(world), clock=Interrupted(START))
    with use_sources(sources):
        assert main(["runs", "wait", ledger]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == (
        "interrupted: started runs continue in Code Ocean; continue here with "
        f"open_ledger({ledger!r}).wait()"
    )


def test_without_an_id_nothing_is_attached(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["attach", "--to", CAPSULE]) == 2
    assert capsys.readouterr().err == (
        "name at least one data asset by its ID, or '-' to read names from standard input\n"
    )


def test_what_is_no_ledger_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x"
    file.write_text("hello\n")
    assert main(["runs", "show", str(file)]) == 2
    assert "is not a ledger" in capsys.readouterr().err
    assert main(["runs", "show", str(tmp_path / "none")]) == 2
    assert main(["runs", "start", str(file)]) == 2
