"""Sessions of the package requests: time limits, pools, and which servers get a credential."""

from __future__ import annotations

from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from aind_session.errors import OfflineError
from aind_session.runtime.modes import is_offline
from aind_session.sources.servers.limits import bound_manager
from aind_session.sources.servers.retries import CONCURRENCY, CONNECT_SECONDS


def leave_out_netrc(session: requests.Session) -> None:
    """Keep requests from sending credentials of ``~/.netrc`` to a server, or after a redirect."""
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
    """An adapter whose connections respect `until`, with a pool of `CONCURRENCY` connections.

    Parameters
    ----------
    **options
        Arguments of `requests.adapters.HTTPAdapter`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(pool_maxsize=CONCURRENCY, **options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Create the pools; see `requests.adapters.HTTPAdapter.init_poolmanager`."""
        super().init_poolmanager(*args, **options)
        bound_manager(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """Create the pools of a proxy; see `requests.adapters.HTTPAdapter.proxy_manager_for`."""
        if proxy not in self.proxy_manager:
            bound_manager(super().proxy_manager_for(proxy, **options))
        return self.proxy_manager[proxy]


class TimedAdapter(BoundedAdapter):
    """An adapter that adds a time limit to requests without one.

    Parameters
    ----------
    timeout
        How long to wait for the next bytes of an answer, in seconds.
    **options
        Arguments of `requests.adapters.HTTPAdapter`.
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
