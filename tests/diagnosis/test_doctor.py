"""The doctor: its findings, next steps and cost, and no secrets."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from aind_session import AssetNotFoundError, UnavailableError, doctor, offline
from aind_session.extensions.ecephys import EcephysExtension
from aind_session.sources import demo
from aind_session.sources.demo_world import demo_world
from aind_session.sources.memory import World
from aind_session.sources.servers.code_ocean import MIN_SERVER_VERSION
from aind_session.sources.settings import cache_dir
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.diagnosis.conftest import COMPUTATION, TOKEN, not_ok, of
from tests.platform import QUIET, Platform


def test_a_dozen_reads_show_that_everything_works(platform: Platform) -> None:
    diagnosis = doctor()
    assert not_ok(diagnosis) == set()
    assert diagnosis.status == 0
    counts = {name: platform.count(name) for name in ("code_ocean", "docdb", "s3")}
    assert counts == {"code_ocean": 3, "docdb": 2, "s3": 7}
    asked = {(r.method, r.path) for r in platform.requests if r.method != "GET"}
    assert asked == {("POST", "/api/v1/data_assets/search")}
    assert not cache_dir().exists()


def test_checks_are_made_side_by_side(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(demo_world(), quiet=QUIET)
    doctor()  # imports the clients
    platform.forget()
    assert doctor().status == 0
    assert platform.steps() == 1


def test_a_password_in_an_address_does_not_show(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("CODE_OCEAN_DOMAIN", "AIND_SESSION_DOCDB_HOST"):
        address = os.environ[variable].replace("http://", "http://me:hidden@")
        monkeypatch.setenv(variable, address)
    assert "hidden" not in repr(doctor())
    monkeypatch.delenv(TOKEN)
    platform.fail("docdb", status=404)
    assert "hidden" not in repr(doctor())


def test_a_server_that_never_answers_is_a_finding_within_the_time_limit(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "0.3")
    platform.fail("code_ocean", kind="hang")
    platform.fail("s3", kind="hang")
    diagnosis = doctor()
    assert "no answer in time" in of(diagnosis, "Code Ocean", "server").detail
    assert of(diagnosis, "S3", "aind-open-data").state == "wrong"


@pytest.mark.parametrize(("path", "status"), [("/v2/", 1), ("", 3)])
def test_docdb_is_limited_while_one_version_answers(
    platform: Platform, path: str, status: int
) -> None:
    platform.fail("docdb", path=path, status=503)
    diagnosis = doctor(sources=impatient())
    assert of(diagnosis, "DocDB", "v2").state == ("limited" if status == 1 else "wrong")
    assert (of(diagnosis, "DocDB", "v1").state == "ok") is (status == 1)
    assert diagnosis.status == status


@pytest.mark.parametrize(
    "variable", ["CODE_OCEAN_DOMAIN", "AIND_SESSION_DOCDB_HOST", "AWS_ENDPOINT_URL"]
)
def test_an_address_that_is_none_is_a_finding(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://[")
    diagnosis = doctor()
    assert diagnosis.status == 3
    steps = [f.next_step for f in diagnosis.findings if f.state == "wrong"]
    assert all(variable in str(step) for step in steps)


class TestSources:
    def test_memory_and_servers_answer_alike(self, serve: Serve) -> None:
        sources = serve(demo_world())
        assert sources.assets.accepts(MIN_SERVER_VERSION)
        pipeline = EcephysExtension.DEFAULT_SORTING_PIPELINE_ID
        assert sources.assets.capsule(pipeline)["id"] == pipeline
        with pytest.raises(AssetNotFoundError, match=COMPUTATION):
            sources.assets.capsule(COMPUTATION)
        assert sources.storage.has_bucket("aibs-behavior-data")  # which is empty
        assert not sources.storage.has_bucket("there-is-none")

    def test_a_server_that_does_not_answer_is_not_taken_for_an_old_one(
        self, platform: Platform
    ) -> None:
        platform.fail("code_ocean", status=503)
        with pytest.raises(UnavailableError):
            impatient().assets.accepts(MIN_SERVER_VERSION)


def test_each_finding_that_is_not_ok_says_what_to_do_in_one_line(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = stand_in(World())
    platform.token_scopes.clear()
    platform.forbidden_buckets.add("aind-ephys-data")
    platform.fail("docdb", status=500)
    monkeypatch.setenv("CO_CAPSULE_ID", "0000000b-0000-4000-8000-000000000001")
    diagnosis = doctor(sources=impatient())
    steps = [f.next_step for f in diagnosis.findings if f.state != "ok"]
    assert len(steps) >= 5
    assert all(step and "\n" not in step for step in steps)


def test_the_demo_says_that_no_server_answered() -> None:
    with demo():
        diagnosis = doctor()
    assert diagnosis.status == 0
    assert "plain data in memory" in of(diagnosis, "Code Ocean", "server").detail


def test_offline_mode_is_no_fault_of_the_network(platform: Platform) -> None:
    with offline():
        diagnosis = doctor()
    asked = [f for f in diagnosis.findings if "offline mode is on" in f.detail]
    assert {f.group for f in asked} == {"Code Ocean", "DocDB", "S3"}
    step = "leave offline() or unset AIND_SESSION_OFFLINE, then run the doctor again"
    assert {f.next_step for f in asked} == {step}
    assert platform.requests == []
