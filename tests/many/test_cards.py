"""Views of a collection: matrix, timeline, tables of answers, missing processes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from aind_session import (
    LeftOutWarning,
    NothingFoundWarning,
    Session,
    Subject,
    memory_sources,
    sessions,
)
from aind_session.conventions.names import parse_session
from aind_session.diagnosis.notes import Missing
from aind_session.display import Card, Cell, Matrix, Table
from aind_session.many.cards import answers_table, in_short, sessions_card
from aind_session.many.changes import (
    AssetClosed,
    AssetGone,
    AssetMoved,
    AssetRenamed,
    NewerAssets,
)
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from tests.many import two_sessions
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw

ONE = "ecephys_700001_2024-01-01_10-00-00"
TWO = "ecephys_700001_2024-01-02_10-00-00"
OTHER = "behavior_700002_2024-01-03_10-00-00"
SORTED = f"{ONE}_sorted_2024-02-01_00-00-00"
FAILED = f"{ONE}_sorted-ks4_2024-03-01_00-00-00"
NWB = f"{TWO}_nwb_2024-02-01_00-00-00"


def world() -> World:
    """Raw data of two sessions; a sorting that failed after a good one; NWB files; a draft."""
    found = empty_world()
    found.assets += [
        raw(1, ONE),
        raw(2, TWO),
        asset(3, SORTED),
        asset(4, FAILED, state="failed"),
        asset(5, NWB, state="draft"),
    ]
    return found


def test_a_matrix_has_the_latest_asset_of_each_process_raw_data_first() -> None:
    many = sessions([ONE, TWO, OTHER], sources=memory_sources(world()))
    assert many.matrix() == Matrix(
        (ONE, TWO, OTHER),
        ("raw", "nwb", "sorted"),
        (
            (
                Cell("", "good", title=ONE),
                Cell("", "none"),
                Cell("", "bad", title=FAILED),
            ),
            (
                Cell("", "good", title=TWO),
                Cell("", "wait", title=NWB),
                Cell("", "none"),
            ),
            (Cell("", "none"), Cell("", "none"), Cell("", "none")),
        ),
        "session",
        "Sessions",
        "3 sessions",
        (
            ("good", "there"),
            ("bad", "there, the latest failed"),
            ("wait", "not ready"),
            ("none", "none"),
            ("unknown", "not checked"),
        ),
    )
    assert many.matrix("nwb", "raw", "nwb").columns == ("nwb", "raw")


def test_sessions_that_could_not_be_asked_are_distinguished(
    stand_in: Callable[..., Platform],
) -> None:
    stand_in(world()).fail("code_ocean", status=500)
    matrix = sessions([ONE, OTHER], sources=remote_sources()).matrix("sorted")
    assert matrix.cells == ((Cell("", "unknown"),), (Cell("", "unknown"),))
    (note,) = matrix.notes
    assert note.tone == "unknown"
    assert note.text.startswith("2 sessions: ")


def test_what_lacks_a_process_has_no_asset_of_it() -> None:
    many = sessions([ONE, TWO, OTHER], sources=memory_sources(world()))
    assert [one.id for one in many.lacking("sorted")] == [TWO, OTHER]
    assert [one.id for one in many.lacking("raw")] == [OTHER]
    assert [one.id for one in many.lacking("nwb")] == [ONE, OTHER]


@pytest.mark.parametrize(
    ("process", "said"),
    [
        ("sorting", "nothing has the process 'sorting'; near: 'sorted' or 'sorted-ks4'"),
        ("Sorted", "nothing has the process 'Sorted'; near: 'sorted'"),
        ("mine", "nothing has the process 'mine'; there are 'nwb', 'sorted', 'sorted-ks4'"),
    ],
)
def test_a_process_that_nothing_has_warns_if_another_may_be_meant(process: str, said: str) -> None:
    many = sessions([ONE, TWO, OTHER], sources=memory_sources(world()))
    with pytest.warns(NothingFoundWarning) as warned:
        assert [one.id for one in many.lacking(process)] == [ONE, TWO, OTHER]
    assert [str(one.message) for one in warned] == [said]


def test_a_usual_process_may_be_lacking_everywhere() -> None:
    many = sessions([ONE, TWO, OTHER], sources=memory_sources(world()))
    assert [one.id for one in many.lacking("dlc")] == [ONE, TWO, OTHER]  # and no warning


def test_what_could_not_be_asked_lacks_nothing_and_a_warning_says_so(
    stand_in: Callable[..., Platform],
) -> None:
    stand_in(world()).fail("code_ocean", status=500)
    many = sessions([ONE, OTHER], sources=remote_sources())
    with pytest.warns(LeftOutWarning, match="2 of 2 sessions are left out") as warned:
        assert len(many.lacking("sorted")) == 0
    said = [str(w.message) for w in warned if "left out" in str(w.message)]
    assert said[0].startswith(
        "2 of 2 sessions are left out, because their assets could not be requested: "
    )


def test_a_timeline_counts_its_sessions() -> None:
    many = sessions([ONE, TWO, OTHER], sources=memory_sources(world()))
    timeline = many.timeline()
    assert (timeline.title, timeline.aside, timeline.notes) == ("Sessions", "3 sessions", ())
    assert list(timeline.lanes()) == ["ecephys", "behavior"]


def test_a_timeline_says_what_could_not_be_asked(stand_in: Callable[..., Platform]) -> None:
    stand_in(world()).fail("docdb", status=403)
    timeline = sessions([ONE, OTHER], sources=remote_sources()).timeline()
    assert [note.tone for note in timeline.notes] == ["bad"]
    assert timeline.notes[0].text.startswith("2 sessions: DocDB: Forbidden (HTTP 403) at http")
    assert timeline.notes[0].text.endswith("; 1 more request failed the same way.")


def test_subjects_come_once_in_the_order_of_the_sessions() -> None:
    many = sessions([OTHER, ONE, TWO], sources=memory_sources(world()))
    assert [subject.id for subject in many.subjects] == ["700002", "700001"]


def card(ids: Any, named: Any = (), sources: Any = None) -> Card:
    parsed = None if ids is None else [parse_session(id_) for id_ in ids]
    return sessions_card("Sessions", parsed, named, sources or memory_sources(world()))


NOT_ASKED = Cell("Not asked yet: .load() requests everything shown, for all together.")


def test_the_card_of_what_was_not_asked_names_what_it_is_made_of() -> None:
    assert card(None, ["676909", ONE]) == Card(
        "Sessions",
        parts=(Table.of(["named by"], [[Cell("676909", "code")], [Cell(ONE, "code")]]),),
        notes=(
            Cell("Not asked yet: .load() requests the sessions and everything shown about them."),
        ),
    )


@pytest.mark.parametrize(
    ("ids", "aside"),
    [
        ([], "0 sessions"),
        ([ONE], "1 session"),
        ([ONE, TWO], "2 sessions"),
        ([ONE, OTHER], "2 sessions of 2 subjects"),
    ],
)
def test_a_card_counts_sessions_and_subjects(ids: list[str], aside: str) -> None:
    shown = card(ids)
    assert (shown.title, shown.aside) == ("Sessions", aside)
    assert shown.notes == ((NOT_ASKED,) if ids else ())
    assert len(shown.parts) == (1 if ids else 0)


def test_a_card_says_since_when_its_content_is_known() -> None:
    many = sessions([ONE, TWO, OTHER], sources=memory_sources(world()))
    assert many._card().notes == (NOT_ASKED,)
    (note,) = many.load()._card().notes
    assert note.text.endswith(" .refresh() asks again.")


def test_a_card_says_which_outage_concerns_how_many(stand_in: Callable[..., Platform]) -> None:
    stand_in(world()).fail("docdb", status=403)
    many = sessions([ONE, OTHER], sources=remote_sources()).load()
    bad = [note.text for note in many._card().notes if note.tone == "bad"]
    assert [(text.partition(" at http")[0], text[-32:]) for text in bad] == [
        (
            "2 of 2 sessions could not be asked: DocDB: Forbidden (HTTP 403)",
            "ore request failed the same way.",
        )
    ]


def test_a_card_without_a_token_says_in_two_lines_what_is_needed(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(world())
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    sources = remote_sources()
    needed = (
        "Code Ocean needs an API token: set CODE_OCEAN_API_TOKEN (or any variable whose value "
        "starts with COP_) in the environment or in a .env file"
    )
    unknown = Cell(f"{needed}: its data are unknown, not absent.", "bad")
    assert unknown in Session(ONE, sources=sources).load().card().notes
    assert unknown in Subject("700001", sources=sources).load().card().notes
    many = sessions([ONE], sources=sources).load()
    assert Cell(f"1 of 1 sessions could not be asked: {needed}.", "bad") in many._card().notes


def model(id_: str, name: str) -> Any:
    return SimpleNamespace(
        id=id_, name=name, mount="m", tags=None, custom_metadata=None, created=1, state="ready"
    )


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (None, "none"),
        ((), "none"),
        ({}, "none"),
        ("", "none"),
        (0, "0"),
        (False, "False"),
        ("a", "a"),
        (("a",), "a"),
        (("a", "b", "c"), "a, b, c"),
        (("a", "b", "c", "d"), "4: a, ... d"),
        ({"name": "n", "x": 1}, "n"),
        ({"name": 5}, "1 entries"),
        ({"a": 1, "b": 2}, "2 entries"),
        ((("a", "b"), None), "a, b, none"),
        (datetime.date(2024, 1, 1), "2024-01-01"),
        ({1}, "{1}"),
        (model("i", SORTED), "sorted i"),
        ((model("i", SORTED),), "sorted i"),
        ((model("i", SORTED), model("j", SORTED), model("k", ONE)), "3 assets: sorted x 2, raw"),
        ((model("i", SORTED), "a"), "sorted i, a"),
    ],
)
def test_an_answer_is_said_in_a_few_words(answer: Any, text: str) -> None:
    assert in_short(answer) == text


def test_a_table_of_answers_has_notes_for_the_others() -> None:
    one, two = Session(ONE), Session(TWO)
    note = Missing(ONE, "it was not found\nbecause")
    assert answers_table({one: ("a", "b")}, {two: note}) == Table.of(
        ["session", "answer"],
        [
            [Cell(ONE, "code"), Cell("a, b")],
            [Cell(TWO, "code"), Cell("Missing: it was not found", "none")],
        ],
        wrap=["answer"],
        footer=["1 answer; notes for the others: 1 Missing"],
    )
    plain = answers_table({one: None, two: 5}, {})
    assert plain.footer == (Cell("2 answers"),)
    assert [row[1].text for row in plain.rows] == ["none", "5"]
    assert answers_table({}, {one: note, two: note}).footer == (
        Cell("0 answers; notes for the others: 2 Missing"),
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (AssetGone(ONE, "i", "n"), "n (i) is gone"),
        (AssetClosed(ONE, "i", "n", "archived"), "n (i) is closed: archived"),
        (AssetRenamed(ONE, "i", "n", "m"), "n (i) is now named m"),
        (AssetMoved(ONE, "i", "n", "s3://a", "s3://b"), "n (i) moved from s3://a to s3://b"),
        (AssetMoved(ONE, "i", "n", None, "s3://b"), "n (i) moved from nowhere to s3://b"),
        (AssetMoved(ONE, "i", "n", "s3://a", None), "n (i) moved from s3://a to nowhere"),
        (
            NewerAssets(ONE, ("a", "b")),
            f"{ONE} has newer assets, which are not used: a, b",
        ),
    ],
)
def test_a_change_says_what_is_not_as_it_was(change: object, text: str) -> None:
    assert str(change) == text


def test_a_part_that_was_not_asked_is_counted() -> None:
    sources = memory_sources(two_sessions.world())
    asked = Session(two_sessions.ONE, sources=sources)
    asked.load()
    other = "behavior_700002_2024-01-03_10-00-00"
    ids = [parse_session(name) for name in (two_sessions.ONE, two_sessions.TWO, other)]
    notes = sessions_card("Sessions", ids, (), sources).notes
    assert notes[0] == Cell("1 of 3 are not asked yet: .load().")
    assert notes[1].text.endswith(" .refresh() asks again.")
