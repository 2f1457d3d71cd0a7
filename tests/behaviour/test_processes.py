"""Threads, processes, event loops, copies and the end of the interpreter."""

from __future__ import annotations

import asyncio
import copy
import datetime
import faulthandler
import multiprocessing
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import pytest

from aind_session import Session, Subject, errors, sessions
from aind_session.diagnosis.notes import AccessDenied, Failed, Missing, Note, SourceDown, note_of
from aind_session.sources import Sources, remote_sources
from aind_session.sources.memory import World
from tests.platform import Platform
from tests.worlds import empty_world, raw, record, uuid_of

THREADS = 16
SUBJECTS = [f"70000{number}" for number in range(1, 7)]
NAMES = [f"behavior_{subject}_2024-01-01_00-00-00" for subject in SUBJECTS]
PATIENCE = 30
"""Seconds after which another process counts as hanging."""


@pytest.fixture
def world() -> World:
    """One session of each of a few subjects."""
    found = empty_world()
    for number, name in enumerate(NAMES):
        found.assets.append(raw(number, name))
        found.records["v1"].append(record(name, f"s3://aind-open-data/{name}", uuid_of(number)))
        found.objects["aind-open-data"][f"{name}/behavior/x"] = b""
    return found


@pytest.fixture
def platform(world: World, stand_in: Callable[..., Platform]) -> Platform:
    """The stand-in for this process and those that it starts."""
    return stand_in(world)


def ask(name: str, sources: Sources | None = None) -> tuple[str, str, tuple[str, ...]]:
    """Ask all three servers about a session, in the current process."""
    session = Session(name, sources=sources)
    return session.raw_data_asset.id, session.raw_data_dir.as_posix(), session.modalities


def expected(name: str) -> tuple[str, str, tuple[str, ...]]:
    return uuid_of(NAMES.index(name)), f"s3://aind-open-data/{name}", ("behavior",)


@pytest.fixture
def cost_of_one(platform: Platform) -> int:
    """The number of requests of one query, for a session that no test asks about."""
    assert ask(NAMES[-1]) == expected(NAMES[-1])
    cost = platform.count()
    assert cost > 1
    platform.forget()
    return cost


# -- threads --


def test_threads_with_the_same_question_cost_the_requests_of_one(
    platform: Platform, cost_of_one: int
) -> None:
    platform.latency = 0.1
    together = threading.Barrier(THREADS)

    def ask_together(_: int) -> object:
        together.wait()
        return ask(NAMES[0])

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(ask_together, range(THREADS))) == [expected(NAMES[0])] * THREADS
    assert platform.count() == cost_of_one


def test_threads_with_other_questions_get_each_its_own_answer(
    platform: Platform, cost_of_one: int
) -> None:
    asked = NAMES[:-1] * 4
    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(ask, asked)) == [expected(name) for name in asked]
    assert platform.count() == cost_of_one * len(NAMES[:-1])


# -- event loops --


def test_questions_may_be_asked_inside_of_a_running_loop(
    platform: Platform, cost_of_one: int
) -> None:
    async def cell() -> object:
        return ask(NAMES[0])

    assert asyncio.run(cell()) == expected(NAMES[0])
    assert platform.count() == cost_of_one


def test_files_may_be_read_inside_of_a_running_loop(platform: Platform) -> None:
    async def cell() -> bytes:
        return (Session(NAMES[0]).raw_data_dir / "behavior" / "x").read_bytes()

    assert asyncio.run(cell()) == b""
    assert "/behavior/x" in platform.requests[-1].path


def test_tasks_in_threads_with_the_same_question_cost_the_requests_of_one(
    platform: Platform, cost_of_one: int
) -> None:
    platform.latency = 0.1

    async def cell() -> list[object]:
        tasks = [asyncio.to_thread(ask, NAMES[0]) for _ in range(THREADS)]
        return list(await asyncio.gather(*tasks))

    assert asyncio.run(cell()) == [expected(NAMES[0])] * THREADS
    assert platform.count() == cost_of_one


# -- copies --

SESSION, SUBJECT = Session(NAMES[0]), Subject(SUBJECTS[0])


def _by_pickle(protocol: int, thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing, protocol))


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": partial(_by_pickle, n) for n in range(2, pickle.HIGHEST_PROTOCOL + 1)},
}
ERRORS: tuple[errors.AindSessionError, ...] = (
    errors.SessionIdError("x", reason="r", subject_id="1", date=datetime.date(2024, 2, 29)),
    errors.NotFoundError("a", searched=[errors.Searched("b", "c")], close=["d"], hint="e"),
    errors.AssetNotFoundError("a", searched=[errors.Searched("b")]),
    errors.DirectoryNotFoundError("a"),
    errors.SourceDirNotFoundError("a", hint="e"),
    errors.ContentNotFoundError("a"),
    errors.MetadataNotFoundError("a", close=["d"]),
    errors.CredentialsError("a", service="Code Ocean", variable="V"),
    errors.SeveralFoundError("a", ["b", "c"]),
    errors.NamespaceError("a"),
    errors.ExtensionError("a"),
    errors.PartlyDoneError("a", ["b"]),
    errors.AssetFailedError("a"),
    errors.NotReadyError("a"),
    errors.RemoteError("S3", "a", status=500, url="https://b/c?d"),
    errors.AccessDeniedError("S3", "a", status=403),
    errors.UnavailableError("S3", "a"),
    errors.OddAnswerError("S3", "a", url="https://b/c"),
    errors.OfflineError("S3", url="https://b/c"),
    errors.FileFormatError("a", "is wrong", "make it"),
    errors.StrictError("a", "b"),
    errors.PlanError("a"),
    errors.LedgerError("a", "b"),
    errors.UnknownOutcomeError("S3", "a"),
    errors.NotInTableError("a"),
    errors.NotMountedError("a"),
)


def _family(cls: type[errors.AindSessionError]) -> Iterator[type[errors.AindSessionError]]:
    for child in cls.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from _family(child)


def test_an_example_of_each_error_is_copied_here() -> None:
    assert {type(error) for error in ERRORS} == set(_family(errors.AindSessionError))


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_are_copied_with_all_that_they_say(error: errors.AindSessionError, how: str) -> None:
    again = COPIES[how](error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("kind", [AccessDenied, Failed, Missing, SourceDown])
def test_notes_are_copied_with_their_error(kind: type[Note], how: str) -> None:
    note = kind(NAMES[0], "text", ERRORS[0])
    again = COPIES[how](note)
    assert (again, type(again), str(again)) == (note, kind, str(note))
    assert str(again.error) == str(ERRORS[0])


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize(
    "thing",
    [
        SESSION,
        SUBJECT,
        sessions(NAMES),
        sessions(SUBJECT, SESSION),
        SESSION.key,
        SESSION._parsed,
        note_of(NAMES[0], ERRORS[1]),
    ],
    ids=repr,
)
def test_copies_are_equal(thing: object, how: str, platform: Platform) -> None:
    again = COPIES[how](thing)
    assert again == thing
    assert hash(again) == hash(thing)
    assert repr(again) == repr(thing)


@pytest.mark.parametrize("how", COPIES)
def test_copies_answer_as_the_original_does_and_share_what_is_known(
    platform: Platform, cost_of_one: int, how: str
) -> None:
    session = Session(NAMES[0])
    assert COPIES[how](session).raw_data_asset == session.raw_data_asset
    assert COPIES[how](Subject(SUBJECTS[0])).sessions == (session,)
    assert platform.count() <= cost_of_one


# -- other processes --


def test_a_process_that_is_started_anew_asks_for_itself(
    platform: Platform, cost_of_one: int
) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert list(pool.map(ask, NAMES[:2])) == [expected(name) for name in NAMES[:2]]
    assert platform.count() == 2 * cost_of_one


def test_sessions_and_errors_travel_to_and_from_other_processes(platform: Platform) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(copy.copy, sessions(NAMES)).result() == sessions(NAMES)
        with pytest.raises(errors.SessionIdError, match="no session in 'x'"):
            pool.submit(Session, "x").result()
        missing = pool.submit(ask, "behavior_700001_2024-01-02_00-00-00")
        with pytest.raises(errors.AssetNotFoundError, match="available: behavior_700001") as caught:
            missing.result()
    assert caught.value.searched


# -- forked processes --

forking = pytest.mark.skipif(
    sys.platform != "linux",
    reason="elsewhere there is no fork, or the system's own libraries do not survive one",
)
known_risk = pytest.mark.filterwarnings(
    # Python 3.12 and later say that locks of other threads stay locked in the child
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


_SETTLED_SECONDS = 0.3


def _answer(send: Any, begin: Any, names: Sequence[str], sources: Sources | None) -> None:
    begin.recv()
    # standard error shows where it hangs, if it does
    faulthandler.dump_traceback_later(PATIENCE / 2, file=sys.__stderr__ or sys.stderr)
    send.send([ask(name, sources) for name in names])
    faulthandler.cancel_dump_traceback_later()


class _Forked:
    """A child of this process that asks about sessions when it may begin.

    All children are forked before the first one asks, and after the servers' threads have ended:
    these are threads of this process, and a lock of OpenSSL that a thread holds during a fork is
    never released in the child.
    """

    def __init__(self, names: Sequence[str], sources: Sources | None = None) -> None:
        context = multiprocessing.get_context("fork")
        self._receive, send = context.Pipe(duplex=False)
        begin, self._begin = context.Pipe(duplex=False)
        self._process = context.Process(target=_answer, args=(send, begin, names, sources))
        time.sleep(_SETTLED_SECONDS)
        self._process.start()
        send.close()

    def begin(self) -> None:
        """Make it begin."""
        self._begin.send(None)

    def answers(self) -> object:
        """Return its answers; a child that hangs or dies fails the test."""
        try:
            assert self._receive.poll(PATIENCE), "the child hangs"
            return self._receive.recv()
        finally:
            self._process.kill()
            self._process.join()


@forking
@known_risk
def test_a_forked_child_asks_beside_its_parent(platform: Platform, cost_of_one: int) -> None:
    child = _Forked(NAMES[:1])
    child.begin()
    assert ask(NAMES[1]) == expected(NAMES[1])
    assert child.answers() == [expected(NAMES[0])]
    assert platform.count() == 2 * cost_of_one


@forking
@known_risk
def test_sources_that_were_given_work_in_forked_children_too(
    platform: Platform, cost_of_one: int
) -> None:
    platform.latency = 0.02  # so that the queries of all children overlap
    sources = remote_sources()
    assert ask(NAMES[0], sources) == expected(NAMES[0])
    children = {name: _Forked([name], sources) for name in NAMES[1:4]}
    for child in children.values():
        child.begin()
    assert ask(NAMES[4], sources) == expected(NAMES[4])
    for name, child in children.items():
        assert child.answers() == [expected(name)]
    assert platform.count() == 5 * cost_of_one


@forking
@known_risk
def test_forked_children_and_their_parent_get_each_its_own_answers(
    platform: Platform, cost_of_one: int
) -> None:
    platform.latency = 0.02  # so that the queries of all children overlap
    first, second, mine = NAMES[0:2], NAMES[2:4], NAMES[4:5]
    children = {tuple(names): _Forked(names) for names in (first, second)}
    for child in children.values():
        child.begin()
    assert [ask(name) for name in mine] == [expected(name) for name in mine]
    for names, child in children.items():
        assert child.answers() == [expected(name) for name in names]
    assert platform.count() == 5 * cost_of_one


@forking
@known_risk
@pytest.mark.parametrize("asked", [NAMES[0], NAMES[1]], ids=["the same", "another"])
def test_a_child_that_is_forked_amid_a_question_of_another_thread_asks_for_itself(
    platform: Platform, cost_of_one: int, asked: str
) -> None:
    platform.latency = 0.5
    with ThreadPoolExecutor(1) as pool:
        mine = pool.submit(ask, NAMES[0])
        while not platform.requests:
            wait([mine], timeout=0.01)
        child = _Forked([asked])
        child.begin()
        assert child.answers() == [expected(asked)]
        assert mine.result(PATIENCE) == expected(NAMES[0])
    assert platform.count() == 2 * cost_of_one


@forking
@known_risk
def test_workers_of_a_forked_pool_ask_for_themselves(platform: Platform, cost_of_one: int) -> None:
    context = multiprocessing.get_context("fork")
    time.sleep(_SETTLED_SECONDS)
    with context.Pool(2) as pool:
        asked = pool.map_async(ask, NAMES[:4], chunksize=1)
        assert asked.get(PATIENCE) == [expected(name) for name in NAMES[:4]]
    assert platform.count() == 4 * cost_of_one


# -- the end of the interpreter --

ASK_AND_END = f"""
from aind_session import Session
session = Session({NAMES[0]!r})
print(session.raw_data_asset.id, session.modalities, session.raw_data_dir.exists())
"""
ASK_IN_A_THREAD_AND_END = f"""
import sys, threading
from aind_session import Session
session = Session({NAMES[0]!r})
threading.Thread(target=lambda: session.raw_data_asset, daemon=True).start()
sys.stdin.readline()
print("the end")
"""


def _run(code: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *options, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("options", [(), ("-W", "error")], ids=["as usual", "warnings are errors"])
def test_an_interpreter_that_has_asked_ends_without_a_word(
    platform: Platform, options: tuple[str, ...]
) -> None:
    with _run(ASK_AND_END, *options) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert out == f"{uuid_of(0)} ('behavior',) True\n"


def test_an_interpreter_ends_though_a_question_is_open_in_a_daemon_thread(
    platform: Platform,
) -> None:
    answered = threading.Event()
    platform.fail("code_ocean", kind="hang")
    with _run(ASK_IN_A_THREAD_AND_END) as process:
        try:
            while not platform.count("code_ocean"):
                assert process.poll() is None
                answered.wait(0.01)
            out, err = process.communicate("\n", timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (0, "the end\n", "")
