"""Matches of objects, lock files that hold something else, changes as a table, frames."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aind_session import (
    FileFormatError,
    Session,
    Subject,
    find,
    get_codeocean_model,
    memory_sources,
    sessions,
)
from aind_session.conventions.names import parse_session
from aind_session.display import Cell
from aind_session.many import saved
from aind_session.many.cards import sessions_card
from aind_session.runtime.cache import Cache
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.worlds import asset, empty_world, raw, uuid_of

ONE = "ecephys_700001_2024-01-01_10-00-00"
TWO = "ecephys_700001_2024-01-02_10-00-00"
SORTED = f"{ONE}_sorted_2024-02-01_00-00-00"
RUN, CAPSULE = uuid_of(77), uuid_of(78)


def world() -> World:
    made = empty_world()
    made.assets += [raw(1, ONE), raw(2, TWO), asset(3, SORTED)]
    made.computations[CAPSULE] = [{"id": RUN, "name": "Run", "state": "running", "run_time": 1}]
    return made


def test_an_object_is_what_it_is(serve: Serve) -> None:
    sources = serve(world())
    run = get_codeocean_model(RUN, sources=sources)
    match = find(run, sources=sources)
    assert (match.kind, match.mention, match.computation) == ("computation", RUN, run)
    made = decode_asset(world().assets[2])
    match = find(made, sources=sources)
    assert (match.kind, match.mention, match.asset) == ("asset", SORTED, made)
    assert (match.session, match.subject) == (Session(ONE), Subject("700001"))
    assert match.near == (Session(TWO),)
    match = find(Session(ONE))
    assert (match.kind, match.mention, match.subject) == ("session", ONE, Subject("700001"))
    match = find(Subject("700001"))
    assert (match.kind, match.mention, match.session) == ("subject", "700001", None)
    match = find(uuid_of(3), sources=sources)
    assert match.mention == uuid_of(3)
    assert match.near == (Session(TWO),)


def test_a_part_that_was_not_asked_is_counted() -> None:
    sources = memory_sources(world())
    asked = Session(ONE, sources=sources)
    asked.load()
    other = "behavior_700002_2024-01-03_10-00-00"
    ids = [parse_session(name) for name in (ONE, TWO, other)]
    notes = sessions_card("Sessions", ids, (), sources).notes
    assert notes[0] == Cell("1 of 3 are not asked yet: .load().")
    assert notes[1].text.endswith(" .refresh() asks again.")


def test_a_collection_counts_what_names_it_and_then_its_sessions() -> None:
    many = sessions("700001", sources=memory_sources(world()))
    assert repr(many) == "Sessions(of 700001)"
    assert many._card().aside == ""
    assert len(many) == 2
    assert repr(many) == "Sessions(2 of 700001)"
    assert many._card().aside == "2 sessions"


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ({"sessions": [], "answers": []}, "has no time or no sessions that can be read: KeyError"),
        ({"sessions": [], "answers": [], "saved": 5}, "that can be read: TypeError: "),
        ({"sessions": ["x"], "answers": [], "saved": "2024-01-01"}, "read: SessionIdError: "),
    ],
)
def test_a_saved_file_that_lacks_what_it_needs_says_so(
    tmp_path: Path, whole: dict[str, object], said: str
) -> None:
    path = tmp_path / "saved.json"
    head = {"format": saved.FORMAT, "version": saved.VERSION}
    path.write_text(json.dumps({**head, **whole}))
    with pytest.raises(FileFormatError, match=said):
        saved.read(path)


def test_an_answer_that_cannot_be_read_is_quoted_with_the_reason() -> None:
    with pytest.raises(FileFormatError, match=r"has an answer that cannot be read, 5: \w+Error: "):
        saved.teach(Cache(60), {"answers": [5]}, "saved.json")
