"""Ctrl-C while a server is silent ends every kind of call soon, and later calls work."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import Platform

_BACK_WITHIN_SECONDS = 3.0  # without Ctrl-C, 40

_BEGIN = f"""
import asyncio, concurrent.futures, signal, sys, threading
import aind_session
from aind_session import Session
NAMES = ["{DEMO_SESSION}", "ecephys_661279_2023-03-23_15-31-18", "x_1_2024-01-01_10-00-00"]
signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it by default
def ask(name=NAMES[0]):
    return len(Session(name).data_assets)
"""

_END = """
except KeyboardInterrupt:
    print("interrupted", flush=True)
sys.stdin.readline()  # until the server works
print(ask(), *aind_session.sessions(NAMES[0]).map(ask).values(), flush=True)
"""

_WAYS = {
    "a terminal": "    ask()",
    "one question alone": "    Session(NAMES[0]).docdb",
    "a notebook, whose loop runs in the main thread": """
    def cell():
        try:
            ask()
        except KeyboardInterrupt:
            caught.append(True)
        loop.stop()
    loop, caught = asyncio.new_event_loop(), []
    loop.call_soon(cell)
    loop.run_forever()
    if caught:
        raise KeyboardInterrupt""",
    "asyncio.to_thread": "    asyncio.run(asyncio.to_thread(ask))",
    "tasks of asyncio, each in a thread": """
    async def ask_all():
        await asyncio.gather(*(asyncio.to_thread(ask, name) for name in NAMES))
    asyncio.run(ask_all())""",
    "each": "    aind_session.sessions(*NAMES).each(lambda session: len(session.data_assets))",
    "map": "    aind_session.sessions(*NAMES).map(lambda session: len(session.data_assets))",
    "map over a pool": """
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        aind_session.sessions(*NAMES).map(ask, pool)""",
    "a pool": """
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(ask, NAMES))""",
    "a pool, one question in each": """
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda name: Session(name).docdb, NAMES))""",
}


_SAYS_WHY_IT_ENDS = sys.version_info >= (3, 11)
"""Whether `asyncio.run` does, which waits for the threads of its pool."""


@pytest.mark.parametrize("way", [way for way in _WAYS if _SAYS_WHY_IT_ENDS or "asyncio" not in way])
def test_ctrl_c_is_back_soon_and_the_library_works_afterwards(
    stand_in: Callable[..., Platform], way: str
) -> None:
    platform = stand_in(demo_world())
    platform.fail("code_ocean", kind="hang")
    platform.fail("docdb", kind="hang")
    script = f"{_BEGIN}\ntry:\n{_WAYS[way]}\n{_END}"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            while not platform.count():
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(0.5)  # the other requests are sent too, and all wait
            process.send_signal(signal.SIGINT)
            readable, _, _ = select.select([process.stdout], [], [], _BACK_WITHIN_SECONDS)
            assert readable, "it is not back"
            assert process.stdout.readline() == "interrupted\n"
            platform.heal()
            said, errors = process.communicate("\n", timeout=30)
        finally:
            process.kill()
    assert (said, errors) == ("3 3\n", "")
