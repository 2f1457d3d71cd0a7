"""Sessions of requests: time limits, pools, and to whom a credential is sent."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from aind_session.errors import OfflineError
from aind_session.runtime.modes import is_offline
from aind_session.sources.servers.limits import bound_manager
from aind_session.sources.servers.retries import CONCURRENCY, CONNECT_SECONDS


def leave_out_netrc(session: requests.Session) -> None:
    """Keep requests from sending what ``~/.netrc`` holds, to a server or where that sends to."""
    if session.auth is None:
        session.auth = _send_none
    session.rebuild_auth = partial(_send_only_to_same_host, session)  # type: ignore[method-assign]


def _send_none(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _send_only_to_same_host(
    session: requests.Session, request: requests.PreparedRequest, response: requests.Response
) -> None:
    came_from, goes_to = str(response.request.url), str(request.url)
    if session.should_strip_auth(came_from, goes_to):  # type: ignore[no-untyped-call]
        request.headers.pop("Authorization", None)


class BoundedAdapter(HTTPAdapter):
    """An adapter whose connections heed `until`, with a pool as large as the concurrency.

    Parameters
    ----------
    **options
        Those of `requests.adapters.HTTPAdapter`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(pool_maxsize=CONCURRENCY, **options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools; see `requests.adapters.HTTPAdapter.init_poolmanager`."""
        super().init_poolmanager(*args, **options)
        bound_manager(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """Make the pools of a proxy; see `requests.adapters.HTTPAdapter.proxy_manager_for`."""
        if proxy not in self.proxy_manager:
            bound_manager(super().proxy_manager_for(proxy, **options))
        return self.proxy_manager[proxy]


class TimedAdapter(BoundedAdapter):
    """An adapter with time limits for requests without one.

    Parameters
    ----------
    timeout
        How long to wait for the next bytes of an answer, in seconds.
    **options
        Those of `requests.adapters.HTTPAdapter`.
    """

    def __init__(self, timeout: float, **options: Any) -> None:
        self._timeout = timeout
        super().__init__(**options)

    def send(self, request: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send a request; see `requests.adapters.HTTPAdapter.send`."""
        if is_offline():
            raise OfflineError("the server", url=request.url)
        if options.get("timeout") is None:
            options["timeout"] = (CONNECT_SECONDS, self._timeout)
        return super().send(request, **options)


def bounded_session() -> requests.Session:
    """Make a session without a credential, whose connections heed `until`."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter())
    return session


class _ApiSession(requests.Session):
    """A session that asks for paths below one address, over connections that are kept alive."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url
        for scheme in ("http://", "https://"):
            self.mount(scheme, _KeepAliveAdapter())

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        return super().request(method, f"{self.base_url}{url}", *args, **options)


class _KeepAliveAdapter(BoundedAdapter):
    """As the SDK of Code Ocean has it: what is between here and the server forgets idle ones."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, socket_options=_keep_alive(), **options)


def _keep_alive() -> list[tuple[int, int, int | bytes]]:
    probes = {"TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 5, "TCP_KEEPIDLE": 60}
    return [
        *HTTPConnection.default_socket_options,
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *(
            (socket.IPPROTO_TCP, getattr(socket, name), value)
            for name, value in probes.items()
            if hasattr(socket, name)  # not everywhere
        ),
    ]


def api_session(base_url: str, token: str, headers: Mapping[str, str]) -> requests.Session:
    """Make a session for an API whose paths are below an address, with a token as the user."""
    session = _ApiSession(base_url)
    session.auth = (token, "")
    session.headers.update(headers)
    return session
