"""Places in buckets: made of what servers name, read from what users and records write."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session.conventions.location import Location


@pytest.mark.parametrize(
    "text",
    ["", "s3://", "s3:///key", "/data/x", "gs://bucket/key", "https://bucket/key", "S3://bucket/k"],
)
def test_what_is_no_s3_address_is_refused_as_it_was_written(text: str) -> None:
    with pytest.raises(ValueError, match="an S3 path such as 's3://bucket/key'") as caught:
        Location.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["s3://bucket/a/../b", "s3://bucket/.", "s3://bucket/a\\..\\b"])
def test_an_address_that_leads_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no '\.' or '\.\.'"):
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


def test_an_address_is_written_as_it_is_read() -> None:
    for text in ("s3://bucket/a/b", "gs://bucket/a"):
        assert str(Location.find(text)) == text


def test_below_the_root_of_a_bucket_there_is_no_empty_folder() -> None:
    assert str(Location("bucket", "") / "ecephys") == "s3://bucket/ecephys"
