"""Settings of the stand-in, before or during requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

SCOPES = ("data-asset-read", "data-asset-write", "capsule-read", "capsule-write")


@dataclass(eq=False)
class Rules:
    """The behaviour of the servers. Changes apply from the next request on.

    Attributes
    ----------
    latency
        Seconds before every answer.
    quiet
        Every answer waits until no request has arrived for this many seconds. Parallel requests
        then overlap on any machine; see `Platform.steps`.
    frozen
        Whether the world does not change, so that it can be indexed: for worlds of thousands.
    token
        The only access token that Code Ocean accepts.
    token_scopes
        What that token may do.
    server_version
        Version of Code Ocean: it refuses clients that want a newer one.
    page_size_cap
        The longest page of search results, for any requested limit.
    repeated_hits
        This many last hits of a page of search results are repeated on the next page.
    endless_pages
        Returns a token for each page of search results, so that the same page is repeated without
        end; None: pages end.
    docdb_page_bytes
        Size at which the metadata database cuts a page.
    runs_at_once
        If this many runs are running, a start is answered with status 429; None: no limit.
    list_delay
        For this many seconds of the world's clock, the list of runs lacks a new run.
    allow_public
        Buckets that may be read without credentials.
    forbidden_buckets
        Buckets that may not be read at all, except through signed URLs.
    """

    latency: float = 0.0
    quiet: float = 0.0
    frozen: bool = False
    token: str = "cop_standin"
    token_scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    server_version: str = "4.0.0"
    page_size_cap: int = 1000
    repeated_hits: int = 0
    endless_pages: Callable[[], str] | None = None
    docdb_page_bytes: int = 6_000_000
    runs_at_once: int | None = None
    list_delay: float = 0.0
    allow_public: set[str] = field(default_factory=lambda: {"aind-open-data", "allen-data-views"})
    forbidden_buckets: set[str] = field(default_factory=set)
