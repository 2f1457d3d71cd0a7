"""What is true at the moment of a fork."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
    """One that still cleans up holds a lock of OpenSSL, which nobody lets go in the child."""
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE], capture_output=True, text=True, check=True
    )
    assert found.stdout == "0\n"
