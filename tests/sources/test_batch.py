"""Batches whose items are created on first use, once for all threads."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from aind_session import OddAnswerWarning, Session
from aind_session.conventions.names import find_asset_name, parse_session
from aind_session.sources import remote_sources
from aind_session.sources.batch import Batch, LaterBatch
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import Platform

NAME = "ecephys_676909_2023-12-13_13-43-40"


def later(made: list[str], *names: str) -> Batch[Any]:
    def make(names: Sequence[str]) -> list[Any]:
        made.extend(names)
        return [SimpleNamespace(name=name) for name in names]

    return LaterBatch(names, make, find_asset_name)


def test_nothing_is_made_to_tell_whether_there_is_something() -> None:
    made: list[str] = []
    assert not later(made, NAME).is_empty
    assert later(made).is_empty
    assert made == []


def test_nothing_is_made_to_tell_which_sessions_there_are() -> None:
    made: list[str] = []
    batch = later(made, NAME, f"{NAME}_sorted_2024-03-01_16-02-45", "x")
    assert batch.sessions == {parse_session(NAME)}
    assert made == []
    assert len(batch.items) == 3
    assert batch.sessions == {parse_session(NAME)}


def test_the_sessions_are_known_also_if_the_items_were_made_before() -> None:
    batch = later([], NAME)
    assert len(batch.items) == 1
    assert batch.sessions == {parse_session(NAME)}


def test_they_are_made_once_and_sorted_by_session() -> None:
    made: list[str] = []
    batch = later(made, NAME, "x")
    assert [item.name for item in batch.items] == [NAME, "x"]
    assert [named.item for named in batch.by_key[parse_session(NAME).key]] == [batch.items[0]]
    assert not batch.is_empty
    assert made == [NAME, "x"]


def test_all_threads_have_the_same() -> None:
    barrier = threading.Barrier(8)
    batch = later([], NAME)
    found: list[int] = []

    def look() -> None:
        barrier.wait()
        found.append(id(batch.items[0]))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_it_travels_as_what_it_holds() -> None:
    copied = pickle.loads(pickle.dumps(later([], NAME)))
    assert type(copied) is Batch
    assert [item.name for item in copied.items] == [NAME]


def test_a_result_that_is_no_asset_is_a_warning_even_if_no_asset_is_wanted(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(demo_world())
    body = '{"results": [{"id": "a", "name": "x"}, {"id": 1}], "has_more": false}'
    platform.fail("code_ocean", status=200, body=body)
    with pytest.warns(OddAnswerWarning, match="not a data asset"):
        assert Session(DEMO_SESSION, sources=remote_sources()).raw_data_dir
