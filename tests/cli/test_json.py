"""With ``--json``, each command prints what docs/command-line.md lists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aind_session import demo, memory_sources, plan_runs, use_sources
from aind_session.cli import main
from aind_session.cli.commands import COMMANDS
from aind_session.many.tables import COLUMNS
from aind_session.sources import Sources
from aind_session.sources.demo_world import DEMO_SESSION
from aind_session.testing import FakeAIND
from tests.runs.played import CAPSULE, name_of, played_world, sorting
from tests.worlds import empty_world, record_v2, uuid_of

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
ERROR = ["class", "message", "service", "status"]
WITHOUT = {"mcp", "skill", "completion", "demo"}
"""Commands without JSON, and ``demo``, which prints what ``show`` prints."""


def _in_the_demo(*arguments: str) -> Callable[[Path], tuple[Sources, list[str]]]:
    def prepare(_: Path) -> tuple[Sources, list[str]]:
        with demo() as sources:
            return sources, [*arguments]

    return prepare


def _qc(_: Path) -> tuple[Sources, list[str]]:
    world, name = empty_world(), "behavior_700001_2024-01-01_00-00-00"
    history = [{"status": "Pass", "evaluator": "Ann", "timestamp": "2024-02-01T00:00:00Z"}]
    metric = {"name": "Drift", "stage": "Raw data", "value": 1, "status_history": history}
    world.records["v2"].append(record_v2(name, None, quality_control={"metrics": [metric]}))
    return memory_sources(world), ["qc", name]


def _attach(_: Path) -> tuple[Sources, list[str]]:
    return memory_sources(played_world(1)), ["attach", uuid_of(1), "--to", CAPSULE]


def _runs(folder: Path) -> tuple[Sources, list[str]]:
    sources = memory_sources(played_world(1))
    plan = plan_runs([name_of(1)], sorting(), sources=sources)
    return sources, ["runs", "show", str(plan.start(folder / "runs.jsonl").path)]


def _thaw(folder: Path) -> tuple[Sources, list[str]]:
    sources, freeze = _freeze(folder)
    with use_sources(sources):
        assert main(freeze) == 0
    return sources, ["thaw", str(folder / "paper.lock")]


def _freeze(folder: Path) -> tuple[Sources, list[str]]:
    return _in_the_demo("freeze", DEMO_SESSION, "--to", str(folder / "paper.lock"))(folder)


CASES: dict[str, Callable[[Path], tuple[Sources, list[str]]]] = {
    "find": _in_the_demo("find", DEMO_SESSION),
    "show": _in_the_demo("show", DEMO_SESSION),
    "table": _in_the_demo("table", DEMO_SESSION),
    "search": _in_the_demo("search", "--subject", "676909"),
    "lineage": _in_the_demo("lineage", DEMO_SESSION),
    "qc": _qc,
    "where": _in_the_demo("where", DEMO_SESSION),
    "attach": _attach,
    "runs": _runs,
    "why": _in_the_demo("why", "1e11bdf5-b452-4fd9-bbb1-48383a9b0842"),
    "freeze": _freeze,
    "thaw": _thaw,
    "doctor": _in_the_demo("doctor"),
}


def listed() -> dict[str, tuple[str, list[str]]]:
    """The kind of value, and the keys, of each command."""
    rows = re.findall(r"^\| `([a-z]+)` \| ([a-z ]+) \| (.+) \|$", PAGE.read_text("utf-8"), re.M)
    found = {name: (kind, re.findall(r"`([a-z_]+)`", keys)) for name, kind, keys in rows}
    found["table"] = ("list", [*COLUMNS, "notes"])
    found["show"][1].remove("explanation")
    return found


def printed(
    prepare: Callable[[Path], tuple[Sources, list[str]]],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, Any, str]:
    """The exit status, the value and the standard error of a command."""
    sources, arguments = prepare(folder)
    capsys.readouterr()
    with use_sources(sources):
        status = main([*arguments, "--json"])
    out, err = capsys.readouterr()
    return status, json.loads(out), err


def test_every_command_with_json_is_listed() -> None:
    assert set(listed()) == set(CASES) == set(COMMANDS) - WITHOUT


@pytest.mark.parametrize("command", CASES)
def test_a_value_has_the_keys_that_are_listed(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, keys = listed()[command]
    status, value, err = printed(CASES[command], tmp_path, capsys)
    assert (status, err) == (0, "")
    assert isinstance(value, list) == (kind == "list")
    assert list(value[0] if kind == "list" else value) == keys


@pytest.mark.parametrize("command", ["find", "show"])
def test_several_names_give_a_list(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare = _in_the_demo(command, DEMO_SESSION, DEMO_SESSION.replace("13-43-40", "13-43-41"))
    _, value, _ = printed(prepare, tmp_path, capsys)
    assert [sorted(one) for one in value] == [sorted(listed()[command][1])] * 2


@pytest.mark.parametrize("service", ["Code Ocean", "DocDB", "S3"])
def test_the_keys_are_there_even_if_a_server_is_down(
    service: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeAIND() as fake:
        name = fake.add_session("ecephys_123456_2024-01-01_10-00-00", sorted="kilosort4").id
        fake.fail(service)
        status, value, _ = printed(lambda _: (fake.sources, ["show", name]), tmp_path, capsys)
    assert status in (3, 4)
    assert sorted(value) == sorted(listed()["show"][1])
    assert all(list(error) == ERROR for error in value["could_not_ask"].values())
    assert value["could_not_ask"] or value["warnings"]


def test_an_error_is_the_last_thing_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["find", "nonsense", "--json", "--demo"]) == 2
    out, err = capsys.readouterr()
    assert (out, list(json.loads(err))) == ("", ERROR)
