"""Which of the things that exist answer a question about a session: where to look, in what order.

Each function asks side by side what can be asked so, judges what came, and says with its answer
which places could not be asked. Only a question that all others answered with nothing costs more:
the search by name, the look into each bucket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from aind_session.catalog.inventory import Inventory
from aind_session.catalog.outages import that_hide_something
from aind_session.catalog.results import Answer, Found
from aind_session.conventions.assets import asset_location, assets_by_creation, pick_raw_asset
from aind_session.conventions.location import Location
from aind_session.conventions.names import KNOWN_PLATFORMS, SessionId
from aind_session.conventions.records import (
    is_raw_record,
    linked_asset_ids,
    pick_raw_record,
    record_location,
)
from aind_session.errors import CouldNotLook, Failure, Searched
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

T = TypeVar("T")

_CLOSE_AT_MOST = 5


def find_assets(session_id: SessionId, inventory: Inventory) -> Answer[tuple[DataAsset, ...]]:
    """Find all data assets of a session, by creation; the empty tuple is an answer too."""
    found = inventory.assets()
    return _assets_of(session_id, inventory, found)


def _assets_of(
    session_id: SessionId, inventory: Inventory, found: Found[DataAsset]
) -> Answer[tuple[DataAsset, ...]]:
    assets, failures, searched = found.of(session_id), found.failures, found.searched
    if not assets and not failures:
        named = inventory.assets_named(session_id)
        assets, failures = named.of(session_id), named.failures
        searched += named.searched
    value = assets_by_creation(assets) if assets or not failures else None
    return Answer(value, failures=failures, searched=searched)


def find_raw_asset(session_id: SessionId, inventory: Inventory) -> Answer[DataAsset]:
    """Find a session's raw data asset: those that its record links first, then by search."""
    assets, records = inventory.assets_and_records()
    ids = [
        id_
        for record in filter(is_raw_record, records.of(session_id))
        for id_ in linked_asset_ids(record)
    ]
    linked = inventory.linked_assets(ids, assets)
    found = _assets_of(session_id, inventory, assets)
    return Answer(
        pick_raw_asset(linked.value or (), found.value or ()),
        failures=(*found.failures, *records.failures, *linked.failures),
        searched=(*found.searched, *records.searched),
    )


def find_raw_location(session_id: SessionId, inventory: Inventory) -> Answer[Location]:
    """Find a session's raw data directory: by its record, its asset, then bucket by bucket."""
    assets, records = inventory.assets_and_records()
    failures = (*records.failures, *assets.failures)
    recorded = _recorded_location(session_id, records)
    if recorded is not None:
        # a record that names the place is enough; Code Ocean need not be reachable
        return Answer(recorded, failures=records.failures)
    raw = pick_raw_asset((), assets.of(session_id))
    place = asset_location(raw) if raw is not None else None
    if place is not None:
        return Answer(place, failures=failures)
    return _location_in_buckets(
        session_id, inventory, failures, (*records.searched, *assets.searched)
    )


def _recorded_location(session_id: SessionId, records: Found[Body]) -> Location | None:
    with_place = [record for record in records.of(session_id) if record_location(record)]
    raw = pick_raw_record(with_place)
    return record_location(raw) if raw is not None else None


def _location_in_buckets(
    session_id: SessionId,
    inventory: Inventory,
    failures: Sequence[Failure],
    searched: Sequence[Searched],
) -> Answer[Location]:
    """Look into each bucket for the session's name, then for its older or newer names."""
    looks = [[session_id.id]]
    if session_id.platform is None:
        looks.append([session_id.with_platform(name).id for name in KNOWN_PLATFORMS])
    else:
        looks.append([session_id.with_platform(None).id])
    for names in looks:
        looked = inventory.directory(names)
        searched = (*searched, *looked.searched)
        hidden = that_hide_something(looked.failures, len(looked.searched))
        failures = (*failures, *hidden)
        if looked.value is not None:
            return Answer(looked.value, failures=tuple(failures))
    return Answer(None, failures=tuple(failures), searched=tuple(searched))


def find_records(session_id: SessionId, inventory: Inventory) -> Answer[list[Body]]:
    """Find a session's slim records; records that name no subject are found by their name."""
    found = inventory.records()
    records, failures, searched = found.of(session_id), found.failures, found.searched
    if not records and not failures:
        names = {session_id.id, session_id.with_platform(None).id}
        named = inventory.records_named(sorted(names))
        records, failures = named.of(session_id), named.failures
        searched += named.searched
    value = records if records or not failures else None
    return Answer(value, failures=failures, searched=searched)


def sessions_that_come_close(session_id: SessionId, inventory: Inventory) -> tuple[str, ...]:
    """Give the sessions of the same subject that are nearest in time, for error messages."""
    try:
        known = inventory.assets().sessions | inventory.records().sessions
    except CouldNotLook:
        return ()
    others = known - {session_id}
    nearest = sorted(others, key=lambda other: abs(other.dt - session_id.dt))
    return tuple(other.id for other in nearest[:_CLOSE_AT_MOST])
