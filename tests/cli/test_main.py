"""The command line as a whole: help, names from pipes, errors, statuses, streams, completion."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session.cli import main
from aind_session.cli.commands import COMMANDS
from aind_session.sources import memory_sources, use_sources
from aind_session.sources.demo_world import DEMO_SESSION
from tests.display.hostile import HOSTILE, check_text
from tests.platform import Platform
from tests.shown import NAME, world_that_says
from tests.worlds import asset, empty_world, raw, record_v2

SORTED = f"{DEMO_SESSION}_sorted_2024-03-01_16-02-45"
RUN = [sys.executable, "-m", "aind_session.cli"]


def test_help_lists_every_command_and_imports_none_of_them() -> None:
    code = (
        "import sys; from aind_session.cli import main; main(['--help']);"
        "print(sorted(m for m in sys.modules if m.startswith('aind_session.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in COMMANDS if f"\n  {name} " not in done.stdout] == []
    imported = ["commands", "output", "status"]
    assert done.stdout.endswith(f"{[f'aind_session.cli.{name}' for name in imported]}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"Usage: aind-session {name}" in capsys.readouterr().out


def examples() -> list[str]:
    """The examples in the help of commands that need no credentials."""
    lines = [
        line.strip()
        for name in COMMANDS
        for line in (Path(main.__code__.co_filename).parent / f"{name}.py").read_text().splitlines()
    ]
    return [line for line in lines if re.match(r"aind-session .*--demo$", line)]


@pytest.mark.parametrize("example", examples())
def test_examples_in_the_help_run(
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(example.split()[1:]) == 0
    assert capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"aind-session, version \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


def test_find_says_what_a_text_means(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", SORTED, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["kind"], shown["session"], shown["process"]) == (
        "session",
        DEMO_SESSION,
        "sorted",
    )


def test_names_are_read_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SORTED}\n\n  /data/{DEMO_SESSION}/x \n"))
    assert main(["find", "-", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{DEMO_SESSION}\n{DEMO_SESSION}\n"


def test_no_name_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "--demo"]) == 2
    assert "or '-' to read names from standard input" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["show", "-", "--demo"]) == 2
    assert capsys.readouterr().err == "standard input holds no names\n"


def test_without_arguments_the_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: aind-session [OPTIONS] COMMAND [ARGS]...\n\n")
    assert shown.endswith("    4    only part was found\n    130  interrupted\n")


def test_an_unknown_option_names_a_similar_one_or_the_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["show", DEMO_SESSION, "--explian"]) == 2
    assert "Did you mean" in (said := capsys.readouterr().err)
    assert "--explain" in said
    assert main(["show", DEMO_SESSION, "--zzz"]) == 2
    said = capsys.readouterr().err.replace("option:", "option").replace("'", "")  # of older click
    assert said == "No such option --zzz; see aind-session show --help\n"


def test_errors_of_the_operating_system_name_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "nothing" / "p.lock"
    assert main(["freeze", DEMO_SESSION, "--to", str(place), "--demo"]) == 2
    assert capsys.readouterr().err == f"{place}: No such file or directory\n"


def test_a_search_needs_a_criterion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--limit", "5", "--demo"]) == 2
    said = "pass a criterion, such as --subject; all sessions are too many\n"
    assert capsys.readouterr().err == said


def test_nothing_found_prints_no_header_but_csv_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["qc", DEMO_SESSION, "--demo"]) == 1
    assert capsys.readouterr().out == ""
    assert main(["qc", DEMO_SESSION, "--demo", "--csv"]) == 1
    assert capsys.readouterr().out.startswith("session,name,")


def test_the_demo_has_the_forms_of_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["session"] == DEMO_SESSION
    assert main(["demo", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{DEMO_SESSION}\n"


def test_times_are_iso_in_json_and_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lineage", DEMO_SESSION, "--demo", "--json"]) == 0
    nodes = json.loads(capsys.readouterr().out)["nodes"]
    assert nodes[0]["created"] == "2023-12-15T06:13:48Z"
    lock = str(tmp_path / "p.lock")
    assert main(["freeze", DEMO_SESSION, "--to", lock, "--demo"]) == 0
    assert capsys.readouterr().out == f"{lock}: 1 session\n"
    assert main(["thaw", lock, "--demo", "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", row["frozen"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["freeze"], "Missing option '--to'; see aind-session freeze --help"),
        (["runs"], "; see aind-session runs --help"),
        (["runs"], "Missing argument 'ACTION'. Choose from: show, "),
    ],
)
def test_a_missing_option_is_named_in_one_line_with_the_help(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr().err
    assert message in shown
    assert shown.count("\n") == 1


def test_forms_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", DEMO_SESSION, "--demo", "--json", "--csv"]) == 2
    assert "--csv" in capsys.readouterr().err


def test_an_error_is_json_where_json_was_asked_for(
    stand_in: Callable[..., Platform], capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(empty_world()).fail("docdb", status=403)
    assert main(["search", "--project", "x", "--json"]) == 3
    said = json.loads(capsys.readouterr().err)
    assert (said["service"], said["status"]) == ("DocDB", 403)


def test_a_name_that_is_not_one_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "hello", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["class"] == "SessionIdError"


def test_where_prints_paths_and_says_which_are_missing(capsys: pytest.CaptureFixture[str]) -> None:
    missing = "SmartSPIM_123456_2024-07-20_21-47-21"
    assert main(["where", DEMO_SESSION, missing, "--demo"]) == 4
    shown = capsys.readouterr()
    assert shown.out == f"s3://aind-ephys-data/{DEMO_SESSION}\n"
    assert missing in shown.err


def test_lineage_is_a_tree_and_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lineage", SORTED, "--demo", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {edge["how"] for edge in shown["edges"]} == {"provenance"}
    assert main(["lineage", DEMO_SESSION, "--demo"]) == 0
    assert "└─ sorted_2024-03-01_16-02-45" in capsys.readouterr().out


def test_a_name_that_is_left_out_makes_a_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "paper.lock"
    for command in (["where"], ["freeze", "--to", str(path)], ["table", "--columns", "id"]):
        assert main([*command, DEMO_SESSION, "no session", "--demo"]) == 4
        printed = capsys.readouterr()
        assert "warning: 1 left out" in printed.err
        assert "'no session'" in printed.err
        assert printed.out
    assert DEMO_SESSION in path.read_text()


def test_freeze_and_thaw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "paper.lock")
    assert main(["freeze", DEMO_SESSION, "--to", path, "--demo", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{DEMO_SESSION}\n"
    assert main(["thaw", path, "--demo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_freeze_replaces_a_file_only_with_overwrite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "paper.lock"
    path.write_text("another file")
    command = ["freeze", DEMO_SESSION, "--to", str(path), "--demo"]
    assert main(command) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert path.read_text() == "another file"
    assert main([*command, "--overwrite"]) == 0
    assert DEMO_SESSION in path.read_text()


def test_csv_holds_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    name = "behavior_700001_2024-01-01_00-00-00"
    world = empty_world()
    world.assets += [raw(1, name), asset(2, f"{name}_=1+1_2024-02-02_00-00-00")]
    with use_sources(memory_sources(world)):
        assert main(["lineage", name, "--csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_reader_that_goes_away_is_quiet() -> None:
    show = subprocess.Popen(
        [*RUN, "show", DEMO_SESSION, "--demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert show.stdout is not None
    assert show.stderr is not None
    show.stdout.close()
    assert show.stderr.read() == b""
    assert show.wait() == 0
    show.stderr.close()


def test_an_output_that_knows_only_ascii_gets_replacements() -> None:
    done = subprocess.run(
        [*RUN, "lineage", DEMO_SESSION, "--demo"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert b"sorted_2024-03-01" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "_AIND_SESSION_COMPLETE" in capsys.readouterr().out


def test_qc_prints_metrics_with_their_status(capsys: pytest.CaptureFixture[str]) -> None:
    name = "behavior_700001_2024-01-01_00-00-00"
    history = [{"status": "Pass", "evaluator": "Ann", "timestamp": "2024-02-01T00:00:00Z"}]
    metric = {"name": "Drift", "stage": "Raw data", "value": 1, "status_history": history}
    metric["modality"] = {"abbreviation": "ecephys"}
    world = empty_world()
    world.records["v2"].append(record_v2(name, None, quality_control={"metrics": [metric]}))
    with use_sources(memory_sources(world)):
        assert main(["qc", name, "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert [(row["session"], row["name"], row["status"]) for row in shown] == [
            (name, "Drift", "pass")
        ]
        assert main(["qc", name, "--stage", "Analysis"]) == 1
        assert "no matching quality control" in capsys.readouterr().err


def test_attach_reports_what_became_of_each_asset(capsys: pytest.CaptureFixture[str]) -> None:
    capsule, good, bad = (f"0000000a-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
    world = empty_world()
    world.computations[capsule] = []
    world.assets += [asset(2, "a"), asset(3, "b", state="failed")]
    with use_sources(memory_sources(world)):
        assert main(["attach", good, bad, "--to", capsule, "--json"]) == 4
        shown = json.loads(capsys.readouterr().out)
        assert [row["state"] for row in shown] == ["attached", "refused"]
        assert main(["attach", good, "--to", capsule, "--detach", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{good}\n"


def test_ctrl_c_ends_with_130_and_one_line(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    platform.fail("code_ocean", kind="hang")
    platform.fail("docdb", kind="hang")
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        f"from aind_session.cli import main; sys.exit(main(['show', '{DEMO_SESSION}']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as show:
        try:
            while not platform.count():
                assert show.poll() is None
                time.sleep(0.01)
            show.send_signal(signal.SIGINT)
            _, said = show.communicate(timeout=30)
        finally:
            show.kill()
    assert (show.returncode, said) == (130, b"interrupted\n")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    assert main([*arguments, "--demo"]) == 0
    return terminal.getvalue()


def test_a_terminal_shows_the_columns_that_are_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    asked = ["table", "--subject", "676909"]
    lines = shown_on_a_terminal(monkeypatch, *asked).splitlines()
    assert lines[0].split() == ["id", "subject_id", "platform", "time"]
    assert lines[3] == f"{DEMO_SESSION}   676909      ecephys   2023-12-13T13:43:40"
    assert lines[-1] == "and 18 more columns: use --wide, --csv or --json"
    lines = shown_on_a_terminal(
        monkeypatch, *asked, "--columns", "id,good_sorted_asset,sorter"
    ).splitlines()
    assert lines[0].split() == ["id", "good_sorted_asset", "sorter"]
    assert lines[3].split() == [DEMO_SESSION, f"{DEMO_SESSION[:29]}…", "kilosort2_5"]
    assert "more column" not in lines[-1]


def test_states_are_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    shown = shown_on_a_terminal(monkeypatch, "show", DEMO_SESSION)
    assert "\x1b[32myes\x1b[0m" in shown
    assert "\x1b[32mgood\x1b[0m" in shown


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
@pytest.mark.parametrize("command", ["show", "lineage", "table"])
def test_no_colour_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, command: str
) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in shown_on_a_terminal(monkeypatch, command, DEMO_SESSION)


def test_no_colour_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert main(["show", DEMO_SESSION, "--demo"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes them")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_as_good_as_ones_that_lead_nowhere(closed: str) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *RUN, "show", "--demo", DEMO_SESSION]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (DEMO_SESSION in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes it")
def test_a_closed_standard_input_holds_no_names() -> None:
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *RUN, "where", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (2, "standard input holds no names\n")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("command", ["show", "lineage", "table", "qc", "find"])
def test_a_terminal_obeys_no_name_of_a_server(
    monkeypatch: pytest.MonkeyPatch, command: str, text: str
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal, errors = _Terminal(), _Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("sys.stderr", errors)
    with use_sources(memory_sources(world_that_says(text))):
        main([command, NAME])
    check_text(re.sub(r"\x1b\[[0-9]+m", "", terminal.getvalue()), 1_000_000)
    check_text(errors.getvalue(), 1_000_000)


def test_csv_holds_nested_values_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", DEMO_SESSION, "--demo", "--csv"]) == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert json.loads(row["raw_data_asset"])["id"] == "16d46411-540a-4122-b47f-8cb2a15d593a"
    assert len(json.loads(row["data_assets"])) == 3
    assert row["modalities"] == "behavior; behavior_videos; ecephys"


def test_csv_of_the_doctor_has_a_row_for_each_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--demo", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert (rows[0]["group"], rows[0]["name"], rows[0]["state"]) == ("settings", "variables", "ok")
    assert len(rows) > 20


def test_a_search_judges_metrics_of_a_stage_and_tells_a_tag_that_no_metric_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    subject = ["search", "--demo", "--subject", "676909"]
    assert main([*subject, "--qc-stage", "raw"]) == 2
    assert "near: 'Raw data'" in capsys.readouterr().err
    assert main([*subject, "--qc-tag", "probe:A", "--qc-modality", "ecephys"]) == 1
    assert capsys.readouterr().out == ""
