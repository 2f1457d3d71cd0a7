"""The doctor: its findings, next steps and cost, and no secrets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session import AssetNotFoundError, Diagnosis, Finding, UnavailableError, doctor
from aind_session.extensions.ecephys import EcephysExtension
from aind_session.sources import demo, memory_sources
from aind_session.sources.demo_world import demo_world
from aind_session.sources.memory import World
from aind_session.sources.servers.code_ocean import MIN_SERVER_VERSION
from aind_session.sources.servers.sdk_client import SDK_SERVER_VERSION
from aind_session.sources.settings import cache_dir
from tests.behaviour.test_failures import impatient
from tests.conftest import Serve
from tests.platform import QUIET, Platform

SECRET = "cop_0123456789abcdefghijklmnopqrstuv"
TOKEN = "CODE_OCEAN_API_TOKEN"
COMPUTATION = "0000000c-0000-4000-8000-000000000001"


def of(diagnosis: Diagnosis, group: str, name: str) -> Finding:
    [found] = [f for f in diagnosis.findings if (f.group, f.name) == (group, name)]
    return found


def not_ok(diagnosis: Diagnosis) -> set[tuple[str, str]]:
    return {(f.name, f.state) for f in diagnosis.findings if f.state != "ok"}


@pytest.fixture
def platform(stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> Platform:
    platform = stand_in(demo_world())
    platform.token = SECRET
    monkeypatch.setenv(TOKEN, SECRET)
    return platform


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


def test_a_closed_bucket_is_limited(platform: Platform) -> None:
    platform.forbidden_buckets.add("aibs-behavior-data")
    diagnosis = doctor()
    found = of(diagnosis, "S3", "aibs-behavior-data")
    assert (found.state, found.detail) == ("limited", "closed: not allowed (HTTP 403)")
    assert not_ok(diagnosis) == {("aibs-behavior-data", "limited")}
    assert diagnosis.status == 1


def test_a_bucket_that_is_not_there_is_limited(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_BUCKETS", "aind-open-data,aind-misspelt")
    diagnosis = doctor()
    found = of(diagnosis, "S3", "aind-misspelt")
    assert (found.state, found.detail) == ("limited", "the bucket does not exist")
    assert platform.count("s3") == 2


def test_without_aws_credentials_public_buckets_are_read(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    diagnosis = doctor()
    assert of(diagnosis, "S3", "credentials").state == "limited"
    assert of(diagnosis, "S3", "aind-open-data").state == "ok"
    assert "without AWS credentials" in of(diagnosis, "S3", "aind-ephys-data").detail


def test_where_aws_credentials_come_from_is_shown_but_not_the_credentials(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert of(doctor(), "S3", "credentials").detail == "from environment variables"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    file = tmp_path / "credentials"
    file.write_text("[lab]\naws_access_key_id = AKIAHIDDEN\naws_secret_access_key = hidden\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    diagnosis = doctor()
    finding = of(diagnosis, "S3", "credentials")
    assert finding.detail == "from a profile in the credentials file"
    assert "hidden" not in repr(diagnosis).lower()


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


def test_an_aws_profile_that_is_not_there_is_wrong(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "misspelt")
    found = of(doctor(), "S3", "credentials")
    assert found.state == "wrong"
    assert "The config profile (misspelt) could not be found" in found.detail


def test_credentials_that_are_not_sent_are_not_looked_for(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPC_IO_ANON", "1")
    assert "NPC_IO_ANON" in of(doctor(), "S3", "credentials").detail


class TestInACapsule:
    @pytest.fixture
    def data_dir(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        monkeypatch.setenv("CO_CAPSULE_ID", "0000000b-0000-4000-8000-000000000001")
        monkeypatch.setenv("CO_COMPUTATION_ID", COMPUTATION)
        monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(tmp_path / "data"))
        (tmp_path / "data" / "ecephys").mkdir(parents=True)
        return tmp_path / "data"

    def test_what_is_mounted_is_reported_with_one_more_request(
        self, platform: Platform, data_dir: Path
    ) -> None:
        mounted = [{"id": "00000000-0000-4000-8000-000000000001", "mount": "ecephys"}]
        platform.world.computations["x"] = [{"id": COMPUTATION, "data_assets": mounted}]
        diagnosis = doctor()
        assert COMPUTATION in of(diagnosis, "here", "capsule").detail
        use = "; they answer if the servers cannot be asked"
        detail = of(diagnosis, "here", "mounted data").detail
        assert detail == f"{data_dir}: 1 folder: ecephys{use}"
        assert diagnosis.status == 0
        assert platform.count() == 13

    def test_the_use_of_mounts_is_reported(
        self, platform: Platform, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CODE_OCEAN_API_TOKEN")
        found = of(doctor(), "here", "mounted data").detail
        assert "they answer first, because there is no token" in found
        monkeypatch.setenv("AIND_SESSION_SOURCE", "servers")
        assert "they answer" not in of(doctor(), "here", "mounted data").detail

    def test_folders_of_which_no_asset_is_known_are_limited(
        self, platform: Platform, data_dir: Path
    ) -> None:
        found = of(doctor(), "here", "mounted data")
        assert found.state == "limited"
        assert "found only by folder name" in found.detail

    def test_a_data_directory_that_is_not_there_is_limited(
        self, platform: Platform, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(data_dir / "none"))
        found = of(doctor(), "here", "mounted data")
        assert (found.state, found.detail) == ("limited", f"{data_dir / 'none'} is not a directory")


def test_a_setting_that_cannot_be_is_named_and_nothing_is_asked(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "soon")
    monkeypatch.setenv("AIND_SESSION_CONCURRENCY", "0")
    diagnosis = doctor()
    found = of(diagnosis, "settings", "variables")
    assert found.state == "wrong"
    assert found.next_step == "set or unset AIND_SESSION_TIMEOUT_SECONDS, AIND_SESSION_CONCURRENCY"
    assert diagnosis.status == 2
    assert platform.count() == 0
    assert of(diagnosis, "versions", "codeocean").state == "ok"


def test_env_files_that_are_read_are_named(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("AIND_SESSION_CONCURRENCY=2\n")
    monkeypatch.chdir(tmp_path)
    assert of(doctor(), "settings", ".env files").detail == str(tmp_path / ".env")


def test_an_env_file_that_is_no_text_is_wrong(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe=1")
    monkeypatch.chdir(tmp_path)
    assert doctor().status == 2


def test_a_cache_directory_that_cannot_be_made_is_limited(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AIND_SESSION_CACHE_DIR", str(tmp_path / "file" / "cache"))
    found = of(doctor(), "settings", "cache directory")
    assert found.state == "limited"
    assert "AIND_SESSION_CACHE_DIR" in str(found.next_step)


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


def test_a_world_without_the_sorting_pipeline_is_limited() -> None:
    diagnosis = doctor(sources=memory_sources(World()))
    assert not_ok(diagnosis) == {("Capsule: read", "limited")}


class TestShown:
    diagnosis = Diagnosis(
        (
            Finding("DocDB", "v1", "ok", "answers"),
            Finding("DocDB", "v2", "limited", "first\nsecond", "wait"),
            Finding("S3", "<bucket>", "wrong", "gone", "look & see"),
        )
    )

    def test_as_text_by_group_with_what_to_do(self) -> None:
        assert repr(self.diagnosis).splitlines() == [
            "DocDB",
            "  ok       v1  answers",
            "  limited  v2  first",
            "               second",
            "               next: wait",
            "S3",
            "  wrong    <bucket>  gone",
            "                     next: look & see",
            "1 wrong, 1 limited",
        ]

    def test_as_a_table_in_notebooks(self) -> None:
        shown = self.diagnosis._repr_html_()
        assert "<td>&lt;bucket&gt;</td>" in shown
        assert '<span class="bad">✕ wrong</span></td><td class="wrap">gone</td>' in shown
        assert "look &amp; see" in shown

    def test_as_data(self) -> None:
        shown = self.diagnosis.to_dict()
        assert shown["status"] == 3
        assert shown["findings"][0] == {
            "group": "DocDB",
            "name": "v1",
            "state": "ok",
            "detail": "answers",
            "next_step": None,
        }

    def test_nothing_found_shows_too(self) -> None:
        assert repr(Diagnosis(())) == "everything works"
