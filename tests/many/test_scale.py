"""The time of building, sorting and set operations with the names of the whole institute."""

from __future__ import annotations

import sys
import tracemalloc

from benchmarks.world import many_names

from aind_session import Session, sessions


def test_a_name_is_read_once_and_costs_less_than_a_kilobyte() -> None:
    names = many_names(1250, 8)
    len(sessions(names[:1]))
    tracemalloc.start()
    try:
        many = sessions(names)
        assert len(many) == 10_000
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # from Python 3.13 on, objects take more memory for attributes
    assert size / len(names) < (1000 if sys.version_info < (3, 13) else 1200)
    assert [session.id for session in sorted(many)[:2]] == sorted(names, key=_time)[:2]
    assert [s.id for s in (many - many[:9_998])] == names[-2:]
    assert len(many & many[5_000:]) == 5_000
    assert (many | many[:10]) == many


def _time(name: str) -> tuple[str, str]:
    return name.split("_", 2)[2], name


def test_copies_are_equal_and_bear_the_name() -> None:
    session = Session("ecephys_676909_20231213_134340")
    copy = session._over(None)
    assert (copy, copy.id, copy.dt, hash(copy)) == (session, session.id, session.dt, hash(session))
