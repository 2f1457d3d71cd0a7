"""What the doctor states about buckets and AWS credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from aind_session import doctor
from tests.diagnosis.conftest import not_ok, of
from tests.platform import Platform


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
