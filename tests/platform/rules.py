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
        Every answer waits until no request has come for so many seconds. Requests that are sent
        side by side are then under way together, however slow the machine; see `Platform.steps`.
    frozen
        Whether the world stays as it is, so that it may be indexed: for worlds of thousands.
    token
        The only access token that Code Ocean accepts.
    token_scopes
        What that token may do.
    server_version
        Version of Code Ocean: it refuses clients that want a newer one.
    page_size_cap
        No page of search results is longer, whatever limit was asked for.
    repeated_hits
        So many last hits of a page of search results come again on the next page.
    endless_pages
        Gives the token with which each page of search results says that there are more, which are
        the same again; None: pages come to an end.
    docdb_page_bytes
        Size at which the metadata database cuts a page.
    runs_at_once
        With more runs than these under way, a start is answered 429; None: there is no limit.
    list_delay
        For how many seconds of the world's clock a new run is missing from the list of runs.
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
