"""Errors of servers that have answered, in the form in which callers of requests catch them."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from aind_session.errors import AindSessionError, RemoteError
from aind_session.runtime.importing import importable

E = TypeVar("E", bound=AindSessionError)


@functools.cache
def answered(kind: Any) -> Any:
    """Give the class of an error whose server has answered: it is a `requests.HTTPError` too.

    That is what callers of DocDB's own client catch.
    ``response`` has the status, the headers and the beginning of the answer.
    """
    with importable():
        import requests  # 50 ms, and most answers are no errors

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
    """Make such an error without a server, for doubles."""
    import requests

    error: RemoteError = answered(kind)(service, detail, status=status, url=url)
    response = requests.Response()
    response.status_code, response.url = status, url or ""
    vars(error)["response"] = response
    return error


def answered_as(kind: type[E], cause: Exception, *args: Any, **fields: Any) -> E:
    """Make such an error of another one that reports the same answer.

    Parameters
    ----------
    kind
        Of the error.
    cause
        The other one, whose ``response`` it gets.
    *args, **fields
        Of the error.
    """
    made: Any = kind
    error: E = answered(made)(*args, **fields)
    vars(error)["response"] = getattr(cause, "response", None)
    return error


def _reduce_answered(error: RemoteError) -> tuple[Any, ...]:
    """Travel as the plain kind, with all that it knows: the class is made where it is needed."""
    kind: Any = type(error).__mro__[1]
    return _rebuild_answered, (kind, error.args, vars(error))


def _rebuild_answered(kind: Any, args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    made: Any = OSError.__new__(answered(kind), *args)  # which is the base of requests' own
    made.args = args
    vars(made).update(state)
    return made
