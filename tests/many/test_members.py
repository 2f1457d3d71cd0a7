"""Which sessions mixed things name."""

from __future__ import annotations

from aind_session import (
    sessions,
)
from tests.many.two_sessions import ONE, TWO


def test_records_and_keys_of_mappings_name_sessions() -> None:
    record = {"name": ONE, "location": None}
    assert [member.id for member in sessions([record])] == [ONE]
    assert [member.id for member in sessions({ONE: "a value", TWO: "another"})] == [ONE, TWO]
