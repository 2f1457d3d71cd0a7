"""S3, directly and through botocore: listing, reading, inaccessible buckets, no credentials."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session import (
    AccessDeniedError,
    CredentialsError,
    NotFoundError,
    OddAnswerError,
    RemoteError,
    Session,
    SourceDirNotFoundError,
    UnavailableError,
)
from aind_session.sources import remote_sources
from aind_session.sources.protocols import Listing
from aind_session.sources.servers.s3 import S3Storage
from aind_session.sources.settings import read_settings
from tests.conftest import Serve
from tests.platform import Platform
from tests.platform.faults import Kind
from tests.worlds import empty_world, raw

NAME = "ecephys_700001_2024-01-02_03-04-05"
PUBLIC, PRIVATE = "aind-open-data", "aind-ephys-data"


pytestmark = pytest.mark.usefixtures("client")


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


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body>Please sign in</body></html>",
        "<html><br>Please sign in &nbsp;",
        "<ListBucketResult><Name>b</Name>",
        '{"foo": 1}',
        "",
    ],
)
def test_a_login_page_is_no_empty_directory(stand_in: Callable[..., Platform], body: str) -> None:
    platform = stand_in(empty_world())
    platform.fail("s3", kind="html", body=body)
    s3 = storage()
    for ask in (s3.list, s3.exists):
        with pytest.raises(OddAnswerError, match="S3: the answer is not a listing"):
            ask(PRIVATE, "x")
    assert platform.count() == 2
    with pytest.raises(OddAnswerError, match="not a file"):
        s3.read(PRIVATE, "x")
    with pytest.raises((OddAnswerError, UnavailableError), match="S3"):
        s3.write(PRIVATE, "x", b"")  # releases of botocore differ


def test_a_page_that_is_not_there_is_no_word_about_a_directory(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(empty_world())
    platform.fail("s3", status=404, body="<html>nginx</html>")
    for ask in (storage().list, storage().exists, storage().read):
        with pytest.raises(RemoteError, match="404") as caught:
            ask(PRIVATE, "x")
        assert not isinstance(caught.value, NotFoundError)


@pytest.mark.parametrize("token", ["", "<NextContinuationToken>t</NextContinuationToken>"])
def test_pages_that_repeat_themselves_end_in_an_error(
    stand_in: Callable[..., Platform], token: str
) -> None:
    platform = stand_in(empty_world())
    page = (
        f"<ListBucketResult><Name>b</Name><IsTruncated>true</IsTruncated>{token}"
        "<Contents><Key>x1</Key></Contents></ListBucketResult>"
    )
    platform.fail("s3", kind="shape", body=page)
    with pytest.raises(OddAnswerError, match="do not end"):
        storage().list(PRIVATE, "x")
    assert platform.count() <= 2


def test_a_file_that_is_cut_off_is_read_again(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE]["x"] = b"0123456789"
    platform = stand_in(world)
    platform.fail("s3", kind="truncated", times=2)
    assert storage().read(PRIVATE, "x") == b"0123456789"
    platform.fail("s3", kind="truncated")
    with pytest.raises(UnavailableError, match="S3"):
        storage().read(PRIVATE, "x")


def test_a_refused_connection_is_tried_again_and_named(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(empty_world())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
    waits: list[float] = []
    with pytest.raises(UnavailableError, match="S3: the connection failed"):
        S3Storage(read_settings(), sleep=waits.append).list(PRIVATE, "x")
    assert len(waits) == 3


def test_a_wait_that_s3_asks_for_is_kept(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    platform.fail("s3", status=503, times=1, headers={"Retry-After": "7"})
    waits: list[float] = []
    assert S3Storage(read_settings(), sleep=waits.append).list(PRIVATE, "x").is_empty
    assert waits == [7.0]


@pytest.mark.parametrize("kind", ["hang", "slow head", "drip", "endless"])
def test_no_kind_of_slowness_outlasts_the_time_limit(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "1")
    platform = stand_in(empty_world())
    platform.fail("s3", kind=kind, pause=0.5)
    with pytest.raises(UnavailableError, match="S3"):
        storage().list(PRIVATE, "x")
    assert platform.count() <= 1  # creating the client may take as long


@pytest.mark.parametrize("profile", ["nobody", "half"])
def test_credentials_that_cannot_be_had_are_named_and_no_outage(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    profile: str,
) -> None:
    stand_in(empty_world())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    file = tmp_path / "credentials"
    file.write_text("[half]\naws_access_key_id = standin\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", profile)
    for ask in (storage().list, storage().path):
        with pytest.raises(CredentialsError, match="AWS_PROFILE") as caught:
            ask(PRIVATE, "x")
        assert (caught.value.service, caught.value.variable) == ("S3", "AWS_PROFILE")


LOOP = """[profile a]
role_arn = arn:aws:iam::1:role/r
source_profile = b
[profile b]
role_arn = arn:aws:iam::1:role/r
source_profile = a
"""


@pytest.mark.parametrize(
    ("config", "variables", "said"),
    [
        (LOOP, {"AWS_PROFILE": "a"}, "InfiniteLoopConfigError"),
        ("[default]\ncredential_process = /bin/echo hunter2\n", {}, "JSONDecodeError"),
        ("[default]\ncredential_process = /nowhere/at/all\n", {}, "No such file or directory"),
        ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://elsewhere.org/hunter2"}, "ValueError"),
    ],
)
def test_credentials_that_botocore_cannot_read_are_named_without_their_text(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    config: str,
    variables: dict[str, str],
    said: str,
) -> None:
    stand_in(empty_world())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for ask in (lambda: storage().list(PRIVATE, "x"), storage().credentials):
        with pytest.raises(CredentialsError, match=said) as caught:
            ask()
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert storage().list(PUBLIC, "x").is_empty  # needs none


def test_no_traceback_shows_a_line_of_a_damaged_file_of_credentials(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(empty_world())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    file = tmp_path / "credentials"
    file.write_text("aws_secret_access_key = hunter2\n")  # without a section
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    with pytest.raises(CredentialsError, match=str(file)) as caught:
        storage().list(PRIVATE, "x")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_file_of_credentials_that_is_not_there_is_named(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(empty_world())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")
    with pytest.raises(RemoteError, match="No such file or directory: /nowhere/token"):
        storage().list(PRIVATE, "x")


def test_credentials_that_cannot_be_sent_are_refused_at_once_and_not_shown(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = stand_in(empty_world())
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hunter2\r\nX-Other: y")
    with pytest.raises(CredentialsError, match="AWS_SESSION_TOKEN") as caught:
        storage().list(PRIVATE, "x")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert platform.count() == 0


def test_an_endpoint_that_is_no_address_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://[pa55")
    with pytest.raises(RemoteError, match="AWS_ENDPOINT_URL") as caught:
        S3Storage(read_settings()).exists(PUBLIC, "x")
    assert "pa55" not in str(caught.value)


def test_refused_credentials_are_no_absence(
    stand_in: Callable[..., Platform],
) -> None:
    platform = stand_in(empty_world())
    body = b"<Error><Code>ExpiredToken</Code><Message>old</Message></Error>"
    platform.fail("s3", path=PRIVATE, status=400, body=body)
    with pytest.raises(CredentialsError, match="ExpiredToken"):
        Session(NAME, sources=remote_sources()).raw_data_dir


def test_the_description_of_s3_is_read_once_in_a_process(
    stand_in: Callable[..., Platform], client: str
) -> None:
    stand_in(empty_world())
    code = """
import os, sys
from aind_session.sources import remote_sources
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
for _ in range(2):
    before = len(opened)
    remote_sources().storage.list("aind-open-data", "x")  # without credentials
    remote_sources().storage.list("aind-ephys-data", "x")  # with credentials
    parts = (path.split(os.sep) for path in opened[before:])
    print(sum("botocore" in path and "s3" in path for path in parts) > 0)
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout == f"{client == 'botocore'}\nFalse\n"


@pytest.mark.parametrize(
    "listed",
    [
        "<Contents><Size>1</Size></Contents>",
        "<Contents><Key>x/a</Key><Key>x/b</Key></Contents>",
        "<Contents><Key>other/a</Key></Contents>",
        "<CommonPrefixes><Prefix>other/</Prefix></CommonPrefixes>",
        "<CommonPrefixes></CommonPrefixes>",
    ],
)
def test_a_listing_of_something_else_is_odd(stand_in: Callable[..., Platform], listed: str) -> None:
    platform = stand_in(empty_world())
    page = f"<ListBucketResult><KeyCount>1</KeyCount>{listed}</ListBucketResult>"
    platform.fail("s3", status=200, body=page.encode())
    with pytest.raises(OddAnswerError, match="a listing of 'x/' names"):
        storage().list(PUBLIC, "x/")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the program waits at a FIFO")
def test_a_program_that_never_gives_credentials_closes_no_public_bucket(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(empty_world())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    fifo, file = tmp_path / "fifo", tmp_path / "config"
    os.mkfifo(fifo)
    file.write_text(f"[default]\ncredential_process = cat {fifo}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    s3 = storage()
    assert s3.list(PUBLIC, "x").is_empty
    monkeypatch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "1")
    for ask in (storage().list, storage().path):
        with pytest.raises(CredentialsError, match="took too long: check the credential_process"):
            ask(PRIVATE, "x")
    os.close(os.open(fifo, os.O_RDWR))  # which ends the programs


@pytest.mark.parametrize(
    ("variable", "needs_it"),
    [("AWS_RETRY_MODE", False), ("AWS_STS_REGIONAL_ENDPOINTS", True)],
)
def test_an_invalid_setting_of_aws_is_an_error_where_it_is_needed(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    *,
    needs_it: bool,
) -> None:
    stand_in(empty_world())
    monkeypatch.setenv(variable, "sometimes")
    assert storage().list(PUBLIC, "x").is_empty
    if not needs_it:
        assert storage().list(PRIVATE, "x").is_empty
        return
    with pytest.raises(RemoteError, match="a setting of AWS is not valid: STS regional endpoints"):
        storage().list(PRIVATE, "x")


LOGIN = {"Location": "https://login.example/?key=secret"}


@pytest.mark.parametrize(
    ("status", "code", "headers", "kind", "said"),
    [
        (403, "AccessDenied", {}, AccessDeniedError, "not allowed"),
        (403, "Other", {}, AccessDeniedError, "not allowed"),
        (400, "Forbidden", {}, AccessDeniedError, "not allowed"),
        (404, "Other", {}, RemoteError, "Other"),
        (400, "Malformed", {}, RemoteError, "Malformed"),
        (503, "SlowDown", {}, UnavailableError, "SlowDown"),
        (
            301,
            "Moved",
            LOGIN,
            OddAnswerError,
            "redirects to other addresses are not followed: https://login.example/",
        ),
        (
            300,
            "Moved",
            {},
            OddAnswerError,
            "redirects to other addresses are not followed: none is given",
        ),
        (204, "Nothing", {}, OddAnswerError, "an answer with this status is incomplete"),
        (206, "A part", {}, OddAnswerError, "an answer with this status is incomplete"),
    ],
)
def test_a_refusal_says_who_refused_what_and_why(
    stand_in: Callable[..., Platform],
    status: int,
    code: str,
    headers: dict[str, str],
    kind: type[RemoteError],
    said: str,
) -> None:
    platform = stand_in(empty_world())
    body = "" if status == 204 else f"<Error><Code>{code}</Code></Error>"
    platform.fail("s3", status=status, headers=headers, body=body)
    with pytest.raises(kind) as caught:
        storage().list(PRIVATE, "x/")
    error = caught.value
    assert type(error) is kind
    assert (error.service, error.detail, error.status) == ("S3", said, status)
    assert error.url is not None
    assert PRIVATE in error.url
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (None, "AWS_ACCESS_KEY_ID"),
        ("AWS_PROFILE", "AWS_PROFILE"),
        ("AWS_DEFAULT_PROFILE", "AWS_DEFAULT_PROFILE"),
    ],
)
def test_credentials_that_are_refused_are_named(
    stand_in: Callable[..., Platform],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str | None,
    expected: str,
) -> None:
    platform = stand_in(empty_world())
    if variable:
        file = tmp_path / "credentials"
        file.write_text("[lab]\naws_access_key_id = KEY\naws_secret_access_key = x\n")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
        monkeypatch.setenv(variable, "lab")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
    platform.fail("s3", status=403, body="<Error><Code>ExpiredToken</Code></Error>")
    said = rf"S3 refused the AWS credentials for s3://{PRIVATE} \(ExpiredToken\): renew them"
    with pytest.raises(CredentialsError, match=said) as caught:
        storage().list(PRIVATE, "x/")
    assert caught.value.variable == expected


def test_a_listing_may_end_with_blank_lines(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    page = b"<ListBucketResult><Contents><Key>x/a</Key></Contents></ListBucketResult>\n \n"
    platform.fail("s3", status=200, body=page)
    assert storage().list(PUBLIC, "x/").files == ("a",)


def test_a_file_without_a_tag_does_not_come_from_s3(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    platform.fail("s3", status=200, body=b"welcome, please sign in")
    with pytest.raises(OddAnswerError) as caught:
        storage().read(PUBLIC, "x")
    detail = "the answer is not a file: is there a sign-in page or proxy in between?"
    assert (caught.value.detail, caught.value.url) == (detail, f"s3://{PUBLIC}")


def test_a_write_has_the_whole_time_limit(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    platform = stand_in(world, latency=0.2)
    storage().write(PRIVATE, "d/new", b"1")
    assert platform.count() == 1
    assert storage().read(PRIVATE, "d/new") == b"1"


def test_odd_names_of_buckets_do_not_become_hosts(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    assert storage().list("dotted.name", "x/").is_empty
    assert [request.path for request in platform.requests] == ["/dotted.name"]
