"""Record which data assets an analysis used."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from aind_session.catalog.by_id import (
    AssetOrId,
    get_data_asset_model,
    get_normalized_uuid,
    is_asset_model,
)
from aind_session.conventions.assets import (
    asset_location,
    assets_by_creation,
    is_raw_asset,
    is_sorted_asset,
)
from aind_session.conventions.names import find_asset_name
from aind_session.errors.wording import quote
from aind_session.many import lock as lockfile
from aind_session.runtime.arguments import several
from aind_session.runtime.parallel import side_by_side
from aind_session.session import Session, finder_of
from aind_session.sources import Sources

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

Used: TypeAlias = "Iterable[AssetOrId] | Mapping[Session, AssetOrId | Iterable[AssetOrId]]"
"""The assets or IDs that were used, in one list or by session."""


def freeze(
    path: str | os.PathLike[str],
    used: Mapping[Session, Iterable[DataAsset]],
    *,
    overwrite: bool = False,
) -> None:
    """Write a lock file.

    Parameters
    ----------
    path
        The file.
    used
        The assets of each session.
    overwrite
        Whether to replace a file with other content; see `Sessions.freeze`.
    """
    frozen = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    locked = sorted((_locked(*item) for item in used.items()), key=lambda session: session.id)
    lock = lockfile.Lock(frozen=frozen, sessions=tuple(locked))
    lockfile.write(path, lock, overwrite=overwrite)


def held(session: Session) -> list[DataAsset]:
    """Return all assets of a session, including a raw one that only its record names."""
    finder_of(session).inventory.need_all()
    raw = getattr(session, "raw_data_asset", None)
    return [*session.data_assets, *([] if raw is None else [raw])]


def by_session(
    used: Used,
    members: Sequence[Session],
    known: Callable[[], Iterable[DataAsset]],
    sources: Sources,
) -> dict[Session, list[DataAsset]]:
    """Return the assets that the user named, each with its session.

    Parameters
    ----------
    used
        See `Sessions.freeze`.
    members
        The sessions to freeze.
    known
        Returns their assets; called only if an asset is named by its ID.
    sources
        The sources to ask for other assets.

    Raises
    ------
    ValueError
        The name of an asset contains none of these sessions.
    """
    said = _said(used, members) if isinstance(used, Mapping) else {None: _assets_in(used)}
    models = _models([thing for things in said.values() for thing in things], known, sources)
    found: dict[Session, list[DataAsset]] = {session: [] for session in members}
    for session, things in said.items():
        for asset in (models[_id(thing)] for thing in things):
            found[session or _owner(members, asset)].append(asset)
    return found


def _said(used: Mapping[Any, Any], members: Sequence[Session]) -> dict[Session | None, list[Any]]:
    said: dict[Session | None, list[Any]] = {}
    for key, things in used.items():
        session = key if isinstance(key, Session) else Session(key)
        if session not in members:
            raise ValueError(f"{session.id} is not one of the sessions to freeze")
        said[session] = [things] if _is_one(things) else list(things)
    return said


def _assets_in(used: Any) -> list[Any]:
    found = list(several(used))
    if not found:
        raise ValueError(f"no data asset was passed to freeze: {quote(used)}")
    return found


def _is_one(thing: Any) -> bool:
    return is_asset_model(thing) or not isinstance(thing, Iterable) or isinstance(thing, str)


def _owner(members: Iterable[Session], asset: DataAsset) -> Session:
    """Return the session that the name of an asset contains."""
    name = find_asset_name(asset.name)
    for session in members:
        if name is not None and name.session.key == session.key:
            return session
    raise ValueError(
        f"the name of asset {asset.name} ({asset.id}) contains none of the sessions to freeze; "
        "name its session: assets={session: [asset, ...]}"
    )


def _models(
    things: Sequence[AssetOrId], known: Callable[[], Iterable[DataAsset]], sources: Sources
) -> dict[str, DataAsset]:
    """Return assets by ID, from the sessions' known assets, or else by a request."""
    models: dict[str, Any] = {_id(thing): thing for thing in things if is_asset_model(thing)}
    ids = dict.fromkeys(_id(thing) for thing in things)
    if any(id_ not in models for id_ in ids):
        models = {**{asset.id: asset for asset in known()}, **models}
    unknown = [id_ for id_ in ids if id_ not in models]
    ask = partial(get_data_asset_model, sources=sources)
    asked = side_by_side([partial(ask, id_) for id_ in unknown], sources.concurrency)
    return {**models, **dict(zip(unknown, asked, strict=True))}


def _id(thing: AssetOrId) -> str:
    return get_normalized_uuid(thing)


def _locked(session: Session, assets: Iterable[DataAsset]) -> lockfile.LockedSession:
    held = tuple(_locked_asset(asset) for asset in assets_by_creation(assets))
    return lockfile.LockedSession(id=session.id, assets=held)


def _locked_asset(asset: DataAsset) -> lockfile.LockedAsset:
    place = asset_location(asset)
    return lockfile.LockedAsset(
        id=asset.id,
        name=asset.name or "",
        created=None if asset.created is None else int(asset.created),
        location=None if place is None else str(place),
        role=_role(asset),
    )


def _role(asset: DataAsset) -> lockfile.Role:
    if is_raw_asset(asset):
        return "raw"
    return "sorted" if is_sorted_asset(asset) else "derived"
