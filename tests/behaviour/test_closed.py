"""Inaccessible data never count as absent: a warning or an error names what was not searched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import aind_session
from aind_session import (
    AccessDeniedError,
    AssetNotFoundError,
    ContentNotFoundError,
    CredentialsError,
    DirectoryNotFoundError,
    LeftOutWarning,
    NotFoundError,
    RemoteError,
    Session,
    SourceDirNotFoundError,
    SourceDownWarning,
    sessions,
)
from tests.behaviour.test_failures import impatient
from tests.platform import Platform
from tests.worlds import empty_world, raw, record

NAME = "ecephys_700001_2024-01-01_10-00-00"
CLOSED = "aind-ephys-data"
SAID = f"may be in a bucket that is closed to you: s3://{CLOSED}$"


@pytest.fixture
def closed(stand_in: Callable[..., Platform]) -> Platform:
    """Data that are only in a bucket that answers 403."""
    world = empty_world()
    world.objects[CLOSED] = {f"{NAME}/behavior/x": b"", f"{NAME}/subject.json": b"{}"}
    platform: Platform = stand_in(world)
    platform.forbidden_buckets.add(CLOSED)
    return platform


def session() -> Session:
    return Session(NAME, sources=impatient())


@pytest.mark.parametrize(("question", "answer"), [("is_uploaded", False), ("modalities", ())])
def test_an_empty_answer_warns_of_the_closed_bucket(
    closed: Platform, question: str, answer: object
) -> None:
    with pytest.warns(LeftOutWarning, match=SAID):
        assert getattr(session(), question) == answer


@pytest.mark.parametrize(
    "question",
    [
        lambda one: one.raw_data_dir,
        lambda one: one.metadata.subject,
        lambda one: one.files("behavior"),
    ],
)
def test_an_error_names_the_closed_bucket(
    closed: Platform, question: Callable[[Session], Any]
) -> None:
    with pytest.warns(LeftOutWarning, match=SAID), pytest.raises(DirectoryNotFoundError) as caught:
        question(session())
    assert f"S3, {CLOSED}, {NAME} and {NAME[8:]}: not allowed" in str(caught.value)


def test_a_directory_by_name_warns(closed: Platform) -> None:
    with pytest.warns(LeftOutWarning, match=SAID), pytest.raises(SourceDirNotFoundError):
        aind_session.get_source_dir_by_name(NAME, sources=impatient())


def test_a_table_warns_once(closed: Platform) -> None:
    names = [NAME, NAME.replace("2024-01-01", "2024-01-02")]
    with pytest.warns(LeftOutWarning, match="closed to you") as caught:
        rows = sessions(names, sources=impatient()).to_records(["is_uploaded"])
    assert [row["is_uploaded"] for row in rows] == [False, False]
    assert len(caught) == 1


def test_in_strict_mode_it_is_an_error(closed: Platform) -> None:
    with aind_session.strict(), pytest.raises(AccessDeniedError, match=CLOSED):
        _ = session().is_uploaded


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "ExpiredToken", CredentialsError),
        (301, "PermanentRedirect", RemoteError),
    ],
)
def test_a_bucket_that_could_not_be_asked_is_an_error(
    stand_in: Callable[..., Platform], status: int, code: str, error: type[Exception]
) -> None:
    platform = stand_in(empty_world())
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    platform.fail("s3", path=f"/{CLOSED}", status=status, body=body)
    with pytest.raises(error):
        _ = session().is_uploaded


REQUESTER_PAYS: Any = {"path": f"/{CLOSED}", "status": 403, "body": b""}
LIST_ALONE: Any = {"path": f"/{CLOSED}", "query": "list-type", "status": 403}
ALL: Any = {"status": 403}
ELSEWHERE: Any = {
    "path": f"/{CLOSED}",
    "status": 301,
    "headers": {"x-amz-bucket-region": "eu-west-1"},
    "body": b"<Error><Code>PermanentRedirect</Code><Message>no</Message></Error>",
}
NOWHERE: Any = {"path": f"/{CLOSED}", "status": 301, "body": b""}


@pytest.fixture
def held(stand_in: Callable[..., Platform]) -> Platform:
    """Data in one bucket, which each test makes inaccessible in a different way."""
    world = empty_world()
    world.objects[CLOSED] = {f"{NAME}/behavior/x": b"", f"{NAME}/rig.json": b'{"a": 1}'}
    platform: Platform = stand_in(world)
    return platform


@pytest.mark.parametrize("fault", [REQUESTER_PAYS, LIST_ALONE])
def test_a_bucket_of_which_a_part_is_closed_is_no_absence(
    held: Platform, fault: dict[str, Any]
) -> None:
    held.fail("s3", **fault)
    with pytest.warns(LeftOutWarning, match=SAID):
        assert session().is_uploaded is False
    with pytest.warns(LeftOutWarning, match=SAID), pytest.raises(DirectoryNotFoundError):
        _ = session().raw_data_dir


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ALL, "not allowed"),
        (ELSEWHERE, "PermanentRedirect: the bucket is in 'eu-west-1', set AWS_DEFAULT_REGION"),
        (NOWHERE, "redirects to other addresses are not followed"),
    ],
)
def test_what_could_not_be_looked_for_is_an_error(
    held: Platform, fault: dict[str, Any], said: str
) -> None:
    held.fail("s3", **fault)
    for question in ("is_uploaded", "raw_data_dir", "modalities"):
        with pytest.raises(RemoteError, match=said):
            getattr(session(), question)


@pytest.mark.parametrize("fault", [REQUESTER_PAYS, LIST_ALONE, ALL, ELSEWHERE, NOWHERE])
def test_what_a_record_tells_of_a_closed_bucket_is_answered(
    held: Platform, fault: dict[str, Any]
) -> None:
    held.world.records["v1"].append(record(NAME, f"s3://{CLOSED}/{NAME}"))
    held.fail("s3", **fault)
    assert session().is_uploaded is True
    assert session().raw_data_dir.as_posix() == f"s3://{CLOSED}/{NAME}"
    with pytest.warns(SourceDownWarning, match="modalities of .* was answered without S3"):
        assert session().modalities == ("behavior",)
    with pytest.raises(RemoteError):
        session().files("behavior_videos")


def test_a_file_is_read_where_only_listing_is_closed(held: Platform) -> None:
    held.world.records["v1"].append(record(NAME, f"s3://{CLOSED}/{NAME}"))
    held.fail("s3", **LIST_ALONE)
    assert session().metadata.rig == {"a": 1}


def test_a_file_of_which_a_closed_listing_does_not_tell_is_no_absence(held: Platform) -> None:
    held.world.records["v1"].append(record(NAME, f"s3://{CLOSED}/{NAME}"))
    held.fail("s3", **LIST_ALONE)
    held.fail("s3", path=f"/{CLOSED}/{NAME}/rig.json", status=403)  # as S3 answers for any name
    with pytest.raises(AccessDeniedError):
        _ = session().metadata.rig


def test_a_bucket_that_does_not_exist_holds_nothing(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(empty_world())
    monkeypatch.setenv("AIND_SESSION_BUCKETS", "no-such-bucket")
    assert session().is_uploaded is False


def test_what_a_record_names_in_a_closed_bucket_is_uploaded(closed: Platform) -> None:
    closed.world.records["v1"].append(record(NAME, f"s3://{CLOSED}/{NAME}"))
    one = session()
    assert one.is_uploaded is True
    assert one.raw_data_dir.as_posix() == f"s3://{CLOSED}/{NAME}"
    with pytest.raises(AccessDeniedError):
        list(one.files("behavior"))


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (lambda one: one.raw_data_asset, AssetNotFoundError),
        (lambda one: one.raw_data_dir, DirectoryNotFoundError),
        (lambda one: one.ecephys.sorted_data_asset, AssetNotFoundError),
        (lambda one: one.metadata.subject, DirectoryNotFoundError),
        (lambda one: one.nwb(), ContentNotFoundError),
    ],
)
def test_a_message_names_the_subjects_assets_and_nearest_sessions_in_few_lines(
    stand_in: Callable[..., Platform],
    question: Callable[[Session], Any],
    error: type[NotFoundError],
) -> None:
    world = empty_world()
    others = [NAME.replace("2024-01-01", f"2024-01-0{day}") for day in (3, 2, 4)]
    world.assets += [raw(number, name) for number, name in enumerate(others)]
    stand_in(world)
    with pytest.raises(error) as caught:
        question(session())
    said = str(caught.value)
    assert "3 assets of the subject, none of this session" in said
    assert f"available: {', '.join(sorted(others))}" in said
    assert len(said.splitlines()) <= 10
