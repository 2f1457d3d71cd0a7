"""One request over HTTP, its reply, and why a reply is missing; the same for each transport."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import InvalidURL
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit, urlunsplit

_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
"""What of an address is sent as it is written: it may hold escapes, and parts with a meaning."""


@dataclass(frozen=True)
class Caller:
    """Who asks, and below which address.

    Attributes
    ----------
    base_url
        What addresses without a host are below of.
    token
        Sent as the user's name; None: nobody's.
    headers
        Sent with each request.
    """

    base_url: str = ""
    token: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def address(self, url: str) -> str:
        """Give the whole of an address."""
        return url if "://" in url or not self.base_url else f"{self.base_url}{url}"

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """Make a request.

        Parameters
        ----------
        method, url
            The request; the address may be below `base_url`.
        params
            Sent in the address; None as a value: not sent.
        json
            Sent as the body; None: there is none.
        headers
            Those of this request.
        """
        sent = {"User-Agent": "aind-session", "Accept": "*/*", "Accept-Encoding": "gzip"}
        sent |= {**self.headers, **(headers or {})}
        if self.token is not None:
            sent["Authorization"] = f"Basic {base64.b64encode(f'{self.token}:'.encode()).decode()}"
        body = None if json is None else _as_json(json)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return Request(method, _whole(self.address(url), params or {}), sent, body)


@dataclass(frozen=True)
class Request:
    """A request as it is sent. Its address may be signed, and its headers hold the token."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """What a server answered, whole.

    Attributes
    ----------
    status, reason
        The first line.
    url
        What was asked.
    headers
        Names and values in order.
    body
        The content, unpacked.
    """

    status: int
    reason: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """Give the value of a header; None without it."""
        wanted = name.lower()
        return next((value for name, value in self.headers if name.lower() == wanted), None)


class NoReplyError(Exception):
    """There is no reply, or none that is whole; the cause says why.

    Attributes
    ----------
    may_pass
        Whether the same request may do better a moment later.
    is_odd
        Whether what came is not what HTTP has.
    was_sent
        Whether the server may have had the request.
    """

    def __init__(
        self, why: str, *, may_pass: bool = True, is_odd: bool = False, was_sent: bool = True
    ) -> None:
        super().__init__(why)
        self.may_pass = may_pass
        self.is_odd = is_odd
        self.was_sent = was_sent


def _parts(url: str) -> SplitResult:
    """Divide an address that can be asked."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        is_valid = parts.scheme in ("http", "https") and host and " " not in host
        is_valid = is_valid and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        why = "its address is not valid"
        raise NoReplyError(why, may_pass=False, was_sent=False) from InvalidURL()
    return parts


def _as_json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode()


def _whole(url: str, params: Mapping[str, Any]) -> str:
    """Put parameters into an address, and escape what cannot be sent."""
    parts = _parts(url)
    added = urlencode({name: value for name, value in params.items() if value is not None})
    query = "&".join(filter(None, (parts.query, added)))
    path = quote(parts.path or "/", safe=_AS_IT_IS)
    return urlunsplit(parts._replace(path=path, query=quote(query, safe=_AS_IT_IS), fragment=""))
