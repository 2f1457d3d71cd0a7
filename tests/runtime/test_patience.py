"""A silent server: the others answer, and a call waits for it only if no other can answer."""

from __future__ import annotations

import signal
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from aind_session import Session, SourceDownWarning, UnavailableError, sessions, strict
from aind_session.errors import AssetNotFoundError
from aind_session.runtime import calls
from aind_session.runtime.cache import Cache, _Pending
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.runtime.patience import SilentError, note_answer
from aind_session.runtime.waiting import Scope
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.memory import MemoryStorage
from tests.platform import Platform
from tests.worlds import empty_world, raw, record, uuid_of

NAMES = [f"ecephys_70000{n}_2024-01-0{n}_10-00-00" for n in range(1, 5)]


@pytest.fixture
def platform(stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("AIND_SESSION_PATIENCE_SECONDS", "0.3")
    return stand_in(demo_world())


def test_the_others_answer_with_a_warning_that_says_how_to_wait_longer(platform: Platform) -> None:
    platform.fail("docdb", kind="hang")
    session = Session(DEMO_SESSION, sources=remote_sources())
    said = r"has been silent for 0.3 s .* set AIND_SESSION_PATIENCE_SECONDS"
    with pytest.warns(SourceDownWarning, match=said):
        assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"


def test_one_version_of_docdb_stands_in_for_the_other(platform: Platform) -> None:
    platform.fail("docdb", path="/v2/", kind="hang")
    with pytest.warns(SourceDownWarning, match="DocDB"):
        assert len(Session(DEMO_SESSION, sources=remote_sources()).docdb) > 3


def test_it_is_asked_once_and_not_again_for_other_questions(platform: Platform) -> None:
    platform.world.assets += [raw(number, name) for number, name in enumerate(NAMES)]
    platform.fail("docdb", kind="hang")
    sources = remote_sources()
    for name in NAMES:
        with pytest.warns(SourceDownWarning):
            Session(name, sources=sources).raw_data_asset
    assert platform.count("docdb") == 2  # one request per version


def test_its_answer_is_kept_when_it_comes(platform: Platform) -> None:
    platform.fail("docdb", kind="drip", pause=0.002)
    session = Session(DEMO_SESSION, sources=remote_sources())
    with pytest.warns(SourceDownWarning):
        session.raw_data_asset
    while _warnings(session):
        time.sleep(0.05)
    assert platform.count("docdb") == 2


def _warnings(session: Session) -> list[object]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        assert session.raw_data_asset.id == "16d46411-540a-4122-b47f-8cb2a15d593a"
    return list(found)


def test_where_it_alone_can_know_it_is_waited_for(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.records["v1"].append(record(NAMES[0], "s3://aind-ephys-data/elsewhere"))
    platform = stand_in(world)
    platform.fail("docdb", kind="drip", pause=0.002)
    session = Session(NAMES[0], sources=remote_sources())
    assert session.raw_data_dir.as_posix() == "s3://aind-ephys-data/elsewhere"


def test_where_it_alone_can_know_its_silence_is_an_error_in_the_end(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "3")
    platform.fail("docdb", kind="hang")
    with pytest.raises(UnavailableError, match="DocDB"):
        Session(DEMO_SESSION, sources=remote_sources()).docdb
    with pytest.raises(UnavailableError, match="DocDB"):
        Session("ecephys_999999_2024-01-01_10-00-00", sources=remote_sources()).raw_data_dir


def test_a_source_that_is_down_does_not_stand_in_for_a_silent_one(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "4")
    platform.fail("code_ocean", status=400)
    platform.fail("docdb", kind="hang")
    # S3 without a network, which takes no time
    sources = replace(remote_sources(), storage=MemoryStorage(platform.world))
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        Session(DEMO_SESSION, sources=sources).raw_data_dir
    texts = [str(warning.message) for warning in found]
    assert any("no answer in time" in text for text in texts)
    assert not any("has been silent" in text for text in texts)


def test_many_sessions_are_answered_without_it(platform: Platform) -> None:
    world = platform.world
    world.assets += [raw(number, name) for number, name in enumerate(NAMES)]
    platform.fail("docdb", kind="hang")
    many = sessions(*NAMES, sources=remote_sources())
    with pytest.warns(SourceDownWarning, match="has been silent"):
        found = many.raw_data_assets
    assert [found[session].id for session in many] == [uuid_of(n) for n in range(4)]
    assert platform.count("docdb") == 2


def test_strict_waits_for_all(platform: Platform) -> None:
    platform.fail("docdb", kind="drip", pause=0.002)
    session = Session(DEMO_SESSION, sources=remote_sources())
    with strict():
        assert session.raw_data_asset.id == "16d46411-540a-4122-b47f-8cb2a15d593a"


def test_what_an_interrupted_call_waited_for_is_asked_anew(platform: Platform) -> None:
    platform.fail("docdb", kind="hang")
    session = Session(DEMO_SESSION, sources=remote_sources())
    with pytest.warns(SourceDownWarning):
        session.raw_data_asset
    asked = platform.count("docdb")

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(KeyboardInterrupt):
            session.docdb
    finally:
        signal.signal(signal.SIGALRM, before)
    platform.heal()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a busy machine may take longer than the patience
        assert len(session.docdb) > 3
    assert platform.count("docdb") > asked


@pytest.mark.parametrize(("sent", "times"), [(False, 2), (True, 1)])
def test_a_call_that_has_begun_something_is_never_made_again(*, sent: bool, times: int) -> None:
    made = []

    @one_call
    def call() -> None:
        made.append(True)
        calls.note_left_out()
        if sent:
            calls.note_sent()
        raise AssetNotFoundError("it")

    with pytest.raises(AssetNotFoundError):
        call()
    assert len(made) == times


class _Ward:
    """A cache and two sources: one answers at once, the other after some looks at the clock.

    Each look advances the clock by a second; the patience is three seconds.
    """

    def __init__(self, looks: int, *, answers_others: bool) -> None:
        self.looks = looks
        self.answers_others = answers_others
        self.may_answer = threading.Event()
        self.seconds = 0.0
        self.cache = Cache(60, clock=self.clock, patience=3)

    def clock(self) -> float:
        self.seconds += 1
        if self.answers_others:
            note_answer("Slow", "api")
        self.looks -= 1
        if self.looks < 0:
            self.may_answer.set()
        return self.seconds

    def slow(self) -> str:
        self.may_answer.wait()
        return "late"

    @one_call
    def ask(self) -> list[object]:
        return side_by_side(
            [
                partial(attempt, partial(self.cache.get, "s", "quick", lambda: "at once")),
                partial(attempt, partial(self.cache.get, "s", "slow", self.slow)),
            ],
            sources=[("Quick",), ("Slow",)],
        )


def test_a_server_that_answers_others_is_not_silent() -> None:
    ward = _Ward(12, answers_others=True)
    assert ward.ask() == ["at once", "late"]
    assert ward.seconds > 10


def test_one_that_answers_nobody_is() -> None:
    ward = _Ward(12, answers_others=False)
    at_once, left = ward.ask()
    assert at_once == "at once"
    assert isinstance(left, SilentError)
    assert ward.looks >= 0  # it had not answered yet
    ward.may_answer.set()


def test_all_who_wait_for_the_same_silent_answer_leave() -> None:
    looked: set[int] = set()
    everyone_looked, may_answer = threading.Event(), threading.Event()
    now = [0.0]

    def clock() -> float:
        looked.add(threading.get_ident())
        if len(looked) == 3:  # both waiting threads, and the one that asks
            everyone_looked.set()
        return now[0]

    cache = Cache(60, clock=clock, patience=3)

    def slow() -> str:
        may_answer.wait(30)
        return "late"

    @one_call
    def ask() -> list[object]:
        slowly = partial(attempt, partial(cache.get, "s", "slow", slow))
        return side_by_side([lambda: "at once", slowly], sources=[("Quick",), ("Slow",)])

    with ThreadPoolExecutor(2) as pool:
        try:
            both = [pool.submit(ask) for _ in range(2)]
            assert everyone_looked.wait(20)
            now[0] = 3
            answers = [one.result(20) for one in both]
        finally:
            may_answer.set()
    assert [answer[0] for answer in answers] == ["at once", "at once"]
    assert [type(answer[1]) for answer in answers] == [SilentError, SilentError]


def test_the_silence_begins_with_the_first_look_and_ends_with_an_answer() -> None:
    pending = _Pending(Scope())
    note_answer("Slow", "api")
    assert pending.silence(("Slow",), 100) == 0
    assert pending.silence(("Slow",), 102) == 2
    note_answer("Slow", "api")
    assert pending.silence(("Slow",), 103) == 0
    assert pending.silence(("Slow",), 104.5) == 1.5


def test_one_that_has_answered_others_since_is_asked_again(platform: Platform) -> None:
    platform.world.assets += [raw(number, name) for number, name in enumerate(NAMES)]
    first, second = (name.split("_")[1] for name in NAMES[:2])
    platform.fail("docdb", kind="hang", query=first)
    sources = remote_sources()
    with pytest.warns(SourceDownWarning):
        Session(NAMES[0], sources=sources).raw_data_asset
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a busy machine may take longer than the patience
        with strict():
            assert Session(DEMO_SESSION, sources=sources).docdb
        Session(NAMES[1], sources=sources).raw_data_asset
    assert sum(second in request.query for request in platform.requests) == 2  # one per version
