"""Sessions that travel with the answers about them."""

from __future__ import annotations

from aind_session import (
    Session,
)
from aind_session.many.parcels import _is_about


def test_a_question_is_about_a_session_where_its_whole_date_and_time_occur() -> None:
    session = Session("ecephys_10_2024-01-10_10-00-00")
    mine = ("find", "v1", '{"name": {"$in": ["10_2024-01-10_10-00-00"]}}')
    anothers = ("find", "v1", '{"name": {"$in": ["10_2024-02-10_10-00-00"]}}')
    assert _is_about(mine, session)
    assert not _is_about(anothers, session)
    assert _is_about(("find", "v1", '{"subject.subject_id": "10"}'), session)
