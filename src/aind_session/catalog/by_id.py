"""Assets and computations by ID, in their current state: the cache is not used here."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from aind_session.conventions.assets import is_raw_asset
from aind_session.errors import AccessDeniedError, AssetNotFoundError, LeftOutWarning, Searched
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import optional_truth, several
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.servers.decode import decode_asset, decode_computation

if TYPE_CHECKING:
    import uuid

    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

AssetOrId: TypeAlias = "DataAsset | uuid.UUID | str"
"""A data asset, its ID as text, or as UUID."""

Model: TypeAlias = "DataAsset | Computation"
"""What a Code Ocean ID can belong to."""

logger = logging.getLogger(__name__)


def get_normalized_uuid(id_or_model: Any) -> str:
    """Return an ID in its usual form: lower case, with dashes.

    Parameters
    ----------
    id_or_model
        A data asset, a computation, a `uuid.UUID`, or text, with or without dashes.

    Raises
    ------
    ValueError
        The text is not a UUID.
    TypeError
        The argument has another type.

    Examples
    --------
    >>> get_normalized_uuid("16d46411540a4122b47f8cb2a15d593a")
    '16d46411-540a-4122-b47f-8cb2a15d593a'
    """
    import uuid  # 2 ms, and most questions are about sessions

    is_id = isinstance(id_or_model, (str, uuid.UUID))
    text = id_or_model if is_id else getattr(id_or_model, "id", None)
    if not isinstance(text, (str, uuid.UUID)):
        raise TypeError(
            f"pass a data asset, a computation, or the ID of one, not {quote(id_or_model)}"
        )
    try:
        return str(uuid.UUID(str(text).strip()))
    except ValueError:
        raise ValueError(
            f"{quote(text)} is not a UUID such as '16d46411-540a-4122-b47f-8cb2a15d593a'"
        ) from None


@one_call
def get_data_asset_model(
    asset_id_or_model: AssetOrId, *, sources: Sources | None = None
) -> DataAsset:
    """Return a data asset: the argument itself, or the current asset with this ID.

    Parameters
    ----------
    asset_id_or_model
        An asset, a `uuid.UUID`, or the text of one.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    AssetNotFoundError
        The asset does not exist. A `ValueError`.
    AccessDeniedError
        The asset may exist, but it is archived, or this token may not see it.

    Examples
    --------
    >>> get_data_asset_model("16d46411-540a-4122-b47f-8cb2a15d593a").name
    'ecephys_676909_2023-12-13_13-43-40'
    """
    if is_asset_model(asset_id_or_model):
        return asset_id_or_model
    found = get_normalized_uuid(asset_id_or_model)
    return decode_asset(sources_or_default(sources).assets.get(found))


@one_call
def get_codeocean_model(
    asset_or_computation_id: Model | uuid.UUID | str,
    is_computation: bool | None = None,
    *,
    sources: Sources | None = None,
) -> DataAsset | Computation:
    """Return a data asset or a computation in its current state.

    Parameters
    ----------
    asset_or_computation_id
        An asset or a computation, which is returned unchanged, or an ID; data assets are searched
        first.
    is_computation
        True if the ID is known to be a computation's, which saves a request.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    AssetNotFoundError
        Neither exists. A `ValueError`.
    AccessDeniedError
        It may exist, but this token may not see it.

    Examples
    --------
    >>> get_codeocean_model("16d46411-540a-4122-b47f-8cb2a15d593a").name
    'ecephys_676909_2023-12-13_13-43-40'
    """
    if is_asset_model(asset_or_computation_id) or is_computation_model(asset_or_computation_id):
        return asset_or_computation_id
    id_ = get_normalized_uuid(asset_or_computation_id)
    sources = sources_or_default(sources)
    if not optional_truth(is_computation, "is_computation"):
        try:
            return decode_asset(sources.assets.get(id_))
        except AssetNotFoundError:
            logger.debug("no data asset %s: looking for a computation", id_)
    try:
        return decode_computation(sources.assets.computation(id_))
    except AssetNotFoundError:
        what = "computation" if is_computation else "data asset or computation"
        raise AssetNotFoundError(f"{what} {id_}", searched=[Searched("Code Ocean")]) from None


def each_asset(assets: Any) -> list[Any]:
    """List data assets, or their IDs: one, several, or answers of many sessions.

    Raises
    ------
    TypeError
        None was passed.
    """
    if assets is None:
        raise TypeError("data assets, or their IDs, were expected, not None")
    if isinstance(assets, str) or is_asset_model(assets) or hasattr(assets, "hex"):
        return [assets]
    if not isinstance(assets, Mapping):
        return list(several(assets))
    return [asset for held in assets.values() for asset in several(held)]


def is_computation_model(thing: object) -> bool:
    """Return whether an object is a computation of the SDK, without importing the SDK."""
    return hasattr(thing, "run_time") and hasattr(thing, "state")


def is_asset_model(thing: object) -> bool:
    """Return whether an object is a data asset of the SDK, without importing the SDK."""
    return hasattr(thing, "mount") and hasattr(thing, "name")


@one_call
def sort_by_created(
    ids_or_models: Iterable[Model | uuid.UUID | str], *, sources: Sources | None = None
) -> tuple[Any, ...]:
    """Sort data assets or computations in order of creation, ascending.

    Parameters
    ----------
    ids_or_models
        Assets, computations and IDs. Only IDs are requested, in parallel.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    tuple of codeocean.data_asset.DataAsset or codeocean.computation.Computation
        Those that you may not see or that do not exist are left out with a `LeftOutWarning`.

    Raises
    ------
    ValueError, TypeError
        One of them is not an ID, asset or computation. No request is sent.

    Examples
    --------
    >>> ids = ["1e11bdf5-b452-4fd9-bbb1-48383a9b0842", "16d46411-540a-4122-b47f-8cb2a15d593a"]
    >>> [asset.created for asset in sort_by_created(ids)]
    [1702620828, 1702783011]
    """
    if ids_or_models is None:
        raise TypeError("data assets, computations or their IDs were expected, not None")
    things = [_model_or_id(thing) for thing in several(ids_or_models)]
    sources = sources_or_default(sources)
    asked = side_by_side([partial(_accessible, thing, sources) for thing in things])
    for error in (answer for answer in asked if isinstance(answer, Exception)):
        warn_user(f"left out: {error}", LeftOutWarning, error)
    models = [answer for answer in asked if not isinstance(answer, Exception)]
    return tuple(sorted(models, key=lambda model: model.created or 0))


def _model_or_id(thing: Any) -> Any:
    is_model = is_asset_model(thing) or is_computation_model(thing)
    return thing if is_model else get_normalized_uuid(thing)


def _accessible(thing: Any, sources: Sources) -> Any:
    try:
        return get_codeocean_model(thing, sources=sources)
    except (AssetNotFoundError, AccessDeniedError) as error:
        return error  # the caller's thread warns, so that the warning shows the user's line


@one_call
def is_raw_data_asset(asset_id_or_model: AssetOrId, *, sources: Sources | None = None) -> bool:
    """Return whether an asset is raw; see `aind_session.conventions.assets.is_raw_asset`.

    Parameters
    ----------
    asset_id_or_model
        An asset, or the ID of one, which is requested.
    sources
        The sources to ask; by default the real servers.

    Examples
    --------
    >>> is_raw_data_asset("16d46411-540a-4122-b47f-8cb2a15d593a")
    True
    """
    return is_raw_asset(get_data_asset_model(asset_id_or_model, sources=sources))
