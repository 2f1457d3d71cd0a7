"""Code Ocean through the real SDK: pages, credentials, refusals, faults."""

from __future__ import annotations

import base64
import itertools
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    CredentialsError,
    OddAnswerError,
    OddAnswerWarning,
    RemoteError,
    Session,
    UnavailableError,
    UnknownOutcomeError,
    get_data_assets,
)
from aind_session.sources import remote_sources
from aind_session.sources.servers.code_ocean import CodeOceanAssets
from aind_session.sources.servers.sdk_client import Client
from aind_session.sources.settings import read_settings
from tests.behaviour.test_failures import impatient
from tests.platform import Platform
from tests.platform.faults import Kind
from tests.worlds import asset, empty_world, raw, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"


@pytest.fixture
def platform(stand_in: Callable[..., Platform]) -> Platform:
    world = empty_world()
    world.assets += [raw(1, NAME)]
    return stand_in(world)


def source() -> CodeOceanAssets:
    return CodeOceanAssets(read_settings(), sleep=lambda seconds: None)


def test_a_search_goes_over_all_pages(platform: Platform) -> None:
    platform.world.assets += [asset(n, f"{NAME}_x_2024-02-01_00-00-00") for n in range(2, 1202)]
    found = source().search({"query": "700001"})
    assert len({body["id"] for body in found}) == 1201
    assert platform.count() == 2


def test_the_header_asks_for_no_newer_server_than_this_library_needs(platform: Platform) -> None:
    source().search({"query": "700001"})
    headers = {k.lower(): v for k, v in platform.requests[0].headers.items()}
    assert headers["min-server-version"] == "4.0.0"


def test_no_token_is_an_error_without_a_request(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    with pytest.raises(CredentialsError, match="CODE_OCEAN_API_TOKEN"):
        source().search({})
    with pytest.raises(CredentialsError, match="COP_"):
        source().get(uuid_of(1))
    assert platform.count() == 0


def test_without_a_token_mounted_data_are_suggested(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(tmp_path))
    expected = rf"or attach the data asset, as those mounted in {tmp_path} need no token$"
    with pytest.raises(CredentialsError, match=expected):
        source().search({})
    monkeypatch.setenv("AIND_SESSION_SOURCE", "servers")
    expected = rf"set AIND_SESSION_SOURCE=mounts to be answered from {tmp_path}$"
    with pytest.raises(CredentialsError, match=expected):
        source().search({})


def test_a_bad_token_names_the_variable_that_held_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    monkeypatch.setenv("MY_KEY", "cop_wrong")
    with pytest.raises(CredentialsError, match="MY_KEY is not valid") as caught:
        source().search({})
    assert caught.value.variable == "MY_KEY"
    assert "cop_wrong" not in str(caught.value)
    assert platform.count() == 1


def test_a_token_without_the_scope_names_the_scope(platform: Platform) -> None:
    platform.token_scopes.discard("data-asset-read")
    with pytest.raises(CredentialsError, match="Data Asset: read"):
        source().search({})


def test_a_closed_asset_and_an_unknown_one_are_different_errors(platform: Platform) -> None:
    platform.world.hidden.add(uuid_of(1))
    with pytest.raises(AccessDeniedError, match=uuid_of(1)):
        source().get(uuid_of(1))
    with pytest.raises(AssetNotFoundError, match=uuid_of(2)):
        source().get(uuid_of(2))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_tried_again(platform: Platform, status: int) -> None:
    platform.fail("code_ocean", status=status, times=2)
    assert len(source().search({"query": "700001"})) == 1
    assert platform.count() == 3


def test_a_lost_connection_is_tried_again(platform: Platform) -> None:
    platform.fail("code_ocean", kind="reset", times=1)
    assert len(source().search({"query": "700001"})) == 1


def test_retries_end_and_say_what_the_server_said(platform: Platform) -> None:
    platform.fail("code_ocean", status=503, body=b'{"message": "resting"}')
    with pytest.raises(UnavailableError, match="resting") as caught:
        source().search({})
    assert caught.value.status == 503
    assert caught.value.url is not None
    assert caught.value.url.endswith("/data_assets/search")
    assert platform.count() == 4


def test_retry_after_is_honoured(platform: Platform) -> None:
    platform.fail("code_ocean", status=429, times=1, headers={"Retry-After": "7"})
    waited: list[float] = []
    CodeOceanAssets(read_settings(), sleep=waited.append).search({"query": "700001"})
    assert waited == [7.0]


def test_a_wait_beyond_the_time_limit_is_not_begun(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "5")
    platform.fail("code_ocean", status=429, headers={"Retry-After": "3600"})
    waited: list[float] = []
    with pytest.raises(UnavailableError):
        CodeOceanAssets(read_settings(), sleep=waited.append).search({})
    assert waited == []
    assert platform.count() == 1


def test_other_refusals_are_not_tried_again(platform: Platform) -> None:
    platform.fail("code_ocean", status=400, body=b'{"message": "server too old"}')
    with pytest.raises(RemoteError, match="server too old") as caught:
        source().search({})
    assert caught.value.status == 400
    assert platform.count() == 1


@pytest.mark.parametrize("kind", ["html", "shape"])
def test_an_odd_answer_is_an_error_and_not_an_empty_one(platform: Platform, kind: Kind) -> None:
    platform.fail("code_ocean", kind=kind)
    with pytest.raises(OddAnswerError):
        source().search({})


def test_no_answer_in_time_is_an_error(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "0.2")
    platform.fail("code_ocean", kind="hang")
    with pytest.raises(UnavailableError, match="no answer in time"):
        source().search({})


def test_the_token_shows_nowhere(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    platform.fail("code_ocean", status=500)
    session = Session(NAME, sources=remote_sources())
    assets = source()
    with pytest.raises(RemoteError) as caught:
        assets.search({})
    token = platform.environment["CODE_OCEAN_API_TOKEN"]
    shown = [str(caught.value), repr(caught.value), repr(session), repr(assets), caplog.text]
    shown.append(repr(Client(domain="https://example.org", token=token)))
    assert not [text for text in shown if token in text]


def test_one_debug_event_a_request(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="aind_session")
    source().search({"query": "700001"})
    events = [r for r in caplog.records if r.name.startswith("aind_session")]
    assert len(events) == platform.count() == 1


@pytest.mark.parametrize("token", ["again", None])
def test_pages_that_repeat_themselves_end_in_an_error(
    platform: Platform, token: str | None
) -> None:
    tokens = itertools.count()
    platform.endless_pages = lambda: token or f"token {next(tokens)}"
    with pytest.raises(OddAnswerError, match="do not end"):
        source().search({"query": "700001"})
    assert platform.count() == 2


def test_a_token_of_a_next_page_means_that_there_is_more(platform: Platform) -> None:
    def without_the_field(body: bytes) -> bytes:
        page = json.loads(body)
        del page["has_more"]
        return json.dumps(page).encode()

    names = [f"ecephys_700009_2024-01-0{day}_10-00-00" for day in range(1, 6)]
    platform.world.assets += [raw(100 + number, name) for number, name in enumerate(names)]
    platform.page_size_cap = 2
    platform.fail("code_ocean", kind="altered", alter=without_the_field)
    assert sorted(body["name"] for body in source().search({"query": "700009"})) == names
    assert platform.count() == 3


@pytest.mark.parametrize(
    "body",
    [
        '{"has_more": false, "results": null}',
        '{"has_more": true, "results": []}',
        '{"has_more": true, "next_token": 1, "results": []}',
        '{"has_more": false, "results": [1, {"id": [], "name": "x"}]}',
        "[" * 100_000,
        "null",
        "",
    ],
)
def test_a_page_without_what_it_must_have_is_odd(platform: Platform, body: str) -> None:
    platform.fail("code_ocean", kind="shape", body=body)
    with pytest.raises(OddAnswerError, match="Code Ocean"):
        source().search({"query": "700001"})


@pytest.mark.parametrize("body", ['{"foo": 1}', '{"id": null, "name": "x"}', "[]"])
def test_one_thing_without_an_id_is_odd(platform: Platform, body: str) -> None:
    platform.fail("code_ocean", kind="shape", body=body)
    assets = source()
    for ask in (assets.get, assets.computation):
        with pytest.raises(OddAnswerError, match="expected"):
            ask(uuid_of(1))
    for send in (assets.run, assets.create):  # the request may have been done
        with pytest.raises(UnknownOutcomeError, match="sent"):
            send({})


def test_an_asset_without_a_name_is_odd(platform: Platform) -> None:
    platform.fail("code_ocean", kind="shape", body='{"id": "x", "name": null}')
    with pytest.raises(OddAnswerError, match="a data asset was expected"):
        source().get("x")


def test_a_computation_that_is_none_is_not_passed_over(platform: Platform) -> None:
    platform.fail("code_ocean", kind="shape", body='[{"id": "c"}, null]')
    with pytest.raises(OddAnswerError, match="expected"):
        source().computations("p")


def test_a_page_that_is_not_there_is_no_word_about_an_asset(platform: Platform) -> None:
    platform.fail("code_ocean", status=404, body="<html>nginx</html>")
    with pytest.raises(OddAnswerError, match="404"):
        source().get(uuid_of(1))


def test_what_a_server_says_is_cut_and_shown_without_the_token(platform: Platform) -> None:
    basic = base64.b64encode(f"{platform.token}:".encode()).decode()
    said = f"{platform.token} Basic {basic} {'x' * 10_000}"
    for status in (400, 401, 403, 500):
        platform.fail("code_ocean", status=status, body=json.dumps({"message": said}))
        with pytest.raises((RemoteError, CredentialsError), match=r"\.\.\. Basic \.\.\.") as caught:
            source().search({})
        assert platform.token not in str(caught.value)
        assert basic not in str(caught.value)
        assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("kind", ["hang", "slow head", "drip", "endless"])
def test_no_kind_of_slowness_outlasts_the_time_limit(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "0.2")
    platform.fail("code_ocean", kind=kind, pause=0.1)
    with pytest.raises(UnavailableError, match="Code Ocean"):
        source().search({"query": "700001"})
    assert platform.count() == 1


def test_a_redirect_is_not_followed_by_a_start(platform: Platform) -> None:
    address = platform.url("code_ocean") + "/api/v1/computations"
    platform.fail("code_ocean", status=307, headers={"Location": address}, times=1)
    with pytest.raises(RemoteError, match="redirects to other addresses are not followed"):
        source().run({"capsule_id": "p"})
    assert platform.count() == 1


def test_a_password_in_the_address_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch, platform: Platform
) -> None:
    address = platform.url("code_ocean").replace("://", "://me:pa55@")
    monkeypatch.setenv("CODE_OCEAN_DOMAIN", address)
    monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_wrong")
    with pytest.raises(CredentialsError) as refused:
        source().search({})
    monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
    with pytest.raises(CredentialsError) as missing:
        source().search({})
    assert "pa55" not in f"{refused.value} {missing.value}"


def test_results_that_are_no_objects_are_left_out_with_a_warning(platform: Platform) -> None:
    page = {"has_more": False, "results": [raw(1, NAME), 7, None]}
    platform.fail("code_ocean", kind="shape", body=json.dumps(page))
    with pytest.warns(OddAnswerWarning, match="2 results") as caught:
        assert [body["id"] for body in source().search({})] == [uuid_of(1)]
    assert len(caught) == 1
    with pytest.warns(OddAnswerWarning):
        assert get_data_assets(NAME, sources=impatient())[0].id == uuid_of(1)
