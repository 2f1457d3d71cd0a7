"""``aind-session show``: output and exit status."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from aind_session import Session
from aind_session.cli import main
from aind_session.sources import demo, use_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.conftest import Serve
from tests.platform import Platform
from tests.sorted_worlds import NAME as SORTED_SESSION
from tests.sorted_worlds import put, sorted_name
from tests.sorted_worlds import world as sorted_world
from tests.worlds import empty_world, record

NAME = "behavior_700001_2024-01-01_00-00-00"


def test_the_demo_shows_the_session_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", f"/data/{DEMO_SESSION}/x", "--demo"]) == 0
    shown = capsys.readouterr().out
    for part in (
        "16d46411-540a-4122-b47f-8cb2a15d593a",
        f"s3://aind-ephys-data/{DEMO_SESSION}",
        "Pvalb-IRES-Cre/wt;Ai32(RCL-ChR2(H134R)_EYFP)/wt",
        "a2a54575-b5ca-4cf0-acd0-2933e18bcb2d",
        "behavior_videos",
    ):
        assert part in shown


def test_it_shows_the_facts_of_the_card_of_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", DEMO_SESSION, "--demo"]) == 0
    shown = capsys.readouterr().out
    with demo():
        facts = Session(DEMO_SESSION).load().card().text(1000).partition("\n\n")[0]
    assert shown.startswith(f"{facts}\n\n  process  created (UTC)")
    assert len(facts.splitlines()) == 10


def test_a_session_costs_what_its_card_costs_and_few_requests_more(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(demo_world())
    assert main(["show", DEMO_SESSION]) == 0
    assert platform.count() <= 13


def test_json_holds_the_same(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    with use_sources(serve(demo_world())):
        assert main(["show", DEMO_SESSION, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["session"] == DEMO_SESSION
    assert shown["raw_data_asset"] == {
        "name": DEMO_SESSION,
        "id": "16d46411-540a-4122-b47f-8cb2a15d593a",
        "created": "2023-12-15T06:13:48Z",
    }
    assert (shown["not_found"], shown["could_not_ask"], shown["warnings"]) == ({}, {}, [])


def test_of_sortings_the_latest_good_one_is_shown_and_that_a_later_one_failed(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sorted_world(2, 3)
    put(found, 2, "output", "done")
    put(found, 2, "postprocessed/x", "{}")
    put(found, 3, "output", "Traceback (most recent call last):")
    with use_sources(serve(found)):
        main(["show", SORTED_SESSION, "--json"])
        shown = json.loads(capsys.readouterr().out)
        main(["show", SORTED_SESSION])
        text = capsys.readouterr().out
    assert shown["sorted_data_asset"]["name"] == sorted_name(2)
    assert [one["name"] for one in shown["failed_sortings"]] == [sorted_name(3)]
    table = text.partition("process ")[2].splitlines()[1:4]
    assert [line.split()[5] for line in table if "sorted" in line] == ["good", "failed"]


def test_a_sorting_that_failed_alone_is_no_good_one(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sorted_world(2)
    put(found, 2, "output", "Traceback (most recent call last):")
    with use_sources(serve(found)):
        main(["show", SORTED_SESSION, "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert shown["sorted_data_asset"] is None
    assert "each of them failed" in str(shown["not_found"]["sorted_data_asset"])
    assert [one["name"] for one in shown["failed_sortings"]] == [sorted_name(2)]


def test_the_status_of_quality_control_is_shown(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    found = empty_world()
    failed = {"evaluations": [{"latest_status": "Fail"}]}
    found.records["v1"].append(record(NAME, f"s3://aind-open-data/{NAME}", quality_control=failed))
    with use_sources(serve(found)):
        main(["show", NAME, "--json"])
    assert json.loads(capsys.readouterr().out)["quality_control"] == "fail"


def test_it_explains_when_it_is_asked_to(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    with use_sources(serve(demo_world())):
        assert main(["show", DEMO_SESSION]) == 0
        assert "because" not in capsys.readouterr().out
        assert main(["show", DEMO_SESSION, "--explain"]) == 0
        assert "because a DocDB record says so" in capsys.readouterr().out
        assert main(["show", DEMO_SESSION, "--explain", "--json"]) == 0
        explanation = json.loads(capsys.readouterr().out)["explanation"]
    assert explanation["choices"][0]["winner"].startswith("16d46411")


def test_nothing_found_is_1_and_says_where_was_looked(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    with use_sources(serve(empty_world())):
        assert main(["show", "SmartSPIM_123456_2024-07-20_21-47-21"]) == 1
    shown = capsys.readouterr().out
    older, newer = "SmartSPIM_123456_2024-07-20_21-47-21", "123456_2024-07-20_21-47-21"
    assert f"S3, 7 buckets, {older} and {newer}: nothing there" in shown


def test_bad_input_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "no session"]) == 2
    assert "no session" in capsys.readouterr().err
    assert main(["shwo"]) == 2
    assert capsys.readouterr().err == "no command 'shwo'. Did you mean 'show'?\n"


def test_a_setting_that_cannot_be_is_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "soon")
    assert main(["show", DEMO_SESSION]) == 2
    assert "AIND_SESSION_TIMEOUT_SECONDS" in capsys.readouterr().err


def test_no_credential_is_3(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in(empty_world())
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    assert main(["show", DEMO_SESSION]) == 3
    assert "CODE_OCEAN_API_TOKEN" in capsys.readouterr().out


def test_a_server_that_is_down_is_asked_once_not_for_each_section(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(empty_world())
    platform.fail("docdb", status=403)
    platform.fail("code_ocean", status=403)
    assert main(["show", DEMO_SESSION]) == 3
    assert (platform.count("docdb"), platform.count("code_ocean")) == (2, 2)


def test_what_is_known_without_a_credential_is_shown(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in(demo_world())
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    assert main(["show", DEMO_SESSION]) == 4
    assert f"s3://aind-ephys-data/{DEMO_SESSION}" in capsys.readouterr().out


def test_what_is_missing_and_what_could_not_be_asked_are_distinguished(
    stand_in: Callable[..., Platform], capsys: pytest.CaptureFixture[str]
) -> None:
    world = empty_world()
    world.records["v1"] = [record(NAME, f"s3://aind-open-data/{NAME}")]
    stand_in(world).fail("code_ocean", status=503)
    assert main(["show", NAME, "--json"]) == 4
    shown = json.loads(capsys.readouterr().out)
    assert shown["raw_data_asset"] is None
    assert shown["could_not_ask"]["raw_data_asset"]["class"] == "UnavailableError"
    assert shown["could_not_ask"]["raw_data_asset"]["service"] == "Code Ocean"
    assert shown["could_not_ask"]["raw_data_asset"]["status"] == 503
    assert "raw_data_asset" not in shown["not_found"]
    assert shown["metadata_record"]["name"] == NAME


def test_several_names_are_shown_and_one_that_is_missing_makes_it_partly(
    capsys: pytest.CaptureFixture[str],
) -> None:
    missing = "SmartSPIM_123456_2024-07-20_21-47-21"
    assert main(["show", DEMO_SESSION, missing, "--demo", "--quiet"]) == 4
    assert capsys.readouterr().out == f"{DEMO_SESSION}\n"


def test_doctor_prints_what_it_found(
    stand_in: Callable[..., Platform], capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(demo_world())
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "CODE_OCEAN_API_TOKEN, cop_... (11 characters)" in shown
    assert shown.endswith("everything works\n")


def test_doctor_gives_json_and_a_status_for_scripts(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in(demo_world())
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_another")
    assert main(["doctor", "--json"]) == 3
    shown = json.loads(capsys.readouterr().out)
    assert shown["status"] == 3
    wrong = [f["name"] for f in shown["findings"] if f["state"] == "wrong"]
    assert wrong == ["token"]


def test_doctor_shows_a_setting_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "soon")
    assert main(["doctor"]) == 2
    assert "AIND_SESSION_TIMEOUT_SECONDS" in capsys.readouterr().out


def test_doctor_runs_on_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--demo"]) == 0
    assert "plain data in memory" in capsys.readouterr().out
