"""Keeping which data assets an analysis used."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from aind_session.catalog.by_id import AssetOrId, get_data_asset_model, get_normalized_uuid
from aind_session.conventions.assets import (
    asset_location,
    assets_by_creation,
    is_raw_asset,
    is_sorted_asset,
)
from aind_session.conventions.names import find_asset_name
from aind_session.many import lock as lockfile
from aind_session.runtime.parallel import side_by_side
from aind_session.session import Session

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.many.sessions import Sessions

Used: TypeAlias = "Iterable[AssetOrId] | Mapping[Session, AssetOrId | Iterable[AssetOrId]]"
"""Assets or IDs that were used: those of all sessions, or by session."""

_Chosen = dict[Session, "list[DataAsset]"]


def freeze(
    path: str | os.PathLike[str],
    many: Sessions,
    used: Used | None = None,
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Write the lock file of many sessions; see `Sessions.freeze`.

    Parameters
    ----------
    path, many, used
        The file, the sessions, and their assets.
    clock
        Gives seconds since 1970.
    """
    chosen = _all(many) if used is None else _chosen(many, used)
    frozen = datetime.datetime.fromtimestamp(int(clock()), tz=datetime.timezone.utc)
    locked = sorted((_locked(*item) for item in chosen.items()), key=lambda session: session.id)
    lockfile.write(path, lockfile.Lock(frozen=frozen, sessions=tuple(locked)))


def _all(many: Sessions) -> _Chosen:
    held = many.each(_held, "assets to freeze")
    return {session: held[session] for session in many}  # which raises where there is no answer


def _held(session: Session) -> list[DataAsset]:
    """Give all assets of a session, with a raw one that only its record names."""
    raw = getattr(session, "raw_data_asset", None)
    return [*session.data_assets, *([] if raw is None else [raw])]


def _chosen(many: Sessions, used: Used) -> _Chosen:
    given = _by_session(many, used) if isinstance(used, Mapping) else {None: list(used)}
    models = _models(many, [thing for things in given.values() for thing in things])
    resolved = {s: [models[_id(thing)] for thing in things] for s, things in given.items()}
    chosen: _Chosen = {session: [] for session in many}
    for session, assets in resolved.items():
        for asset in assets:
            chosen[session or _owner(many, asset)].append(asset)
    return chosen


def _by_session(many: Sessions, used: Mapping[Any, Any]) -> dict[Session | None, list[Any]]:
    given: dict[Session | None, list[Any]] = {}
    for key, things in used.items():
        session = key if isinstance(key, Session) else Session(key)
        if session not in many:
            raise ValueError(f"{session.id} is none of the sessions to freeze")
        given[session] = [things] if _is_one(things) else list(things)
    return given


def _is_one(thing: Any) -> bool:
    return hasattr(thing, "mount") or not isinstance(thing, Iterable) or isinstance(thing, str)


def _owner(many: Sessions, asset: DataAsset) -> Session:
    """Give the session that the name of an asset holds."""
    name = find_asset_name(asset.name)
    for session in many:
        if name is not None and name.session.key == session.key:
            return session
    raise ValueError(
        f"the name of asset {asset.name} ({asset.id}) holds none of the sessions to freeze; "
        "say whose it is: assets={session: [asset, ...]}"
    )


def _models(many: Sessions, things: Iterable[AssetOrId]) -> dict[str, DataAsset]:
    """Give assets by ID; those given by ID out of what is known of the sessions, else asked for."""
    things = list(things)
    models: dict[str, Any] = {_id(thing): thing for thing in things if hasattr(thing, "mount")}
    ids = dict.fromkeys(_id(thing) for thing in things)
    if any(id_ not in models for id_ in ids):
        known = {asset.id: asset for assets in many.data_assets.values() for asset in assets}
        models = {**known, **models}
    unknown = [id_ for id_ in ids if id_ not in models]
    ask = partial(get_data_asset_model, sources=many._sources)
    asked = side_by_side([partial(ask, id_) for id_ in unknown], many._sources.concurrency)
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
