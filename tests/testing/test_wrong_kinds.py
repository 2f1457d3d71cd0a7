"""Arguments of a fake of the wrong kind: an error that says what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session.testing import FakeAIND
from tests.behaviour.test_bad_input import PIPELINE
from tests.behaviour.test_wrong_kinds import Ask, refused, session

NAME = "ecephys_123456_2024-01-01_10-00-00"


def of_fake(method: str, name: str, *args: Any) -> Ask:
    return lambda bad: getattr(FakeAIND(), method)(*args, **{name: bad})


OF_A_FAKE: dict[str, tuple[Ask, str]] = {
    **{
        f"{name} of a session": (
            of_fake("add_session", name, NAME),
            f"{name} must be True or False",
        )
        for name in ("in_code_ocean", "in_docdb", "in_s3", "archived", "closed")
    },
    **{
        f"{name} of an asset": (of_fake("add_asset", name, "x"), f"{name} must be True or False")
        for name in ("archived", "closed")
    },
    **{
        f"{name} of a sorting": (
            of_fake("add_sorted_asset", name, NAME),
            f"{name} must be True or False",
        )
        for name in ("failed", "in_docdb", "archived", "closed")
    },
    "modalities": (of_fake("add_session", "modalities", NAME), "a modality must be text"),
    "genotype": (of_fake("add_session", "genotype", NAME), "a genotype must be text"),
    "project": (of_fake("add_record", "project", NAME), "a project must be text"),
    "bucket": (of_fake("add_session", "bucket", NAME), "a bucket must be text"),
    "sorter": (of_fake("add_sorted_asset", "sorter", NAME), "a sorter must be text"),
    "probes": (of_fake("add_sorted_asset", "probes", NAME), "a probe must be text"),
    "links": (of_fake("add_record", "links", NAME), "the ID of an asset must be text"),
    "inputs": (of_fake("add_computation", "inputs", PIPELINE), "the ID of an asset must be text"),
    "state": (of_fake("add_computation", "state", PIPELINE), "a state must be text"),
    "capsule": (lambda bad: FakeAIND().add_computation(bad), "the ID of a capsule must be text"),
    "metadata": (of_fake("add_session", "metadata", NAME), "the metadata must be a mapping"),
    "parts": (of_fake("add_record", "parts", NAME), "the metadata must be a mapping"),
    "files": (of_fake("add_session", "files", NAME), "files must be a mapping"),
    "files of an asset": (of_fake("add_asset", "files", "x"), "files must be a mapping"),
    "results": (of_fake("add_computation", "results", PIPELINE), "results must be a mapping"),
    "URL": (lambda bad: FakeAIND().add_file(bad), "an S3 URL must be text"),
    "content": (of_fake("add_file", "content", "s3://b/k"), "the content of a file is bytes, text"),
    "what fails": (lambda bad: FakeAIND().fail(bad), "what fails must be text"),
    "how": (of_fake("fail", "how", "S3"), "cannot fail with "),
    "times": (of_fake("fail", "times", "S3"), "times must be a whole number"),
    "buckets": (lambda bad: FakeAIND(buckets=bad), "a bucket must be text"),
    "world": (FakeAIND, "a world must be of the class World"),
    "cache_seconds": (
        lambda bad: FakeAIND(cache_seconds=bad),
        "cache_seconds must be a number of seconds",
    ),
}


@pytest.mark.parametrize("bad", [object(), FakeAIND, session(), 1 + 2j, {1}])
@pytest.mark.parametrize("what", OF_A_FAKE)
def test_an_argument_of_a_fake_is_of_its_kind(what: str, bad: Any) -> None:
    ask, message = OF_A_FAKE[what]
    assert message in refused(ask, bad)


def test_one_bucket_of_a_fake_is_not_read_letter_by_letter() -> None:
    fake = FakeAIND(buckets="aind-open-data")
    assert list(fake.world.objects) == ["aind-open-data"]
