"""Answers of servers are data: they lead to no other path, and no other host gets the token."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aind_session import (
    DirectoryNotFoundError,
    RemoteError,
    Session,
    Subject,
    asset_dir,
    attached,
    get_output_text,
)
from aind_session.conventions import assets, quality, records, sorting
from aind_session.conventions.dates import moment_of
from aind_session.conventions.location import Location
from aind_session.conventions.names import find_session
from aind_session.errors import OddAnswerError
from aind_session.extensions.ecephys import alignment
from aind_session.runtime.arguments import file_name
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset, decode_assets, decode_computation
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import SUBJECT, asset, empty_world, raw, record, uuid_of

NAME = f"behavior_{SUBJECT}_2024-01-01_00-00-00"
COMPUTATION = "0000000c-0000-4000-8000-0000000000aa"
ELSEWHERE = (
    ("aind-open-data", "../other/x"),
    ("aind-open-data", "a/../../other/x"),
    ("aind-open-data", "a\\..\\x"),
    ("aind-open-data", "a/./x"),
    ("aind-open-data", "x\ny"),
    ("aind-open-data", "x\0"),
    ("..", "x"),
    ("", "x"),
    ("elsewhere:80", "x"),
    ("user@elsewhere", "x"),
    ("a b", "x"),
    ("\u0661", "x"),
)


class _Elsewhere(HTTPServer):
    """Another host, which records what it receives."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.received: list[str] = []


class _Answer(BaseHTTPRequestHandler):
    server: _Elsewhere

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(f"{self.requestline}\n{self.headers}\n{body.decode()}")
        self.send_response(200)
        self.send_header("ETag", '"x"')
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def elsewhere() -> Iterator[_Elsewhere]:
    with _Elsewhere() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _url(server: _Elsewhere) -> str:
    return f"http://127.0.0.1:{server.server_port}"


# -- locations --


@pytest.mark.parametrize(("bucket", "key"), ELSEWHERE)
def test_a_place_that_leads_elsewhere_is_none(bucket: str, key: str) -> None:
    assert records.record_location({"location": f"s3://{bucket}/{key}"}) is None
    source = {"origin": "aws", "bucket": bucket, "prefix": key}
    assert (
        assets.asset_location(decode_asset({"id": "a", "name": "x", "source_bucket": source}))
        is None
    )


@pytest.mark.parametrize("location", ["https://elsewhere/x", "file:///etc/passwd", "/etc", "s3://"])
def test_a_location_that_is_not_in_a_bucket_is_none(location: str) -> None:
    assert records.record_location({"location": location}) is None


def _world(place: str, source: Mapping[str, Any]) -> World:
    world = empty_world()
    world.objects["aind-open-data"][f"{NAME}/behavior/x"] = b""
    world.objects["aind-open-data"]["other/x/behavior/x"] = b""
    world.records["v1"] += [record(NAME, place, uuid_of(1))]
    world.assets += [raw(1, NAME, source_bucket=dict(source))]
    return world


def test_raw_data_are_looked_for_where_they_are_and_not_elsewhere(
    stand_in: Callable[..., Platform],
) -> None:
    source = {"origin": "aws", "bucket": "aind-open-data", "prefix": "../aind-open-data/other/x"}
    platform = stand_in(_world("s3://aind-open-data/../other/x", source))
    session = Session(NAME, sources=remote_sources())
    assert session.raw_data_dir.as_posix() == f"s3://aind-open-data/{NAME}"
    assert session.modalities == ("behavior",)
    asked = [f"{r.path}?{r.query}" for r in platform.requests if r.service == "s3"]
    assert asked
    assert not [text for text in asked if ".." in text or "other" in text]


# -- IDs --


@pytest.mark.parametrize(
    "said", ["../capsules/x", "x/../y", "x?y=1", "//elsewhere/x", "x#y", "x y"]
)
def test_an_id_that_would_lead_elsewhere_is_not_asked_for(
    stand_in: Callable[..., Platform], said: str
) -> None:
    world = empty_world()
    world.records["v1"] += [record(NAME, None, said)]
    platform = stand_in(world)
    assert records.linked_asset_ids(world.records["v1"][0]) == ()
    assert Subject(SUBJECT, sources=remote_sources()).data_assets == ()
    assert {r.path for r in platform.requests if r.service == "code_ocean"} == {
        "/api/v1/data_assets/search"
    }


_pieces = [
    "..",
    ".",
    "/",
    "\\",
    "_",
    "-",
    "%2F",
    "\0",
    "\n",
    " ",
    "676909",
    "M2501",
    "a.1",
    "ecephys",
]


@given(st.lists(st.sampled_from([*_pieces, "2023-12-13_13-43-40"]), max_size=12).map("".join))
def test_what_is_read_as_a_session_is_a_plain_file_name(text: str) -> None:
    session = find_session(text)
    if session is not None:
        assert file_name(session.id) == session.id
        assert file_name(session.subject_id) == session.subject_id


# -- other hosts --


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_does_not_follow_to_another_host(
    stand_in: Callable[..., Platform], elsewhere: _Elsewhere, status: int
) -> None:
    platform = stand_in(empty_world())
    platform.token = "cop_secret_of_the_user"
    platform.fail("code_ocean", status=status, headers={"Location": f"{_url(elsewhere)}/x"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODE_OCEAN_API_TOKEN", platform.token)
        subject = Subject(SUBJECT, sources=remote_sources())
    with pytest.raises(RemoteError):
        subject.data_assets
    assert any(request.authorized for request in platform.requests)
    received = "".join(elsewhere.received).lower()
    assert "authorization" not in received
    assert platform.token not in received


def _world_with_a_run() -> World:
    world = empty_world()
    world.computations["capsule"] = [{"id": COMPUTATION, "state": "completed"}]
    world.results[COMPUTATION] = {"output": b"log"}
    return world


def test_files_of_results_are_fetched_from_another_host_without_the_token(
    stand_in: Callable[..., Platform], elsewhere: _Elsewhere
) -> None:
    platform = stand_in(_world_with_a_run())
    address = json.dumps({"download_url": f"{_url(elsewhere)}/signed"})
    platform.fail("code_ocean", path="results/urls", status=200, body=address)
    assert get_output_text(COMPUTATION, sources=remote_sources()) == "{}"
    assert len(elsewhere.received) == 1
    assert "authorization" not in elsewhere.received[0].lower()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "/etc/passwd", "", "ftp://x/y", 5, None])
def test_an_address_that_is_not_of_the_web_is_not_followed(
    stand_in: Callable[..., Platform], address: Any
) -> None:
    platform = stand_in(_world_with_a_run())
    said = json.dumps({"download_url": address})
    platform.fail("code_ocean", path="results/urls", status=200, body=said)
    with pytest.raises(RemoteError):
        get_output_text(COMPUTATION, sources=remote_sources())


# -- mounts --


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with mounted data assets in a computation, and a directory beside it."""
    (tmp_path / "outside").mkdir()
    where = tmp_path / "data"
    where.mkdir()
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(where))
    monkeypatch.setenv("CO_COMPUTATION_ID", COMPUTATION)
    return where


@pytest.mark.parametrize(
    "mount", ["../outside", "..", ".", "", "/etc", "a\0", "x" * 300, "\ud800", 5]
)
def test_a_mount_leads_nowhere_but_to_a_folder_of_the_data(
    serve: Serve, data: Path, mount: Any
) -> None:
    world = empty_world()
    world.assets += [asset(1, "../outside", mount=mount)]
    part = {"id": uuid_of(1), "mount": mount}
    world.computations["capsule"] = [{"id": COMPUTATION, "data_assets": [part]}]
    with pytest.raises(DirectoryNotFoundError, match="mounted directory"):
        asset_dir(uuid_of(1), "local", sources=serve(world))


@pytest.mark.parametrize("said", ["../x", "x", "", 5, None, {}])
def test_a_folder_whose_asset_is_no_id_is_a_folder_without_asset(
    serve: Serve, data: Path, said: Any
) -> None:
    (data / NAME).mkdir()
    world = empty_world()
    parts = [{"id": said, "mount": NAME}, said]
    world.computations["capsule"] = [{"id": COMPUTATION, "data_assets": parts}]
    here = attached(sources=serve(world))
    assert [(mount.path.name, mount.asset_id) for mount in here.folders] == [(NAME, None)]
    assert here.assets == ()


# -- shapes --

_words = st.sampled_from(
    "name location created external_links subject data_description processing quality_control "
    "evaluations metrics status status_history data_processes code parameters sorter_name id tags "
    "mount custom_metadata source_bucket origin bucket prefix provenance state type".split()
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=5),
    max_leaves=12,
)
_objects = st.dictionaries(_words, _json, max_size=8)


@given(_objects)
def test_records_of_any_shape_can_be_read(record: Mapping[str, Any]) -> None:
    assert set(map(type, records.linked_asset_ids(record))) <= {str}
    assert set(map(type, records.record_modalities(record))) <= {str}
    assert isinstance(records.record_location(record), Location | None)
    assert isinstance(records.is_raw_record(record), bool)
    assert isinstance(records.record_genotype(record), str | None)
    assert isinstance(records.record_start_time(record), datetime | None)
    assert isinstance(sorting.sorter_of_params(record), str | None)
    assert isinstance(sorting.sorter_of_processing(record.get("processing")), str | None)
    assert isinstance(alignment.latest_by_probe([record], DEMO_SESSION), dict)
    assert quality.status(record) in (None, *quality.STATUSES)
    assert records.records_by_creation([record, record]) == [record, record]


@given(_objects)
def test_assets_of_any_shape_can_be_read(body: dict[str, Any]) -> None:
    (asset,) = decode_assets([{**body, "id": "a", "name": DEMO_SESSION}])
    assert assets.assets_by_creation([asset]) == (asset,)
    assert moment_of(asset.created).tzinfo is None
    assert isinstance(assets.asset_location(asset), Location | None)
    assert decode_computation(body).id in (body.get("id"), None)


@pytest.mark.parametrize("text", ["[1", "[" * 100_000, "[]", "5", None, {}])
def test_a_probe_alignment_that_is_none_is_said_to_be_odd(text: Any) -> None:
    metrics = [{"value": {"curations": [text]}}]
    name = f"Probe Alignment for x {DEMO_SESSION}_ProbeA"
    control = {"evaluations": [{"name": name, "metrics": metrics}]}
    with pytest.raises(OddAnswerError, match="a probe alignment is"):
        alignment.latest_by_probe([{"quality_control": control}], DEMO_SESSION)


@pytest.mark.parametrize("channels", [None, [], 5, {"a": None}, {"a": {}}, {"a": {"x": "1"}}])
def test_channels_of_another_shape_are_said_to_be_odd(channels: Any) -> None:
    with pytest.raises(OddAnswerError, match="the alignment of ProbeA has an unexpected structure"):
        alignment.as_ccf_records({"ProbeA": {"ccf_channel_results": channels}})
