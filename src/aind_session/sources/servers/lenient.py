"""The SDK's APIs, with answers decoded as tolerantly as this library decodes them.

Each method of the SDK ends in ``Class.from_dict(answer.json())``, which raises a KeyError at the
first field that the server left out; a run that was started is then lost. This module runs the
SDK's methods unchanged, but with ``Class`` bound to a subclass whose ``from_dict`` is `decode`. The
SDK's classes and modules themselves are not changed.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from aind_session.errors import OddAnswerError
from aind_session.errors.wording import quote
from aind_session.sources.servers.decode import decode

T = TypeVar("T")


def lenient(api: T, service: str) -> T:
    """Return a copy of an API of the SDK that decodes leniently.

    Parameters
    ----------
    api
        One of ``client.computations``, ``client.data_assets``, ...
    service
        The name of the server in errors.
    """
    cls = type(api)
    methods = {
        name: _with_decoders(method, service)
        for name, method in vars(cls).items()
        if isinstance(method, FunctionType) and not name.startswith("__")
    }
    made: T = object.__new__(type(cls.__name__, (cls,), methods))
    vars(made).update(vars(api))
    return made


def _with_decoders(method: FunctionType, service: str) -> Callable[..., Any]:
    """Return a copy of a method in which the names of the SDK's classes are lenient subclasses."""

    @functools.wraps(method)
    def call(*args: Any, **options: Any) -> Any:
        # looked up at each call, so that names replaced by a test are used
        known = method.__globals__
        decoders = {n: _decoder(c, service) for n, c in known.items() if _is_decoded(c)}
        here = {**known, **decoders}
        same = FunctionType(
            method.__code__, here, method.__name__, method.__defaults__, method.__closure__
        )
        same.__kwdefaults__ = method.__kwdefaults__
        return same(*args, **options)

    return call


def _is_decoded(thing: Any) -> bool:
    return (
        isinstance(thing, type) and dataclasses.is_dataclass(thing) and hasattr(thing, "from_dict")
    )


@functools.cache
def _decoder(cls: type[Any], service: str) -> type[Any]:
    def from_dict(body: Any, **_: Any) -> Any:
        if not isinstance(body, dict):
            raise OddAnswerError(service, f"a {cls.__name__} was expected, not {quote(body)}")
        return decode(cls, body)

    return type(cls.__name__, (cls,), {"from_dict": staticmethod(from_dict)})
