"""Send requests with the package requests: through proxies, or if direct ones are turned off."""

from __future__ import annotations

import time
from typing import Any

import requests
import urllib3
from urllib3.connection import HTTPConnection

from aind_session.runtime.importing import while_waiting
from aind_session.sources.servers.exchange import NoReplyError, Reply, Request, keep_alive_options
from aind_session.sources.servers.limits import read_within
from aind_session.sources.servers.retries import CONNECT_SECONDS, LEAST_SECONDS
from aind_session.sources.servers.sessions import BoundedAdapter, leave_out_netrc
from aind_session.sources.servers.surroundings import in_short

_NO_HTTP = (
    urllib3.exceptions.DecodeError,  # the compression differs from the header
    urllib3.exceptions.InvalidHeader,  # two lengths
    requests.exceptions.ContentDecodingError,
    requests.exceptions.InvalidHeader,
)

_BROKEN = (urllib3.exceptions.DecodeError, urllib3.exceptions.ProtocolError)
"""What reading a body raises that is cut off, or not compressed as its header says."""

_MAY_PASS = (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError)


class Through:
    """A session of the package requests.

    Parameters
    ----------
    keep_alive
        See `direct.Direct`.
    """

    def __init__(self, *, keep_alive: bool = False) -> None:
        self._session = requests.Session()
        kind = _KeepAliveAdapter if keep_alive else BoundedAdapter
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, kind())
        leave_out_netrc(self._session)

    def ask(self, request: Request, deadline: float) -> Reply:
        """Send a request, and read the whole reply; see `direct.Direct.ask`."""
        remaining = max(deadline - time.monotonic(), LEAST_SECONDS)
        while_waiting()
        try:
            with self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers=dict(request.headers),
                timeout=(min(CONNECT_SECONDS, remaining), remaining),
                stream=True,
                # a redirect leads to another server, which must not see the token
                allow_redirects=False,
            ) as response:
                status = response.status_code
                body = read_within(response.raw, deadline, status=status, broken=_BROKEN)
                headers = tuple(response.headers.items())
                url, reason = request.url, response.reason or ""
            if status < 200:  # the real answer follows: do not reuse it
                self._session.close()
            return Reply(status, reason, url, headers, body)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            raise _no_reply(error) from error


class _KeepAliveAdapter(BoundedAdapter):
    """Sends TCP keep-alive probes, as Code Ocean's SDK does; see `direct.Direct`."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        wanted = [*HTTPConnection.default_socket_options, *keep_alive_options()]
        super().init_poolmanager(*args, socket_options=wanted, **options)


def _no_reply(error: Exception) -> NoReplyError:
    """Return the error for a missing reply, without the address, which may be signed."""
    kind = in_short(error)
    was_sent = not _never_connected(error)
    if isinstance(error, _NO_HTTP):
        return NoReplyError(f"the answer is not what its headers say ({kind})", is_odd=True)
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return NoReplyError("no answer in time", was_sent=was_sent)
    if isinstance(error, _MAY_PASS):
        return NoReplyError(f"the connection failed ({kind})", was_sent=was_sent)
    return NoReplyError(f"the request failed ({kind})", may_pass=False, was_sent=was_sent)


def _never_connected(cause: BaseException) -> bool:
    if isinstance(cause, requests.ConnectTimeout):
        return True
    parts: list[Any] = [cause, *getattr(cause, "args", ())]
    parts += [getattr(part, "reason", None) for part in parts]
    return any(isinstance(part, urllib3.exceptions.NewConnectionError) for part in parts)
