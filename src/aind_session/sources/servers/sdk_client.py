"""The SDK's Code Ocean client. Import this only when needed: it imports the whole SDK."""

from __future__ import annotations

from typing import Any

import codeocean
from requests_toolbelt.adapters.socket_options import TCPKeepAliveAdapter

from aind_session.errors.wording import without_query
from aind_session.sources.servers.code_ocean import MIN_SERVER_VERSION, SERVICE
from aind_session.sources.servers.lenient import lenient
from aind_session.sources.servers.sessions import TimedAdapter, leave_out_netrc

SDK_SERVER_VERSION: str = codeocean.CodeOcean.MIN_SERVER_VERSION
"""The oldest server version that the installed SDK's client accepts."""


class Client(codeocean.CodeOcean):
    """The SDK's client for AIND's server, with a repr that does not show the token.

    It decodes answers leniently: a missing field gets its default or None, and an unknown enum
    value stays text.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.session.headers["Min-Server-Version"] = MIN_SERVER_VERSION
        for name, api in list(vars(self).items()):
            if getattr(api, "client", None) is self.session:
                setattr(self, name, lenient(api, SERVICE))

    def __repr__(self) -> str:
        # the domain can hold a password
        return f"{type(self).__name__}(domain={without_query(self.domain)!r})"


class _Adapter(TimedAdapter, TCPKeepAliveAdapter):
    """The SDK's adapter with time limits and a pool of `CONCURRENCY` connections."""


def make_client(domain: str, token: str, timeout: float, retries: Any = 0) -> Client:
    """Create a client; no request is sent.

    Parameters
    ----------
    domain, token
        The server and the credential.
    timeout
        How long to wait for the next bytes of an answer, in seconds.
    retries
        A number or a `urllib3.Retry`, for all requests.
    """
    client = Client(domain=domain, token=token, retries=retries)
    client.session.mount(domain, _Adapter(timeout, max_retries=retries))
    leave_out_netrc(client.session)
    return client
