"""Situations in which servers work, but lack data or refuse to show them: one check each."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from aind_session import (
    AccessDeniedError,
    CredentialsError,
    DirectoryNotFoundError,
    MetadataNotFoundError,
    OddAnswerError,
    RemoteError,
    Session,
    SourceDirNotFoundError,
    SourceDownWarning,
    Sources,
    UnavailableError,
    get_output_text,
    get_source_dir_by_name,
    search_data_assets,
)
from aind_session.conventions.institute import KNOWN_BUCKETS
from aind_session.sources.memory import World
from tests.behaviour.test_failures import impatient
from tests.platform import Platform
from tests.sorted_worlds import put, sorted_name
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"
PRIVATE, PUBLIC, OTHER = "aind-ephys-data", "aind-open-data", "aind-ophys-data"
RUN_ID = "7646f92f-d225-464c-b7aa-87a87f34f408"
EXPIRED = b"<Error><Code>ExpiredToken</Code><Message>old</Message></Error>"

Check = Callable[[Platform, pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Situation:
    """One situation.

    Attributes
    ----------
    name, call, outcome
        Their texts in the table.
    check
        Creates the situation, makes the call, and checks the outcome.
    """

    name: str
    call: str
    outcome: str
    check: Check


SITUATIONS: list[Situation] = []


def _situation(name: str, call: str, outcome: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        SITUATIONS.append(Situation(name, call, outcome, check))
        return check

    return register


def world() -> World:
    """Return a world with a raw asset, its record and files, and a sorted asset with its log."""
    made = empty_world()
    made.assets += [raw(1, NAME, PRIVATE), asset(2, sorted_name(2), type="result")]
    made.records["v1"].append(record(NAME, f"s3://{PRIVATE}/{NAME}", uuid_of(1)))
    made.objects[PRIVATE] = {f"{NAME}/behavior/x": b"", f"{NAME}/subject.json": b"{}"}
    put(made, 2, "output", "done")
    made.computations["p"] = [{"id": RUN_ID, "state": "completed", "created": 1, "run_time": 1}]
    made.results[RUN_ID] = {"output": b"done\n"}
    return made


def _session(sources: Sources | None = None) -> Session:
    return Session(NAME, sources=sources or impatient())


def _only_in_s3(platform: Platform, bucket: str) -> None:
    """Remove all data of the session but its directory."""
    platform.world.assets.clear()
    platform.world.records["v1"].clear()
    files = platform.world.objects[PRIVATE]
    platform.world.objects[PRIVATE] = {}
    platform.world.objects[bucket] = files


def _silently(question: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return question()


@_situation(
    "the user has no access to one bucket, another has the directory", "`raw_data_dir`", "found"
)
def _closed_bucket(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    _only_in_s3(platform, OTHER)
    platform.forbidden_buckets.update({KNOWN_BUCKETS[0], PUBLIC})
    assert _silently(lambda: _session().raw_data_dir.as_posix()) == f"s3://{OTHER}/{NAME}"


@_situation("the user has no access to any bucket", "`raw_data_dir`", "`AccessDeniedError`")
def _closed_buckets(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    _only_in_s3(platform, OTHER)
    platform.forbidden_buckets.update(KNOWN_BUCKETS)
    with pytest.raises(AccessDeniedError, match="not allowed"):
        _session().raw_data_dir


@_situation(
    "the user has no access to the bucket in the record",
    "`modalities`",
    "those of the record, with a `SourceDownWarning`",
)
def _closed_bucket_of_record(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.forbidden_buckets.add(PRIVATE)
    with pytest.warns(SourceDownWarning, match="not allowed"):
        assert _session().modalities == ("behavior",)


@_situation(
    "a bucket of the settings does not exist",
    "`get_source_dir_by_name`",
    "found in another, else `SourceDirNotFoundError`",
)
def _no_bucket(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AIND_SESSION_BUCKETS", f"no-such-bucket,{PRIVATE}")
    found = get_source_dir_by_name(NAME, sources=impatient())
    assert found.as_posix() == f"s3://{PRIVATE}/{NAME}"
    with pytest.raises(SourceDirNotFoundError, match="2 buckets, nothing: nothing") as caught:
        get_source_dir_by_name("nothing", sources=impatient())
    assert str(caught.value.searched[0]) == "s3://no-such-bucket/nothing: nothing there"


def _without_aws(patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.delenv(name)


@_situation("no AWS credentials, public bucket", "`raw_data_dir`", "found")
def _public_without_credentials(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    _only_in_s3(platform, PUBLIC)
    _without_aws(patch)
    assert _silently(lambda: _session().raw_data_dir.as_posix()) == f"s3://{PUBLIC}/{NAME}"


@_situation(
    "no AWS credentials, private bucket",
    "`ecephys.is_sorted`",
    '`AccessDeniedError` "without AWS credentials"',
)
def _private_without_credentials(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    _without_aws(patch)
    with pytest.raises(AccessDeniedError, match="without AWS credentials"):
        _session().ecephys.is_sorted


@_situation(
    "expired AWS credentials",
    "`ecephys.is_sorted`",
    "`CredentialsError` that names the variables",
)
def _expired(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.fail("s3", status=400, body=EXPIRED)
    with pytest.raises(CredentialsError, match=r"ExpiredToken.*AWS_SESSION_TOKEN") as caught:
        _session().ecephys.is_sorted
    assert caught.value.service == "S3"


@_situation(
    "expired AWS credentials",
    "`modalities`",
    "those of the record, with a `SourceDownWarning`",
)
def _expired_with_record(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.fail("s3", status=400, body=EXPIRED)
    with pytest.warns(SourceDownWarning, match="ExpiredToken"):
        assert _session().modalities == ("behavior",)


@_situation(
    "the clock of this machine is wrong", "`ecephys.is_sorted`", "`CredentialsError` that says so"
)
def _wrong_clock(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    body = b"<Error><Code>RequestTimeTooSkewed</Code><Message>late</Message></Error>"
    platform.fail("s3", status=403, body=body)
    with pytest.raises(CredentialsError, match=r"RequestTimeTooSkewed.*the clock of this machine"):
        _session().ecephys.is_sorted


@_situation("`AWS_PROFILE` names no profile", "`raw_data_dir`", "`CredentialsError` that names it")
def _no_profile(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    _without_aws(patch)  # they have priority over a profile
    patch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialsError, match="nobody"):
        _session().raw_data_dir


@_situation(
    "a bucket has moved to another region",
    "`ecephys.is_sorted`",
    '`RemoteError` "PermanentRedirect", if it is not there either',
)
def _moved_bucket(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
    platform.fail("s3", status=301, body=body, headers={"x-amz-bucket-region": "eu-west-1"})
    with pytest.raises(RemoteError, match=r"S3: PermanentRedirect: .*'eu-west-1'.* \(HTTP 301\)"):
        _session().ecephys.is_sorted
    assert platform.count("s3") == 2


@_situation(
    "a proxy redirects S3 to its login page",
    "`ecephys.is_sorted`",
    "`RemoteError` that quotes the target",
)
def _proxy_of_s3(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    address = f"{platform.url('docdb')}/login?key=secret"
    for status in (301, 302, 307):
        platform.fail("s3", status=status, body=b"<html>", headers={"Location": address})
        with pytest.raises(
            RemoteError, match=r"S3: redirects to other addresses are not followed.*/login"
        ) as caught:
            _session().ecephys.is_sorted
        assert "secret" not in str(caught.value)
    assert platform.count("s3") == 3
    assert not [request for request in platform.requests if request.path == "/login"]


@_situation(
    "the directory vanishes after it was found", "`metadata.subject`", "`MetadataNotFoundError`"
)
def _vanished_directory(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    session = _session()
    assert session.raw_data_dir.as_posix() == f"s3://{PRIVATE}/{NAME}"
    platform.world.objects[PRIVATE] = {}
    with pytest.raises(MetadataNotFoundError, match=rf"s3://{PRIVATE}/{NAME}: no such file"):
        session.metadata.subject


@_situation(
    "the directory vanishes after it was found",
    "`get_output_text`",
    "`SourceDirNotFoundError`, once the cached answer is too old",
)
def _vanished_log(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    sources = impatient()
    assert get_output_text(uuid_of(2), sources=sources) == "done"
    platform.world.objects[KNOWN_BUCKETS[0]] = {}
    sources.cache.forget()
    with pytest.raises(SourceDirNotFoundError, match=f"{uuid_of(2)}/output"):
        get_output_text(uuid_of(2), sources=sources)


@_situation(
    "the record links an asset that Code Ocean does not know",
    "`raw_data_asset`",
    "the one that a search finds",
)
def _unknown_link(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.records["v1"][0]["external_links"] = {"Code Ocean": [uuid_of(9)]}
    assert _silently(lambda: _session().raw_data_asset.id) == uuid_of(1)


@_situation(
    "the record links an asset that the user may not see",
    "`raw_data_asset`",
    "the one that a search finds",
)
def _hidden_link(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.assets.append(asset(9, "another name"))
    platform.world.hidden.add(uuid_of(9))
    platform.world.records["v1"][0]["external_links"] = {"Code Ocean": [uuid_of(9)]}
    assert _silently(lambda: _session().raw_data_asset.id) == uuid_of(1)


@_situation(
    "the request for the linked asset fails",
    "`raw_data_asset`",
    "the one that a search finds, with a `SourceDownWarning`",
)
def _failing_link(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.records["v1"][0]["external_links"] = {"Code Ocean": [uuid_of(9)]}
    platform.fail("code_ocean", path=uuid_of(9), status=502)
    with pytest.warns(SourceDownWarning, match="502"):
        assert _session().raw_data_asset.id == uuid_of(1)


@_situation(
    "two raw assets, the record links the older",
    "`raw_data_asset`",
    "the linked one",
)
def _two_assets(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.assets.append(raw(5, NAME, OTHER))
    assert _silently(lambda: _session().raw_data_asset.id) == uuid_of(1)


@_situation("two raw assets, no record", "`raw_data_asset`", "the one created last")
def _two_unlinked_assets(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.records["v1"].clear()
    platform.world.assets.append(raw(5, NAME, OTHER))
    assert _silently(lambda: _session().raw_data_asset.id) == uuid_of(5)


@_situation("record and asset name different directories", "`raw_data_dir`", "that of the record")
def _other_directory(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.records["v1"][0]["location"] = f"s3://{OTHER}/{NAME}"
    assert _silently(lambda: _session().raw_data_dir.as_posix()) == f"s3://{OTHER}/{NAME}"


@_situation(
    "v1 and v2 name different directories",
    "`raw_data_dir`",
    "that of v1, also if v2's record was registered later",
)
def _versions_and_directory(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.records["v2"].append(record_v2(NAME, f"s3://{OTHER}/{NAME}", uuid_of(1)))
    assert _silently(lambda: _session().raw_data_dir.as_posix()) == f"s3://{PRIVATE}/{NAME}"
    assert _silently(lambda: _session().docdb["location"]) == f"s3://{PRIVATE}/{NAME}"


@_situation("v1 and v2 have a record each", "`docdb`", "that of v1")
def _versions_and_record(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.records["v2"].append(record_v2(NAME, f"s3://{OTHER}/{NAME}", uuid_of(1)))
    assert _silently(lambda: _session().docdb["location"]) == f"s3://{PRIVATE}/{NAME}"


@_situation("v1 has no record, v2 fails", "`docdb`", "`UnavailableError`, not an empty record")
def _versions_and_outage(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.world.records["v1"].clear()
    platform.fail("docdb", path="/v2/")
    with pytest.raises(UnavailableError, match="v2"):
        _session().docdb


@_situation(
    "no source knows the session, and none failed",
    "`raw_data_dir`",
    "`DirectoryNotFoundError` that lists the places searched",
)
def _nobody_knows(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    _only_in_s3(platform, "elsewhere")
    with pytest.raises(DirectoryNotFoundError) as caught:
        _session().raw_data_dir
    places = {one.place for one in caught.value.searched}
    assert places.issuperset(f"s3://{bucket}/{NAME}" for bucket in KNOWN_BUCKETS)
    assert f"S3, 7 buckets, {NAME} and " in str(caught.value)


@_situation(
    "the resolver does not know the name of a server",
    "`search_data_assets`",
    "`UnavailableError`",
)
def _unknown_host(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    # RFC 6761 sets this ending aside for names that no resolver knows
    patch.setenv("CODE_OCEAN_DOMAIN", "http://nobody.invalid")
    patch.setenv("AIND_SESSION_TIMEOUT_SECONDS", "1")
    with pytest.raises(UnavailableError, match=r"Code Ocean.*http://nobody\.invalid"):
        search_data_assets({"query": "700001"}, sources=impatient())
    assert platform.count() == 0


@_situation(
    "Code Ocean redirects to another host",
    "`search_data_assets`",
    "`RemoteError`; the other host is not asked, and does not see the token",
)
def _redirected(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    for status in (301, 302, 307, 308):
        address = f"{platform.url('docdb')}/login?key=secret"
        platform.fail("code_ocean", status=status, headers={"Location": address})
        with pytest.raises(
            RemoteError, match="redirects to other addresses are not followed"
        ) as caught:
            search_data_assets({"query": "700001"}, sources=impatient())
        assert f"{platform.url('docdb')}/login" in str(caught.value)
        assert "secret" not in str(caught.value)
    assert platform.count("docdb") == 0


@_situation(
    "a computation's log is behind a signed address",
    "`get_output_text`",
    "read without the token, and without AWS credentials",
)
def _signed_address(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    assert get_output_text(RUN_ID, sources=impatient()) == "done\n"
    (read,) = [request for request in platform.requests if request.service == "s3"]
    assert not read.authorized


@_situation(
    "a signed address cannot be used",
    "`get_output_text`",
    "`RemoteError` without the signature",
)
def _odd_address(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    for address in ("ftp://host/x?X-Amz-Signature=secret", "nonsense?X-Amz-Signature=secret"):
        platform.fail(
            "code_ocean", path="results/urls", kind="shape", body=f'{{"download_url": "{address}"}}'
        )
        with pytest.raises(RemoteError) as caught:
            get_output_text(RUN_ID, sources=impatient())
        assert "secret" not in str(caught.value)


@_situation("the address of a file is null", "`get_output_text`", "`OddAnswerError`")
def _no_address(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.fail("code_ocean", path="results/urls", kind="shape", body='{"download_url": null}')
    with pytest.raises(OddAnswerError, match="address"):
        get_output_text(RUN_ID, sources=impatient())


@_situation(
    "a server repeats the token in its answer",
    "`search_data_assets`",
    "`CredentialsError` without the token",
)
def _repeated_token(platform: Platform, patch: pytest.MonkeyPatch) -> None:
    platform.fail("code_ocean", status=401, body=f'{{"message": "unknown: {platform.token}"}}')
    with pytest.raises(CredentialsError, match=r"unknown: \.\.\.") as caught:
        search_data_assets({"query": "700001"}, sources=impatient())
    assert platform.token not in str(caught.value)
