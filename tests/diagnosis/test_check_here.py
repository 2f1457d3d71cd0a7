"""What the doctor states about settings, files and mounted data."""

from __future__ import annotations

from pathlib import Path

import pytest

from aind_session import doctor
from tests.diagnosis.conftest import COMPUTATION, of
from tests.platform import Platform


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
