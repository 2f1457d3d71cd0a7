"""Which records say what quality control says."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aind_session.conventions.qc_records import shared_by_twins, that_count
from aind_session.conventions.quality import (
    latest,
    status,
)
from tests.conventions.test_quality import UTC, entry, metric

OLDER_NAME, NAME = "ecephys_1_2024-01-01_10-00-00", "1_2024-01-01_10-00-00"


def of(
    name: str, version: str, status: str | None, day: int = 1, place: str = "s3://b/x"
) -> dict[str, Any]:
    """Return a record registered on a day of June, with one metric or without metrics."""
    control = None if status is None else {"metrics": [metric(entry(status, day))]}
    created = f"2026-06-{day:02}T00:00:00"
    where = {"name": name, "version": version, "location": place}
    return {**where, "created": created, "quality_control": control}


@pytest.mark.parametrize(
    ("records", "counting"),
    [
        ([of(OLDER_NAME, "v1", "Fail", 9), of(NAME, "v2", "Pass", 1)], [(NAME, "pass")]),
        ([of(NAME, "v2", "Pass", 1), of(OLDER_NAME, "v1", "Fail", 9)], [(NAME, "pass")]),
        ([of(OLDER_NAME, "v1", "Fail"), of(NAME, "v2", None)], [(OLDER_NAME, "fail")]),
        ([of(NAME, "v2", "Fail", 2), of(NAME, "v2", "Pass", 3)], [(NAME, "pass")]),
        ([of(NAME, "v2", "Pass", 3), of(NAME, "v2", "Fail", 2)], [(NAME, "pass")]),
        (
            [
                of(OLDER_NAME, "v1", "Fail", 2),
                of(OLDER_NAME.replace("ecephys", "fib"), "v1", "Pass"),
            ],
            [("fib_1_2024-01-01_10-00-00", "pass"), (OLDER_NAME, "fail")],
        ),
        (
            [of(f"{NAME}_sorted_2024-02-01_10-00-00", "v2", "Fail"), of(NAME, "v2", "Pass", 2)],
            [(f"{NAME}_sorted_2024-02-01_10-00-00", "fail"), (NAME, "pass")],
        ),
        (
            [of(f"{NAME}_sorted", "v1", "Fail"), of(NAME, "v2", "Pass", 2)],
            [(f"{NAME}_sorted", "fail"), (NAME, "pass")],
        ),
        (
            [of("x", "v1", "Fail", place="a"), of("x", "v1", "Pass", place="b")],
            [("x", "fail"), ("x", "pass")],
        ),
        ([of(NAME, "v2", None)], []),
    ],
)
def test_one_record_of_each_thing_counts(
    records: list[dict[str, Any]], counting: list[tuple[str, str]]
) -> None:
    assert [(r["name"], status(r)) for r in that_count(records)] == counting


def test_twins_share_the_quality_control_that_counts() -> None:
    records = [
        of(OLDER_NAME, "v1", "Fail"),
        of(NAME, "v2", "Pass"),
        of("2_2024-01-01_10-00-00", "v2", None),
    ]
    shared = shared_by_twins(records)
    assert [record["name"] for record in shared] == [record["name"] for record in records]
    assert [status(record) for record in shared] == ["pass", "pass", None]
    assert status(records[0]) == "fail"  # the argument is not changed


def test_of_one_metric_in_several_records_the_newest_status_counts() -> None:
    raw = of(NAME, "v2", "Fail", 5)
    inherited = of(f"{NAME}_sorted_2024-02-01_10-00-00", "v2", "Pass", 3)
    (found,) = latest([raw, inherited])
    assert (found.status, found.record) == ("fail", NAME)
    (found,) = latest([inherited, raw])
    assert (found.status, found.record) == ("fail", NAME)
    (found,) = latest([raw, of("x", "v2", "Pending", 5)])  # same time: the later record
    assert (found.status, found.record) == ("pending", "x")
    at = datetime.datetime(2026, 2, 4, tzinfo=UTC)
    assert [m.status for m in latest([raw, inherited], date=at)] == ["fail"]
