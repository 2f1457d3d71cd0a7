"""Files and variables that are not this library's, and wrong: named, and only where needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session import CredentialsError, RemoteError, UnavailableError
from aind_session.sources import Sources, remote_sources
from aind_session.sources.protocols import RECORD_VERSIONS
from tests.platform import Platform
from tests.worlds import empty_world

PUBLIC, PRIVATE = "aind-open-data", "aind-ephys-data"


@pytest.fixture
def platform(stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> Platform:
    world = empty_world()
    world.objects[PUBLIC]["x/y"] = b"public"
    platform = stand_in(world)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    return platform


def _credentials(path: Path) -> str:
    path.write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    return str(path)


def _asks(sources: Sources) -> list[Callable[[], object]]:
    return [
        lambda: sources.assets.search({}),
        lambda: sources.records.find(RECORD_VERSIONS[0], {}),
    ]


class TestAws:
    def test_a_mistyped_profile_leaves_public_data_open(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        storage = remote_sources().storage
        assert storage.read(PUBLIC, "x/y") == b"public"
        assert storage.list(PUBLIC, "x/").files == ("y",)
        assert storage.path(PUBLIC, "x/y").as_posix() == f"s3://{PUBLIC}/x/y"
        with pytest.raises(CredentialsError, match=r"\(nobody\).*AWS_PROFILE") as caught:
            storage.list(PRIVATE, "x/")
        assert caught.value.variable == "AWS_PROFILE"

    def test_a_file_that_is_no_configuration_is_named_and_leaves_public_data_open(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "config"
        file.write_bytes(b"\xff\xfe[ [ no")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        storage = remote_sources().storage
        assert storage.read(PUBLIC, "x/y") == b"public"
        with pytest.raises(CredentialsError, match=f"{file}.*AWS_CONFIG_FILE") as caught:
            storage.list(PRIVATE, "x/")
        assert caught.value.variable == "AWS_CONFIG_FILE"

    @pytest.mark.parametrize("in_file", [False, True])
    def test_a_region_that_is_none_is_named_and_leaves_public_data_open(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        platform: Platform,
        *,
        in_file: bool,
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        file = tmp_path / "config"
        file.write_text("[default]\nregion = nowhere\n" if in_file else "")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        if not in_file:
            monkeypatch.setenv("AWS_DEFAULT_REGION", "nowhere")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", _credentials(tmp_path / "credentials"))
        # of S3 alone, as in AWS_ENDPOINT_URL any region may be named
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", platform.url("s3"))
        monkeypatch.delenv("AWS_ENDPOINT_URL")
        storage = remote_sources().storage
        holder = str(file) if in_file else "AWS_DEFAULT_REGION"
        with pytest.raises(RemoteError, match=f"no region 'nowhere', which {holder} names"):
            storage.list(PRIVATE, "x/")
        assert storage.read(PUBLIC, "x/y") == b"public"

    def test_certificates_of_s3_that_are_not_there_are_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:9")
        monkeypatch.setenv("AWS_CA_BUNDLE", "/none/ca.pem")
        with pytest.raises(RemoteError, match=r"AWS_CA_BUNDLE names no file.*/none/ca\.pem"):
            remote_sources().storage.list(PUBLIC, "x/")


class TestHttp:
    @pytest.fixture
    def sources(self, monkeypatch: pytest.MonkeyPatch) -> Sources:
        monkeypatch.setenv("CODE_OCEAN_API_TOKEN", "cop_x")
        monkeypatch.setenv("CODE_OCEAN_DOMAIN", "https://127.0.0.1:9")
        monkeypatch.setenv("AIND_SESSION_DOCDB_HOST", "https://127.0.0.1:9")
        return remote_sources()

    @pytest.mark.parametrize("which", [0, 1])
    def test_certificates_that_are_not_there_are_named(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch, which: int
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none/ca.pem")
        with pytest.raises(RemoteError, match=r"REQUESTS_CA_BUNDLE names no file.*/none/ca\.pem"):
            _asks(sources)[which]()

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_proxy_that_does_not_work_is_named_without_its_password(
        self, sources: Sources, monkeypatch: pytest.MonkeyPatch, which: int
    ) -> None:
        monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "2")
        monkeypatch.setenv("HTTPS_PROXY", "http://me:pa55@127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(UnavailableError, match="the proxy of HTTPS_PROXY") as caught:
            _asks(remote_sources())[which]()
        assert "pa55" not in f"{caught.value!r} {caught.value}"
