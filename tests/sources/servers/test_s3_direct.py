"""S3 without botocore: the same settings, signatures and answers as with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import botocore.session
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from aind_session import OddAnswerError, RemoteError, SourceDirNotFoundError
from aind_session.sources.protocols import Listing
from aind_session.sources.servers.s3 import S3Storage
from aind_session.sources.servers.s3_account import Account, read_account
from aind_session.sources.servers.s3_direct import http_address, is_plain_name, signature
from aind_session.sources.settings import read_settings
from tests.platform import Platform
from tests.worlds import empty_world

PUBLIC, PRIVATE = "aind-open-data", "aind-ephys-data"
KEYS = "aws_access_key_id = FILE\naws_secret_access_key = of/file+\n"
WITH_KEYS = {"AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "a/b+c"}
NO_MACHINE = {"AWS_EC2_METADATA_DISABLED": "true"}


def storage() -> S3Storage:
    return S3Storage(read_settings(), sleep=lambda seconds: None)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Set AWS's variables and files, and no others."""

    def write(variables: dict[str, str], config: str = "", credentials: str = "") -> None:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".aws").mkdir()
        for name, text in (("config", config), ("credentials", credentials)):
            if text:
                (tmp_path / ".aws" / name).write_text(text)
        for name, value in {**NO_MACHINE, **variables}.items():
            monkeypatch.setenv(name, value)

    return write


@pytest.mark.parametrize(
    ("variables", "config", "credentials"),
    [
        ({}, "", ""),
        (WITH_KEYS, "", ""),
        ({**WITH_KEYS, "AWS_SESSION_TOKEN": "t/k="}, "", ""),
        ({**WITH_KEYS, "AWS_DEFAULT_REGION": "us-east-1"}, "", ""),
        ({**WITH_KEYS, "AWS_PROFILE": "lab"}, f"[profile lab]\n{KEYS}", ""),
        ({}, "", f"[default]\n{KEYS}"),
        ({"AWS_SECRET_ACCESS_KEY": "without an ID"}, "", f"[default]\n{KEYS}"),
        ({}, "[default]\nregion = eu-west-1\noutput = json\n", f"[default]\n{KEYS}"),
        ({}, f"[default]\nregion = eu-west-1\n{KEYS}", ""),
        ({"AWS_PROFILE": "lab"}, "[profile lab]\nregion = us-west-1\n", f"[lab]\n{KEYS}"),
        ({"AWS_PROFILE": "lab"}, "", f"[default]\n{KEYS}\n[lab]\n{KEYS.replace('FILE', 'LAB')}"),
        ({}, "[profile other]\nrole_arn = arn:aws:iam::1:role/x\n", f"[default]\n{KEYS}"),
        ({}, "", f"[default]\n{KEYS}aws_session_token = of file\nregion = us-west-1\n"),
        ({}, f"[default]\n{KEYS}aws_session_token = x\n", f"[default]\n{KEYS}"),
        ({}, f"[default]\n{KEYS}", "[default]\naws_session_token = x\n"),
        ({}, "[DEFAULT]\nregion = eu-west-1\n[default]\noutput = json\n", ""),
        ({}, "", f"[DEFAULT]\naws_session_token = x\n[default]\n{KEYS}"),
        ({"AWS_SHARED_CREDENTIALS_FILE": "$HOME/.aws/config"}, f"[default]\n{KEYS}", ""),
        ({"AWS_CONFIG_FILE": "~/.aws/credentials"}, "", f"[default]\n{KEYS}"),
        ({"AWS_CONFIG_FILE": "~/.aws"}, "", f"[default]\n{KEYS}"),  # a directory
        ({}, "[default]\nregion = us-west-1\n# c\n", f"; c\n[default]\n{KEYS.upper()}"),
    ],
)
def test_plain_settings_are_read_as_botocore_reads_them(
    settings: Callable[..., None], variables: dict[str, str], config: str, credentials: str
) -> None:
    settings(variables, config, credentials)
    account = read_account()
    assert account is not None
    session = botocore.session.get_session()
    found = session.get_credentials()
    theirs = (found.access_key, found.secret_key, found.token or "") if found else ("", "", "")
    assert (account.key_id, account.secret, account.token) == theirs
    assert account.region == (session.get_config_variable("region") or "us-west-2")
    assert account.has_no_others


@pytest.mark.parametrize(
    ("variables", "config", "credentials"),
    [
        ({"AWS_ACCESS_KEY_ID": "KEY"}, "", ""),  # incomplete
        ({**WITH_KEYS, "AWS_ACCESS_KEY_ID": "new\nline"}, "", ""),
        ({**WITH_KEYS, "AWS_SESSION_TOKEN": ""}, "", ""),
        ({**WITH_KEYS, "AWS_USE_FIPS_ENDPOINT": "true"}, "", ""),
        ({**WITH_KEYS, "AWS_NEW_VARIABLE": "x"}, "", ""),
        ({**WITH_KEYS, "AWS_DEFAULT_REGION": "cn-north-1"}, "", ""),
        ({**WITH_KEYS, "AWS_DEFAULT_REGION": "nowhere"}, "", ""),
        ({**WITH_KEYS, "AWS_REGION": "us-east-1"}, "", ""),
        ({**WITH_KEYS, "AWS_ENDPOINT_URL": "https://store.example.org"}, "", ""),
        ({**WITH_KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9/below"}, "", ""),
        ({**WITH_KEYS, "AWS_ENDPOINT_URL": "http://me:pass@127.0.0.1:9"}, "", ""),
        ({**WITH_KEYS, "AWS_ENDPOINT_URL": "ftp://127.0.0.1"}, "", ""),
        ({**WITH_KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:x"}, "", ""),
        ({**WITH_KEYS, "AWS_ENDPOINT_URL": "127.0.0.1"}, "", ""),
        ({**WITH_KEYS, "https_proxy": "http://127.0.0.1:9"}, "", ""),
        ({**WITH_KEYS, "AIND_SESSION_PLAIN_CLIENTS": "1"}, "", ""),
        ({"AWS_ROLE_ARN": "arn:aws:iam::1:role/x"}, "", ""),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9"}, "", ""),
        ({"AWS_PROFILE": "missing"}, "", f"[default]\n{KEYS}"),
        ({}, "[default]\ncredential_process = x\n", ""),
        ({}, "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = y\n", ""),
        ({}, "[default]\nsso_session = x\n", ""),
        ({}, "[default]\ns3 =\n    addressing_style = path\n", ""),
        ({}, "[default]\nendpoint_url = http://127.0.0.1:9\n", ""),
        ({}, "[profile default]\nregion = us-east-1\n", ""),
        ({"AWS_PROFILE": "default"}, "[profile other]\nregion = us-east-1\n", ""),  # missing
        ({"AWS_PROFILE": "lab"}, '[profile "lab"]\nregion = us-east-1\n', f"[lab]\n{KEYS}"),
        ({"AWS_PROFILE": " lab"}, f"[profile  lab]\n{KEYS}", ""),
        ({}, f"[default]\n{KEYS}[profile other]\ns3 =\n    invalid\n", ""),
        ({**WITH_KEYS, "AWS_DEFAULT_REGION": "us-ö-1"}, "", ""),
        ({}, "no section", ""),
        ({}, "", "[default]\naws_access_key_id = FILE\n"),  # incomplete
        ({}, "", f"[default]\n{KEYS}[default]\n{KEYS}"),
    ],
)
def test_anything_else_is_left_to_botocore(
    settings: Callable[..., None], variables: dict[str, str], config: str, credentials: str
) -> None:
    settings(variables, config, credentials)
    assert read_account() is None


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ({"AWS_EC2_METADATA_DISABLED": "false"}, None),
        ({"BOTO_CONFIG": "/none"}, None),
        ({}, ".boto"),
    ],
)
def test_without_credentials_only_botocore_knows_whether_there_are_others(
    settings: Callable[..., None], tmp_path: Path, variables: dict[str, str], file: str | None
) -> None:
    settings(variables)
    if file:
        (tmp_path / file).write_text("[Credentials]\n")
    account = read_account()
    assert account is not None
    assert (account.can_sign, account.has_no_others) == (False, False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(settings: Callable[..., None], tmp_path: Path) -> None:
    settings(WITH_KEYS)
    os.mkfifo(tmp_path / ".aws" / "config")
    account = read_account()
    assert account is not None
    assert account.key_id == "KEY"


def test_no_text_shows_the_credentials(settings: Callable[..., None]) -> None:
    settings({**WITH_KEYS, "AWS_SESSION_TOKEN": "t/k="})
    shown = repr(read_account())
    assert not any(secret in shown for secret in ("KEY", "a/b+c", "t/k="))


@pytest.mark.parametrize("token", ["", "tok/en+="])
@pytest.mark.parametrize(
    ("host", "key", "query"),
    [
        ("b.s3.us-west-2.amazonaws.com", "", "list-type=2&prefix=a%2Fb%20c"),
        ("127.0.0.1:443", "bucket/x", ""),
        ("127.0.0.1:9000", "bucket/a b/ü+&=~*'()!$,;:@.json", ""),
        ("b.s3.us-west-2.amazonaws.com", "a//b/../c", ""),
        ("b.s3.us-west-2.amazonaws.com", "/", "delimiter=%2F&encoding-type=url&list-type=2"),
    ],
)
def test_a_signature_is_that_of_botocore(host: str, key: str, query: str, token: str) -> None:
    url = f"https://{host}/{quote(key, safe='/~')}" + (f"?{query}" if query else "")
    now = "20240102T030405Z"
    request = AWSRequest("GET", url)
    signer = S3SigV4Auth(Credentials("KEY", "a/b+c", token or None), "s3", "us-west-2")
    request.context["timestamp"] = now
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    text = signer.string_to_sign(request, canonical)
    theirs = signer.signature(text, request)
    account = Account("us-west-2", "", "KEY", "a/b+c", token, True)
    ours = signature(url, account, now)
    assert ours["host"] == host.removesuffix(":443")  # as it was signed
    names = signer.signed_headers(signer.headers_to_sign(request))
    who = "Credential=KEY/20240102/us-west-2/s3/aws4_request"
    said = f"AWS4-HMAC-SHA256 {who}, SignedHeaders={names}, Signature={theirs}"
    assert ours["Authorization"] == said


@pytest.mark.parametrize("region", ["us-west-2", "us-east-2", "eu-central-1"])
@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:9000"])
@pytest.mark.parametrize("key", ["x", "a b/ü+&=~*'()!$,;:@.json", "/x//y"])
def test_an_address_is_that_of_botocore(region: str, endpoint: str, key: str) -> None:
    config = Config(signature_version="s3v4")
    keys = {"aws_access_key_id": "KEY", "aws_secret_access_key": "a/b+c"}
    client = botocore.session.Session().create_client(
        "s3", region_name=region, endpoint_url=endpoint or None, config=config, **keys
    )
    client.meta.events.register("before-send.s3", stop)
    with pytest.raises(StoppedError) as caught:
        client.get_object(Bucket=PUBLIC, Key=key)
    account = Account(region, endpoint, "KEY", "a/b+c", "", True)
    assert http_address(account, PUBLIC, key) == str(caught.value)


class StoppedError(Exception):
    """Names the address of a request that is not sent."""


def stop(request: Any, **_: Any) -> None:
    raise StoppedError(request.url)


ODD_KEYS = ("a b", "a+b", "a%20b", "ü/ñ", "x&y", "<z>", "tab\tkey", "q?r#s", "e=~*'()!", "'\"", "1")


@pytest.mark.usefixtures("client")
def test_keys_with_odd_characters_are_listed_and_read(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE] = {f"d/{key}": key.encode() for key in ODD_KEYS}
    stand_in(world)
    s3 = storage()
    assert s3.list(PRIVATE, "d/") == Listing(
        ("ü",), tuple(sorted((key for key in ODD_KEYS if "/" not in key), key=str.encode))
    )
    assert [s3.read(PRIVATE, f"d/{key}") for key in ODD_KEYS] == [k.encode() for k in ODD_KEYS]
    assert s3.exists(PRIVATE, "d/a+")
    assert s3.fetch(PRIVATE, "d/1")[1] is not None


@pytest.mark.usefixtures("client")
def test_no_key_is_no_file(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(empty_world())
    with pytest.raises(RemoteError, match="ParamValidationError"):
        storage().read(PRIVATE, "")
    assert platform.count("s3") == 0


@pytest.mark.usefixtures("client")
def test_content_is_as_it_was_stored(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE] = {"x": b"1"}
    platform = stand_in(world)
    headers = {"ETag": '"e"', "Content-Encoding": "gzip"}
    platform.fail("s3", status=200, headers=headers, body=b"\x1f\x8bnot quite")
    assert storage().read(PRIVATE, "x") == b"\x1f\x8bnot quite"


def test_a_bucket_in_another_region_is_asked_there(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE] = {"x/y": b"1"}
    platform = stand_in(world)
    elsewhere = {"x-amz-bucket-region": "eu-central-1"}
    body = "<Error><Code>PermanentRedirect</Code></Error>"
    platform.fail("s3", status=301, headers=elsewhere, body=body, times=1)
    s3 = storage()
    assert s3.list(PRIVATE, "x/").files == ("y",)
    assert s3.read(PRIVATE, "x/y") == b"1"
    assert platform.count("s3") == 3  # the region is remembered


@pytest.mark.usefixtures("client")
def test_the_region_may_be_in_the_body_alone(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.objects[PRIVATE] = {"x/y": b"1"}
    platform = stand_in(world)
    code = "AuthorizationHeaderMalformed"
    body = f"<Error><Code>{code}</Code><Region>eu-central-1</Region></Error>"
    platform.fail("s3", status=400, body=body, times=1)
    assert storage().list(PRIVATE, "x/").files == ("y",)
    assert platform.count("s3") == 2


@pytest.mark.parametrize("region", ["eu-central-1", "evil.example.org/", "us-west-2"])
def test_a_bucket_that_is_not_there_either_is_an_error(
    stand_in: Callable[..., Platform], region: str
) -> None:
    platform = stand_in(empty_world())
    body = "<Error><Code>PermanentRedirect</Code></Error>"
    platform.fail("s3", status=301, headers={"x-amz-bucket-region": region}, body=body)
    with pytest.raises(RemoteError, match=f"PermanentRedirect: .*{region}"):
        storage().list(PRIVATE, "x/")
    assert platform.count("s3") == (2 if region == "eu-central-1" else 1)


@pytest.mark.parametrize("operation", ["list", "read"])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "no XML",
        "<ListBucketResult><KeyCount>x</KeyCount></ListBucketResult>",
        "<ListBucketResult><KeyCount/></ListBucketResult>",
        "<ListBucketResult>&none;</ListBucketResult>",
        "<a></b>",
    ],
)
def test_what_s3_does_not_send_is_odd(
    stand_in: Callable[..., Platform], operation: str, body: str
) -> None:
    platform = stand_in(empty_world())
    platform.fail("s3", status=200, body=body)
    with pytest.raises(OddAnswerError):
        getattr(storage(), operation)(PUBLIC, "x/")


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    "inner",
    [
        "<Contents/>",
        "<Contents><Key>x/a</Key><Key>x/b</Key></Contents>",
        "<CommonPrefixes/>",
        "<Contents><Key>elsewhere</Key></Contents>",
    ],
)
def test_listings_in_odd_forms_are_odd(stand_in: Callable[..., Platform], inner: str) -> None:
    platform = stand_in(empty_world())
    start = "<EncodingType>url</EncodingType><KeyCount>1</KeyCount>"
    body = f"<ListBucketResult>{start}{inner}</ListBucketResult>"
    platform.fail("s3", status=200, body=body)
    with pytest.raises(OddAnswerError):
        storage().list(PUBLIC, "x/")


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("said", ["True", "1", "false"])
def test_a_listing_with_a_token_goes_on(stand_in: Callable[..., Platform], said: str) -> None:
    platform = stand_in(empty_world())
    for name, query, rest in (
        ("a", "", f"<IsTruncated>{said}</IsTruncated>"),
        ("b", "continuation-token=t", ""),
    ):
        rest += "" if query else "<NextContinuationToken>t</NextContinuationToken>"
        content = f"<KeyCount>1</KeyCount><Contents><Key>x/{name}</Key></Contents>{rest}"
        body = f"<ListBucketResult>{content}</ListBucketResult>"
        platform.fail("s3", status=200, body=body, query=query)
    assert storage().list(PUBLIC, "x/").files == ("a", "b")
    assert platform.count() == 2


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("encoding", ["klingon", "hex", "utf-7", "idna"])
def test_the_encoding_is_always_utf_8(stand_in: Callable[..., Platform], encoding: str) -> None:
    platform = stand_in(empty_world())
    start = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = f"{start}<Error><Code>NoSuchKey</Code></Error>"
    platform.fail("s3", status=404, body=body, path="/x")
    with pytest.raises(SourceDirNotFoundError):
        storage().read(PRIVATE, "x")


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 02 Jan 2024 03:04:05 GMT",
        "Tue, 02 Jan 2024 03:04:05 -0000",
        "Tue, 02 Jan 2024 03:04:05",
        "Tuesday, 02-Jan-24 03:04:05 GMT",
        "Tue Jan  2 03:04:05 2024",
    ],
)
def test_a_file_is_dated_in_utc(stand_in: Callable[..., Platform], text: str) -> None:
    platform = stand_in(empty_world())
    headers = {"ETag": '"e"', "Last-Modified": text}
    platform.fail("s3", status=200, headers=headers, body="x")
    modified = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert storage().fetch(PRIVATE, "x") == (b"x", modified)


@pytest.mark.parametrize("text", ["", "junk", "Tue, 02 Jan 99999999999999999999 03:04:05 GMT"])
def test_a_date_that_is_none_is_odd(stand_in: Callable[..., Platform], text: str) -> None:
    platform = stand_in(empty_world())
    headers = {"ETag": '"e"', "Last-Modified": text}
    platform.fail("s3", status=200, headers=headers, body="x")
    with pytest.raises(OddAnswerError):
        storage().fetch(PRIVATE, "x")


def test_no_botocore_is_imported(stand_in: Callable[..., Platform]) -> None:
    stand_in(empty_world())
    code = (
        "import sys; from aind_session.sources import remote_sources\n"
        f"remote_sources().storage.list({PRIVATE!r}, 'x/')\n"
        "print(sorted({'botocore', 'urllib3', 'requests'} & sys.modules.keys()))"
    )
    assert run(code) == "[]"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aind-open-data", True),
        ("ab", False),
        ("a" * 64, False),
        ("dotted.name", False),
        ("Upper", False),
        ("under_score", False),
        ("-x-", False),
        ("zone--x-s3", False),
        ("bücket", False),
        ("a/b", False),
        ("", False),
    ],
)
def test_only_plain_names_become_hosts(name: str, *, expected: bool) -> None:
    assert is_plain_name(name) is expected


def test_what_is_asked_names_the_time_and_the_least_number_of_keys(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.objects[PRIVATE] = {"x/1": b"", "x/2": b""}
    platform = stand_in(world)
    assert storage().exists(PRIVATE, "x/")
    [asked] = [request for request in platform.requests if request.service == "s3"]
    assert "max-keys=1" in asked.query.split("&")
    sent = datetime.strptime(asked.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    assert abs((now - sent).total_seconds()) < 3600
