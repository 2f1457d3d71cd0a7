"""Incomplete or invalid HTTP answers raise errors, and never count as complete."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from aind_session import (
    CredentialsError,
    OddAnswerError,
    RemoteError,
    Session,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.protocols import AssetSource
from aind_session.sources.servers.http import Http
from aind_session.sources.servers.s3 import S3Storage
from aind_session.sources.settings import read_settings
from aind_session.utils import get_codeocean_client
from tests.platform import Platform
from tests.worlds import empty_world

ASSET = "16d46411-540a-4122-b47f-8cb2a15d593a"
EMPTY = b'{"results": [], "has_more": false}'


class Raw:
    """A server that sends the same bytes to every client, and records what it received."""

    def __init__(self) -> None:
        self.answer = b""
        self.received: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.received.append(connection.recv(65536).decode("latin-1"))
                connection.sendall(self.answer)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def raw(monkeypatch: pytest.MonkeyPatch) -> Iterator[Raw]:
    """One such server instead of all three servers."""
    server = Raw()
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_x")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "30")
    for name in ("CODE_OCEAN_DOMAIN", "AIND_SESSION_DOCDB_HOST", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, f"http://{server.address}")
    yield server
    server.close()


def _questions() -> dict[str, Callable[[], object]]:
    sources = remote_sources()
    return {
        "Code Ocean": lambda: sources.assets.search({}),
        "DocDB": lambda: sources.records.find("v1", {}),
        "S3, a listing": lambda: sources.storage.list("aind-open-data", "x/"),
        "S3, a file": lambda: sources.storage.read("aind-open-data", "x"),
    }


WHOM = ["Code Ocean", "DocDB", "S3, a listing", "S3, a file"]
SERVICE = {"Code Ocean": "code_ocean", "DocDB": "docdb"}


@pytest.mark.parametrize("status", [203, 204, 205, 206, 304, 300, 301, 302, 307])
@pytest.mark.parametrize("whom", WHOM)
def test_a_status_that_is_no_whole_answer_is_odd(
    stand_in: Callable[..., Platform], whom: str, status: int
) -> None:
    platform = stand_in(empty_world())
    body = b"" if status in (204, 304) else EMPTY if whom == "Code Ocean" else b"[]"
    headers = {"ETag": '"x"', "Location": "https://elsewhere.org/a?token=1"}
    platform.fail(SERVICE.get(whom, "s3"), status=status, body=body, headers=headers)  # type: ignore[arg-type]
    with pytest.raises(OddAnswerError) as caught:
        _questions()[whom]()
    assert caught.value.status == status
    assert "token" not in str(caught.value)
    assert platform.count() == 1


@pytest.mark.parametrize("whom", WHOM)
def test_two_lengths_that_differ_are_odd(raw: Raw, whom: str) -> None:
    body = EMPTY if whom == "Code Ocean" else b"[]"
    head = f"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: {len(body)}\r\nContent-Length: 9"
    raw.answer = head.encode() + b"\r\n\r\n" + body
    with pytest.raises(OddAnswerError):
        _questions()[whom]()


@pytest.mark.parametrize(
    "form", ["Content-Length: %d\r\nContent-Length: %d", "Content-Length: %d, %d"]
)
def test_the_same_length_twice_is_one(raw: Raw, form: str) -> None:
    head = "HTTP/1.1 200 OK\r\n" + form % (len(EMPTY), len(EMPTY))
    raw.answer = head.encode() + b"\r\n\r\n" + EMPTY + b"not read"
    assert _questions()["Code Ocean"]() == []


@pytest.mark.parametrize("length", ["", "x", "-1", "+2", "2.0", "\u00b2"])
@pytest.mark.parametrize("whom", WHOM)
def test_a_length_that_is_no_number_is_odd(raw: Raw, whom: str, length: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: {length}\r\n\r\n"
    raw.answer = head.encode("latin-1") + (EMPTY if whom == "Code Ocean" else b"[]")
    with pytest.raises(OddAnswerError, match="length"):
        _questions()[whom]()


@pytest.mark.parametrize("client", ["direct", "botocore"])
@pytest.mark.parametrize("cut", [b"Content-Len", b"Content-Length: 3", b""])
def test_headers_that_are_cut_off_are_no_empty_file(
    raw: Raw, monkeypatch: pytest.MonkeyPatch, client: str, cut: bytes
) -> None:
    if client == "botocore":
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    raw.answer = b"HTTP/1.1 200 OK\r\nETag: x\r\n" + cut
    with pytest.raises(UnavailableError, match="the connection failed"):
        S3Storage(read_settings(), sleep=lambda seconds: None).read("aind-open-data", "x")


BROKEN_BODIES = {
    "not gzip": b"Content-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc",
    "unknown compression": b"Content-Length: 3\r\nContent-Encoding: zstd-x\r\n\r\nabc",
    "cut": b"Content-Length: 300\r\n\r\nabc",
    "odd chunk": b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
}


@pytest.mark.parametrize("way", ["direct", "botocore", "proxy"])
@pytest.mark.parametrize("kind", BROKEN_BODIES)
@pytest.mark.parametrize("whom", WHOM)
def test_a_refusal_with_a_broken_body_keeps_its_status(
    raw: Raw, monkeypatch: pytest.MonkeyPatch, whom: str, kind: str, way: str
) -> None:
    if way == "botocore":
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    if way == "proxy":
        monkeypatch.setenv("HTTP_PROXY", f"http://{raw.address}")
        monkeypatch.setenv("NO_PROXY", "")
    raw.answer = b"HTTP/1.1 403 Forbidden\r\n" + BROKEN_BODIES[kind]
    with pytest.raises((CredentialsError, RemoteError), match=r"\b403\b") as caught:
        _questions()[whom]()
    assert not isinstance(caught.value, (UnavailableError, OddAnswerError))
    assert len(raw.received) == 1  # a refusal is not asked again


@pytest.mark.parametrize("whom", ["Code Ocean", "S3, a file"])
def test_a_404_with_a_broken_body_is_asked_again(raw: Raw, whom: str) -> None:
    raw.answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 300\r\n\r\nabc"
    with pytest.raises(UnavailableError):
        _questions()[whom]()
    assert len(raw.received) == 4


WRITES: dict[str, Callable[[AssetSource], object]] = {
    "archive": lambda assets: assets.archive(ASSET, archived=True),
    "stop": lambda assets: assets.stop(ASSET),
    "rename": lambda assets: assets.rename(ASSET, "x"),
    "share": lambda assets: assets.share(ASSET, {}),
    "detach": lambda assets: assets.detach(f"capsules/{ASSET}", [ASSET]),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>sign in</",
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n",
    ],
    ids=["a sign-in page", "hints before a refusal", "still processing"],
)
def test_a_write_was_not_done_because_something_answered(
    raw: Raw, write: str, answer: bytes
) -> None:
    raw.answer = answer
    with pytest.raises(UnknownOutcomeError):
        WRITES[write](remote_sources().assets)
    assert len(raw.received) == 1


@pytest.mark.parametrize(
    "answer", [b"204 No Content\r\n\r\n", b"200 OK\r\nContent-Length: 2\r\n\r\n{}"]
)
@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_is_answered_by_the_api_was_done(raw: Raw, write: str, answer: bytes) -> None:
    raw.answer = b"HTTP/1.1 " + answer
    assert WRITES[write](remote_sources().assets) is None


@pytest.mark.parametrize("message", [["not found"], {"en": "not found"}, 404, "", None])
def test_a_404_without_the_message_of_the_api_is_no_absence(
    stand_in: Callable[..., Platform], message: object
) -> None:
    platform = stand_in(empty_world())
    platform.fail("code_ocean", status=404, body=json.dumps({"message": message}))
    with pytest.raises(OddAnswerError):
        remote_sources().assets.get("16d46411-540a-4122-b47f-8cb2a15d593a")


def test_a_file_that_is_longer_than_it_says_is_odd(
    raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # a setting that only botocore understands
    head = "HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"
    raw.answer = f"{head}\r\n\r\n5\r\nhello\r\n0\r\n\r\n".encode()
    with pytest.raises(OddAnswerError):
        _questions()["S3, a file"]()


@pytest.mark.parametrize("way", ["direct", "botocore", "signed address"])
def test_a_file_without_a_stated_end_may_be_cut(
    raw: Raw, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "botocore":
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    read = _questions()["S3, a file"]
    if way == "signed address":
        read = partial(Http("S3", timeout=30).read_file, f"http://{raw.address}/f")
    raw.answer = b"HTTP/1.1 200 OK\r\nETag: x\r\n\r\nhel"
    with pytest.raises(OddAnswerError, match="does not state how long the file is"):
        read()
    raw.answer = b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 3\r\n\r\nhel"
    assert read() == b"hel"


@pytest.mark.parametrize("whom", ["Code Ocean", "DocDB"])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b'{"results": []}'),  # not compressed
        ("identity", '[{"name": "Müller"}]'.encode("latin-1")),  # not in UTF-8
        ("identity", b"\x1f\x8b" + b"x" * 50),
    ],
)
def test_what_is_not_encoded_as_it_says_is_odd(
    stand_in: Callable[..., Platform], whom: str, encoding: str, body: bytes
) -> None:
    platform = stand_in(empty_world())
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    platform.fail(SERVICE[whom], status=200, body=body, headers=headers)  # type: ignore[arg-type]
    with pytest.raises(OddAnswerError):
        _questions()[whom]()


def test_what_is_small_only_until_it_is_unpacked_is_too_large(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(empty_world())
    bomb = gzip.compress(b" " * (300 * 1024 * 1024), compresslevel=1)
    platform.fail("docdb", status=200, body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(RemoteError, match="larger than"):
        _questions()["DocDB"]()


@pytest.mark.parametrize("whom", ["Code Ocean", "DocDB"])
def test_what_is_packed_in_two_parts_is_whole(stand_in: Callable[..., Platform], whom: str) -> None:
    platform = stand_in(empty_world())
    body = EMPTY if whom == "Code Ocean" else b"[]"
    packed = b"".join(gzip.compress(part) for part in (body[:1], body[1:]))
    platform.fail(SERVICE[whom], status=200, body=packed, headers={"Content-Encoding": "gzip"})  # type: ignore[arg-type]
    assert _questions()[whom]() == []


@pytest.mark.parametrize("proxy", [False, True], ids=["direct", "through a proxy"])
def test_an_answer_that_comes_late_is_none_to_the_next_question(
    monkeypatch: pytest.MonkeyPatch, *, proxy: bool
) -> None:
    """After a status below 200 the real answer follows, perhaps during the next request."""
    asked: list[str] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            while received := connection.recv(65536).decode("latin-1"):
                asked.append(received.split()[1])
                if len(asked) == 1:
                    connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                    continue
                # on the connection of the first request, its own answer comes first
                body = b'[{"_id": "late"}]' if connection in first else b'[{"_id": "right"}]'
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                connection.sendall(head + body)

    first: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    first[:] = first or [connection]
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("AIND_SESSION_DOCDB_HOST", address)
        if proxy:
            monkeypatch.setenv("HTTP_PROXY", address)
            monkeypatch.setenv("NO_PROXY", "")
        records = remote_sources().records
        with pytest.raises(OddAnswerError):
            records.find("v1", {})
        assert [record["_id"] for record in records.find("v1", {})] == ["right"]


class TestCredentials:
    @pytest.fixture
    def netrc(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "netrc"
        file.write_text("default login me password pa55word\n")
        monkeypatch.setenv("NETRC", str(file))

    @pytest.mark.usefixtures("netrc")
    @pytest.mark.parametrize("whom", WHOM)
    def test_nothing_of_netrc_is_sent(self, raw: Raw, whom: str) -> None:
        raw.answer = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
        with pytest.raises(Exception, match=r"403|not allowed"):
            _questions()[whom]()
        assert requests.utils.get_netrc_auth("http://127.0.0.1") == ("me", "pa55word")
        assert raw.received
        assert not [received for received in raw.received if "Basic bWU6" in received]

    @pytest.mark.usefixtures("netrc")
    def test_nothing_of_netrc_follows_to_another_host(
        self, raw: Raw, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(empty_world())
        headers = {"Location": f"http://{raw.address.replace('127.0.0.1', 'localhost')}/x"}
        platform.fail("code_ocean", status=307, headers=headers)
        raw.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        get_codeocean_client().session.get("capsules/x")
        assert platform.requests[0].authorized
        assert len(raw.received) == 1
        assert "authorization" not in raw.received[0].lower()

    @pytest.mark.usefixtures("netrc")
    def test_nothing_of_netrc_goes_to_a_signed_address(
        self, raw: Raw, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(demo_world())
        signed = json.dumps({"download_url": f"http://{raw.address}/f?X-Amz-Signature=1"})
        platform.fail("code_ocean", path="results/urls", status=200, body=signed)
        raw.answer = b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 3\r\n\r\nlog"
        assert (
            remote_sources().assets.result("0" * 8 + "-0000-4000-8000-" + "0" * 12, "o") == b"log"
        )
        assert "authorization" not in raw.received[0].lower()

    @pytest.mark.parametrize("around", ["{}\n", " {} ", "\t{}\r\n"])
    def test_blanks_around_a_token_are_no_part_of_it(
        self, stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, around: str
    ) -> None:
        platform = stand_in(demo_world())
        for variable in ("CODE_OCEAN_API_TOKEN", "OTHER"):
            monkeypatch.delenv("CODE_OCEAN_API_TOKEN", raising=False)
            monkeypatch.setenv(variable, around.format(platform.token))
            assert len(Session(DEMO_SESSION, sources=remote_sources()).data_assets) == 3

    def test_a_token_with_more_than_a_token_is_refused_without_being_shown(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_secret\nX-Other: 1")
        with pytest.raises(ValueError, match="CODE_OCEAN_API_TOKEN") as caught:
            remote_sources()
        assert "secret" not in str(caught.value)

    def test_a_password_in_an_address_is_in_no_repr_message_or_log(
        self,
        stand_in: Callable[..., Platform],
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        platform = stand_in(empty_world())
        address = platform.url("code_ocean").replace("://", "://me:pa55word@")
        monkeypatch.setenv("CODE_OCEAN_DOMAIN", address)
        monkeypatch.setenv("AIND_SESSION_DOCDB_HOST", address)
        body = json.dumps({"message": "no pa55word, and no cop_standin, and no Y29wX3N0YW5kaW46"})
        platform.fail("code_ocean", status=418, body=body)
        with pytest.raises(RemoteError) as caught:
            _questions()["Code Ocean"]()
        texts = [
            repr(get_codeocean_client()),
            repr(read_settings()),
            str(caught.value),
            repr(caught.value),
            caplog.text,
        ]
        assert "418" in texts[2]
        for secret in ("pa55word", "cop_standin", "Y29wX3N0YW5kaW46"):
            assert not [text for text in texts if secret in text]

    def test_what_a_server_repeats_is_masked_also_where_it_sends_elsewhere(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(empty_world())
        headers = {"Location": "https://x/cop_standin/", "Content-Type": "cop_standin"}
        platform.fail("code_ocean", status=302, headers=headers, times=1)
        platform.fail("code_ocean", kind="html", headers=headers, body=b"cop_standin" * 40, times=1)
        for _ in range(2):
            with pytest.raises(RemoteError) as caught:
                _questions()["Code Ocean"]()
            assert "cop_standin" not in str(caught.value)

    def test_what_a_server_repeats_in_an_answer_is_masked_too(
        self, stand_in: Callable[..., Platform]
    ) -> None:
        platform = stand_in(demo_world())
        whole = b"ecephys_676909_2023-12-13_13-43-40_sorted"
        platform.fail(
            "code_ocean",
            kind="altered",
            alter=lambda body: body.replace(whole, whole + b"-cop_standin"),
        )
        names = [
            asset.name for asset in Session(DEMO_SESSION, sources=remote_sources()).data_assets
        ]
        assert any("_sorted-..." in name for name in names)
        assert not [name for name in names if "cop_standin" in name]

    @pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 500])
    def test_no_variable_in_a_traceback_holds_the_token(
        self, stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, status: int
    ) -> None:
        platform = stand_in(empty_world())
        monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_hunter2")
        repeated = "cop_hunter2 " + base64.b64encode(b"cop_hunter2:").decode()
        body = json.dumps({"message": repeated}) if status >= 400 else repeated
        headers = {"Location": "/cop_hunter2", "Retry-After": "3600", "X-Token": "cop_hunter2"}
        platform.fail("code_ocean", status=status, body=body, headers=headers)
        search = remote_sources().assets.search
        with pytest.raises((CredentialsError, RemoteError)) as caught:
            search({})
        _, *frames = traceback.walk_tb(caught.tb)  # without this function
        cause = caught.value.__cause__
        frames += traceback.walk_tb(cause.__traceback__ if cause is not None else None)
        shown = [repr(value) for frame, _ in frames for value in frame.f_locals.values()]
        assert len(shown) > 20
        assert not [text for text in shown if "hunter2" in text or "Y29wX2h1bnRlcjI6" in text]

    @pytest.mark.parametrize("kind", ["reset", "truncated", "html", "status", "nobody"])
    def test_no_traceback_shows_a_signature(
        self, stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, kind: Any
    ) -> None:
        monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "2")
        platform = stand_in(demo_world())
        where = "http://127.0.0.1:9" if kind == "nobody" else platform.url("s3")
        if kind != "nobody":
            platform.fail("s3", kind=kind)
        signed = json.dumps({"download_url": f"{where}/f?X-Amz-Signature=5ecret"})
        platform.fail("code_ocean", path="results/urls", status=200, body=signed)
        with pytest.raises(RemoteError) as caught:
            remote_sources().assets.result("0" * 8 + "-0000-4000-8000-" + "0" * 12, "o")
        assert "5ecret" not in "".join(traceback.format_exception(caught.value))
