"""The data that cards of sessions and subjects show.

The functions ``load_...`` request the data in as few steps as possible. `Overview` reads them from
a finder, which normally returns only cached answers.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog import outputs, sorters
from aind_session.catalog.asset_table import has_failed
from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.inventory import Inventory
from aind_session.catalog.results import Found
from aind_session.conventions import quality
from aind_session.conventions.assets import asset_location, folder_modalities, is_sorted_asset
from aind_session.conventions.location import Location
from aind_session.conventions.names import SessionId
from aind_session.conventions.records import (
    SLIM_FIELDS,
    pick_raw_record,
    record_birth,
    record_genotype,
    record_modalities,
    record_project,
)
from aind_session.conventions.sorting import SORTER_FIELDS
from aind_session.errors import Failure
from aind_session.runtime.known_only import NotAskedError
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

FIELDS = tuple(
    dict.fromkeys(
        (
            *SLIM_FIELDS,
            *SORTER_FIELDS,
            *quality.FIELDS,
            "data_description.project_name",
            "subject.genotype",
            "subject.date_of_birth",
            "subject.subject_details.genotype",
            "subject.subject_details.date_of_birth",
        )
    )
)
"""The fields of a record that a card shows, and those needed to find data and sorters."""

_PARTS_OF_FIELDS = (SLIM_FIELDS, SORTER_FIELDS)


def load_subject(inventory: Inventory) -> Found[Body]:
    """Request a subject's assets and records: four requests, in parallel.

    The records have all fields that cards show; they also answer later questions for fewer fields.
    """
    asked: list[Callable[[], Any]] = [inventory.assets, partial(inventory.records_with, FIELDS)]
    records: Found[Body] = side_by_side(asked)[1]
    for fields in _PARTS_OF_FIELDS:
        inventory.take_as_answered(FIELDS, fields)
    return records


def load_session(finder: SessionFinder) -> None:
    """Request what the card of a session shows: at most seven requests, in two steps.

    The second step lists the raw data directory, and reads the log of the latest sorting.
    """
    inventory = finder.inventory
    load_subject(inventory)
    overview = Overview(finder.known_only())
    asked: list[Callable[[], Any]] = []
    if overview.place is not None:
        asked.append(partial(inventory.listing, overview.place))
    latest = overview.latest_sorted
    if latest is not None and asset_location(latest) is not None and latest.state != "failed":
        asked.append(partial(outputs.is_data_asset_error, latest, sources=inventory.sources))
    side_by_side([partial(attempt, ask) for ask in asked])


@dataclass(frozen=True)
class Overview:
    """Cached data of a session.

    Attributes
    ----------
    finder
        The session's finder, which should send no requests.
    """

    finder: SessionFinder

    @property
    def session_id(self) -> SessionId:
        """The session."""
        return self.finder.session_id

    @property
    def inventory(self) -> Inventory:
        """The inventory of its subject."""
        return self.finder.inventory

    @property
    def assets(self) -> tuple[DataAsset, ...]:
        """The session's data assets, in order of creation."""
        return self.finder.assets().value or ()

    @property
    def raw_asset(self) -> DataAsset | None:
        """The raw data asset."""
        return self.finder.raw_asset().value

    @property
    def place(self) -> Location | None:
        """The raw data directory."""
        return self.finder.raw_location().value

    @property
    def latest_sorted(self) -> DataAsset | None:
        """The asset of the latest sorting."""
        found = [asset for asset in self.assets if is_sorted_asset(asset)]
        return found[-1] if found else None

    @property
    def records(self) -> list[Body]:
        """The metadata records, with the fields that were requested."""
        return self.finder.mine(self._records())

    @property
    def record(self) -> Body:
        """The metadata record of raw data; empty if there is none."""
        return dict(pick_raw_record(self.records, self.session_id) or {})

    @property
    def has_whole_record(self) -> bool:
        """Whether all fields that a card shows were requested."""
        return bool(self.inventory.records_with(FIELDS).batches)

    @property
    def may_have_more_records(self) -> bool:
        """Whether a schema version of DocDB could not be asked."""
        return bool(self._records().failures)

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities: from the folders if they were listed, else from the record."""
        place = self.place
        if place is not None:
            listing = attempt(lambda: self.inventory.listing(place))
            if not isinstance(listing, Failure) and listing.folders:
                return folder_modalities(listing.folders)
        return record_modalities(self.record)

    @property
    def project(self) -> str | None:
        """The project of the session."""
        return record_project(self.record)

    @property
    def genotype(self) -> str | None:
        """The subject's genotype."""
        return record_genotype(self.record)

    @property
    def age(self) -> datetime.timedelta | None:
        """The age of the subject at the acquisition."""
        born = record_birth(self.record)
        return None if born is None else self.session_id.dt.date() - born

    @property
    def metrics(self) -> tuple[quality.Metric, ...]:
        """The metrics of quality control in the raw record."""
        return quality.metrics(self.record)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failures of requests, without duplicates; questions never asked do not count."""
        failures = (*self.inventory.assets().failures, *self._records().failures)
        return tuple({str(f): f for f in failures if not isinstance(f, NotAskedError)}.values())

    @property
    def is_asked(self) -> tuple[bool, bool]:
        """Whether the assets and the records were requested, with or without success."""
        parts = (self.inventory.assets(), self._records())
        return (not _is_unasked(parts[0]), not _is_unasked(parts[1]))

    def has_failed(self, asset: DataAsset) -> bool | None:
        """Return whether the run that made an asset failed; None if its log was not read."""
        return has_failed(asset, self.inventory.sources)

    def sorters(self, assets: Sequence[DataAsset]) -> dict[str, str]:
        """Return the sorters stated in records, by asset ID."""
        return sorters.recorded_sorters(assets, self.inventory.sources)

    def _records(self) -> Found[Body]:
        whole = self.inventory.records_with(FIELDS)
        return self.inventory.records() if _is_unasked(whole) else whole


def _is_unasked(found: Found[Any]) -> bool:
    return not found.batches and all(isinstance(f, NotAskedError) for f in found.failures)
