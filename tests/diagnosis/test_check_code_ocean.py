"""What the doctor states about Code Ocean, its token and its version."""

from __future__ import annotations

import json
import re

import pytest

from aind_session import doctor
from aind_session.sources import memory_sources
from aind_session.sources.memory import World
from aind_session.sources.servers.code_ocean import MIN_SERVER_VERSION
from aind_session.sources.servers.sdk_client import SDK_SERVER_VERSION
from tests.behaviour.test_failures import impatient
from tests.diagnosis.conftest import SECRET, TOKEN, not_ok, of
from tests.platform import Platform


def test_of_the_token_only_its_variable_and_length_are_shown(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN)
    monkeypatch.setenv("MY_SECRET", SECRET)
    diagnosis = doctor()
    found = of(diagnosis, "Code Ocean", "token")
    assert (found.state, found.detail) == ("ok", "MY_SECRET, cop_... (36 characters)")


@pytest.mark.parametrize("state", ["good", "refused", "no scope", "odd", "down"])
def test_no_part_of_the_token_shows(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    secret = SECRET
    if state == "refused":
        platform.token = "cop_another"
    elif state == "no scope":
        platform.token_scopes.clear()
    elif state == "odd":
        secret = platform.token = "0123456789abcdefghijklmnopqrstuv"
    elif state == "down":
        platform.fail("code_ocean", kind="reset")
    monkeypatch.setenv(TOKEN, secret)
    diagnosis = doctor(sources=impatient())
    shown = f"{diagnosis!r} {diagnosis._repr_html_()} {json.dumps(diagnosis.to_dict())}"
    shown = re.sub(r"127\.0\.0\.1:\d+", "", shown)  # a port can have digits of the token
    hidden = secret.removeprefix("cop_")
    parts = {hidden[start : start + 4] for start in range(len(hidden) - 3)}
    assert [part for part in parts if part in shown] == []
    assert f"{len(secret)} characters" in shown


def test_no_token_is_wrong_and_says_how_to_get_one(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN)
    diagnosis = doctor()
    found = of(diagnosis, "Code Ocean", "token")
    assert found.state == "wrong"
    assert found.next_step == (
        f"create one at {platform.url('code_ocean')}/account, then: export {TOKEN}=cop_..."
    )
    assert diagnosis.status == 3
    assert platform.count("code_ocean") == 0
    assert of(diagnosis, "DocDB", "v1").state == "ok"


def test_a_refused_token_is_wrong_and_the_server_is_not_to_blame(platform: Platform) -> None:
    platform.token = "cop_another"
    diagnosis = doctor()
    assert of(diagnosis, "Code Ocean", "token").detail.endswith("is refused (HTTP 401)")
    assert of(diagnosis, "Code Ocean", "server").state == "ok"
    assert not_ok(diagnosis) == {
        ("token", "wrong"),
        ("SDK", "limited"),
        ("Data Asset: read", "limited"),
        ("Capsule: read", "limited"),
    }
    assert diagnosis.status == 3


def test_a_token_without_the_scope_for_assets_is_wrong(platform: Platform) -> None:
    platform.token_scopes.remove("data-asset-read")
    diagnosis = doctor()
    found = of(diagnosis, "Code Ocean", "Data Asset: read")
    assert found.state == "wrong"
    assert "'Data Asset: read'" in str(found.next_step)
    assert of(diagnosis, "Code Ocean", "token").state == "ok"
    assert of(diagnosis, "Code Ocean", "Capsule: read").state == "ok"
    assert diagnosis.status == 3


def test_a_token_without_the_scope_for_capsules_is_limited(platform: Platform) -> None:
    platform.token_scopes.remove("capsule-read")
    diagnosis = doctor()
    assert not_ok(diagnosis) == {("Capsule: read", "limited")}
    assert "'Capsule: read'" in str(of(diagnosis, "Code Ocean", "Capsule: read").next_step)
    assert diagnosis.status == 1


def test_a_server_that_is_too_old_is_wrong(platform: Platform) -> None:
    platform.server_version = "3.9.0"
    diagnosis = doctor()
    found = of(diagnosis, "Code Ocean", "server")
    assert found.state == "wrong"
    assert "older than 4.0.0" in found.detail
    assert "HTTP 400" in found.detail
    assert diagnosis.status == 3


def test_a_server_as_new_as_the_installed_sdk_requires_is_reported(platform: Platform) -> None:
    platform.server_version = SDK_SERVER_VERSION
    diagnosis = doctor()
    assert f"{SDK_SERVER_VERSION} or newer" in of(diagnosis, "Code Ocean", "SDK").detail
    assert diagnosis.status == 0


@pytest.mark.skipif(
    SDK_SERVER_VERSION == MIN_SERVER_VERSION,
    reason="the installed SDK asks for no newer server than this library",
)
def test_an_older_server_than_the_installed_sdk_requires_is_reported_but_fine(
    platform: Platform,
) -> None:
    platform.server_version = MIN_SERVER_VERSION
    diagnosis = doctor()
    found = of(diagnosis, "Code Ocean", "SDK")
    assert f"older than {SDK_SERVER_VERSION}" in found.detail
    assert "get_codeocean_client" in str(found.next_step)
    assert diagnosis.status == 0


def test_a_server_that_cannot_be_reached_is_wrong(platform: Platform) -> None:
    platform.fail("code_ocean", kind="reset")
    diagnosis = doctor(sources=impatient())
    assert of(diagnosis, "Code Ocean", "server").state == "wrong"
    assert of(diagnosis, "Code Ocean", "token").state == "limited"
    assert diagnosis.status == 3


def test_a_world_without_the_sorting_pipeline_is_limited() -> None:
    diagnosis = doctor(sources=memory_sources(World()))
    assert not_ok(diagnosis) == {("Capsule: read", "limited")}
