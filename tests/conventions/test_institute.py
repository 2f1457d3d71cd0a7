"""Addresses of pages, and words of closed vocabularies."""

from __future__ import annotations

import pytest

from aind_session.conventions.institute import asset_page, console_page, local_zone, record_page
from aind_session.conventions.vocabulary import (
    check_modality,
    check_platform,
    is_known_platform,
)
from aind_session.runtime.arguments import near_in_words


def test_names_and_keys_are_quoted_in_addresses() -> None:
    assert asset_page("a/b c") == "https://codeocean.allenneuraldynamics.org/data-assets/a%2Fb%20c"
    assert console_page("a/b", "/x/y z/") == (
        "https://s3.console.aws.amazon.com/s3/buckets/a%2Fb?prefix=x/y%20z/"
    )
    assert console_page("b", "Xx/X").endswith("/b?prefix=Xx/X/")
    assert record_page("a/b&c") == (
        "https://metadata-portal.allenneuraldynamics.org/view?name=a%2Fb%26c"
    )


def test_the_institute_is_in_seattle() -> None:
    assert str(local_zone()) == "America/Los_Angeles"


def test_nothing_near_adds_nothing_to_a_message() -> None:
    assert near_in_words([]) == ""
    assert near_in_words(["a"]) == "; near: 'a'"


@pytest.mark.parametrize(
    ("platform", "known"),
    [
        ("ecephys", True),
        ("SmartSPIM", True),
        ("smartspim", True),
        ("SMARTSPIM", False),
        ("", False),
    ],
)
def test_a_known_platform_may_be_written_in_lower_case(platform: str, known: bool) -> None:
    assert is_known_platform(platform) is known


def test_what_comes_near_a_known_word_is_refused_with_that_word() -> None:
    with pytest.raises(ValueError, match="near") as caught:
        check_platform("ecephis")
    assert str(caught.value) == "there is no platform 'ecephis'; near: 'ecephys'"
    with pytest.raises(ValueError, match="near") as caught:
        check_modality("ecephis")
    assert str(caught.value) == "there is no modality 'ecephis'; near: 'ecephys'"
