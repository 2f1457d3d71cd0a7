"""One thing by its ID."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from aind_session.errors import quote
from aind_session.sources import Sources, default_sources
from aind_session.sources.decode import decode_asset

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


def normalized_uuid(thing: Any) -> str:
    """Give an ID in its usual form: lower case, with dashes.

    Parameters
    ----------
    thing
        A data asset, a computation, a `uuid.UUID`, or text, with or without dashes.

    Raises
    ------
    ValueError
        The text is no UUID.
    TypeError
        It is something else.

    Examples
    --------
    >>> normalized_uuid("16d46411540a4122b47f8cb2a15d593a")
    '16d46411-540a-4122-b47f-8cb2a15d593a'
    """
    text = thing if isinstance(thing, (str, uuid.UUID)) else getattr(thing, "id", None)
    if not isinstance(text, (str, uuid.UUID)):
        raise TypeError(
            f"an asset, a computation, a UUID or its text was expected, not {quote(thing)}"
        )
    try:
        return str(uuid.UUID(str(text)))
    except ValueError:
        raise ValueError(
            f"{quote(text)} is no UUID such as '16d46411-540a-4122-b47f-8cb2a15d593a'"
        ) from None


def data_asset(thing: Any, *, sources: Sources | None = None) -> DataAsset:
    """Give a data asset: itself, or the one with this ID, as it is now.

    Parameters
    ----------
    thing
        An asset, a `uuid.UUID`, or the text of one.
    sources
        Who is asked; by default the real servers.

    Raises
    ------
    AssetNotFoundError
        There is none. A `ValueError`.
    AccessDeniedError
        There may be one, but it is archived, or this token may not see it.

    Examples
    --------
    >>> data_asset("16d46411-540a-4122-b47f-8cb2a15d593a").name
    'ecephys_676909_2023-12-13_13-43-40'
    """
    if hasattr(thing, "mount") and hasattr(thing, "name"):  # without the SDK's 300 ms of import
        return thing
    found = normalized_uuid(thing)
    return decode_asset((sources or default_sources()).assets.get(found))
