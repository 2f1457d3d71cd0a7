"""Answers about many subjects: how long they are kept, and what asks for all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session.catalog.bulk import in_bulk
from aind_session.catalog.inventory import Inventory
from aind_session.sources import memory_sources, remote_sources
from tests.platform import Platform
from tests.worlds import empty_world, raw

ONE = "ecephys_700001_2024-01-01_10-00-00"
OTHER = "ecephys_700002_2024-01-01_10-00-00"


@pytest.mark.parametrize(("kept", "in_bulk_kept"), [(0, 60), (59, 60), (60, 60), (600, 600)])
def test_answers_about_many_are_kept_for_a_minute_at_least(
    kept: float, in_bulk_kept: float
) -> None:
    now = [0.0]
    sources = memory_sources(empty_world(), cache_seconds=kept, clock=lambda: now[0])
    cache = in_bulk(sources, ["700001"]).cache
    asked: list[float] = []

    def ask() -> str:
        asked.append(now[0])
        return "answer"

    for now[0] in (0, in_bulk_kept - 1, in_bulk_kept + 1):
        cache.get("700001", ("a question",), ask)
    assert asked == [0, in_bulk_kept + 1]


def test_that_there_is_nothing_is_kept_as_long_as_answers() -> None:
    now = [0.0]
    sources = memory_sources(empty_world(), cache_seconds=600, clock=lambda: now[0])
    inventory = Inventory("700001", in_bulk(sources, ["700001"]))
    assert list(inventory.assets().items) == []
    now[0] = 599
    assert all(inventory.sources.cache.has("700001", q.key) for q in inventory.asset_questions())
    now[0] = 601
    assert not any(
        inventory.sources.cache.has("700001", q.key) for q in inventory.asset_questions()
    )


def test_a_source_that_could_not_be_asked_is_not_asked_for_each_subject(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets += [raw(1, ONE), raw(2, OTHER)]
    platform = stand_in(world)
    platform.fail("docdb", status=403)
    sources = in_bulk(remote_sources(), ["700001", "700002"])
    assert len(Inventory("700001", sources).records().failures) == 2
    asked = platform.count("docdb")
    for _ in range(2):
        assert len(Inventory("700002", sources).records().failures) == 2
    assert platform.count("docdb") == asked == 2


def test_a_question_about_another_subject_is_asked_for_it_alone(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets += [raw(1, ONE), raw(2, OTHER)]
    platform = stand_in(world)
    sources = in_bulk(remote_sources(), ["700001"])
    assert {asset.name for asset in Inventory("700002", sources).assets().items} == {OTHER}
    assert platform.count("code_ocean") == 2
    assert {asset.name for asset in Inventory("700001", sources).assets().items} == {ONE}
    assert platform.count("code_ocean") == 4


def test_what_is_forgotten_of_one_subject_is_kept_of_others() -> None:
    sources = memory_sources(empty_world())
    many = in_bulk(sources, ["700001", "700002"])
    for subject in ("700001", "700002"):
        Inventory(subject, sources).assets()
        Inventory(subject, many).assets()
    many.cache.forget("700001")
    for asked in (sources, many):
        known = [
            all(
                asked.cache.has(subject, q.key) for q in Inventory(subject, asked).asset_questions()
            )
            for subject in ("700001", "700002")
        ]
        assert known == [False, True]


def test_all_that_many_know_is_forgotten_for_them_alone() -> None:
    sources = memory_sources(empty_world())
    many = in_bulk(sources, ["700001"])
    Inventory("700001", sources).assets()
    Inventory("700001", many).assets()
    many.cache.forget()
    questions = Inventory("700001", many).asset_questions()
    assert not any(many.cache.has("700001", question.key) for question in questions)
    assert all(sources.cache.has("700001", question.key) for question in questions)


def test_answers_about_many_are_more_than_about_one() -> None:
    sources = memory_sources(empty_world())
    cache = in_bulk(sources, [str(number) for number in range(700_000, 700_050)]).cache
    for number in range(15_001):
        cache.put("another", number, "answer")
    assert not cache.has("another", 0)
    assert cache.has("another", 1)
