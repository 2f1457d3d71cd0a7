"""Parts of the pages that are generated from the code."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from aind_session.cli.commands import COMMANDS, main
from aind_session.many.tables import COLUMNS

pytest.importorskip("checks.parts", reason="the checks are only in the repository")
parts = importlib.import_module("checks.parts").PARTS
DOCS = Path(__file__).parents[2] / "docs"


def test_each_command_has_a_section_with_its_usage_and_options() -> None:
    page = parts["command-line"]()
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == list(COMMANDS)
    assert "aind-session where [OPTIONS] NAME...\n" in page
    assert "| `--near TEXT` | With a day: the time of the session, such as 12:11. |" in page
    assert "--json" not in page
    assert "| `--json` | Print JSON, also for errors. |" in parts["shared-options"]()


def test_each_column_is_listed_with_what_it_holds() -> None:
    rows = parts["columns"]().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(COLUMNS)
    assert "| `raw_asset_id` | text | ID of the raw data asset |  |" in rows


def test_pages_name_only_parts_that_there_are() -> None:
    pages = [path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")]
    wanted = {
        line.removeprefix("<!-- made: ").removesuffix(" -->")
        for page in pages
        for line in page.splitlines()
        if line.startswith("<!-- made: ")
    }
    assert wanted == set(parts)


def test_the_help_of_a_command_keeps_the_lines_of_its_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["find", "--help"]) == 0
    assert (
        "\n  aind-session find 16d46411-540a-4122-b47f-8cb2a15d593a --demo\n"
        in capsys.readouterr().out
    )


def test_examples_of_commands_are_code_and_the_rest_is_prose() -> None:
    page = parts["command-line"]()
    assert "```sh\naind-session where ecephys_676909_2023-12-13_13-43-40 --demo\n```" in page
    assert "```text\nexit status: 0 everything works" in page
    assert "\b" not in page
