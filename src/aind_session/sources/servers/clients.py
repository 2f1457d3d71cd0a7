"""The servers' own clients, for callers who need more than this library offers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import requests
import urllib3

from aind_session.errors.wording import without_query
from aind_session.runtime.extras import needing
from aind_session.sources.servers.code_ocean import CodeOceanAssets, no_token
from aind_session.sources.servers.sdk_client import Client, make_client
from aind_session.sources.servers.sessions import TimedAdapter, leave_out_netrc
from aind_session.sources.settings import read_settings

if TYPE_CHECKING:
    from aind_data_access_api.document_db import MetadataDbClient

_STATUSES = (429, 500, 502, 503, 504)

# never POST, which runs a capsule or creates an asset. The names are those of earlier releases
DEFAULT_CO_RETRY = urllib3.Retry(
    total=5,
    backoff_factor=0.5,
    status_forcelist=_STATUSES,
    allowed_methods=["HEAD", "GET", "PUT", "DELETE", "OPTIONS", "TRACE"],
)
DEFAULT_DOCDB_RETRY = urllib3.Retry(
    total=5, backoff_factor=1, status_forcelist=_STATUSES, allowed_methods=["GET", "DELETE"]
)


def get_codeocean_client(
    check_credentials: bool | None = None, retries: int | urllib3.Retry = DEFAULT_CO_RETRY
) -> Client:
    """Return the SDK's Code Ocean client for AIND's server, with time limits.

    Parameters
    ----------
    check_credentials
        If True, ask the server once whether the token may search. By default no request is sent,
        and an invalid token fails on the first request.
    retries
        When to repeat a request. By default requests other than POST and PATCH are repeated up to
        five times, on connection errors and on the statuses 429, 500, 502, 503, 504.

    Returns
    -------
    codeocean.CodeOcean
        The same object for the same arguments and settings.

    Raises
    ------
    CredentialsError
        No token is set, or the server refused it when it was checked.

    Examples
    --------
    >>> import os
    >>> os.environ["CODE_OCEAN_API_TOKEN"] = "cop_example"
    >>> get_codeocean_client()
    Client(domain='https://codeocean.allenneuraldynamics.org')
    >>> del os.environ["CODE_OCEAN_API_TOKEN"]
    """
    settings = read_settings()
    token = settings.code_ocean_api_token
    if token is None:
        raise no_token(without_query(settings.code_ocean_domain))
    client = _client(
        settings.code_ocean_domain, token.get_secret_value(), settings.timeout_seconds, retries
    )
    if check_credentials:
        CodeOceanAssets(settings).search({}, at_most=0)
    return client


@functools.cache
def _client(domain: str, token: str, timeout: float, retries: int | urllib3.Retry) -> Client:
    return make_client(domain, token, timeout, retries)


def get_docdb_api_client(**kwargs: Any) -> MetadataDbClient:
    """Return aind-data-access-api's DocDB client; requires the extra `docdb`.

    Parameters
    ----------
    **kwargs
        Arguments of ``MetadataDbClient``. By default the host is that of the settings, and database
        and collection are AIND's. ``retries``, an integer or a `urllib3.Retry`, replaces the
        default of repeating reads up to five times.

    Raises
    ------
    ImportError
        The package is not installed; the message says how to install it.
    """
    with needing(
        "docdb",
        "aind-data-access-api",
        "get_docdb_api_client",
        "session.docdb, subject.docdb and get_docdb_record need nothing more",
    ):
        from aind_data_access_api.document_db import MetadataDbClient

    settings = read_settings()
    retries = kwargs.pop("retries", DEFAULT_DOCDB_RETRY)
    if "session" not in kwargs:
        kwargs["session"] = requests.Session()
        adapter = TimedAdapter(settings.timeout_seconds, max_retries=retries)
        kwargs["session"].mount("https://", adapter)
        leave_out_netrc(kwargs["session"])
    host = settings.docdb_host.partition("://")[2]
    defaults = {"host": host, "database": "metadata_index", "collection": "data_assets"}
    return MetadataDbClient(**{**defaults, **kwargs})
