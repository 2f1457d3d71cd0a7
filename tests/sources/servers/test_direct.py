"""Direct requests: connections, compression, proxies, and imports while waiting."""

from __future__ import annotations

import gzip
import os
import re
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from aind_session import OddAnswerError, Session
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.servers.direct import Direct, is_direct
from aind_session.sources.servers.exchange import Caller, NoReplyError, Reply
from aind_session.sources.servers.limits import OFF_VARIABLE
from tests.platform import Platform

OK = b"HTTP/1.1 200 OK\r\n"


class Server:
    """A server that sends the same reply to each request, and counts connections."""

    def __init__(self) -> None:
        self.reply = OK + b"Content-Length: 2\r\n\r\n{}"
        self.replies_a_connection = 100
        self.connections = 0
        self.received: list[bytes] = []
        self.closed = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            for _ in range(self.replies_a_connection):
                received = _whole(connection)
                if not received:
                    return
                self.received.append(received)
                connection.sendall(self.reply)
        self.closed.set()

    def close(self) -> None:
        self._socket.close()


def _whole(connection: socket.socket) -> bytes:
    """Read one request; head and body may come in separate packets."""
    received = b""
    while part := connection.recv(65536):
        received += part
        head, _, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        if b"\r\n\r\n" in received and len(body) >= int(length[1] if length else 0):
            break
    return received


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def ask(direct: Direct, server: Server, path: str = "/x", **options: object) -> Reply:
    request = Caller().request("GET", f"{server.address}{path}", **options)  # type: ignore[arg-type]
    return direct.ask(request, time.monotonic() + 20)


def test_one_connection_serves_one_request_after_another(server: Server) -> None:
    direct = Direct(keep_alive=True)
    assert [ask(direct, server).body for _ in range(3)] == [b"{}"] * 3
    assert server.connections == 1


def test_a_connection_that_the_server_has_closed_meanwhile_is_not_used(server: Server) -> None:
    server.replies_a_connection = 1
    direct = Direct()
    for _ in range(3):
        assert ask(direct, server).body == b"{}"
        assert server.closed.wait(20)
        server.closed.clear()
    assert server.connections == 3


def test_one_that_says_that_it_closes_is_not_kept(server: Server) -> None:
    server.reply = OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
    direct = Direct()
    assert [ask(direct, server).body for _ in range(2)] == [b"{}"] * 2
    assert server.connections == 2


def test_a_new_process_makes_its_own(server: Server) -> None:
    direct = Direct()
    ask(direct, server)
    direct.renew()
    ask(direct, server)
    assert server.connections == 2


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
def test_what_is_packed_is_unpacked(server: Server, packed: Callable[[bytes], bytes]) -> None:
    body = packed(b"[1, 2]" * 100_000)
    head = b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [body[start : start + 100] for start in range(0, len(body), 100)]
    server.reply = (
        OK + head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    )
    assert ask(Direct(), server).body == b"[1, 2]" * 100_000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"[]")[:-4]),
        ("gzip", gzip.compress(b"[]") + b"more"),
        ("br", b"[]"),
        ("gzip", b"[]"),
    ],
    ids=["cut off", "with more after it", "in another way", "not at all"],
)
def test_what_is_not_packed_as_it_says_is_odd(server: Server, encoding: str, body: bytes) -> None:
    head = f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    server.reply = OK + head.encode() + body
    with pytest.raises(NoReplyError) as caught:
        ask(Direct(), server)
    assert caught.value.is_odd


def test_an_empty_reply_needs_no_unpacking(server: Server) -> None:
    server.reply = b"HTTP/1.1 204 None\r\nContent-Encoding: gzip\r\n\r\n"
    assert ask(Direct(), server).body == b""


def test_an_address_is_sent_escaped_with_its_parameters(server: Server) -> None:
    ask(Direct(), server, "/a b/é?x=%2F#part", params={"y": "1&2", "none": None})
    assert server.received[0].startswith(b"GET /a%20b/%C3%A9?x=%2F&y=1%262 HTTP/1.1\r\n")


def test_a_token_goes_as_the_name_of_the_user_and_is_in_no_repr(server: Server) -> None:
    caller = Caller(f"{server.address}/api/", "cop_secret", {"Min-Server-Version": "4.0.0"})
    request = caller.request("POST", "things", json={"ä": 1})
    Direct().ask(request, time.monotonic() + 20)
    assert server.received[0].startswith(b"POST /api/things HTTP/1.1\r\n")
    assert b"Authorization: Basic Y29wX3NlY3JldDo=\r\n" in server.received[0]
    assert b"Content-Type: application/json\r\n" in server.received[0]
    assert server.received[0].endswith(b'{"\\u00e4": 1}')
    assert "secret" not in repr(caller)
    assert "Y29w" not in repr(request)


def test_a_server_that_is_not_there_was_sent_nothing(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ended:
        server.address = f"http://127.0.0.1:{ended.getsockname()[1]}"
    with pytest.raises(NoReplyError, match="connection failed") as caught:
        ask(Direct(), server)
    assert caught.value.may_pass
    assert not caught.value.was_sent


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HTTPS_PROXY", "http://p:1", False),
        ("http_proxy", "http://p:1", False),
        ("ALL_PROXY", "socks5://p:1", False),
        ("no_proxy", "a.b", True),
        ("https_proxy", "", True),
        (OFF_VARIABLE, "1", False),
    ],
)
def test_proxies_are_left_to_requests(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, *, expected: bool
) -> None:
    if sys.platform in ("darwin", "win32"):
        pytest.skip("the system's settings count, too")
    monkeypatch.setenv(name, value)
    assert is_direct() == expected


def test_a_proxy_carries_the_questions(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    stand_in(demo_world())
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", server.address)
    with pytest.raises(OddAnswerError):  # said by this server only
        Session(DEMO_SESSION, sources=remote_sources()).docdb
    assert server.received[0].startswith(b"GET http://127.0.0.1:")


_ONCE_ASKED = f"""
import sys
class Watching:
    def find_spec(self, name, *args):  # must not wait: it holds the lock of all imports
        if name == "codeocean":
            print("imports it", flush=True)
sys.meta_path.insert(0, Watching())
from aind_session import Session
print(Session("{DEMO_SESSION}").raw_data_asset.id, flush=True)
"""


def test_models_are_imported_while_the_servers_are_waited_for(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(demo_world(), quiet=600)  # no answer until this is changed
    with subprocess.Popen(
        [sys.executable, "-c", _ONCE_ASKED],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "imports it\n"
        platform.quiet = 0
        said, _ = process.communicate(timeout=60)
    assert said.split()[-1] == "16d46411-540a-4122-b47f-8cb2a15d593a"
