"""The cache: age, absence, failure, refresh, and concurrent callers."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from functools import partial
from typing import TypeVar

import pytest

from aind_session import UnavailableError, offline
from aind_session.runtime import meter
from aind_session.runtime.cache import ABSENCE_SECONDS, Cache
from aind_session.runtime.parallel import side_by_side

T = TypeVar("T")


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A question that counts its requests."""

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


def sized(cache: Cache, question: str, size: int) -> None:
    """Ask a question whose answer has this many bytes."""

    def ask() -> str:
        meter.count("S3", requests=1, bytes=size)
        return question

    cache.get("s", question, ask)


def test_bytes_are_bounded_and_the_least_used_go_first() -> None:
    cache = Cache(600, max_bytes=100)
    sized(cache, "a", 40)
    sized(cache, "b", 40)
    sized(cache, "a", 40)
    sized(cache, "c", 40)
    assert [cache.has("s", question) for question in "abc"] == [True, False, True]
    sized(cache, "huge", 1000)
    assert not any(cache.has("s", question) for question in ("a", "c", "huge"))
    sized(cache, "d", 100)
    assert cache.has("s", "d")


def test_what_was_asked_is_known_with_its_cost_after_it_is_too_old() -> None:
    clock = Clock()
    cache = Cache(600, clock=clock, now=lambda: 1_700_000_000.0)
    sized(cache, "a", 40)
    clock.now = 10_000
    assert not cache.has("s", "a")
    value, asked = cache.known("s", "a") or (None, None)
    assert value == "a"
    assert asked is not None
    assert (asked.at, asked.requests, asked.bytes) == (1_700_000_000.0, 1, 40)


def test_failures_are_described_but_not_cached() -> None:
    cache = Cache(600)
    error = UnavailableError("S3", "down")

    def fail() -> object:
        raise error

    with pytest.raises(UnavailableError):
        cache.get("s", "q", fail)
    how = cache.how("s", "q")
    assert how is not None
    assert how.failure is error
    assert cache.known("s", "q") is None
    assert cache.get("s", "q", lambda: "fine") == "fine"


def test_who_waits_for_a_question_that_was_interrupted_asks_for_itself() -> None:
    cache = Cache(600)
    is_asking, may_end = threading.Event(), threading.Event()

    def interrupted() -> str:
        is_asking.set()
        may_end.wait(10)
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "s", "q", interrupted)
        is_asking.wait(10)
        second = pool.submit(cache.get, "s", "q", lambda: "mine")
        may_end.set()
        assert isinstance(first.exception(), KeyboardInterrupt)
        assert second.result() == "mine"


def test_an_answer_that_is_of_no_use_is_asked_for_again() -> None:
    cache, asked = Cache(600), Asked("bad", "good")
    cache.get("s", "q", asked)
    cache.drop("s", "q")
    assert cache.get("s", "q", asked) == "good"


def test_an_absence_that_was_put_is_remembered_only_briefly() -> None:
    clock, asked = Clock(), Asked(["now there"])
    cache = Cache(600, clock=clock)
    cache.put("s", "absent", [], is_absence=True)
    cache.put("s", "there", ["x"])
    clock.now = ABSENCE_SECONDS - 1
    assert (cache.get("s", "absent", asked), cache.get("s", "there", asked)) == ([], ["x"])
    clock.now = ABSENCE_SECONDS
    assert (cache.get("s", "absent", asked), cache.get("s", "there", asked)) == (
        ["now there"],
        ["x"],
    )


class Interruption(BaseException):
    """An error that is not an `Exception`, like KeyboardInterrupt."""


class Steps:
    """The calls of a cache for one question; one step fails once, while other threads wait."""

    def __init__(self, failing: str, error: BaseException) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._failing, self._error, self._has_failed = failing, error, False

    def _reach(self, step: str, value: T) -> T:
        if step == self._failing and self.begun.is_set() and not self._has_failed:
            self._has_failed = True
            raise self._error
        return value

    def _begin(self) -> None:
        self.begun.set()
        assert self.go_on.wait(10)

    def clock(self) -> float:
        return self._reach("clock", 0.0)

    def now(self) -> float:
        return self._reach("now", 0.0)

    def ask(self) -> str:
        self._begin()
        return self._reach("ask", "answer")

    def is_absence(self, answer: str) -> bool:
        return self._reach("is_absence", not answer)

    def get(self, scope: str, question: object) -> None:
        self._begin()
        return self._reach("get", None)

    def put(self, scope: str, question: object, value: object, at: float) -> None:
        return self._reach("put", None)


@pytest.mark.parametrize("error", [IndexError("odd"), Interruption("stop"), SystemExit(1)])
@pytest.mark.parametrize("step", ["ask", "is_absence", "clock", "now", "get", "put"])
def test_whoever_waits_is_answered_whatever_goes_wrong_at_whichever_step(
    step: str, error: BaseException
) -> None:
    steps = Steps(step, error)
    cache = Cache(600, clock=steps.clock, now=steps.now, shelf=steps)

    def question() -> str:
        return cache.get("s", "q", steps.ask, is_absence=steps.is_absence)

    surroundings = offline() if step == "get" else nullcontext()
    with surroundings, ThreadPoolExecutor(2) as pool:
        first = pool.submit(question)
        assert steps.begun.wait(10)
        second = pool.submit(question)
        wait([second], timeout=0.1)  # until it waits for the first
        steps.go_on.set()
        assert first.exception(10) is error
        # an interruption concerns only one thread
        assert second.exception(10) in ((None, error) if isinstance(error, Exception) else (None,))
        if not isinstance(error, Exception):
            assert second.result() == "answer"
        assert question() == "answer"


@pytest.mark.parametrize("count", [1, 3])
def test_no_caller_waits_for_threads_that_never_began(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """As without memory: a thread then ends before Python calls its function."""

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    cache = Cache(600)
    ask = partial(cache.get, "s", "q", lambda: "answer")
    threading.setprofile(fail)
    try:
        with pytest.raises(MemoryError, match="ended before its work began"):
            side_by_side([ask] * count)
    finally:
        threading.setprofile(None)
    assert side_by_side([ask] * count) == ["answer"] * count


def test_what_an_interrupted_caller_waited_for_is_asked_anew() -> None:
    cache, may_end = Cache(600), threading.Event()

    def interrupt(number: int, frame: object) -> None:
        raise Interruption

    def hangs() -> str:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        may_end.wait(10)
        return "late"

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(Interruption):
            cache.get("s", "q", hangs)
        assert cache.get("s", "q", lambda: "again") == "again"
    finally:
        may_end.set()
        signal.signal(signal.SIGALRM, before)


class Nosy:
    """A question that asks the cache itself when it is compared, as a signal handler may."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self.answers: list[str] = []

    def __hash__(self) -> int:
        if not self.answers:
            self.answers.append("")
            self.answers.append(self._cache.get("s", "other", lambda: "other answer"))
        return 1


def test_a_question_amid_another_in_the_same_thread_is_answered() -> None:
    cache = Cache(600)
    cache.put("s", "other", "other answer")
    nosy = Nosy(cache)
    with ThreadPoolExecutor(1) as pool:
        try:
            assert pool.submit(cache.get, "s", nosy, lambda: "answer").result(20) == "answer"
        finally:
            cache.renew()
    assert nosy.answers == ["", "other answer"]


def test_an_interruption_before_the_question_is_put_leaves_none_waiting() -> None:
    cache = Cache(600)

    def no_thread(*_: object) -> None:
        raise Interruption

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(Interruption):
            cache.get("s", "q", Asked("never"))
    assert cache.unanswered("s") == {}
    assert cache.get("s", "q", Asked("answer")) == "answer"
