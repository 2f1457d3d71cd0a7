"""The effect of each event on a run; how many runs may start, and when to check again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aind_session import memory_sources, plan_runs
from aind_session.conventions.failures import Reason
from aind_session.runs.engine import Engine, Pace
from aind_session.runs.ledger import Ledger
from aind_session.runs.rows import Row, RunRecord, State, of_state
from tests.runs.played import name_of, played_world, sorting

NAME = name_of(1)
PLANNED = {
    "event": "planned",
    "key": "k",
    "session": NAME,
    "request": {"r": 1},
    "work": {"w": 1},
    "labels": {"tags": []},
}
START = {"event": "start", "key": "k", "attempt": 1, "watermark": {"created": 5, "seen": []}}
STARTED = {"event": "started", "key": "k", "computation": "c", "created": 7}
ENDED = {"event": "ended", "key": "k", "state": "succeeded", "why": "", "run_time": 60}
UNCONFIRMED = "its start has not been confirmed yet"


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"event": kind, "key": "k", **more}


def taken(*events: dict[str, Any]) -> State:
    state = State()
    for one in (PLANNED, *events):
        state.take(one)
    return state


def row(*events: dict[str, Any]) -> Row:
    return taken(*events).rows["k"]


def test_a_planned_run_has_what_the_plan_says_and_nothing_else() -> None:
    planned = row()
    assert (planned.request, planned.work, planned.labels) == ({"r": 1}, {"w": 1}, {"tags": []})
    assert planned.subject == "700001"
    assert planned.record == RunRecord(NAME, "planned", None, None, "", 0, "k")
    assert planned.record.to_dict() == {
        "session": NAME,
        "state": "planned",
        "computation": None,
        "asset": None,
        "why": "",
        "attempts": 0,
        "key": "k",
        "reason": None,
        "notes": (),
    }


def test_a_sent_start_is_unknown_until_an_answer_tells() -> None:
    sent = row(event("missing", at=3), START)
    assert sent.record == RunRecord(NAME, "unknown", None, None, UNCONFIRMED, 1, "k")
    assert (sent.watermark, sent.missing) == ({"created": 5, "seen": []}, None)
    assert row(START, event("missing", at=3)).missing == 3
    started = row(START, event("missing", at=3), STARTED)
    assert started.record == RunRecord(NAME, "running", "c", None, "", 1, "k")
    assert (started.created, started.missing) == (7, None)
    adopted = row(START, event("adopted", computation="d", why="found"))
    assert adopted.record == RunRecord(NAME, "running", "d", None, "found", 1, "k")
    assert adopted.created is None


@pytest.mark.parametrize(("asked", "lost"), [({}, False), ({"asked": True}, True)])
def test_a_run_that_was_not_started_is_planned_again(asked: dict[str, bool], lost: bool) -> None:
    again = row(START, event("missing", at=3), event("not_started", why="no", **asked))
    assert again.record == RunRecord(NAME, "planned", None, None, "no", 0, "k")
    assert (again.is_lost, again.missing) == (lost, None)
    assert row(event("not_started", why="no")).attempts == 0
    # the run may still appear
    assert row(event("not_started", why="no", asked=True), event("not_started", why="no")).is_lost


def test_a_refused_run_says_why() -> None:
    refused = row(START, event("refused", why="no access"))
    assert refused.record == RunRecord(NAME, "refused", None, None, "no access", 1, "k")


def test_an_ended_run_has_its_state_and_reason() -> None:
    good = row(STARTED, {**ENDED, "why": "it says so", "described": 1, "results": 1, "created": 9})
    assert good.record == RunRecord(NAME, "succeeded", "c", None, "", 0, "k")
    assert (good.run_time, good.described, good.has_results, good.created) == (60, True, True, 9)
    plain = row(STARTED, ENDED)
    assert (plain.described, plain.has_results, plain.created) == (False, False, 7)
    reason = {"step": "sort", "line": "E", "exit_code": 1, "file": "output", "hint": None}
    bad = row(STARTED, event("ended", state="failed", why="its state", reason=reason))
    assert bad.record == RunRecord(
        NAME, "failed", "c", None, "its state", 0, "k", Reason("sort", "E", 1, "output")
    )
    assert bad.run_time is None
    assert row(STARTED, event("ended", state="failed", why="x", reason=None)).reason is None


CAPTURE = event("capture", attempt=1)


def test_a_capture_is_sent_drafted_and_done() -> None:
    sent = row(STARTED, ENDED, event("missing", at=3), CAPTURE)
    assert (sent.record.state, sent.captures, sent.missing) == ("capturing", 1, None)
    drafted = row(STARTED, ENDED, CAPTURE, event("missing", at=3), event("drafted", asset="a"))
    assert (drafted.record.state, drafted.record.asset) == ("capturing", "a")
    assert (drafted.missing, drafted.is_shared) == (None, False)
    assert row(STARTED, ENDED, event("drafted", asset="a", adopted=True)).is_shared
    assert row(STARTED, ENDED, event("drafted", asset="a"), event("shared")).is_shared
    done = row(STARTED, ENDED, CAPTURE, event("missing", at=3), event("captured", asset="a"))
    assert done.record == RunRecord(NAME, "captured", "c", "a", "", 0, "k")
    assert done.missing is None
    assert row(STARTED, ENDED, event("captured", asset="a", why="by another")).why == "by another"


@pytest.mark.parametrize(("final", "capture"), [(True, "failed"), (False, "")])
def test_a_capture_that_failed_leaves_a_run_that_succeeded(final: bool, capture: str) -> None:
    events = (STARTED, ENDED, event("drafted", asset="a"), event("missing", at=3))
    failed = row(*events, event("not_captured", final=final, why="no space"))
    assert failed.record == RunRecord(NAME, "succeeded", "c", None, "no space", 0, "k")
    assert (failed.capture, failed.missing) == (capture, None)


def test_a_run_that_did_not_succeed_is_not_being_captured() -> None:
    failed = row(STARTED, CAPTURE, event("ended", state="failed", why="no asset"))
    assert (failed.record.state, failed.capture) == ("failed", "")
    assert row(STARTED, CAPTURE, ENDED).capture == "sent"
    drafted = row(STARTED, event("drafted", asset="a"), event("ended", state="failed", why="x"))
    assert drafted.capture == "draft"


def test_a_retry_begins_anew_and_keeps_how_often_it_was_started() -> None:
    reason = {"step": "sort", "line": "E", "exit_code": 1, "file": "output", "hint": None}
    failed = event("ended", state="failed", why="x", reason=reason, run_time=5, described=True)
    again = row(
        START, STARTED, CAPTURE, event("drafted", asset="a"), failed, event("retry", resume="r")
    )
    assert again.record == RunRecord(NAME, "planned", None, None, "", 1, "k")
    assert (again.resume, again.capture, again.captures) == ("r", "", 0)
    assert (again.created, again.run_time, again.described) == (None, None, False)
    assert row(START, STARTED, failed, event("retry")).resume is None


def test_a_capture_can_be_tried_again() -> None:
    failed = (STARTED, ENDED, CAPTURE, event("not_captured", final=True, why="no space"))
    again = row(*failed, event("recapture"))
    assert (again.capture, again.captures, again.why) == ("", 0, "")


HEAD: dict[str, Any] = {
    "event": "head",
    "format": "f",
    "at_most": 2,
    "listed_by": "target",
    "process": {
        "label": "sorted",
        "capsule": "target",
        "pipeline": None,
        "via": None,
        "capture": {"name": None, "target": None, "share": "viewer", "failed": False},
        "judged_by_function": False,
    },
    "watermark": {"created": 0, "seen": []},
    "around": {"fixed": [], "defaults": {}},
}


def test_a_name_a_note_and_an_opening_are_kept() -> None:
    assert (row().namings, row().is_named) == (0, False)
    named = row(event("named", attempt=2, done=True))
    assert (named.namings, named.is_named) == (2, True)
    state = taken(
        event("note", text="of the run"),
        {"event": "note", "text": "of all"},
        {"event": "opened", "pid": 1},
        HEAD,
    )
    assert state.rows["k"].record.notes == ("of the run",)
    assert state.notes == ["of all"]
    assert state.opened == {"event": "opened", "pid": 1}
    assert state.head == HEAD


def test_computations_of_all_attempts_are_held_but_none_of_a_note() -> None:
    again = {**STARTED, "computation": "d"}
    state = taken(STARTED, event("retry"), again, event("note", text="t", computation="e"))
    assert state.held == {"c", "d"}


@pytest.mark.parametrize("unknown", [event("dance"), {**STARTED, "key": "other"}, {}])
def test_an_event_that_is_not_known_is_an_error(unknown: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        taken(unknown)


def test_rows_are_chosen_by_state() -> None:
    rows = [row(), row(START), row(STARTED)]
    assert of_state(rows, "planned", "running") == [rows[0], rows[2]]
    assert of_state(rows) == []


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"at_most": 0}, "at_most is a whole number of at least 1, not 0"),
        ({"at_most": True}, "at_most is a whole number of at least 1, not True"),
        ({"at_most": 1.5}, "at_most is a whole number of at least 1, not 1.5"),
        (
            {"poll_seconds": 0},
            "^poll_seconds must be a number above 0, with waits of at most 30 days, not 0$",
        ),
        ({"starts_per_second": -1}, "starts_per_second must be a number above 0.*, not -1$"),
        ({"poll_seconds": "1"}, "poll_seconds must be a number above 0.*, not '1'$"),
        ({"settle_seconds": ()}, r"settle_seconds must hold a number of seconds, not \(\)$"),
        ({"settle_seconds": (1, 0)}, "settle_seconds must be a number above 0.*, not 0$"),
        ({"settle_seconds": (1, float("nan"))}, "settle_seconds must be a number.*, not nan$"),
        ({"settle_seconds": float("inf")}, "waits of at most 30 days"),
        ({"poll_seconds": float("inf")}, "waits of at most 30 days"),
        ({"poll_seconds": True}, "poll_seconds must be a number above 0.*, not True$"),
        ({"starts_per_second": 1e-300}, "waits of at most 30 days"),
    ],
)
def test_a_pace_that_cannot_be_kept_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Pace(**more)


def test_a_pace_has_defaults_and_sorts_when_it_looks() -> None:
    pace = Pace()
    assert (pace.at_most, pace.poll_seconds, pace.starts_per_second) == (10, 10, 2)
    assert pace.settle_seconds == (5, 15, 60)
    assert Pace(settle_seconds=7).settle_seconds == (7,)  # type: ignore[arg-type]
    assert pace.name_runs is True
    assert Pace(at_most=1).at_most == 1
    assert Pace(settle_seconds=(60, 5, 15)).settle_seconds == (5, 15, 60)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The engine of a ledger with three planned runs, of which none was started."""
    sources = memory_sources(played_world())
    plan = plan_runs([name_of(number) for number in (1, 2, 3)], sorting(), sources=sources)
    plan.start(tmp_path / "r.jsonl", at_most=1)
    ledger = Ledger(tmp_path / "r.jsonl")
    for each in ledger.state.rows.values():
        each.state, each.run_time = "planned", None
    return Engine(ledger, sources, Pace(at_most=2, poll_seconds=10, settle_seconds=(5, 15, 60)))


def test_as_many_may_start_as_are_not_under_way(engine: Engine) -> None:
    one, two, three = engine.rows
    assert engine.free == 2
    one.state = "running"
    assert engine.free == 1
    two.state = "unknown"
    assert engine.free == 0
    three.state = "running"
    assert engine.free == 0


def test_when_to_look_again(engine: Engine) -> None:
    clock = engine.sources.clock
    one, two, three = engine.rows
    assert engine.pause() == 10  # something is planned, and may start
    engine.not_before = clock.passed() + 300
    assert engine.pause() == 300
    one.state = two.state = three.state = "failed"
    assert engine.pause() == 600  # there is nothing to do
    one.state = "running"
    assert engine.pause() == 10
    two.run_time, three.run_time = 1000, 3000
    assert engine.pause() == 100  # a twentieth of 2000, the median
    two.run_time = three.run_time = 100_000
    assert engine.pause() == 600
    one.state, one.capture = "failed", "draft"
    two.run_time = three.run_time = None
    assert engine.pause() == 10
    one.capture = ""
    two.state = "succeeded"  # and is to be captured
    assert engine.pause() == 10
    two.capture = "done"
    assert engine.pause() == 600


def test_what_is_searched_for_is_looked_for_when_it_may_have_settled(engine: Engine) -> None:
    clock = engine.sources.clock
    one, two, three = engine.rows
    two.state = three.state = "failed"
    one.state = "unknown"
    engine.asked[one.search] = clock.passed()
    assert engine.pause() == 5
    clock.sleep(5)
    assert engine.pause() == 10
    clock.sleep(10)
    assert engine.pause() == 45
    clock.sleep(45)
    assert engine.pause() == 10
    one.state, one.capture = "succeeded", "sent"
    engine.asked[one.search] = clock.passed()
    assert engine.pause() == 5


def test_after_trouble_each_pause_is_twice_as_long(engine: Engine) -> None:
    from aind_session.errors import UnavailableError

    engine.trouble = UnavailableError("Code Ocean", "down")
    pauses = []
    for engine.troubles in range(8):
        pauses.append(engine.pause())
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600]


def test_a_search_is_overdue_after_the_last_time_that_things_may_take(engine: Engine) -> None:
    clock = engine.sources.clock
    one = next(iter(engine.rows))
    with engine.ledger.writing():
        assert engine.is_overdue(one) is False
        assert one.missing == pytest.approx(clock.now(), abs=0.01)
        clock.sleep(59)
        assert engine.is_overdue(one) is False
        clock.sleep(1)
        assert engine.is_overdue(one) is True


def test_another_process_goes_on_with_a_search(engine: Engine) -> None:
    one = next(iter(engine.rows))
    one.missing = engine.sources.clock.now() - 60
    assert engine.is_overdue(one) is True
    one.missing = engine.sources.clock.now() - 59
    engine.asked.clear()
    assert engine.is_overdue(one) is False


@pytest.mark.parametrize("name", ["key", "session", "request", "work", "labels"])
def test_a_planned_run_has_all_its_parts_in_their_types(name: str) -> None:
    with pytest.raises((KeyError, TypeError)):
        State().take({**PLANNED, name: 5})
    with pytest.raises((KeyError, TypeError)):
        State().take({field: value for field, value in PLANNED.items() if field != name})
