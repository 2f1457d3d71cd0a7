"""The SDK's and DocDB's own clients, for callers who need more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import CredentialsError, get_codeocean_client, get_docdb_api_client
from aind_session.sources.demo_world import demo_world
from tests.platform import Platform

Start = Callable[..., Platform]
RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"


def test_the_client_is_the_sdks_and_asks_nothing_by_itself(stand_in: Start) -> None:
    from codeocean import CodeOcean

    platform = stand_in(demo_world())
    client = get_codeocean_client()
    assert isinstance(client, CodeOcean)
    assert client is get_codeocean_client()
    assert platform.count() == 0
    get_codeocean_client(check_credentials=True)
    assert platform.count() == 1


def test_its_own_session_reaches_the_server(stand_in: Start) -> None:
    platform = stand_in(demo_world())
    answer = get_codeocean_client().session.get(f"data_assets/{RAW_ID}")
    assert answer.json()["id"] == RAW_ID
    assert platform.requests[0].authorized


def test_without_a_token_it_is_a_key_error_that_says_what_to_do() -> None:
    with pytest.raises(CredentialsError, match="CODE_OCEAN_API_TOKEN") as caught:
        get_codeocean_client()
    assert isinstance(caught.value, KeyError)


def test_a_refused_token_is_a_value_error_without_the_token(stand_in: Start) -> None:
    platform = stand_in(demo_world())
    platform.fail("code_ocean", status=401)
    with pytest.raises(ValueError, match="CODE_OCEAN_API_TOKEN") as caught:
        get_codeocean_client(check_credentials=True)
    assert platform.token not in str(caught.value)
    assert platform.token not in repr(get_codeocean_client())


def test_the_docdb_client_needs_its_extra() -> None:
    try:
        import aind_data_access_api  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError, match=r"aind-session\[docdb\]"):
            get_docdb_api_client()
    else:
        assert type(get_docdb_api_client()).__name__ == "MetadataDbClient"
