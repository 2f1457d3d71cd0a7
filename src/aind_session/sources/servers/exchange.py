"""An HTTP request, its reply, and the error for a missing reply, for all transports."""

from __future__ import annotations

import base64
import datetime
import json
import socket
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.client import InvalidURL
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit, urlunsplit

from aind_session.errors.value import Value

_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
"""Characters that are not escaped in an address: escapes and delimiters."""


class Caller(Value, hidden=("token",)):
    """The base address, credential and headers of all requests to a server.

    Attributes
    ----------
    base_url
        The prefix of addresses without a host.
    token
        Sent as the user name; None sends no credential.
    headers
        Sent with each request.
    """

    base_url: str = ""
    token: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})

    def address(self, url: str) -> str:
        """Return the complete address."""
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
        """Create a request.

        Parameters
        ----------
        method, url
            The HTTP method and the address, which may be relative to `base_url`.
        params
            Query parameters; those with the value None are not sent.
        json
            The body; None sends no body.
        headers
            Additional headers of this request.
        """
        sent = {"User-Agent": "aind-session", "Accept": "*/*", "Accept-Encoding": "gzip"}
        sent |= {**self.headers, **(headers or {})}
        if self.token is not None:
            sent["Authorization"] = f"Basic {base64.b64encode(f'{self.token}:'.encode()).decode()}"
        body = None if json is None else _as_json(json)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return Request(method, _whole(self.address(url), params or {}), sent, body)


class Request(Value, hidden=("url", "headers", "body")):
    """A request to send. Its address may be signed, and its headers may hold the token.

    Attributes
    ----------
    method, url, headers, body
        What is sent; a body of None sends none.
    is_decoded
        Whether the reply's body is decompressed as its headers say.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    is_decoded: bool = True


class Reply(Value, hidden=("url", "headers", "body")):
    """The complete answer of a server.

    Attributes
    ----------
    status, reason
        The status code and reason phrase.
    url
        The address of the request.
    headers
        Names and values in order.
    body
        The content, decompressed if the request says so.
    """

    status: int
    reason: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of a header; None if it is missing."""
        wanted = name.lower()
        return next((value for name, value in self.headers if name.lower() == wanted), None)

    @property
    def fields(self) -> dict[str, str]:
        """The headers by name in lower case; the last one of those with the same name."""
        return {name.lower(): value for name, value in self.headers}


class NoReplyError(Exception):
    """Raise if a reply is missing or incomplete.

    Attributes
    ----------
    may_pass
        Whether the same request may succeed a moment later.
    is_odd
        Whether the reply violates HTTP.
    was_sent
        Whether the server may have received the request.
    """

    def __init__(
        self, why: str, *, may_pass: bool = True, is_odd: bool = False, was_sent: bool = True
    ) -> None:
        super().__init__(why)
        self.may_pass = may_pass
        self.is_odd = is_odd
        self.was_sent = was_sent


def http_date(value: str) -> datetime.datetime:
    """Read a date in a header, whose time zone is UTC if it names none.

    Raises
    ------
    ValueError
        It is not a date.

    Examples
    --------
    >>> http_date("Tue, 02 Jan 2024 03:04:05 GMT").isoformat()
    '2024-01-02T03:04:05+00:00'
    """
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, OverflowError) as error:
        raise ValueError("not a date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def keep_alive_options() -> list[tuple[int, int, int]]:
    """Return the socket options for TCP keep-alive probes, as far as the platform has them."""
    probes = {"TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 5, "TCP_KEEPIDLE": 60}
    known = {name: value for name, value in probes.items() if hasattr(socket, name)}
    return [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *((socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in known.items()),
    ]


def _parts(url: str) -> SplitResult:
    """Split an address, and raise if it is invalid."""
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
    """Add parameters to an address, and escape invalid characters."""
    parts = _parts(url)
    added = urlencode({name: value for name, value in params.items() if value is not None})
    query = "&".join(filter(None, (parts.query, added)))
    path = quote(parts.path or "/", safe=_AS_IT_IS)
    return urlunsplit(parts._replace(path=path, query=quote(query, safe=_AS_IT_IS), fragment=""))
