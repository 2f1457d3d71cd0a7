"""Locations in buckets: from servers, users' texts and records."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session import RemoteError, Session
from aind_session.conventions.location import Location
from aind_session.sources.bodies import data_asset
from aind_session.testing import FakeAIND
from tests.conftest import Serve


@pytest.mark.parametrize(
    "text",
    ["", "s3://", "s3:///key", "/data/x", "gs://bucket/key", "https://bucket/key", "S3://bucket/k"],
)
def test_what_is_no_s3_address_is_refused_as_it_was_written(text: str) -> None:
    with pytest.raises(ValueError, match="an S3 path such as 's3://bucket/key'") as caught:
        Location.parse(text)
    assert str(caught.value) == f"an S3 path such as 's3://bucket/key' was expected, not {text!r}"


@pytest.mark.parametrize("text", ["s3://bucket/a/../b", "s3://bucket/.", "s3://bucket/a\\..\\b"])
def test_an_address_that_leads_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"contain '\.' or '\.\.'"):
        Location.parse(text)
    assert Location.find(text) is None


@pytest.mark.parametrize(
    ("text", "key"), [("s3://b", ""), ("s3://b/", ""), ("s3://b/k", "k"), ("s3://b/k/l/", "k/l")]
)
def test_slashes_at_the_ends_of_a_key_do_not_count(text: str, key: str) -> None:
    assert Location.parse(text) == Location("b", key)


@pytest.mark.parametrize("text", [None, 5, "", "s3://b", "s3://b/", "ftp://b/k", "s3://-b/k"])
def test_a_record_that_names_no_directory_has_no_place(text: Any) -> None:
    assert Location.find(text) is None


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        (None, "k"),
        (5, "k"),
        ("", "k"),
        ("-b", "k"),
        ("b/c", "k"),
        ("b" * 256, "k"),
        ("b", None),
        ("b", 5),
        ("b", b"k"),
        ("b", ".."),
        ("b", "a/../c"),
        ("b", "a\x00"),
        ("b", "a\x1f"),
        ("b", "a\x7f"),
        ("b", "a\n"),
    ],
)
def test_what_a_server_names_is_a_place_or_nothing(bucket: Any, key: Any) -> None:
    assert Location.of(bucket, key) is None


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        (Location.of("b", "/k/l//"), ("b", "k/l", "s3")),
        (Location.of("b", ""), ("b", "", "s3")),
        (Location.of("b" * 255, " ~"), ("b" * 255, " ~", "s3")),
        (Location.of("b", "k", "gs"), ("b", "k", "gs")),
        (Location.find(" gs://b/k/ "), ("b", "k", "gs")),
        (Location.find("s3://b/k/l"), ("b", "k/l", "s3")),
    ],
)
def test_a_place_has_a_bucket_a_key_and_a_protocol(
    place: Location | None, parts: tuple[str, str, str]
) -> None:
    assert place == parts


def test_an_address_that_leads_elsewhere_is_named_in_the_message() -> None:
    with pytest.raises(ValueError, match=r"the S3 path 's3://bucket/\.\./x'"):
        Location.parse("s3://bucket/../x")


def test_a_place_outside_of_s3_says_where_it_is_and_what_reads_it() -> None:
    with pytest.raises(RemoteError) as caught:
        Location("b", "k", "gs").s3_bucket
    text = str(caught.value)
    assert "Google Cloud Storage" in text
    assert "this library only reads files in S3: read the path itself, with gcsfs" in text
    assert "gs://b/k" in text


def test_an_address_is_written_as_it_is_read() -> None:
    for text in ("s3://bucket/a/b", "gs://bucket/a"):
        assert str(Location.find(text)) == text


def test_below_the_root_of_a_bucket_there_is_no_empty_folder() -> None:
    assert str(Location("bucket", "") / "ecephys") == "s3://bucket/ecephys"


NAME = "ecephys_123456_2024-01-01_10-00-00"


def test_a_bucket_of_another_store_is_not_asked_for_in_s3(serve: Serve) -> None:
    fake = FakeAIND()
    body = data_asset("00000000-0000-4000-8000-000000000001", NAME, 1)
    body["source_bucket"] = {"origin": "gcp", "bucket": "aind-open-data", "prefix": NAME}
    fake.world.assets.append(body)
    fake.world.objects["aind-open-data"] = {
        f"{NAME}/pophys/x": b"",
        f"{NAME}/subject.json": b'{"subject_id": "of another store"}',
    }
    session = Session(NAME, sources=serve(fake.world))
    with pytest.raises(RemoteError, match=r"Google Cloud Storage: .*gcsfs"):
        session.modalities
    with pytest.raises(RemoteError, match="Google Cloud Storage"):
        session.metadata.subject
