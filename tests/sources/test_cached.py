"""The cache: age, absence, failure, refresh, and many who ask at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from aind_session.sources.cached import ABSENCE_SECONDS, Cache


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A question that counts how often it is asked."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.times = 0

    def __call__(self) -> object:
        self.times += 1
        return self.answers[min(self.times, len(self.answers)) - 1]


def test_an_answer_is_given_again_until_it_is_too_old() -> None:
    clock, asked = Clock(), Asked("a", "b")
    cache = Cache(600, clock=clock)
    assert cache.get("s", "q", asked) == "a"
    clock.now = 599
    assert cache.get("s", "q", asked) == "a"
    clock.now = 600
    assert cache.get("s", "q", asked) == "b"


def test_absence_is_remembered_only_briefly() -> None:
    clock, asked = Clock(), Asked([], ["now there"])
    cache = Cache(600, clock=clock)
    cache.get("s", "q", asked)
    clock.now = ABSENCE_SECONDS - 1
    assert cache.get("s", "q", asked) == []
    clock.now = ABSENCE_SECONDS
    assert cache.get("s", "q", asked) == ["now there"]


def test_failures_are_never_kept() -> None:
    cache, asked = Cache(600), Asked("fine")

    def fail() -> object:
        raise OSError("down")

    with pytest.raises(OSError, match="down"):
        cache.get("s", "q", fail)
    assert cache.get("s", "q", asked) == "fine"


def test_an_age_of_zero_keeps_nothing() -> None:
    cache, asked = Cache(0), Asked("a")
    cache.get("s", "q", asked)
    cache.get("s", "q", asked)
    assert asked.times == 2


def test_forgetting_a_scope_leaves_the_others() -> None:
    cache, asked, other = Cache(600), Asked("a"), Asked("o")
    cache.get("s", "q", asked)
    cache.get("t", "q", other)
    cache.forget("s")
    cache.get("s", "q", asked)
    cache.get("t", "q", other)
    assert (asked.times, other.times) == (2, 1)
    cache.forget()
    cache.get("t", "q", other)
    assert other.times == 2


def test_what_is_answered_after_a_refresh_to_an_older_question_is_not_kept() -> None:
    cache = Cache(600)

    def slow() -> str:
        cache.forget("s")
        return "old"

    assert cache.get("s", "q", slow) == "old"
    assert cache.get("s", "q", lambda: "new") == "new"


def test_entries_are_bounded_and_the_least_used_go_first() -> None:
    cache, asked = Cache(600, entries=2), Asked("a")
    cache.get("s", 1, asked)
    cache.get("s", 2, asked)
    cache.get("s", 1, asked)
    cache.get("s", 3, asked)
    assert asked.times == 3
    cache.get("s", 1, asked)
    assert asked.times == 3
    cache.get("s", 2, asked)
    assert asked.times == 4


def test_many_who_ask_at_once_share_one_request() -> None:
    cache = Cache(600)
    asked: list[str] = []
    everyone_is_here = threading.Barrier(16)

    def slow() -> str:
        asked.append("asked")
        return "answer"

    def ask(_: int) -> str:
        everyone_is_here.wait(timeout=10)
        return cache.get("s", "q", slow)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {"answer"}
    assert asked == ["asked"]
