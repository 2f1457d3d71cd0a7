"""The SDK's client of Code Ocean. Importing this brings the whole SDK: import it when needed."""

from __future__ import annotations

from typing import Any

import codeocean
from requests_toolbelt.adapters.socket_options import TCPKeepAliveAdapter

from aind_session.errors.wording import without_query
from aind_session.sources.servers.code_ocean import MIN_SERVER_VERSION, SERVICE
from aind_session.sources.servers.lenient import lenient
from aind_session.sources.servers.sessions import TimedAdapter, leave_out_netrc

SDK_SERVER_VERSION: str = codeocean.CodeOcean.MIN_SERVER_VERSION
"""The oldest server that the installed SDK's own client asks for."""


class Client(codeocean.CodeOcean):
    """The SDK's client, ready for AIND's server, with a repr that does not show the token.

    Its answers are decoded leniently: a field that the server left out is its default or None,
    and an unknown value of an enum stays text.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.session.headers["Min-Server-Version"] = MIN_SERVER_VERSION
        for name, api in list(vars(self).items()):
            if getattr(api, "client", None) is self.session:
                setattr(self, name, lenient(api, SERVICE))

    def __repr__(self) -> str:
        # which can hold a password
        return f"{type(self).__name__}(domain={without_query(self.domain)!r})"


class _Adapter(TimedAdapter, TCPKeepAliveAdapter):
    """The SDK's adapter with time limits and a pool as large as the concurrency."""


def make_client(domain: str, token: str, timeout: float, retries: Any = 0) -> Client:
    """Make a client; no request is sent.

    Parameters
    ----------
    domain, token
        Where, and as whom.
    timeout
        How long to wait for the next bytes of an answer, in seconds.
    retries
        A number, or a `urllib3.Retry`, for all requests.
    """
    client = Client(domain=domain, token=token, retries=retries)
    client.session.mount(domain, _Adapter(timeout, max_retries=retries))
    leave_out_netrc(client.session)
    return client
