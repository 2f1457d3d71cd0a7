"""The matrix: all cells over one stand-in, each computed at its first use."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import combinations

import pytest

from aind_session import CredentialsError, RemoteError, Sources
from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.sources.servers.retries import ATTEMPTS, NO_TIME
from tests.behaviour.test_failures import impatient
from tests.matrix import calls, cell
from tests.matrix.calls import CALLS, Call
from tests.matrix.faults import CODE_OCEAN, DOCDB, FAULTS, S3, SINGLE, Fault, Place
from tests.platform import Platform

TIME_LIMIT = 0.6
"""Seconds that a question may take while a server is slow."""

LONGEST = 10.0
"""Seconds that a call may then take: its steps follow each other, and the machine is busy."""

NOT_ASKED = " "
ERROR = "E"

PAIRS = tuple(combinations(SINGLE, 2))
_DOWN = "500, 502, 503, 504"
_KINDS_OF_PAIRS = ((_DOWN, _DOWN), ("200 with HTML", "reset"), ("403", "wrong shape"))

Row = dict[str, str]
"""A code for each call, by its name."""


class Matrix:
    """Runs cells; see `open_matrix`."""

    def __init__(self, platform: Platform, make: Callable[..., Sources]) -> None:
        self._platform = platform
        self._make = make
        self._sources = make()
        self._hasty = make(AIND_SESSION_TIMEOUT_SECONDS=str(TIME_LIMIT))
        self._patient = make(AIND_SESSION_TIMEOUT_SECONDS=str(8 * TIME_LIMIT))
        self._healthy = {}
        self._asked: dict[str, set[Place]] = {}
        for call in CALLS:
            platform.forget()
            outcome = cell.ask(call, cell.fresh(self._sources))
            assert outcome.error is None, (call.name, outcome)
            assert not outcome.warned, (call.name, outcome)
            self._healthy[call.name] = outcome.answer
            self._asked[call.name] = {
                place
                for place in (*SINGLE, DOCDB)
                for request in platform.requests
                if place.service == request.service and place.path in request.path
            }
        self.row = cache(self._row)
        self.pair = cache(self._pair)

    def _row(self, place: Place, fault: Fault) -> Row:
        """Let one server fail; return the outcome of each call that asks it."""
        asking = [call for call in CALLS if place in self._asked[call.name]]
        sources = self._sources
        if fault.elsewhere is not None:
            sources = self._make(**{place.variable: fault.elsewhere()})
        codes = dict.fromkeys((call.name for call in CALLS), NOT_ASKED)
        run = self._slow_cells if fault.is_slow else self._cells
        found = run(asking, sources, [(place, fault)])
        if fault.is_slow:
            found = self._second_look(asking, found, place, fault)
        return {**codes, **found}

    def _second_look(self, asking: Sequence[Call], found: Row, place: Place, fault: Fault) -> Row:
        """Repeat slow calls with more time, if their outcome differs from that of a down server."""
        down = self.row(place, next(fault for fault in FAULTS if fault.name.startswith("500")))
        others = [call for call in asking if found[call.name] != down[call.name]]
        with self._failing([(place, fault)]):
            outcomes = {call: cell.ask(call, cell.fresh(self._patient)) for call in others}
        again = {c.name: self._judged(c, of, [(place, fault)]) for c, of in outcomes.items()}
        return {**found, **again}

    def _pair(self, places: tuple[Place, ...], kinds: tuple[str, ...]) -> Row:
        """Let several servers fail, each in its way."""
        by_name = {fault.name: fault for fault in FAULTS}
        struck = [(p, by_name[kind]) for p, kind in zip(places, kinds, strict=True)]
        codes = self._cells(CALLS, self._sources, struck)
        answers = (cell.RIGHT, cell.WARNED, cell.PART, cell.LEFT_OUT)
        return {name: code if code in answers else ERROR for name, code in codes.items()}

    def _cells(
        self, asking: Sequence[Call], sources: Sources, struck: Sequence[tuple[Place, Fault]]
    ) -> Row:
        return {call.name: self._cell(call, cell.fresh(sources), struck) for call in asking}

    def _cell(self, call: Call, sources: Sources, struck: Sequence[tuple[Place, Fault]]) -> str:
        with self._failing(struck):
            self._platform.forget()
            outcome = cell.ask(call, sources)
            # failures are not cached, so a call that needs an answer twice asks twice
            assert cell.most_attempts(self._platform) <= 2 * ATTEMPTS
            assert cell.starts(self._platform) <= (1 if call.writes else 0)
        code = self._judged(call, outcome, struck)
        if code == cell.LEFT_OUT:
            # an incomplete answer stays in the cache until it is too old
            sources.cache.forget()
        if not any(fault.elsewhere for _, fault in struck):
            again = cell.ask(call, sources)
            assert again.answer == self._healthy[call.name], (call.name, "after healing", again)
        return code

    def _slow_cells(
        self, asking: Sequence[Call], sources: Sources, struck: Sequence[tuple[Place, Fault]]
    ) -> Row:
        with self._failing(struck):
            self._platform.forget()
            outcomes = dict(zip(asking, cell.ask_at_once(asking, self._hasty), strict=True))
            assert cell.starts(self._platform) <= sum(call.writes for call in asking)
            for call, outcome in outcomes.items():
                assert outcome.seconds < LONGEST, (call.name, outcome.seconds)
                if self._may_be_busy(outcome, struck):
                    outcomes[call] = cell.ask(call, cell.fresh(self._patient))
        return {call.name: self._judged(call, of, struck) for call, of in outcomes.items()}

    def _may_be_busy(self, outcome: cell.Outcome, struck: Sequence[tuple[Place, Fault]]) -> bool:
        """Return whether a working server may have been too slow, on a busy machine."""
        well = set(SINGLE) - {place for place, _ in struck}
        named = (all(part in outcome.said for part in place.says) for place in well)
        return any(named) or NO_TIME in outcome.said

    def _judged(
        self, call: Call, outcome: cell.Outcome, struck: Sequence[tuple[Place, Fault]]
    ) -> str:
        places = [place for place, _ in struck]
        code = cell.code_of(call, outcome, self._healthy[call.name], places)
        is_slow = any(fault.is_slow for _, fault in struck)
        assert code != cell.NO_TIME_LEFT or is_slow, (call.name, outcome.error)
        says_so = any(fault.says_not_there for _, fault in struck)
        assert code != cell.ABSENT or says_so, (call.name, outcome.error)
        assert self._platform.token not in str(outcome.error)
        assert not cell.threads_left()
        return code

    @contextmanager
    def _failing(self, struck: Sequence[tuple[Place, Fault]]) -> Iterator[None]:
        for place, fault in struck:
            fault.strike(self._platform, place)
        try:
            yield
        finally:
            self._platform.heal()


@contextmanager
def open_matrix() -> Iterator[Matrix]:
    """Start the stand-in, and create sources that ask it."""
    with Platform(calls.world()) as platform:

        def make(**settings: str) -> Sources:
            with pytest.MonkeyPatch.context() as more:
                for name, value in {**platform.environment, **settings}.items():
                    more.setenv(name, value)
                sources = impatient()
                # clients of S3 read their environment when they are made, which is now
                for bucket in KNOWN_BUCKETS:
                    with contextlib.suppress(RemoteError, CredentialsError):
                        sources.storage.exists(bucket, "nothing")
            return sources

        yield Matrix(platform, make)


def rows_of(place: Place) -> tuple[Fault, ...]:
    """Return the faults that a server can have."""
    return tuple(fault for fault in FAULTS if place in fault.places)


SINGLES = tuple((p, f) for p in (CODE_OCEAN, *SINGLE[1:3], DOCDB, S3) for f in rows_of(p))
DOUBLES = tuple((pair, kinds) for pair in PAIRS for kinds in _KINDS_OF_PAIRS)
ALL_DOWN = (SINGLE, (_DOWN,) * len(SINGLE))
