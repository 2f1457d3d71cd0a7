"""What metadata records say is read from each way in which it is written."""

from __future__ import annotations

import pytest

from aind_session.conventions.records import record_created, records_by_creation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-20T21:13:53.068424", "2024-06-20T21:13:53.068424"),
        ("2024-06-20T21:13:53Z", "2024-06-20T21:13:53.000000"),
        ("2024-06-20T21:13:53.5Z", "2024-06-20T21:13:53.500000"),
        ("2024-06-20T21:13:53.123456789Z", "2024-06-20T21:13:53.123456"),
        ("2024-06-20 14:13:53-07:00", "2024-06-20T21:13:53.000000"),
        ("2024-06-20T21:13Z", "2024-06-20T21:13:00.000000"),
        ("2024-06-20", "2024-06-20T00:00:00.000000"),
        ("2024-06-31", ""),
        ("2024-06-20T25:00:00Z", ""),
        ("2024-06", ""),
        ("2024-06-20-07:00", ""),
        ("soon", ""),
        (None, ""),
        (1718918033, ""),
    ],
)
def test_the_time_of_registration_is_read_in_utc(text: object, expected: str) -> None:
    assert record_created({"created": text}) == expected
    assert record_created({"_created": text}) == expected


def test_records_are_in_order_of_registration_whatever_the_form_of_their_times() -> None:
    times = [
        None,
        "2024-06-19",
        "2024-06-20T00:00:00.5Z",
        "2024-06-20T00:00:01",
        "2024-06-19T20:00:00-07:00",
    ]
    records = [{"_id": str(9 - at), "created": time} for at, time in enumerate(times)]
    assert records_by_creation(reversed(records)) == records
