"""``aind-session table``: formats, columns and exit status."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import pytest

from aind_session.cli import main
from aind_session.many.tables import COLUMNS
from aind_session.sources.demo_world import DEMO_SESSION
from tests.platform import Platform
from tests.worlds import empty_world, raw

NAME = "behavior_700001_2024-01-01_00-00-00"
OTHER = "behavior_700002_2024-01-01_00-00-00"
FEW = "id,sorter,derived_assets"


def test_a_subject_gives_a_row_for_each_session(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "--demo", "--subject", "676909", "--columns", FEW]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["id", "sorter", "derived_assets"]
    assert [line.split() for line in lines[1:]] == [
        ["behavior_676909_2023-10-24_15-15-50", "0"],
        ["ecephys_676909_2023-12-11_14-24-35", "1"],
        [DEMO_SESSION, "kilosort2_5", "2"],
        ["ecephys_676909_2023-12-14_12-43-11", "0"],
    ]


def test_csv_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "--demo", DEMO_SESSION, "--csv"]) == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert list(row) == [*COLUMNS, "notes"]
    assert row["modalities"] == "behavior; behavior_videos; ecephys"
    assert (row["sorter"], row["derived_assets"], row["is_uploaded"]) == (
        "kilosort2_5",
        "2",
        "True",
    )


def test_json_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "--demo", DEMO_SESSION, "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert list(row) == [*COLUMNS, "notes"]
    assert row["modalities"] == ["behavior", "behavior_videos", "ecephys"]
    assert (row["sorter"], row["derived_assets"], row["is_uploaded"]) == ("kilosort2_5", 2, True)


def test_parquet_is_written_with_types(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sessions.parquet"
    asked = ["table", "--demo", DEMO_SESSION, "--columns", FEW, "--parquet", str(path)]
    assert main(asked) == 0
    table = pyarrow.parquet.read_table(path)
    assert table.to_pylist() == [{"id": DEMO_SESSION, "sorter": "kilosort2_5", "derived_assets": 2}]
    assert str(table.schema.field("derived_assets").type) == "int64"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "asked",
    [
        [],
        ["nonsense"],
        ["--subject", "nonsense"],
        [NAME, "--columns", "id,colour"],
    ],
)
def test_bad_input_is_2_and_asks_nothing(
    stand_in: Callable[..., Platform], capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    platform = stand_in(empty_world())
    assert main(["table", *asked]) == 2
    shown = capsys.readouterr()
    assert (shown.out, platform.count()) == ("", 0)
    assert shown.err


def test_nothing_found_is_1(
    stand_in: Callable[..., Platform], capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(empty_world())
    assert main(["table", NAME, "--columns", "id,is_uploaded"]) == 1
    assert capsys.readouterr().out.split() == ["id", "is_uploaded", NAME, "False"]


def test_one_that_is_found_is_enough(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.assets.append(raw(1, NAME))
    stand_in(world)
    assert main(["table", NAME, OTHER, "--columns", "id"]) == 4


def test_no_credential_is_3_and_says_so_in_the_notes(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in(empty_world())
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    assert main(["table", NAME, "--columns", "id,raw_asset_id,notes"]) == 3
    assert "CODE_OCEAN_API_TOKEN" in capsys.readouterr().out


def test_a_subject_that_cannot_be_asked_is_3(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    platform = stand_in(empty_world())
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "1")
    platform.fail("docdb", status=500)
    platform.fail("code_ocean", status=500)
    assert main(["table", "--subject", "700001"]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "HTTP 500" in shown.err


def test_what_is_left_out_is_a_line_without_a_line_of_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["table", "--demo", "nonsense", DEMO_SESSION, "--columns", "id, sorter"]) == 4
    shown = capsys.readouterr()
    assert shown.out.split() == ["id", "sorter", DEMO_SESSION, "kilosort2_5"]
    assert shown.err == "warning: 1 left out, because it names no session: 'nonsense'\n"


def test_a_file_that_cannot_be_written_is_2_before_anything_is_asked(
    stand_in: Callable[..., Platform], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = stand_in(empty_world())
    assert main(["table", NAME, "--parquet", str(tmp_path / "none" / "x.parquet")]) == 2
    assert "there is no directory" in capsys.readouterr().err
    assert platform.count() == 0
