"""S3 through boto3: listing, reading, closed buckets, no credentials."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import (
    AccessDeniedError,
    CredentialsError,
    OddAnswerError,
    Session,
    SourceDirNotFoundError,
    UnavailableError,
)
from aind_session.settings import read_settings
from aind_session.sources import remote_sources
from aind_session.sources.base import Listing
from aind_session.sources.s3 import S3Storage
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import empty_world, raw

NAME = "ecephys_700001_2024-01-02_03-04-05"
PUBLIC, PRIVATE = "aind-open-data", "aind-ephys-data"


def storage() -> S3Storage:
    return S3Storage(read_settings(), sleep=lambda seconds: None)


def test_listing_reading_and_absence_mean_the_same_everywhere(serve: Serve) -> None:
    world = empty_world()
    world.objects[PRIVATE] = {
        f"{NAME}/": b"",
        f"{NAME}/a/deep/x#1": b"1",
        f"{NAME}/b/y": b"2",
        f"{NAME}/subject.json": b"{}",
    }
    s3 = serve(world).storage
    assert s3.list(PRIVATE, f"{NAME}/") == Listing(("a", "b"), ("subject.json",))
    assert s3.list(PRIVATE, f"{NAME}/", delimiter="p/") == Listing(
        ("a/dee",), ("b/y", "subject.json")
    )
    assert s3.list(PRIVATE, "none/").is_empty
    assert s3.list("no-such-bucket", "none/").is_empty
    assert s3.exists(PRIVATE, f"{NAME}/")
    assert not s3.exists(PRIVATE, f"{NAME}x/")
    assert not s3.exists("no-such-bucket", "x/")
    assert s3.read(PRIVATE, f"{NAME}/a/deep/x#1") == b"1"
    with pytest.raises(SourceDirNotFoundError, match="nothing"):
        s3.read(PRIVATE, "nothing")


def test_more_than_a_page_is_listed(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE] = {f"d/{n:04}": b"" for n in range(1500)}
    platform = stand_in(world)
    assert len(storage().list(PRIVATE, "d/").files) == 1500
    assert platform.count() == 2


def test_a_closed_bucket_does_not_stop_the_others(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE][f"{NAME}/x"] = b""
    platform = stand_in(world)
    platform.forbidden_buckets.update({PUBLIC, "aibs-behavior-data"})
    found = Session(NAME, sources=remote_sources()).raw_data_dir
    assert found.as_posix() == f"s3://{PRIVATE}/{NAME}"
    with pytest.raises(AccessDeniedError, match=PUBLIC):
        storage().list(PUBLIC, "x")


def test_a_sign_in_page_is_no_empty_directory_and_no_file(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.objects[PUBLIC][f"{NAME}/x"] = b"1"
    platform = stand_in(world)
    platform.fail("s3", kind="html")
    with pytest.raises(OddAnswerError):
        storage().list(PUBLIC, "x")
    with pytest.raises(OddAnswerError):
        storage().read(PUBLIC, f"{NAME}/x")
    with pytest.raises(OddAnswerError):
        Session(NAME, sources=remote_sources()).is_uploaded


def test_public_buckets_need_no_credentials(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = empty_world()
    world.objects[PUBLIC][f"{NAME}/x"] = b"1"
    platform = stand_in(world)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    s3 = storage()
    assert s3.read(PUBLIC, f"{NAME}/x") == b"1"
    assert not platform.requests[0].authorized
    with pytest.raises(AccessDeniedError, match="without AWS credentials"):
        s3.list(PRIVATE, "x")
    assert s3.path(PUBLIC, NAME).storage_options["anon"] is True


def test_private_buckets_are_read_with_credentials(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    s3 = storage()
    assert s3.list(PRIVATE, "x").is_empty
    assert platform.requests[0].authorized
    assert "anon" not in s3.path(PUBLIC, NAME).storage_options


def test_a_profile_that_is_not_there_is_named(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = empty_world()
    world.assets.append(raw(1, NAME, bucket=PRIVATE))
    stand_in(world)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    session = Session(NAME, sources=remote_sources())
    for ask in (lambda: session.raw_data_dir, lambda: session.modalities):
        with pytest.raises(CredentialsError, match=r"nobody.*AWS_PROFILE"):
            ask()


def test_expired_credentials_are_named(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    body = b"<Error><Code>ExpiredToken</Code><Message>old</Message></Error>"
    platform.fail("s3", status=400, body=body, headers={"Content-Type": "application/xml"})
    with pytest.raises(CredentialsError, match="AWS_SESSION_TOKEN"):
        storage().list(PRIVATE, "x")


def test_reads_are_tried_again_and_end(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    platform.fail("s3", status=503, times=2)
    assert storage().list(PRIVATE, "x").is_empty
    platform.fail("s3", status=503)
    platform.forget()
    with pytest.raises(UnavailableError, match="S3"):
        storage().list(PRIVATE, "x")
    assert platform.count() == 4


def test_a_path_reads_what_is_there(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE][f"{NAME}/subject.json"] = b"{}"
    stand_in(world)
    path = remote_sources().storage.path(PRIVATE, NAME)
    assert (path / "subject.json").read_text() == "{}"
