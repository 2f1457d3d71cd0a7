"""Notes about found data: closed, archived, without a record, or without a data asset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.inventory import Inventory
from aind_session.catalog.results import Answer, Found
from aind_session.conventions.assets import (
    archived_in_words,
    asset_location,
    assets_by_creation,
    pick_raw_asset,
    why_passed_over,
)
from aind_session.conventions.records import is_raw_record, linked_asset_ids, record_location
from aind_session.diagnosis.notes import (
    Archived,
    Missing,
    Note,
    NotInDocDB,
    OnlyInS3,
    PassedOver,
    note_of,
)
from aind_session.errors import Failure
from aind_session.runtime.parallel import side_by_side
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

Part = Callable[[Found[Any]], list[Any]]
"""Selects the results that a review is about, from all results of the subject."""

Records = Callable[[], Answer[list[Body]]]
"""Finds records, also by name if the subject has no record."""


def review_session(finder: SessionFinder) -> tuple[Note, ...]:
    """Return the notes about a session.

    Four requests in parallel, besides those for its assets; one more for each asset that a record
    links and no search finds; one per bucket if no record or asset states where the raw data are.
    """
    notes = _review(finder.inventory, finder.mine, finder.records)
    return (*notes, *_passed_over(finder), *_only_in_s3(finder))


def review_subject(inventory: Inventory) -> tuple[Note, ...]:
    """Return the notes about all data of a subject; the buckets are not searched."""
    return tuple(_review(inventory, lambda found: found.items, None))


def _review(inventory: Inventory, part: Part, named: Records | None) -> list[Note]:
    asked: list[Callable[[], Any]] = [inventory.assets_and_records, inventory.archived_assets]
    (assets, records), archived = side_by_side(asked)
    failures = _each_once((*assets.failures, *records.failures, *archived.failures))
    mine, gone = assets_by_creation(part(assets)), assets_by_creation(part(archived))
    notes = [note_of(failure.service, failure) for failure in failures]
    notes += [_archived(asset) for asset in gone]
    of_these = part(records) or (named and named().value) or []  # by name, if they state no subject
    notes += _closed(of_these, [*mine, *gone], assets, inventory)
    if not records.failures:
        notes += _unrecorded(mine, of_these)
    return notes


def _each_once(failures: Iterable[Failure]) -> list[Failure]:
    return list({str(failure): failure for failure in failures}.values())


def _archived(asset: DataAsset) -> Note:
    return Archived(asset.id, archived_in_words(asset))


def _closed(
    records: Sequence[Body],
    seen: Iterable[DataAsset],
    assets: Found[DataAsset],
    inventory: Inventory,
) -> Iterator[Note]:
    """Yield notes about linked assets that may not be opened or do not exist."""
    known = {asset.id for asset in (*seen, *assets.items)}
    linking = {id_: record for record in records for id_ in linked_asset_ids(record)}
    for id_, found in inventory.look_up(id_ for id_ in linking if id_ not in known).items():
        if isinstance(found, Failure):
            yield note_of(id_, found)
        elif found is None:
            name = linking[id_].get("name")
            yield Missing(id_, f"the record of {name} links it, but Code Ocean does not know it")


def _unrecorded(assets: Iterable[DataAsset], records: Sequence[Body]) -> Iterator[Note]:
    """Yield notes about assets whose name, ID and location are in no record."""
    names = {record.get("name") for record in records}
    ids = {id_ for record in records for id_ in linked_asset_ids(record)}
    places = {record_location(record) for record in records}
    for asset in assets:
        place = asset_location(asset)
        if asset.name not in names and asset.id not in ids and place not in places:
            yield NotInDocDB(asset.id, f"no metadata record mentions {asset.name}")


def _passed_over(finder: SessionFinder) -> Iterator[Note]:
    """Yield notes about assets that a record of raw data links, but that are not the raw asset."""
    inventory, session = finder.inventory, finder.session_id
    records = filter(is_raw_record, finder.records().value or ())
    ids = [id_ for record in records for id_ in linked_asset_ids(record)]
    for asset in inventory.linked_assets(ids, inventory.assets()).value or ():
        if (why := why_passed_over(asset, session)) is not None:
            yield PassedOver(asset.id, f"a record of {session} links {asset.name}, which {why}")


def _only_in_s3(finder: SessionFinder) -> Iterator[Note]:
    assets = finder.inventory.assets()
    if assets.failures or pick_raw_asset((), finder.mine(assets), finder.session_id):
        return
    place = finder.raw_location().value
    if place is not None:
        yield OnlyInS3(finder.session_id.id, f"{place} exists, but no data asset contains it")
