"""The server over standard input and output, asked by hand: one JSON text a line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from aind_session.sources.demo_world import DEMO_SESSION
from tests.platform import Fault, Platform
from tests.worlds import empty_world, uuid_of

pytest.importorskip("mcp")

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-03-26",
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    },
}
PING = {"jsonrpc": "2.0", "id": "end", "method": "ping"}
NO_MESSAGE = "each line must be one JSON-RPC 2.0 message"


class ByHand(subprocess.Popen[bytes]):
    """A server over standard input and output."""

    def say(self, *messages: Any) -> None:
        """Send messages, each on a line; bytes as they are."""
        assert self.stdin is not None
        for message in messages:
            line = message if isinstance(message, bytes) else json.dumps(message).encode()
            self.stdin.write(line + b"\n")
        self.stdin.flush()

    def hear(self) -> Any:
        """Receive a message."""
        assert self.stdout is not None
        return json.loads(self.stdout.readline())

    def hear_all(self) -> list[Any]:
        """Receive messages until the answer to `PING`."""
        heard = []
        while (message := self.hear()).get("id") != PING["id"]:
            heard.append(message)
        return heard


@contextmanager
def by_hand(*options: str) -> Iterator[ByHand]:
    """A server that has answered once."""
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        f"from aind_session.cli import main; sys.exit(main(['mcp', *{options!r}]))"
    )
    pipe = subprocess.PIPE
    with ByHand([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe) as server:
        try:
            server.say(INITIALIZE)
            assert server.hear()["id"] == 1
            yield server
        finally:
            server.kill()


def calling(id_: int, tool: str, **arguments: Any) -> dict[str, Any]:
    """A request that calls a tool."""
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": id_, "method": "tools/call", "params": params}


@pytest.mark.skipif(sys.platform == "win32", reason="no process sends such a signal there")
def test_ctrl_c_ends_a_server_whose_client_says_nothing() -> None:
    with by_hand("--demo") as server:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 130
        assert server.stderr is not None
        assert server.stderr.read() == f"interrupted{os.linesep}".encode()


def test_a_client_that_is_gone_is_left_without_a_word() -> None:
    with by_hand("--demo") as server:
        assert server.stdout is not None
        assert server.stdin is not None
        server.stdout.close()
        with suppress(BrokenPipeError):
            for number in (2, 3):
                server.say({"jsonrpc": "2.0", "id": number, "method": "tools/list"})
            server.stdin.close()
        assert server.wait(timeout=60) == 0
        assert server.stderr is not None
        assert server.stderr.read() == b""


def test_lines_that_are_no_messages_are_refused() -> None:
    """With their ID where they have one, so that nobody waits for an answer."""
    lines = [
        b"{nonsense",
        b"",
        b"[]",
        b"null",
        b'[{"jsonrpc":"2.0","id":2,"method":"ping"}]',
        b'{"jsonrpc":"1.0","id":3,"method":"ping"}',
        b'{"id":"four","method":"ping"}',
        b'{"jsonrpc":"2.0","id":5,"method":"ping","params":[1]}',
        b'{"jsonrpc":"2.0","id":6,"method":"ping","params":{"half":"\\ud800"}}',
        b"[" * 5_000,
        b"\xff\xfe",
    ]
    with by_hand("--demo") as server:
        server.say(*lines, PING)
        heard = [(one["id"], one["error"]["code"]) for one in server.hear_all()]
        server.say(lines[2], PING)
        assert server.hear_all()[0]["error"]["message"] == NO_MESSAGE
    parsing, invalid = -32700, -32600
    assert heard == [
        (None, parsing),
        (None, invalid),
        (None, invalid),
        (None, invalid),
        (3, invalid),
        ("four", invalid),
        (5, invalid),
        (6, parsing),
        (None, parsing),
        (None, parsing),
    ]


def test_unknown_notifications_pass_and_unknown_methods_are_refused() -> None:
    with by_hand("--demo") as server:
        server.say(
            {"jsonrpc": "2.0", "method": "no/such"},
            {"jsonrpc": "2.0", "method": "notifications/cancelled"},
            {"jsonrpc": "2.0", "id": 2, "method": "no/such"},
            PING,
        )
        heard = server.hear_all()
    assert [(one["id"], one["error"]["code"]) for one in heard] == [(2, -32601)]


def test_a_text_that_is_not_utf_8_is_an_argument_like_others() -> None:
    asked = json.dumps(calling(2, "find", mention="?")).encode().replace(b"?", b"\xff")
    with by_hand("--demo") as server:
        server.say(asked)
        answer = server.hear()
    assert answer["result"]["isError"] is True
    assert "SessionIdError" in answer["result"]["content"][0]["text"]


def test_with_the_demo_no_server_is_asked_even_by_calls_that_the_end_cuts_off(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(empty_world())
    with by_hand("--demo") as server:
        server.say(*(calling(n, "session", mention=DEMO_SESSION) for n in range(2, 12)))
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(timeout=60) == 0
        assert server.stderr is not None
        assert server.stderr.read() == b""
    assert platform.count() == 0


def test_a_call_that_hangs_does_not_delay_the_end(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "3600")
    hanging: Fault = stand_in(empty_world()).fail("code_ocean", kind="hang")
    with by_hand() as server:
        server.say(calling(2, "find", mention=uuid_of(1)))
        while not hanging.hits:
            server.say(PING)
            assert server.hear()["id"] == PING["id"]
        assert server.stdin is not None
        server.stdin.close()
        assert server.hear()["error"]["message"] == "Connection closed"
        assert server.wait(timeout=60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the shell there cannot close a stream")
@pytest.mark.parametrize(("command", "status"), [("mcp --demo", 0), ("find - --demo", 2)])
def test_without_standard_input_a_command_ends(command: str, status: int) -> None:
    run = f'exec "{sys.executable}" -m aind_session.cli {command} <&-'
    done = subprocess.run(["sh", "-c", run], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
