"""Which failures can hide results, and one warning for each source that is down."""

from __future__ import annotations

import warnings

import pytest

from aind_session.catalog.outages import that_hide_something, warn_of
from aind_session.errors import (
    AccessDeniedError,
    CredentialsError,
    SourceDownWarning,
    UnavailableError,
)

CLOSED = AccessDeniedError("S3", "closed")
DOWN = UnavailableError("S3", "no answer")


def test_a_closed_bucket_hides_something_only_when_all_are_closed() -> None:
    assert that_hide_something([CLOSED, DOWN], 3) == [DOWN]
    assert that_hide_something([CLOSED], 1) == [CLOSED]


def test_failures_of_one_service_are_one_warning() -> None:
    again = UnavailableError("S3", "timed out")
    with pytest.warns(SourceDownWarning) as warned:
        warn_of([DOWN, DOWN, again], "it")
    assert len(warned) == 1
    assert str(warned[0].message).endswith("no answer; 1 more request failed the same way")


def test_no_token_is_a_choice_and_no_outage() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of([CredentialsError("no token", service="Code Ocean")], "it")


def test_working_without_a_token_hides_nothing_and_a_refused_token_may() -> None:
    without = CredentialsError("no token", service="Code Ocean")
    refused = CredentialsError("refused", service="Code Ocean", variable="CODE_OCEAN_API_TOKEN")
    assert that_hide_something([without, refused, DOWN], 5) == [refused, DOWN]
