"""The cache's store, its journal, and copies of it: by scope, least recently used first out."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session import OfflineError, StaleWarning, UnavailableError, offline
from aind_session.runtime import calls, meter
from aind_session.runtime.cache import Asked, Cache
from aind_session.runtime.kept import Kept
from tests.runtime.test_cache import Clock

A, B, C = ("s", "a"), ("s", "b"), ("t", "c")


def kept(*keys: tuple[str, str], entries: int = 10, max_bytes: int = 100) -> Kept[str]:
    made: Kept[str] = Kept(entries, max_bytes)
    for key in keys:
        made.put(key, key[1].upper(), size=10)
    return made


class TestKept:
    def test_values_are_given_by_key_and_listed_by_scope(self) -> None:
        held = kept(A, B, C)
        assert (held.get(A), held.get(("s", "c"))) == ("A", None)
        assert held.scopes() == ["s", "t"]
        assert held.within("s") == ["a", "b"]
        assert held.within("absent") == []
        assert held.items() == [(A, "A", 10), (B, "B", 10), (C, "C", 10)]

    def test_what_was_used_least_recently_goes_first(self) -> None:
        held = kept(A, B, entries=2)
        held.touch(A)
        held.touch(("s", "absent"))
        held.put(C, "C", 10)
        assert [key for key, _, _ in held.items()] == [A, C]
        held.put(A, "A2", 10)  # replaced, and so the latest
        assert [key for key, _, _ in held.items()] == [C, A]
        assert held.get(A) == "A2"

    def test_as_many_bytes_are_kept_as_are_allowed_and_not_one_more(self) -> None:
        held = kept(A, B, max_bytes=20)
        assert len(held.items()) == 2
        held.put(A, "A", 11)
        assert held.items() == [(A, "A", 11)]
        held.put(B, "B", 9)
        assert len(held.items()) == 2
        held.put(C, "C", 21)
        assert held.items() == []
        held.put(C, "C", 20)
        assert held.items() == [(C, "C", 20)]

    def test_what_is_dropped_leaves_room_and_nothing_behind(self) -> None:
        held = kept(A, B, C, max_bytes=30)
        held.drop(B)
        held.drop(B)
        assert (held.get(B), held.within("s"), held.scopes()) == (None, ["a"], ["s", "t"])
        held.drop(A)
        assert held.scopes() == ["t"]
        held.put(A, "A", 20)
        assert [key for key, _, _ in held.items()] == [C, A]


class Shelf:
    """A shelf that is a dict."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, Any], tuple[Any, float]] = {}

    def put(self, scope: str, question: Any, value: Any, at: float) -> None:
        self.held[scope, question] = (value, at)

    def get(self, scope: str, question: Any) -> tuple[Any, float] | None:
        return self.held.get((scope, question))


DOWN = UnavailableError("S3", "down")


def fail() -> object:
    raise DOWN


class TestCache:
    def test_a_failure_is_kept_for_as_long_as_it_was_said_to(self) -> None:
        clock = Clock()
        cache = Cache(600, clock=clock, failure_seconds=30)
        with pytest.raises(UnavailableError):
            cache.get("s", "q", fail)
        clock.now = 29
        with pytest.raises(UnavailableError):
            cache.get("s", "q", lambda: "fine")
        clock.now = 30
        assert cache.get("s", "q", lambda: "fine") == "fine"

    def test_an_absence_is_kept_no_longer_than_an_answer(self) -> None:
        clock = Clock()
        cache = Cache(10, clock=clock, absence_seconds=60)
        cache.get("s", "q", list)
        clock.now = 9
        assert cache.has("s", "q")
        clock.now = 10
        assert not cache.has("s", "q")

    def test_what_is_an_absence_can_be_said(self) -> None:
        clock = Clock()
        cache = Cache(600, clock=clock, absence_seconds=5)
        cache.get("s", "zero", lambda: 0, is_absence=lambda answer: answer is None)
        cache.get("s", "one", lambda: 1, is_absence=lambda answer: answer == 1)
        clock.now = 5
        assert (cache.has("s", "zero"), cache.has("s", "one")) == (True, False)

    def test_what_was_put_is_true_for_as_long_as_it_was_said_to_be(self) -> None:
        clock = Clock()
        cache = Cache(600, clock=clock, now=lambda: 7.0)
        cache.put("s", "q", "value", seconds=20)
        asked = Asked(3.0, requests=2)
        cache.put("s", "asked", "value", asked=asked)
        assert cache.known("s", "q") == ("value", Asked(7.0))
        assert cache.known("s", "asked") == ("value", asked)
        clock.now = 19
        assert cache.has("s", "q")
        clock.now = 20
        assert (cache.has("s", "q"), cache.has("s", "asked")) == (False, True)
        assert cache.known("s", "q") == ("value", Asked(7.0))

    def test_a_failure_that_was_put_is_raised_and_is_no_answer(self) -> None:
        cache = Cache(600, failure_seconds=30, now=lambda: 7.0)
        cache.put("s", "q", DOWN)
        with pytest.raises(UnavailableError):
            cache.get("s", "q", lambda: "fine")
        assert cache.known("s", "q") is None
        assert cache.how("s", "q") == Asked(7.0, failure=DOWN)
        cache.put("s", "r", "value")
        assert cache.answers("s") == {"r": ("value", Asked(7.0))}

    def test_answers_of_a_scope_are_those_that_are_young_enough(self) -> None:
        clock = Clock()
        cache = Cache(600, clock=clock, now=lambda: 7.0)
        cache.put("s", "old", 1, seconds=5)
        cache.put("s", "new", 2)
        cache.put("t", "other", 3)
        clock.now = 5
        assert cache.answers("s") == {"new": (2, Asked(7.0))}
        assert cache.answers("absent") == {}

    def test_the_last_answer_to_each_question_is_described(self) -> None:
        clock = Clock()
        cache = Cache(600, clock=clock, now=lambda: 7.0)

        def ask() -> str:
            meter.count("S3", requests=3, bytes=5, retries=2)
            clock.now += 4
            return "a"

        cache.get("s", "q", ask)
        cache.put("s", "p", 1, asked=Asked(1.0))
        assert cache.how("s", "q") == Asked(7.0, 4.0, 3, 5, 2)
        assert cache.how("s", "absent") is None
        assert list(cache.journal("s")) == ["q", "p"]
        assert cache.journal("t") == {}
        cache.put("s", "q", 1, asked=Asked(2.0))  # stored again, and so the last
        assert list(cache.journal("s").items()) == [("p", Asked(1.0)), ("q", Asked(2.0))]

    def test_the_journal_is_as_long_as_the_entries(self) -> None:
        cache = Cache(600, entries=2)
        for question in "abc":
            cache.put("s", question, question)
        assert list(cache.journal("s")) == ["b", "c"]

    def test_another_cache_takes_over_what_is_known(self) -> None:
        one, other = Cache(600, now=lambda: 7.0), Cache(600)
        one.put("s", "q", "value")
        other.adopt(one)
        assert other.get("s", "q", lambda: "asked") == "value"
        assert other.how("s", "q") == Asked(7.0)

    def test_what_is_forgotten_is_in_no_journal(self) -> None:
        cache = Cache(600)
        cache.put("s", "q", 1)
        cache.put("t", "q", 2)
        cache.forget("s")
        assert (cache.journal("s"), cache.known("s", "q")) == ({}, None)
        assert list(cache.journal("t")) == ["q"]
        cache.forget()
        assert cache.journal("t") == {}

    def test_what_is_known_is_no_request_and_counts_as_a_hit(self) -> None:
        cache = Cache(600)
        cache.put("s", "q", 1)
        with meter.meter() as cost:
            assert cache.get("s", "q", lambda: 2) == 1
        assert (cost.requests, cost.cache_hits) == (0, 1)

    def test_offline_an_answer_of_any_age_is_given_but_no_failure(self) -> None:
        clock = Clock()
        cache = Cache(10, clock=clock, failure_seconds=10)
        cache.put("s", "q", 1)
        cache.put("s", "bad", DOWN)
        clock.now = 100
        assert not cache.has("s", "q")
        with offline():
            assert cache.has("s", "q")
            assert cache.get("s", "q", lambda: 2) == 1
            assert not cache.has("s", "bad")

    def test_answers_go_on_the_shelf_and_come_from_it_offline(self) -> None:
        shelf = Shelf()
        cache = Cache(600, shelf=shelf, now=lambda: 7.0)
        cache.get("s", "asked", lambda: "a")
        cache.put("s", "put", "b")
        cache.put("s", "had", "c", asked=Asked(1.0))
        cache.put("s", "bad", DOWN)
        with pytest.raises(UnavailableError):
            cache.get("s", "worse", fail)
        assert shelf.held == {("s", "asked"): ("a", 7.0), ("s", "put"): ("b", 7.0)}
        later = Cache(600, shelf=shelf)
        assert later.get("s", "asked", lambda: "again") == "again"
        third = Cache(600, shelf=shelf)
        shelf.held["s", "asked"] = ("shelved", 3.0)
        with offline():
            assert third.get("s", "asked", lambda: "again") == "shelved"
            assert third.how("s", "asked") == Asked(3.0)
            assert third.get("s", "asked", lambda: "again") == "shelved"
        # it does not count as new
        assert not third.has("s", "asked")

    def test_what_is_on_no_shelf_is_asked_for_offline_too(self) -> None:
        def ask() -> object:
            raise OfflineError("no network is used")

        cache = Cache(600, shelf=Shelf())
        with offline(), pytest.raises(OfflineError):
            cache.get("s", "q", ask)

    def test_offline_the_oldest_answer_is_warned_of(self) -> None:
        cache = Cache(600, now=lambda: 1_700_000_000.0)
        cache.put("s", "q", 1)

        @calls.one_call
        def ask() -> int:
            return cache.get("s", "q", lambda: 2)

        with offline(), pytest.warns(StaleWarning, match="answered offline, "):
            assert ask() == 1
        assert ask() == 1
