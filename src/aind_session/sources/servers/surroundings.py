"""Errors caused by the environment: no network, invalid addresses, certificates, proxies.

The libraries below name neither the variable nor the file that is wrong, and their errors repeat
addresses, which may contain a password or a signature. So their errors are never shown, not even as
a cause.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from aind_session.errors import OddAnswerError, RemoteError, UnavailableError
from aind_session.errors.wording import printable
from aind_session.sources.servers.exchange import NoReplyError
from aind_session.sources.servers.limits import TooLargeError, TooLateError
from aind_session.sources.settings import aws_endpoint, read_settings


def certificate_variables(service: str) -> tuple[str, ...]:
    """Return the variables that name a file of certificates; the first one that is set wins.

    They are those of botocore for S3, and those of the package requests for other services.
    """
    if service == "S3":
        return "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"
    return "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"


_ROUTES = Path("/proc/net/route")
_ROUTES_6 = Path("/proc/net/ipv6_route")
_ELSEWHERE = ("192.0.2.1", 9)
"""An address that is reserved for documentation, and a port that discards what it gets."""


def need_network(service: str, url: Callable[[], str]) -> None:
    """Raise if no request can leave this machine, so that none is tried and repeated.

    Only Linux lists its routes; elsewhere the first request shows whether there is a network. Linux
    lists those of its main table; if there are none, the system is asked for others.

    Parameters
    ----------
    service
        The server that would be asked.
    url
        Returns its address. One of this machine can be reached without a network.

    Raises
    ------
    UnavailableError
        The machine has no route, no proxy, and the server is elsewhere.
    """
    if has_route(_text(_ROUTES), _text(_ROUTES_6)) or _proxies().keys() - {"no"}:
        return
    if not (_is_here(url()) or _leads_out()):
        why = "this machine has no network; data assets that are mounted in a capsule need none"
        raise UnavailableError(service, f"not asked, because {why}")


def _leads_out() -> bool:
    """Return whether the system has a route to the internet (IPv4); no packet is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.connect(_ELSEWHERE)
    except OSError:
        return False
    return True


def has_route(routes: str | None, routes_6: str | None) -> bool:
    r"""Return whether Linux lists a route to another machine; True on other systems.

    Parameters
    ----------
    routes, routes_6
        The contents of ``/proc/net/route`` and ``/proc/net/ipv6_route``; None for a missing file.

    Examples
    --------
    >>> titles = "Iface Destination Gateway\n"
    >>> has_route(titles, None), has_route(titles + "eth0 00000000 010200C0\n", None)
    (False, True)
    """
    if routes is None:
        return True
    lines = [line.split() for line in routes.splitlines()[1:]]  # below the names of the columns
    lines += [line.split()[::-1] for line in (routes_6 or "").splitlines()]
    return any(line[0] != "lo" for line in lines if line)


def _text(path: Path) -> str | None:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        return None


def _is_here(url: str) -> bool:
    """Return whether an address is one of this machine, by number or by its table of hosts."""
    from ipaddress import ip_address  # needed only without a route

    try:
        host = urlsplit(url).hostname or ""
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return any(ip_address(address[4][0]).is_loopback for address in found)
    except (OSError, ValueError):  # an unknown name, or an invalid address
        return False


def error_of_surroundings(service: str, error: BaseException, url: str) -> RemoteError | None:
    """Return the error for a wrong address, certificate file or proxy, naming the variable.

    Parameters
    ----------
    service
        The service that was asked.
    error
        The error that urllib3, requests or botocore raised.
    url
        The address of the request.

    Returns
    -------
    RemoteError or None
        None if the error has a different cause.
    """
    causes = _causes(error)
    return (
        _wrong_address(service, causes, url)
        or _wrong_certificates(service, causes, url)
        or _wrong_proxy(service, causes, url)
    )


def error_of_failure(
    service: str, error: BaseException, url: str, *, asked: str | None = None
) -> RemoteError:
    """Return this library's error for a missing answer.

    Parameters
    ----------
    service
        The service that was asked.
    error
        The error of a transport: `NoReplyError`, `TooLateError`, `TooLargeError`, or another one.
    url
        What the message names.
    asked
        The address of the request, if that is another text.
    """
    said = error_of_surroundings(service, error, asked or url)
    if said is not None:
        return said
    if isinstance(error, TooLateError):
        return UnavailableError(service, str(error), url=url)
    if not isinstance(error, (NoReplyError, TooLargeError)):
        return RemoteError(service, f"the request failed ({in_short(error)})", url=url)
    if isinstance(error, TooLargeError) or not (error.is_odd or error.may_pass):
        return RemoteError(service, str(error), url=url)
    kind = OddAnswerError if error.is_odd else UnavailableError
    return kind(service, str(error), url=url)


def refused_by_proxy(service: str, url: str) -> RemoteError:
    """Return the error for status 407, which a proxy sends, not the server."""
    detail = f"the proxy of {_proxy(url)} refuses this user (HTTP 407): check its credentials"
    return RemoteError(service, detail, url=url)


def in_short(error: BaseException) -> str:
    """Describe an error by the system's message and the file it names, or else by its class.

    The libraries' own messages repeat the address.
    """
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno is not None and cause.strerror:
            file = f": {cause.filename}" if cause.filename else ""  # such as that of SSLKEYLOGFILE
            return printable(f"{cause.strerror}{file}")
    return type(error).__name__


def _wrong_address(service: str, causes: list[BaseException], url: str) -> RemoteError | None:
    """Return the error for an invalid URL, without its value, which can hold a password."""
    if not any(type(cause).__name__ in _NO_ADDRESS for cause in causes):
        return None
    if _is_address(url) and _proxies():
        return RemoteError(service, f"the proxy of {_proxy(url)} is not a valid address", url=url)
    settings = read_settings()
    variable, text = {
        "Code Ocean": ("CODE_OCEAN_DOMAIN", settings.code_ocean_domain),
        "DocDB": ("AIND_SESSION_DOCDB_HOST", settings.docdb_host),
    }.get(service, aws_endpoint())
    is_set = text and url.startswith(text)  # otherwise the address came from a server
    said = f"{variable} is not a valid URL" if is_set else "its address is not valid"
    return RemoteError(service, f"{said}: one such as https://host:port is expected")


_NO_ADDRESS = frozenset(
    {
        *("InvalidURL", "InvalidSchema", "MissingSchema", "InvalidProxyURL"),  # of requests
        *("LocationParseError", "LocationValueError"),  # of urllib3
        "EndpointResolutionError",  # of botocore
    }
)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_host = bool(host) and " " not in host and (":" not in host or "[" in parts.netloc)
    return parts.scheme in ("http", "https") and is_host and is_port


def _wrong_certificates(service: str, causes: list[BaseException], url: str) -> RemoteError | None:
    names = certificate_variables(service)
    variable = next((name for name in names if os.environ.get(name)), None)
    path = os.environ[variable] if variable else ""
    if variable and not (is_plain_path(path) and os.access(path, os.R_OK)):
        return RemoteError(service, f"{variable} is not a file of certificates: {path}", url=url)
    refused = next(filter(_is_refusal, causes), None)
    if refused is not None:
        source = f"{variable}, {path}," if variable else "the usual certificates"
        detail = _why_refused(refused, source, names[0])
        return RemoteError(service, detail, url=url)
    if variable and any(map(_is_of_file, causes)):
        return RemoteError(service, f"{variable} is not a file of certificates: {path}", url=url)
    return None


def is_plain_path(path: str) -> bool:
    """Return whether a path is a file or a folder; reading anything else may never end."""
    return os.path.isfile(path) or os.path.isdir(path)


def _is_refusal(cause: BaseException) -> bool:
    # botocore lets urllib3 compare the names, in a class that has the name of the one in ssl
    return isinstance(cause, ssl.SSLCertVerificationError) or (
        type(cause).__name__ == "CertificateError"
    )


def _why_refused(cause: BaseException, source: str, variable: str) -> str:
    """Describe why a certificate is refused, and what the user can do about it."""
    said = printable(getattr(cause, "verify_message", None) or str(cause)).rstrip(".")
    code = getattr(cause, "verify_code", None)
    if code in _OUT_OF_DATE:
        return f"its certificate is out of date ({said}), or the clock of this machine is wrong"
    if code in _OF_ANOTHER or code is None:
        return f"its certificate belongs to another server ({said})"
    return (
        f"its certificate is not trusted by {source} ({said}): behind a proxy that decrypts "
        f"connections, set {variable} to the file of its certificates"
    )


_OUT_OF_DATE = (9, 10)
_OF_ANOTHER = (62, 63, 64)
"""OpenSSL's codes for names and addresses that do not match; above, those for dates."""


def _is_of_file(cause: BaseException) -> bool:
    """Return whether an error comes from reading a file of certificates."""
    match cause:
        case ssl.SSLError(library="X509" | "PEM" | "ASN1") | IsADirectoryError():
            return True
        case ssl.SSLError(library=None):
            # subclasses without a library come from connections that the server has closed
            return type(cause) is ssl.SSLError
    return False


def _wrong_proxy(service: str, causes: list[BaseException], url: str) -> RemoteError | None:
    if any("proxy" in type(cause).__name__.lower() for cause in causes) or _is_socks(causes):
        # without its value, which can hold a password
        return UnavailableError(service, f"the proxy of {_proxy(url)} does not work", url=url)
    return None


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and its causes, which some libraries keep in its arguments."""
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


def _proxies() -> dict[str, str]:
    from urllib.request import getproxies  # needed only for errors

    return getproxies()


def _proxy(url: str) -> str:
    """Return the name of the variable that sets the proxy for an address."""
    scheme = url.partition("://")[0]
    names = [f"{scheme}_proxy", "https_proxy", "http_proxy", "all_proxy"]
    spelled = (form for name in names for form in (name, name.upper()))
    found = next((name for name in spelled if os.environ.get(name)), None)
    return found or ("the system's settings" if _proxies() else "a setting")
