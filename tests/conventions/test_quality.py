"""Quality control gets the same status as from the metadata schema, in all its releases."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest

from aind_session.conventions.quality import (
    UNKNOWN,
    deciding,
    latest,
    metrics,
    status,
)

UTC = datetime.timezone.utc
DAY = datetime.datetime(2026, 2, 10, tzinfo=UTC)


def entry(status: Any, day: Any = None, evaluator: str = "Ann") -> dict[str, Any]:
    """Return an entry of a history, on a day of February 2026."""
    time = f"2026-02-{day:02}T12:00:00Z" if isinstance(day, int) else day
    return {"status": status, "timestamp": time, "evaluator": evaluator}


def metric(*history: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "Drift", "status_history": list(history), **more}


def v2(*found: Any, **more: Any) -> dict[str, Any]:
    return {"quality_control": {"metrics": list(found), **more}}


def v1(*evaluations: Any) -> dict[str, Any]:
    return {"quality_control": {"evaluations": list(evaluations)}}


PASSED, FAILED, PENDING = metric(entry("Pass")), metric(entry("Fail")), metric(entry("Pending"))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (v2(PASSED, PASSED), "pass"),
        (v2(PASSED, PENDING), "pending"),
        (v2(PENDING, FAILED, PASSED), "fail"),
        # the status with the newest time is used, at any position
        (v2(metric(entry("Pass", 3), entry("Fail", 1), entry("Pending", 2))), "pass"),
        (v2(metric(entry("Fail", 3), entry("Pass", "2026-02-01T00:00:00.5Z"))), "fail"),
        # 23:00 in the west is later than 02:00 UTC of the next day
        (
            v2(
                metric(
                    entry("Pass", "2026-02-01T23:00:00-08:00"),
                    entry("Fail", "2026-02-02T02:00:00Z"),
                )
            ),
            "pass",
        ),
        # of two with the same time, the first; without times, the last
        (v2(metric(entry("Pass", 1), entry("Fail", 1))), "pass"),
        (v2(metric(entry("Pass"), entry("Fail"))), "fail"),
        # a status in the future is not used, unless there is no other
        (v2(metric(entry("Pass", 1), entry("Fail", "2199-01-01T00:00:00Z"))), "pass"),
        (v2(metric(entry("Fail", "2199-01-01T00:00:00Z"))), "fail"),
        # the record's own status is out of date
        (v2(PASSED, status={"ecephys": "Fail"}), "pass"),
        (v2(FAILED, status={"ecephys": "Pass"}), "fail"),
        (v2(FAILED, status={}), "fail"),
        ({"quality_control": {"status": {"ecephys": "Pass", "Raw data": "Fail"}}}, "fail"),
        ({"quality_control": {"status": {"ecephys": "Pass"}, "metrics": []}}, "pass"),
        # v1 uses the last of the list
        (v1({"metrics": [metric(entry("Fail", 3), entry("Pass", 1))]}), "pass"),
        (v1({"metrics": [PASSED, FAILED], "allow_failed_metrics": True}), "pass"),
        (v1({"metrics": [PENDING, FAILED], "allow_failed_metrics": True}), "pending"),
        (v1({"metrics": [FAILED]}, {"metrics": [PENDING]}), "fail"),
        (v1({"metrics": [FAILED], "latest_status": "Pass"}), "fail"),
        (v1({"metrics": [], "latest_status": "Fail"}), "fail"),
        (v1({"latest_status": "Pending"}), "pending"),
        ({"quality_control": None}, None),
        ({"quality_control": {"metrics": [], "evaluations": []}}, None),
        ({}, None),
    ],
)
def test_a_record_is_judged_by_its_metrics(record: dict[str, Any], expected: str | None) -> None:
    assert status(record) == expected


@pytest.mark.parametrize(
    ("tags", "allowed", "expected"),
    [
        ({"probe": "A"}, ["A"], "pass"),
        ({"probe": "A"}, ["probe:A"], "pass"),
        ({"probe": "A"}, ["B"], "fail"),
        ({"probe": "A"}, ["probe"], "fail"),
        ({"probe": "A", "shank": "1"}, ["1"], "pass"),
        (["A", "video"], ["video"], "pass"),
        (["A", "video"], [["A", "video"]], "pass"),  # all of them
        (["A"], [["A", "video"]], "fail"),
        (["A"], [[]], "pass"),
        ([], [[]], "fail"),
        (["A"], ["tag_1:A"], "pass"),
        ({"probe": "A"}, "A", "fail"),
        ({"probe": "A"}, [None, 5, {"A": 1}], "fail"),
        (None, ["A"], "fail"),
    ],
)
def test_tags_that_may_fail(tags: Any, allowed: Any, expected: str) -> None:
    record = v2(metric(entry("Fail"), tags=tags), PASSED, allow_tag_failures=allowed)
    assert status(record) == expected


def test_what_may_fail_may_not_be_pending() -> None:
    pending = metric(entry("Pending"), tags={"probe": "A"})
    assert status(v2(pending, allow_tag_failures=["A"])) == "pending"


ABOUT = v2(
    metric(entry("Pass"), modality={"abbreviation": "ecephys"}, stage="Raw data", tags=["A"]),
    metric(
        entry("Fail"),
        modality={"abbreviation": "behavior-videos"},
        stage="Processing",
        tags={"probe": "B"},
    ),
    metric(entry("Pending"), modality={"abbreviation": "ecephys"}, stage="Processing"),
)


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, "fail"),
        ({"modality": ["ecephys"]}, "pending"),
        ({"modality": ["ecephys", "behavior-videos"]}, "fail"),
        ({"modality": ["behavior_videos"]}, "fail"),
        ({"modality": ["fib"]}, None),
        ({"stage": ["Raw data"]}, "pass"),
        ({"stage": ["Raw data", "Processing"]}, "fail"),
        ({"stage": ["Processing"], "modality": ["ecephys"]}, "pending"),
        ({"tag": ["A"]}, "pass"),
        ({"tag": ["B"]}, "fail"),
        ({"tag": ["probe:B", "A"]}, "fail"),
        ({"tag": ["probe"]}, None),
        ({"tag": ["A"], "stage": ["Processing"]}, None),
    ],
)
def test_by_modality_stage_and_tag(about: dict[str, Any], expected: str | None) -> None:
    assert status(ABOUT, **about) == expected


def test_evaluations_by_modality_stage_and_tag() -> None:
    found = v1(
        {"stage": "Raw data", "modality": {"abbreviation": "fib"}, "metrics": [PASSED]},
        {"stage": "Analysis", "tags": ["events"], "metrics": [FAILED]},
    )
    asked: list[dict[str, Any]] = [
        {"stage": ["Raw data"]},
        {"modality": ["fib"]},
        {"tag": ["events"]},
        {"tag": ["other"]},
    ]
    assert [status(found, **about) for about in asked] == ["pass", "pass", "fail", None]


KEPT = {
    "quality_control": {
        "status": {"Raw data": "Pass", "ecephys": "Pending", "probe:A": "Fail", "videos": "Pass"}
    }
}


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"stage": ["Raw data"]}, "pass"),
        ({"modality": ["ecephys"]}, "pending"),
        ({"tag": ["probe:A"]}, "fail"),
        ({"tag": ["A"]}, "fail"),
        ({"tag": ["videos"]}, "pass"),
        ({"modality": ["probe:A"]}, None),
        ({"modality": ["Raw data"]}, None),
        ({"date": DAY}, None),  # its time is unknown
    ],
)
def test_without_metrics_the_kept_status_is_all_there_is(
    about: dict[str, Any], expected: str | None
) -> None:
    assert status(KEPT, **about) == expected


HISTORY = (entry("Pending", 5), entry("Fail", 10), entry("Pass", 20))


@pytest.mark.parametrize(
    ("day", "of_v2", "of_v1"),
    [
        (4, "pending", None),  # before all: the first; nothing in v1
        (5, "pending", "pending"),  # noon of the day is included
        (9, "pending", "pending"),
        (10, "fail", "fail"),
        (28, "pass", "pass"),
    ],
)
def test_as_of_a_date(day: int, of_v2: str, of_v1: str | None) -> None:
    noon = datetime.datetime(2026, 2, day, 12, tzinfo=UTC)
    assert status(v2(metric(*HISTORY)), date=noon) == of_v2
    assert status(v1({"metrics": [metric(*HISTORY)]}), date=noon) == of_v1


def test_a_metric_of_v1_that_came_later_is_not_judged() -> None:
    found = v1({"metrics": [metric(entry("Pass", 1)), metric(entry("Fail", 20))]})
    assert (status(found, date=DAY), status(found)) == ("pass", "fail")


@pytest.mark.parametrize("found", ["Great", "", None, 5, ["Pass"]])
def test_an_unknown_status_is_no_pass(found: Any) -> None:
    record = v2(PASSED, metric(entry(found)))
    assert status(record) == "pending"
    assert [m.status for m in metrics(record)] == ["pass", UNKNOWN]


def test_metrics_without_history_are_no_pass() -> None:
    assert status(v2({"name": "Drift"})) == "pending"
    assert status(v1({"metrics": [PASSED, {}]})) == "pending"
    assert status(v1({"metrics": [{}]})) == "pending"


@pytest.mark.parametrize(
    "control",
    [
        5,
        [],
        "Pass",
        {"metrics": 5, "evaluations": "x", "status": []},
        {"metrics": [None, 5, []], "evaluations": [None, []]},
    ],
)
def test_what_is_no_quality_control_says_nothing(control: Any) -> None:
    assert status({"quality_control": control}) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"modality": 5, "stage": [], "tags": 7, "name": None},
        {"status_history": [None, 5, {"status": "Pass", "timestamp": "0001-01-01T00:00:00+14:00"}]},
        {"status_history": [{"status": "Pass", "timestamp": 1e400, "evaluator": {}}]},
        {"tags": {"probe": None, "x": ["y"]}},
    ],
)
def test_malformed_metrics_are_read(broken: dict[str, Any]) -> None:
    assert status(v2(metric(entry("Pass")) | broken)) == "pass"
    assert status(v1({"metrics": [metric(entry("Pass")) | broken], **broken})) == "pass"


def test_what_a_metric_says() -> None:
    record = v2(
        metric(
            entry("Fail", "2026-02-01T12:00:00-08:00", "Ann"),
            stage="Analysis",
            modality={"abbreviation": "fib", "name": "Fiber photometry"},
            tags={"fiber": "1"},
        ),
        allow_tag_failures=["1"],
    )
    (found,) = metrics(record)
    assert (found.name, found.stage, found.modality, found.tags) == (
        "Drift",
        "Analysis",
        "fib",
        ("fiber:1",),
    )
    assert (found.status, found.evaluator, found.may_fail) == ("fail", "Ann", True)
    assert found.time == datetime.datetime(2026, 2, 1, 20, tzinfo=UTC)


def test_modalities_have_one_spelling() -> None:
    assert [m.modality for m in metrics(ABOUT)] == ["ecephys", "behavior_videos", "ecephys"]
    kept = {"quality_control": {"status": {"behavior-videos": "Pass"}}}
    assert [m.modality for m in metrics(kept)] == ["behavior_videos"]


def test_a_metric_of_v1_bears_the_name_of_its_evaluation() -> None:
    found = metrics(
        v1(
            {"name": "Events", "metrics": [PASSED], "stage": "Raw data", "tags": ["a", 5]},
            {"name": "Kept", "latest_status": "Pass"},
        )
    )
    assert [(m.name, m.stage, m.tags) for m in found] == [
        ("Events: Drift", "Raw data", ("a",)),
        ("Kept", None, ()),
    ]


def test_a_time_without_a_zone_is_local_time_of_the_machine() -> None:
    (found,) = metrics(v2(metric(entry("Pass", "2026-02-01T12:00:00"))))
    assert found.time == datetime.datetime(2026, 2, 1, 12).astimezone(UTC)
    naive = datetime.datetime(2026, 2, 1, 12)
    assert status(v1({"metrics": [metric(entry("Pass", naive.isoformat()))]}), date=naive) == "pass"


def test_kept_statuses_as_metrics() -> None:
    assert [(m.name, m.stage, m.modality, m.tags) for m in metrics(KEPT)] == [
        ("Raw data", "Raw data", None, ()),
        ("ecephys", None, "ecephys", ("ecephys",)),
        ("probe:A", None, None, ("probe:A",)),
        ("videos", None, "videos", ("videos",)),
    ]
    assert status(KEPT, tag=["Raw data"]) is None


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set")
def test_local_time_is_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "PST8")
    time.tzset()
    try:
        times = ("2026-02-01T12:00:00", "2026-02-01T12:00:00Z", "2026-02-01T12:00:00+02:00")
        found = [metrics(v2(metric(entry("Pass", text))))[0].time for text in times]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [at and at.isoformat() for at in found] == [
        "2026-02-01T20:00:00+00:00",
        "2026-02-01T12:00:00+00:00",
        "2026-02-01T10:00:00+00:00",
    ]


def test_the_deciding_metrics() -> None:
    names = {"a": "Fail", "b": "Pass", "c": "Pending", "d": "Fail"}
    found = metrics(v2(*(metric(entry(status), name=name) for name, status in names.items())))
    assert [m.name for m in deciding(found)] == ["a", "d"]
    assert [m.name for m in deciding(found[1:3])] == ["c"]
    assert deciding(()) == ()


def test_two_metrics_of_one_record_are_two() -> None:
    twice = v2(metric(entry("Fail", 1)), metric(entry("Pass", 2)))
    assert [m.status for m in latest([twice])] == ["fail", "pass"]
    other = v2(metric(entry("Pass", 3), tags=["A"]), metric(entry("Pass", 3), stage="Analysis"))
    assert len(latest([twice, other])) == 4


def test_a_metric_without_a_time_is_the_oldest() -> None:
    untimed, timed = v2(metric(entry("Fail"))), v2(metric(entry("Pass", 1)))
    assert [m.status for m in latest([timed, untimed])] == ["pass"]
    assert [m.status for m in latest([untimed, timed])] == ["pass"]


def test_what_is_not_said_of_a_metric_is_none() -> None:
    (found,) = metrics(v2({"status_history": [{"status": "Pass"}]}))
    assert (found.record, found.evaluator, found.stage, found.modality) == (None, None, None, None)
    assert (found.name, found.tags, found.time, found.may_fail) == ("", (), None, False)
    (found,) = metrics({**v2(metric(entry("Pass", evaluator=""), stage="")), "name": "r"})
    assert (found.record, found.evaluator, found.stage) == ("r", None, None)


@pytest.mark.parametrize("time", [None, "", "soon", "2026-02-31"])
def test_what_is_no_time_of_a_status_is_none(time: Any) -> None:
    (found,) = metrics(v2(metric(entry("Pass", time))))
    assert (found.time, found.status) == (None, "pass")


def test_of_statuses_without_time_the_last_counts() -> None:
    history = [entry("Fail", ""), entry("Pending", None), entry("Pass", "")]
    assert status(v2(metric(*history))) == "pass"
    assert status(v2(metric(*history[::-1]))) == "fail"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set")
@pytest.mark.parametrize(
    ("zone", "said"),
    [("Asia/Tokyo", "0001-01-01T00:00:00"), ("America/Los_Angeles", "9999-12-31T23:59:59")],
)
def test_a_time_that_its_zone_leads_out_of_the_calendar_is_none(
    monkeypatch: pytest.MonkeyPatch, zone: str, said: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        (found,) = metrics(v2(metric(entry("Pass", said))))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found.time is None


def stage_of_1_0(status: str, modality: str, day: int) -> dict[str, Any]:
    """Return an evaluation of schema 1.0, which has one status and no metrics with a history."""
    return {
        "evaluation_modality": {"abbreviation": modality},
        "evaluation_stage": f"Stage {day}",
        "evaluator_full_name": "Ann",
        "evaluation_date": f"2026-02-{day:02}",
        "qc_metrics": {"units": 622},
        "stage_status": status,
    }


def test_schema_1_0_stated_a_status_for_each_stage() -> None:
    found = v1(stage_of_1_0("Pass", "behavior-videos", 3), stage_of_1_0("Fail", "ecephys", 12))
    assert status(found) == "fail"
    assert status(found, modality=["behavior_videos"]) == "pass"
    assert status(found, stage=["Stage 12"]) == "fail"
    assert status(found, date=DAY) == "pass"  # the other stage is judged two days later
    read = metrics(found)[1]
    assert (read.name, read.stage, read.modality) == ("Stage 12", "Stage 12", "ecephys")
    assert (read.evaluator, read.time and read.time.date()) == ("Ann", datetime.date(2026, 2, 12))


def test_schema_1_0_stated_an_overall_status_which_counts_without_evaluations() -> None:
    control = {"overall_status": "Fail", "overall_status_date": "2026-02-01", "evaluations": []}
    assert status({"quality_control": control}) == "fail"
    passed = {**control, "evaluations": [stage_of_1_0("Pass", "ecephys", 3)]}
    assert status({"quality_control": passed}) == "pass"
