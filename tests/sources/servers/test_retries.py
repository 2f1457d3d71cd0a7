"""After a failure, queries to a server get less time for a while."""

from __future__ import annotations

import datetime
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import Session, SourceDownWarning, UnavailableError
from aind_session.runtime import calls
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.servers.retries import (
    ATTEMPTS,
    SUSPENDED_SECONDS,
    Patience,
    seconds_asked_for,
)
from tests.behaviour.test_failures import impatient
from tests.platform import Platform


class Server:
    """A server that answers once it is healthy; records each query's number and deadline."""

    def __init__(self) -> None:
        self.is_well = False
        self.asked = 0
        self.seconds = 0.0

    def __call__(self, deadline: float) -> str:
        self.asked += 1
        self.seconds = deadline - time.monotonic()
        if self.is_well:
            return "answer"
        raise UnavailableError("S3", "down")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def patience(clock: Callable[[], float]) -> Patience:
    return Patience("S3", 60, sleep=lambda seconds: None, clock=clock)


def fail(given: Patience, server: Server, part: str = "a") -> int:
    before = server.asked
    with pytest.raises(UnavailableError):
        given.ask(part, server)
    return server.asked - before


def test_what_could_not_be_asked_is_asked_once_and_shortly_for_a_while() -> None:
    clock, server = Clock(), Server()
    given = patience(clock)
    assert fail(given, server) == ATTEMPTS
    assert server.seconds > 30
    clock.now = SUSPENDED_SECONDS - 1
    assert fail(given, server) == 1
    assert server.seconds < 6
    clock.now += SUSPENDED_SECONDS - 1
    assert fail(given, server) == 1
    clock.now += SUSPENDED_SECONDS
    assert fail(given, server) == ATTEMPTS


def test_an_answer_restores_patience() -> None:
    server = Server()
    given = patience(Clock())
    fail(given, server)
    server.is_well = True
    assert given.ask("a", server) == "answer"
    server.is_well = False
    assert fail(given, server) == ATTEMPTS


def test_other_parts_of_the_server_are_not_blamed() -> None:
    server = Server()
    given = patience(Clock())
    fail(given, server, "v1")
    assert fail(given, server, "v2") == ATTEMPTS


def test_a_server_that_there_was_no_time_to_ask_is_not_blamed() -> None:
    server = Server()
    server.is_well = True
    given = patience(Clock())

    @calls.one_call
    def late() -> object:
        call = calls._under_way.get()
        assert call is not None
        call.began -= 60
        return given.ask("a", server)

    with pytest.raises(UnavailableError, match="used up the time limit"):
        late()
    assert server.asked == 0
    server.is_well = False
    assert fail(given, server) == ATTEMPTS


def test_a_loop_over_sessions_waits_for_a_server_that_is_down_but_once(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(demo_world())
    platform.fail("docdb")
    sources = impatient()
    for _ in range(5):
        with pytest.warns(SourceDownWarning) as caught:
            Session(DEMO_SESSION, sources=sources).raw_data_asset
        assert len(caught) == 1
    assert platform.count("docdb") == 2 * ATTEMPTS + 4 * 2


@pytest.mark.parametrize(
    "form",
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"],
    ids=["as today", "as in RFC 850", "as of C"],
)
@pytest.mark.skipif(not hasattr(time, "tzset"), reason="there, a process keeps its time zone")
def test_each_form_of_a_date_is_in_gmt_wherever_it_is_read(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    try:
        asked = seconds_asked_for(then.strftime(form))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert asked is not None
    assert 7000 < asked <= 7200


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "Wed, 99 Foo 99999 99:99:99 GMT"])
def test_what_is_neither_seconds_nor_a_date_asks_for_nothing(value: str) -> None:
    assert seconds_asked_for(value) is None


@pytest.mark.parametrize("service", ["code_ocean", "docdb"])
def test_a_gateway_that_gave_up_on_a_request_is_asked_again(
    stand_in: Callable[..., Platform], service: Any
) -> None:
    platform = stand_in(demo_world())
    platform.fail(service, status=408, times=1)
    session = Session(DEMO_SESSION, sources=impatient())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert session.data_assets
        assert session.docdb
