"""Put the library under load on the HTTP stand-in: threads, failing requests, many queries.

    python -m benchmarks.load

Each row has a limit; the exit status is 1 if one is exceeded. The client is a separate process, so
that only its own memory, descriptors and threads are measured.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.platform import Platform
from tests.platform.faults import Fault, Kind
from tests.platform.messages import Call
from tests.worlds import uuid_of

from benchmarks.world import benchmark_world, many_names

# temporary refusals, and connections that break before and during the answer
_KINDS: tuple[tuple[Kind, int], ...] = (
    ("status", 503),
    ("status", 429),
    ("reset", 0),
    ("truncated", 0),
    ("status", 500),
)


@dataclass
class _Rarely(Fault):
    """A fault that affects one of every N requests."""

    one_of: int = 500
    counter: itertools.count[int] = field(default_factory=itertools.count)

    def matches(self, call: Call) -> bool:
        return super().matches(call) and next(self.counter) % self.one_of == self.one_of - 1


def _fail_rarely(platform: Platform) -> None:
    """Let 1 % of all requests fail, in five ways."""
    for service in ("code_ocean", "docdb", "s3"):
        for kind, status in _KINDS:
            headers = {"Retry-After": "0"} if status == 429 else {}
            fault = _Rarely(service, kind, status=status or 503, headers=headers)
            platform._server.faults.add(fault)


# -- in the client --


def _answers(names: list[str], threads: int) -> dict[str, Any]:
    """Ask for the raw asset of each session in threads; return what was wrong."""
    from aind_session import Session
    from aind_session.sources import remote_sources

    sources = remote_sources()
    wrong: list[str] = []

    def ask(pair: tuple[int, str]) -> None:
        number, name = pair
        try:
            found = Session(name, sources=sources).raw_data_asset.id
        except Exception as error:  # noqa: BLE001 - counted
            found = f"{type(error).__name__}: {error}"
        if found != uuid_of(number):
            wrong.append(f"{name}: {found}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, enumerate(names)))
    return {"wrong": len(wrong), "first": wrong[:1]}


def failing() -> dict[str, Any]:
    """1,250 sessions in 16 threads."""
    return _answers(many_names(250, 5), 16)


def subjects() -> dict[str, Any]:
    """500 subjects in 100 threads."""
    return _answers(many_names(500, 1), 100)


def one_question() -> dict[str, Any]:
    """One session in 200 threads at once."""
    from aind_session import Session
    from aind_session.sources import remote_sources

    threads = 200
    sources, barrier, found = remote_sources(), threading.Barrier(threads), list[str]()
    name = many_names(1, 1)[0]

    def ask() -> None:
        barrier.wait()
        found.append(Session(name, sources=sources).raw_data_asset.id)

    asking = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return {"wrong": threads - found.count(uuid_of(0))}


def cached() -> dict[str, Any]:
    """10,000 queries whose answers are cached."""
    from aind_session import Session
    from aind_session.sources import remote_sources

    sources, name = remote_sources(), many_names(1, 1)[0]

    def ask(times: int) -> None:
        for _ in range(times):
            session = Session(name, sources=sources)
            _ = (session.raw_data_asset, session.raw_data_dir, session.data_assets)

    return _growth(ask, 300, 3334)


def new_sources() -> dict[str, Any]:
    """200 new `Sources`, each of which is asked everything and discarded."""
    from aind_session import Session
    from aind_session.sources import remote_sources

    name = many_names(1, 1)[0]

    def ask(times: int) -> None:
        for _ in range(times):
            session = Session(name, sources=remote_sources())
            _ = (session.raw_data_asset, session.raw_data_dir, session.modalities)

    return _growth(ask, 10, 200)


def _growth(ask: Callable[[int], None], first: int, then: int) -> dict[str, Any]:
    """Return how much more is held after some questions than after the first ones."""
    ask(first)
    before = _held()
    ask(then)
    after = _held()
    return {"wrong": 0, **{key: after[key] - before[key] for key in before}}


def _held() -> dict[str, int]:
    pages = int(open("/proc/self/statm").read().split()[1])  # noqa: SIM115
    kilobytes = pages * os.sysconf("SC_PAGE_SIZE") // 1024
    descriptors = len(os.listdir("/proc/self/fd"))
    return {"kB": kilobytes, "descriptors": descriptors, "threads": threading.active_count()}


# -- in the parent --


@dataclass(frozen=True)
class Load:
    """One row: the queries, the size of the world, and the limits."""

    ask: Callable[[], dict[str, Any]]
    subjects: int
    sessions: int
    holds: Callable[[dict[str, Any], int], bool]
    latency: float = 0.0
    is_failing: bool = False


LOADS = {
    "1,250 sessions, 16 threads, 1 % of requests fail": Load(
        failing, 250, 5, lambda found, _: found["wrong"] == 0, is_failing=True
    ),
    "500 subjects, 100 threads": Load(
        subjects, 500, 1, lambda found, requests: found["wrong"] == 0 and requests <= 2000
    ),
    "one question, 200 threads": Load(
        one_question,
        1,
        1,
        lambda found, requests: found["wrong"] == 0 and requests <= 4,
        latency=0.2,
    ),
    "10,000 questions whose answers are known": Load(
        cached,
        1,
        1,
        lambda found, _: found["kB"] < 2048 and found["descriptors"] == found["threads"] == 0,
    ),
    # botocore's reference cycles wait for the garbage collector
    "200 new Sources, each asked all": Load(
        new_sources,
        1,
        1,
        lambda found, _: found["kB"] < 8192 and found["descriptors"] == found["threads"] == 0,
    ),
}


def _run(name: str) -> bool:
    load = LOADS[name]
    world = benchmark_world(load.subjects, load.sessions)
    with Platform(world, latency=load.latency, frozen=True) as platform:
        if load.is_failing:
            _fail_rarely(platform)
        began = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.load", "--client", name]
        done = subprocess.run(
            command, env={**os.environ, **platform.environment}, stdout=subprocess.PIPE, check=True
        )
        found = json.loads(done.stdout)
        is_kept = load.holds(found, platform.count())
        seconds = f"{time.perf_counter() - began:.1f}"
        said = ", ".join(f"{key} {value}" for key, value in found.items())
        print(f"| {name} | {platform.count()} | {seconds} | {said} | {is_kept} |", flush=True)
    return is_kept


def main() -> int:
    """Run all loads, or the client of one load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--client", choices=LOADS)
    chosen = parser.parse_args().client
    if chosen:
        print(json.dumps(LOADS[chosen].ask()))
        return 0
    print("| load | requests | s | found | kept |\n|---|---|---|---|---|")
    kept = [_run(name) for name in LOADS]
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
