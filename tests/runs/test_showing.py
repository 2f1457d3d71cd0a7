"""Plans and ledgers of runs as text and as cards, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from aind_session import Session, memory_sources, plan_runs
from aind_session.display import Card, Cell, Table
from tests.runs.played import BAD, PIPELINE, name_of, played_world, plays_by_asset, sorting
from tests.worlds import uuid_of

NAMES = [name_of(number) for number in range(1, 9)]
ABSENT = "was not found; the session has probably not been uploaded; check its name"


def test_a_plan_is_shown_by_reason_with_its_first_request(tmp_path: Path) -> None:
    world = played_world(8)
    sources = memory_sources(world)
    plan_runs(NAMES[:1], sorting(version=2), sources=sources).start(tmp_path / "r.jsonl")
    (run,) = world.computations[PIPELINE]
    runs = f"it is already running: {run['name']} ({run['id']}), of {run['owner']}: {NAMES[0]}"
    plan = plan_runs([*NAMES, name_of(9)], sorting(version=2), sources=memory_sources(world))
    assert repr(plan) == (
        f"sorted: pipeline {PIPELINE}, version 2\n"
        f"  to run   7: {', '.join(NAMES[1:6])}, and 2 more\n"
        "  skipped  1\n"
        f"    {runs}\n"
        "  cannot   1\n"
        f"    a raw data asset of {name_of(9)} {ABSENT}: {name_of(9)}\n"
        "  note: your access was checked for 1 of 7 inputs; Code Ocean checks the others when it "
        "starts their runs\n"
        "  the first request: POST computations\n"
        "    {\n"
        f'      "pipeline_id": "{PIPELINE}",\n'
        '      "version": 2,\n'
        '      "data_assets": [\n'
        "        {\n"
        f'          "id": "{uuid_of(2)}",\n'
        '          "mount": "ecephys"\n'
        "        }\n"
        "      ],\n"
        '      "named_parameters": [\n'
        "        {\n"
        '          "param_name": "sorter",\n'
        '          "value": "ks4"\n'
        "        }\n"
        "      ]\n"
        "    }\n"
        "  requests at most: 7 starts, 7 names, 14 ends, 28 captures, 1 searches; "
        "plus polling"
    )
    assert plan._card() == Card(
        f"sorted: pipeline {PIPELINE}, version 2",
        "9 sessions",
        parts=(
            Table.of(
                ["what", "sessions", "why"],
                [
                    [Cell("to run", "good"), 7, f"{', '.join(NAMES[1:6])}, and 2 more"],
                    [Cell("skipped", "off"), 1, runs],
                    [
                        Cell("cannot", "bad"),
                        1,
                        f"a raw data asset of {name_of(9)} {ABSENT}: {name_of(9)}",
                    ],
                ],
                right=["sessions"],
                wrap=["why"],
            ),
        ),
        notes=(
            Cell(
                "your access was checked for 1 of 7 inputs; Code Ocean checks the others when it "
                "starts their runs"
            ),
            Cell("Nothing has been sent. plan.start(path) starts them: 57 requests at most."),
        ),
    )


def test_a_plan_that_runs_nothing_shows_no_request() -> None:
    plan = plan_runs([name_of(9)], sorting(), sources=memory_sources(played_world()))
    assert repr(plan) == (
        f"sorted: pipeline {PIPELINE}\n"
        "  to run   0\n"
        "  skipped  0\n"
        "  cannot   1\n"
        f"    a raw data asset of {name_of(9)} {ABSENT}: {name_of(9)}"
    )
    assert plan._card().parts[0] == Table.of(
        ["what", "sessions", "why"],
        [
            [Cell("to run", "good"), 0, ""],
            [Cell("cannot", "bad"), 1, f"a raw data asset of {name_of(9)} {ABSENT}: {name_of(9)}"],
        ],
        right=["sessions"],
        wrap=["why"],
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [(1, ""), (5, ""), (6, ", and 1 more")],
)
def test_five_names_are_shown(count: int, shown: str) -> None:
    plan = plan_runs(NAMES[:count], sorting(), sources=memory_sources(played_world(8)))
    names = ", ".join(NAMES[: min(count, 5)])
    assert repr(plan).splitlines()[1] == f"  to run   {count}: {names}{shown}"


WHY = (
    "its end status is failed: step sort_4 (1); MemoryError: no room, TOKEN=...; exit code 137; "
    "killed, usually for lack of memory (from output)"
)


def test_a_ledger_is_shown_by_state_and_with_five_reasons(tmp_path: Path) -> None:
    world = played_world(8, plays_by_asset({uuid_of(n): BAD for n in range(2, 8)}))
    runs = plan_runs(NAMES, sorting(), sources=memory_sources(world)).start(tmp_path / "r.jsonl")
    assert repr(runs) == f"{runs.path}: 8 runs of sorted\n  running      8"
    runs.wait()
    reasons = [f"  {name}: failed: {WHY}" for name in NAMES[1:6]]
    assert repr(runs).splitlines() == [
        f"{runs.path}: 8 runs of sorted",
        "  captured     2",
        "  failed       6",
        *reasons,
        "  and 1 more with a reason: see to_records()",
    ]


def test_exactly_five_reasons_leave_none_out(tmp_path: Path) -> None:
    world = played_world(5, BAD)
    plan = plan_runs(NAMES[:5], sorting(), sources=memory_sources(world))
    runs = plan.start(tmp_path / "r.jsonl")
    runs.wait()
    assert repr(runs).splitlines()[-1] == f"  {NAMES[4]}: failed: {WHY}"


def test_the_card_of_a_ledger_has_a_row_for_each_run_failed_ones_first(tmp_path: Path) -> None:
    world = played_world(3, plays_by_asset({uuid_of(2): BAD}))
    runs = plan_runs(NAMES[:3], sorting(), sources=memory_sources(world)).start(
        tmp_path / "r.jsonl"
    )
    runs.wait()
    by_session = {record.session: record for record in runs}
    one, two, three = (by_session[name] for name in NAMES[:3])
    pages = "https://codeocean.allenneuraldynamics.org/data-assets"

    def made(name: str, state: str, tone: str, run: str, made_of: str, why: str) -> list[object]:
        return [
            Cell(name, "code"),
            Cell(state, tone),  # type: ignore[arg-type]
            Cell(run[:8], "code", title=run, whole=run),
            Cell(
                made_of[:8],
                "code",
                f"{pages}/{made_of}" if made_of else None,
                title=made_of,
                whole=made_of,
            ),
            1,
            Cell(why),
        ]

    assert runs._card() == Card(
        "sorted",
        "3 runs: 2 captured, 1 failed",
        parts=(
            Table.of(
                ["session", "state", "computation", "asset", "attempts", "why"],
                [
                    made(NAMES[1], "failed", "bad", two.computation or "?", "", WHY),
                    made(
                        NAMES[0], "captured", "good", one.computation or "?", one.asset or "?", ""
                    ),
                    made(
                        NAMES[2],
                        "captured",
                        "good",
                        three.computation or "?",
                        three.asset or "?",
                        "",
                    ),
                ],
                right=["attempts"],
                wrap=["why"],
                whole=["session"],
            ),
        ),
        notes=(Cell(f"ledger: {tmp_path / 'r.jsonl'}"),),
    )


def test_columns_of_a_ledger_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    plan = plan_runs(NAMES[:2], sorting(), sources=memory_sources(played_world()))
    runs = plan.start(tmp_path / "r.jsonl", at_most=1)
    card = runs._card()
    assert card.aside == "2 runs: 1 running, 1 planned"
    table = card.parts[0]
    assert isinstance(table, Table)
    assert [column.name for column in table.columns] == [
        "session",
        "state",
        "computation",
        "attempts",
    ]
    assert [row[1] for row in table.rows] == [Cell("running", "wait"), Cell("planned", "off")]
    assert table.rows[1][2] == Cell("", "code")


def test_a_session_is_named_in_a_plan_as_it_is_elsewhere() -> None:
    plan = plan_runs([Session(NAMES[0])], sorting(), sources=memory_sources(played_world()))
    assert repr(plan).splitlines()[1] == f"  to run   1: {NAMES[0]}"
