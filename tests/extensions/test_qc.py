"""``session.qc``: the records it reads, the metrics that count, and its views."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import RemoteError, Session, SourceDownWarning
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import QUIET, Platform
from tests.worlds import empty_world, record, record_v2

RAW = "ecephys_700001_2024-05-01_10-00-00"
NEW = "700001_2024-05-01_10-00-00"
SORTED = f"{NEW}_sorted_2024-06-01_00-00-00"
UTC = datetime.timezone.utc


def metric(name: str, *history: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A metric with statuses and the days of June on which they were set."""
    found = [
        {"status": status, "evaluator": "Ann", "timestamp": f"2024-06-{day:02}T12:00:00Z"}
        for status, day in history
    ]
    about = {"modality": {"abbreviation": "ecephys"}, "stage": "Raw data", "tags": {"probe": "A"}}
    return {"name": name, "status_history": found, **about, **more}


def v1_control(status: str) -> dict[str, Any]:
    drift = metric("Drift", (status, 1))
    return {"evaluations": [{"name": "Drift", "latest_status": status, "metrics": [drift]}]}


def world(v1: str | None, *raw: Any, derived: Any = ()) -> World:
    found = empty_world()
    control = v1_control(v1) if v1 else None
    found.records["v1"].append(record(RAW, f"s3://b/{RAW}", quality_control=control))
    control = {"metrics": list(raw)} if raw else None
    found.records["v2"].append(record_v2(NEW, f"s3://b/{NEW}", quality_control=control))
    if derived:
        of_derived = {"data_level": "derived", "modalities": []}
        found.records["v2"].append(
            record_v2(
                SORTED,
                f"s3://b/{SORTED}",
                data_description=of_derived,
                quality_control={"metrics": list(derived)},
            )
        )
    return found


PASSED = metric("Drift", ("Pass", 2))


@pytest.mark.parametrize(
    ("found", "expected", "records"),
    [
        (world("Fail", PASSED), "pass", (NEW,)),
        (world("Pending", PASSED), "pass", (NEW,)),
        (world("Pass", metric("Drift", ("Fail", 1))), "fail", (NEW,)),
        (world("Fail"), "fail", (RAW,)),
        (world(None, PASSED), "pass", (NEW,)),
        (world(None), None, ()),
        # metrics that derived data inherited have their newest status
        (world(None, metric("Drift", ("Fail", 9)), derived=[PASSED]), "fail", (NEW,)),
        (world(None, metric("Drift", ("Fail", 1)), derived=[PASSED]), "pass", (SORTED,)),
        (world(None, PASSED, derived=[metric("Yield", ("Pending", 3))]), "pending", (NEW, SORTED)),
    ],
)
def test_which_records_count(
    serve: Serve, found: World, expected: str | None, records: tuple[str, ...]
) -> None:
    sources = serve(found)
    for name in (RAW, NEW):
        qc = Session(name, sources=sources).qc
        assert (qc.status, qc.metrics.records) == (expected, records)


def test_a_metric_is_a_frozen_value() -> None:
    found = memory(world(None, PASSED)).qc.metrics
    assert len(found) == 1
    drift = found[0]
    assert (drift.name, drift.stage, drift.modality) == ("Drift", "Raw data", "ecephys")
    assert (drift.status, drift.evaluator, drift.tags) == ("pass", "Ann", ("probe:A",))
    assert drift.time == datetime.datetime(2024, 6, 2, 12, tzinfo=UTC)
    with pytest.raises(AttributeError):
        drift.status = "fail"  # type: ignore[misc]


def memory(found: World) -> Session:
    from aind_session import memory_sources

    return Session(RAW, sources=memory_sources(found))


MANY = world(
    None,
    metric("Drift", ("Fail", 2)),
    metric("Light", ("Pass", 3), modality={"abbreviation": "behavior-videos"}, tags={"x": "B"}),
    metric("Yield", ("Pending", 4), stage="Processing"),
)


@pytest.mark.parametrize(
    ("about", "names", "status"),
    [
        ({"modality": "ecephys"}, ["Drift", "Yield"], "fail"),
        ({"modality": "behavior_videos"}, ["Light"], "pass"),
        ({"stage": "Processing"}, ["Yield"], "pending"),
        ({"tag": ["B", "probe:A"]}, ["Drift", "Light", "Yield"], "fail"),
        ({"tag": "B", "stage": "Processing"}, [], None),
    ],
)
def test_metrics_are_chosen_by_what_they_are_about(
    about: dict[str, Any], names: list[str], status: str | None
) -> None:
    found = memory(MANY).qc.metrics.about(**about)
    assert ([metric.name for metric in found], found.status) == (names, status)


def test_a_stage_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="'Raw data', 'Processing'"):
        memory(MANY).qc.metrics.about(stage="raw")


def test_the_metrics_that_decide() -> None:
    assert [metric.name for metric in memory(MANY).qc.metrics.deciding] == ["Drift"]


def test_as_of_a_date() -> None:
    qc = memory(world(None, metric("Drift", ("Fail", 2), ("Pass", 9)))).qc
    assert qc.as_of("2024-06-08").status == "fail"
    assert qc.as_of("2024-06-09").status == "pass"  # the whole day
    assert qc.as_of("2024-06-09T11:59:59Z").status == "fail"
    assert qc.as_of("2024-06-09T12:00:00Z").status == "pass"


def test_a_table_in_text_records_and_pandas() -> None:
    found = memory(world(None, metric("Dri\x1b[2Jft", ("Pass", 2)))).qc.metrics
    title, head, line = str(found).splitlines()
    assert title.startswith("quality control: pass")
    assert head.split()[:5] == ["name", "stage", "modality", "tags", "status"]
    assert "Raw data" in line
    assert not {"\x1b"} & {*str(found), *found._repr_html_()}
    (row,) = found.to_records()
    assert (row["status"], row["tags"], row["may_fail"]) == ("pass", ["probe:A"], False)
    table = found.to_pandas()
    assert list(table["status"]) == ["pass"]
    # before 2.1, pandas converts them to nanoseconds
    assert str(table["time"].dtype) in ("datetime64[us, UTC]", "datetime64[ns, UTC]")
    assert list(memory(world(None)).qc.metrics.to_pandas().columns) == list(table.columns)


def test_one_question_a_schema_version(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world("Pass", PASSED), quiet=QUIET)
    session = Session(RAW, sources=remote_sources())
    assert session.qc.status == "pass"
    assert session.qc.as_of("2024-06-08").status == "pass"
    assert (platform.count(), platform.steps()) == (2, 1)


def test_one_schema_version_down_is_a_warning(stand_in: Callable[..., Platform]) -> None:
    stand_in(world("Fail", PASSED)).fail("docdb", path="/v2/", status=503)
    with pytest.warns(SourceDownWarning, match="qc of"):
        assert Session(RAW, sources=impatient()).qc.status == "fail"


def test_both_down_is_an_error(stand_in: Callable[..., Platform]) -> None:
    stand_in(world("Fail", PASSED)).fail("docdb", status=503)
    with pytest.raises(RemoteError):
        Session(RAW, sources=impatient()).qc.status


def test_a_record_that_names_no_subject_is_found_by_its_name(serve: Serve) -> None:
    found = empty_world()
    body = record(RAW, f"s3://b/{RAW}", quality_control=v1_control("Fail"))
    found.records["v1"].append({**body, "subject": None})
    assert Session(RAW, sources=serve(found)).qc.status == "fail"
