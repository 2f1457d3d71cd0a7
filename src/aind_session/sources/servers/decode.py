"""Convert JSON bodies to the SDK's classes, quickly and tolerantly.

The SDK's ``from_dict`` takes a millisecond for each asset and fails on the first unknown enum value
or missing field, so that one malformed asset loses a whole page. This module inspects each class
once, and then converts a body in microseconds. An unknown enum value stays a str (the SDK's enums
are str, too). A missing field gets its default; without one, an empty list if a list is required,
or else None. Unknown fields are left out.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import sys
import types
import typing
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.errors import OddAnswerWarning
from aind_session.errors.wording import quote
from aind_session.runtime.warning import warn_user
from aind_session.sources.protocols import Body
from aind_session.sources.servers.sdk import asset_class

if TYPE_CHECKING:
    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

T = TypeVar("T")

_NUMBER = (int, float)

_TIMES = frozenset({"created", "last_used", "last_transferred"})

_END_OF_TIME = 253_402_300_799
"""The end of the year 9999; later times, and times that are not numbers, count as missing."""

_JSON_TYPES: dict[Any, Any] = {
    bool: bool,
    int: _NUMBER,
    float: _NUMBER,
    str: str,
    dict: dict,
}
"""The JSON types for the types of the SDK's fields; JSON has only one type of number."""
_Convert = Callable[[Any], Any]


def decode_asset(body: Body) -> DataAsset:
    """Build the SDK's data asset from JSON.

    Parameters
    ----------
    body
        The asset as Code Ocean sends it; extra, missing and null fields are accepted.

    Returns
    -------
    codeocean.data_asset.DataAsset
        Times in it are seconds since 1970-01-01 UTC.

    Examples
    --------
    >>> asset = decode_asset({"id": "a0", "name": "x", "type": "dataset", "state": "new-state"})
    >>> asset.type.name, asset.state, asset.tags
    ('Dataset', 'new-state', None)
    """
    asset = decode(asset_class(), body)
    if isinstance(body.get("owner"), str):
        # before SDK 0.15 the class lacks this field, but the server sends it
        vars(asset).setdefault("owner", body["owner"])
    return asset


def decode_computation(body: Body) -> Computation:
    """Build the SDK's computation from JSON, as tolerantly as `decode_asset`.

    Examples
    --------
    >>> decode_computation({"id": "c0", "state": "running"}).state.name
    'Running'
    """
    from codeocean.computation import Computation

    return decode(Computation, body)


def decode_assets(bodies: Iterable[Any]) -> tuple[DataAsset, ...]:
    """Build data assets; leave out anything else, with a warning.

    Parameters
    ----------
    bodies
        Entries of a search result.

    Examples
    --------
    >>> [asset.name for asset in decode_assets([{"id": "a0", "name": "x", "created": 1}])]
    ['x']
    """
    return tuple(map(decode_asset, asset_bodies(bodies)))


def asset_bodies(bodies: Iterable[Any]) -> list[Body]:
    """Return the bodies of assets; leave out anything else, with a warning."""
    assets = []
    for body in bodies:
        if is_asset(body):
            assets.append(body)
            continue
        warn_user(
            f"Code Ocean sent something that is not a data asset; left out: {quote(body)}",
            OddAnswerWarning,
        )
    return assets


def is_asset(body: Any) -> bool:
    """Return whether a body is an asset, with an ID and a name."""
    return (
        isinstance(body, dict)
        and isinstance(body.get("id"), str)
        and isinstance(body.get("name"), str)
    )


def asset_fields() -> tuple[str, ...]:
    """Return the names of the fields that an asset can have, sorted."""
    return tuple(sorted(field.name for field in dataclasses.fields(asset_class())))


def decode(cls: type[T], body: Body) -> T:
    """Build a dataclass of the SDK from JSON.

    Parameters
    ----------
    cls
        The class, or a subclass of it.
    body
        Its fields.
    """
    instance = object.__new__(cls)
    # the SDK's classes are frozen: updating __dict__ once is ten times faster than __init__
    instance.__dict__.update(
        {
            name: default() if (value := body.get(name)) is None else convert(value)
            for name, default, convert in _plan(cls)  # type: ignore[arg-type]
        }
    )
    return instance


@functools.cache
def _plan(cls: type[Any]) -> tuple[tuple[str, Callable[[], Any], _Convert], ...]:
    """List the fields of a class: name, default factory, converter."""
    hints = typing.get_type_hints(cls)
    return tuple(
        (
            f.name,
            _default(f, hints[f.name]),
            _time if f.name in _TIMES else _converter(hints[f.name]),
        )
        for f in dataclasses.fields(cls)
    )


def _time(value: Any) -> Any:
    return value if isinstance(value, _NUMBER) and 0 <= value <= _END_OF_TIME else None


def _default(field: dataclasses.Field[Any], hint: Any) -> Callable[[], Any]:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory
    if field.default is dataclasses.MISSING and typing.get_origin(hint) is list:
        return list
    value = None if field.default is dataclasses.MISSING else field.default
    return lambda: value


def _converter(hint: Any) -> _Convert:
    """Return the converter of JSON values to an annotated type; it returns None for other types."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        inner = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return _converter(inner[0]) if len(inner) == 1 else _as_it_is
    if typing.get_origin(hint) is list:
        item = _converter(typing.get_args(hint)[0])
        return lambda v: [item(i) for i in v] if isinstance(v, list) else None
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        known = hint._value2member_map_
        return lambda v: known.get(v, v) if isinstance(v, str) else None
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda v: decode(hint, v) if isinstance(v, dict) else None
    expected = _JSON_TYPES.get(typing.get_origin(hint) or hint)
    if expected == _NUMBER:
        return lambda v: v if isinstance(v, _NUMBER) and abs(v) <= sys.float_info.max else None
    return _as_it_is if expected is None else lambda v: v if isinstance(v, expected) else None


def _as_it_is(value: Any) -> Any:
    return value
