"""The replaced parts of urllib3, http.client and botocore exist, and one variable restores them."""

from __future__ import annotations

import http.client
import inspect
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from typing import Any

import boto3
import pytest
import requests

from aind_session import CredentialsError, RemoteError, Session, UnavailableError
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.sources.servers.direct import Direct, is_direct
from aind_session.sources.servers.exchange import Caller, NoReplyError
from aind_session.sources.servers.http import Http
from aind_session.sources.servers.limits import OFF_VARIABLE, until
from aind_session.sources.servers.sessions import BoundedAdapter
from tests.platform import Platform

TRIED = {
    "urllib3": ((1, 26), (2, 8)),
    "botocore": ((1, 31), (1, 43)),
    "requests": ((2, 31), (2, 34)),
}
"""Oldest and newest tested releases. For a newer one, run `tests/sources/servers` and
`tests/runtime`, and add it here."""


@pytest.mark.parametrize("name", TRIED)
def test_the_installed_release_is_one_that_was_tried(name: str) -> None:
    oldest, newest = TRIED[name]
    major, minor = version(name).split(".")[:2]
    assert oldest <= (int(major), int(minor)) <= newest, f"try {name} {major}.{minor}: see TRIED"


def test_the_replaced_parts_are_where_they_were() -> None:
    client = boto3.session.Session().client("s3", region_name="us-west-2")
    session = client._endpoint.http_session
    assert session._pool_classes_by_scheme.keys() == {"http", "https"}
    assert session._manager.pool_classes_by_scheme is session._pool_classes_by_scheme
    manager = requests.adapters.HTTPAdapter().poolmanager
    assert manager.pool_classes_by_scheme["https"].ConnectionCls.response_class
    assert "fp" in inspect.getsource(http.client.HTTPResponse.__init__)


@pytest.mark.parametrize("off", ["", "1"])
def test_answers_are_the_same_with_and_without_them(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    monkeypatch.setenv(OFF_VARIABLE, off)
    stand_in(demo_world())
    session = Session(DEMO_SESSION, sources=remote_sources())
    assert session.raw_data_asset.id == "16d46411-540a-4122-b47f-8cb2a15d593a"
    assert session.raw_data_dir.as_posix() == f"s3://aind-ephys-data/{DEMO_SESSION}"
    assert "ecephys" in session.modalities
    pools = BoundedAdapter().poolmanager.pool_classes_by_scheme
    assert pools["https"].__name__.startswith("Bounded") == (off == "")
    assert is_direct() == (off == "")


class SlowLookup:
    """Stands in for the system's name lookup: does not return until it is released."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self._real = socket.getaddrinfo

    def __call__(self, *args: Any, **options: Any) -> Any:
        assert self.let_go.wait(60)
        return self._real(*args, **options)


@pytest.fixture
def lookup(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowLookup]:
    slow = SlowLookup()
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    yield slow
    slow.let_go.set()


@pytest.mark.parametrize("whom", ["Code Ocean", "through a proxy", "S3"])
def test_a_name_that_the_system_looks_up_for_ever_takes_no_longer_than_an_answer_may(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    lookup: SlowLookup,
    whom: str,
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "1")
    stand_in(demo_world())
    if whom == "through a proxy":
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    sources = remote_sources()
    ask: Callable[[], object] = partial(sources.assets.search, {"query": "676909"})
    if whom == "S3":
        ask = partial(sources.storage.list, "aind-open-data", "x")
    with pytest.raises(UnavailableError) as caught:
        ask()
    assert not lookup.let_go.is_set()
    said = "the proxy of http_proxy does not work" if "proxy" in whom else "no answer in time"
    assert said in str(caught.value)


def test_a_connection_that_is_made_too_late_is_closed_and_was_sent_nothing(
    lookup: SlowLookup,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        deadline = time.monotonic() + 0.05
        with pytest.raises(NoReplyError, match="no answer in time") as caught, until(deadline):
            Direct().ask(Caller().request("GET", url), deadline)
        assert not caught.value.was_sent
        lookup.let_go.set()
        server.settimeout(20)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(20)
            assert connection.recv(1) == b""


def test_logs_at_level_debug_hold_no_credential_of_our_requests(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stand_in(demo_world())
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hunter2")
    caplog.set_level("DEBUG")
    remote_sources().storage.list("aind-ephys-data", "x")
    assert "hunter2" not in caplog.text
    assert "S3 list_objects_v2 aind-ephys-data -> answered" in caplog.text
    boto3.session.Session().client("s3").list_objects_v2(Bucket="aind-ephys-data")
    assert "hunter2" in caplog.text  # the user's own client logs as before


@pytest.mark.parametrize("way", ["direct", "proxy"])
def test_what_http_client_prints_for_debugging_holds_no_credential(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    way: str,
) -> None:
    platform = stand_in(demo_world())
    if way == "proxy":
        monkeypatch.setenv("HTTP_PROXY", platform.url("code_ocean"))
        monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    assert remote_sources().assets.search({"query": "676909"})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("client", ["direct", "botocore"])
def test_logs_at_level_debug_hold_no_refusal_that_repeats_the_token(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    client: str,
) -> None:
    platform = stand_in(demo_world())
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hunter2")
    if client == "botocore":
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    signed = "<StringToSign>x-amz-security-token:hunter2</StringToSign>"
    body = f"<Error><Code>SignatureDoesNotMatch</Code>{signed}</Error>"
    platform.fail("s3", status=403, body=body)
    caplog.set_level("DEBUG")
    with pytest.raises(CredentialsError) as caught:
        remote_sources().storage.list("aind-ephys-data", "x")
    assert "hunter2" not in caplog.text
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_logs_at_level_debug_hold_no_signed_address(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    platform = stand_in(demo_world())
    caplog.set_level("DEBUG")
    http = Http("S3", timeout=5)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # the stand-in takes the place of a proxy
    monkeypatch.setenv("http_proxy", platform.url("s3"))
    with pytest.raises(RemoteError):
        http.read_file("http://bucket.example/key?X-Amz-Signature=hunter2")
    assert platform.count("s3") == 1
    assert "hunter2" not in caplog.text
