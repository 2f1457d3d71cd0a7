"""Errors about a server's answer that are also errors of the package requests."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from aind_session.errors import AindSessionError, RemoteError
from aind_session.runtime.importing import importable

E = TypeVar("E", bound=AindSessionError)


@functools.cache
def answered(kind: Any) -> Any:
    """Return a subclass of an error that is also a `requests.HTTPError`.

    Callers of DocDB's own client catch `requests.HTTPError`. Its ``response`` has the status, the
    headers and the beginning of the answer.
    """
    with importable():
        import requests  # takes 50 ms, and few answers are errors

    bases: tuple[Any, ...] = (kind, requests.HTTPError)
    members = {
        "__module__": kind.__module__,
        "__doc__": kind.__doc__,
        "__reduce__": _reduce_answered,
    }
    return type(kind.__name__, bases, members)


def answered_with(
    kind: Any, service: str, detail: str, status: int, url: str | None
) -> RemoteError:
    """Create such an error without a server, for test doubles."""
    import requests

    error: RemoteError = answered(kind)(service, detail, status=status, url=url)
    response = requests.Response()
    response.status_code, response.url = status, url or ""
    vars(error)["response"] = response
    return error


def answered_as(kind: type[E], cause: Exception, *args: Any, **fields: Any) -> E:
    """Create such an error from another error about the same answer.

    Parameters
    ----------
    kind
        The class of the new error.
    cause
        The other error, whose ``response`` the new one gets.
    *args, **fields
        Arguments of the new error.
    """
    made: Any = kind
    error: E = answered(made)(*args, **fields)
    vars(error)["response"] = getattr(cause, "response", None)
    return error


def _reduce_answered(error: RemoteError) -> tuple[Any, ...]:
    """Pickle as the plain class, since `answered` creates the combined class in each process."""
    kind: Any = type(error).__mro__[1]
    return _rebuild_answered, (kind, error.args, vars(error))


def _rebuild_answered(kind: Any, args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    made: Any = OSError.__new__(answered(kind), *args)  # the base class of requests' errors
    made.args = args
    vars(made).update(state)
    return made
