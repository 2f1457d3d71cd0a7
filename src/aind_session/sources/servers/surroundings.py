"""What of the user's surroundings keeps a server from being asked: certificates and proxies.

The libraries below name neither the variable nor the file that is wrong.
"""

from __future__ import annotations

import os
import ssl
import urllib.request

from aind_session.errors import RemoteError, UnavailableError

_CERTIFICATES = {
    "S3": ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"),
    "other": ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
}
"""The variables that name a file of certificates, by who is asked, the first one wins."""


def error_of_surroundings(service: str, error: BaseException, url: str) -> RemoteError | None:
    """Say that certificates or a proxy are wrong, and which variable says so.

    Parameters
    ----------
    service
        Who was asked.
    error
        What urllib3, requests or botocore raised.
    url
        What was asked.

    Returns
    -------
    RemoteError
        None when the error is of another kind.
    """
    names = _CERTIFICATES.get(service, _CERTIFICATES["other"])
    variable = next((name for name in names if os.environ.get(name)), None)
    if variable and not os.path.exists(os.environ[variable]):
        detail = f"{variable} names no file of certificates: {os.environ[variable]}"
        return RemoteError(service, detail, url=url)
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        source = f"{variable}, {os.environ[variable]}," if variable else "the usual certificates"
        detail = (
            f"its certificate is not trusted by {source}: behind a proxy that opens connections, "
            f"set {names[0]} to the file of its certificates"
        )
        return RemoteError(service, detail, url=url)
    if any(isinstance(cause, ssl.SSLError) for cause in causes) and variable:
        detail = f"{variable} may name no file of certificates: {os.environ[variable]}"
        return RemoteError(service, detail, url=url)
    if any("proxy" in type(cause).__name__.lower() for cause in causes) or _is_socks(causes):
        # not its value, which can hold a password
        return UnavailableError(service, f"the proxy of {_proxy(url)} does not work", url=url)
    return None


def _causes(error: BaseException) -> list[BaseException]:
    """Give an error, and those it came from, which some libraries keep as an argument."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
            todo += list(getattr(one, "kwargs", {}).values())
    return found


def _is_socks(causes: list[BaseException]) -> bool:
    return any("SOCKS" in str(cause) for cause in causes)


def _proxy(url: str) -> str:
    """Name the variable that says which proxy an address is asked through."""
    scheme = url.partition("://")[0]
    names = [f"{scheme}_proxy", "https_proxy", "http_proxy", "all_proxy"]
    spelled = (form for name in names for form in (name, name.upper()))
    found = next((name for name in spelled if os.environ.get(name)), None)
    return found or ("the system's settings" if urllib.request.getproxies() else "a setting")
