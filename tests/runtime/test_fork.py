"""Forks while threads hold locks or end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import aind_session

ROUNDS = 150

CODE = f"""
import os, ssl, threading
from aind_session.runtime.parallel import side_by_side
context = ssl.create_default_context()

def begin_to_talk():
    talk = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x.org")
    try:
        talk.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return str(threading.get_native_id())

left = 0
for _ in range({ROUNDS}):
    asked = side_by_side([begin_to_talk] * 8)
    child = os.fork()
    if not child:
        os._exit(0)
    left += bool(set(asked) & set(os.listdir("/proc/self/task")))
    os.waitpid(child, 0)
print(left)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there the system lists threads")
def test_threads_that_have_ended_are_gone_before_a_fork() -> None:
    """A thread that still cleans up holds a lock of OpenSSL; nothing releases it in the child."""
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE], capture_output=True, text=True, check=True
    )
    assert found.stdout == "0\n"


HELD = """
import os, sys, threading
from aind_session.runtime.fork import RenewedLock
lock, held, done = RenewedLock(), threading.Event(), threading.Event()

def hold():
    with lock:
        held.set()
        done.wait()

threading.Thread(target=hold, daemon=True).start()
held.wait()
child = os.fork()
if not child:
    with lock, lock:
        print("entered", flush=True)
    os._exit(0)
os.waitpid(child, 0)
done.set()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_lock_that_another_thread_holds_is_free_in_a_forked_process() -> None:
    command = [sys.executable, "-W", "ignore", "-c", HELD]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == "entered\n"


def test_all_locks_that_outlive_a_question_are_renewed() -> None:
    """Each lock is a `RenewedLock`, or its owner replaces it when it is renewed."""
    package = Path(aind_session.__file__).parent
    plain = {
        str(file.relative_to(package)): file.read_text().count("threading.RLock()")
        + file.read_text().count("threading.Lock()")
        for file in package.rglob("*.py")
    }
    assert {name for name, count in plain.items() if count} == {
        "cli/agents/runs.py",  # of a server, which does not fork
        "runtime/cache.py",  # in `renew`
        "runtime/fork.py",
        "runtime/patience.py",  # belongs to one call
        "runtime/progress.py",  # belongs to one call
        "sources/servers/direct.py",  # in `renew`
        "sources/servers/s3_botocore.py",  # in `renew`
        "sources/servers/sdk.py",  # of an import; Python does not renew its own either
        "testing/failing.py",  # of a fake
    }
