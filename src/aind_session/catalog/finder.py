"""Finding the data of a session: which places to search, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.catalog.inventory import Inventory, path_class
from aind_session.catalog.outages import is_choice, that_hide_something, warn_of_closed
from aind_session.catalog.results import Answer, Found
from aind_session.conventions.assets import (
    archived_in_words,
    asset_location,
    assets_by_creation,
    is_raw_asset,
    is_usable,
    pick_raw_asset,
)
from aind_session.conventions.location import Location
from aind_session.conventions.named import names_of
from aind_session.conventions.names import SessionId
from aind_session.conventions.records import (
    SLIM_FIELDS,
    is_raw_record,
    linked_asset_ids,
    pick_raw_record,
    record_location,
    record_modalities,
)
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    CouldNotLook,
    DirectoryNotFoundError,
)
from aind_session.runtime.importing import ahead
from aind_session.runtime.parallel import side_by_side
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import Body
from aind_session.sources.servers.sdk import asset_class

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

T = TypeVar("T")

_CLOSE_AT_MOST = 5
_COMMON_PLATFORM = "ecephys"

_PROBABLY = "the session has probably not been uploaded; check its name"


class SessionFinder:
    """Finds what exists about one session, with the evidence for each answer.

    Methods named after an object return an `Answer`: the object or None, the places searched, and
    the failures. Methods named ``expect_...`` return the object itself, with a warning if a source
    could not be asked, or raise.

    Parameters
    ----------
    session_id
        The session.
    inventory
        Answers questions about the session's subject, and caches the answers.

    Examples
    --------
    >>> from aind_session import ExtensionBaseClass, Session
    >>> namespace = ExtensionBaseClass(Session("ecephys_676909_2023-12-13_13-43-40"))
    >>> namespace.finder.raw_asset().value.id
    '16d46411-540a-4122-b47f-8cb2a15d593a'
    >>> str(namespace.finder.expect_raw_location())
    's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40'
    """

    def __init__(self, session_id: SessionId, inventory: Inventory) -> None:
        self.session_id = session_id
        self.inventory = inventory

    @classmethod
    def of(cls, session_id: SessionId, sources: Sources | None) -> SessionFinder:
        """Make a finder that asks these sources, or by default those in use."""
        return cls(session_id, Inventory(session_id.subject_id, sources_or_default(sources)))

    def known_only(self) -> SessionFinder:
        """Return a finder that sends no request: anything not cached is a `RemoteError`."""
        return SessionFinder(self.session_id, self.inventory.known_only())

    def mine(self, found: Found[T]) -> list[T]:
        """Return the results of the session, under its own name or the one without platform.

        Names with another platform are used only if no source has anything under the own names.
        """
        close = found.close_to(self.session_id)
        if close or not (others := found.of(self.session_id)):
            return close
        return [] if self._may_have_own_name() else others

    def _may_have_own_name(self) -> bool:
        """Return whether a source has, or may have in an outage, one of the session's names."""
        known: tuple[Found[Any], ...] = self.inventory.assets_and_records()
        if any(found.close_to(self.session_id) for found in known):
            return True
        if not all(is_choice(failure) for found in known for failure in found.failures):
            return True
        names = names_of(self.session_id)  # has a platform: all results are close to one without
        return self.inventory.directory(names).value is not None

    def assets(self) -> Answer[tuple[DataAsset, ...]]:
        """Find all data assets of the session, in order of creation; may be empty."""
        return self._assets_of(self.inventory.assets())

    def _assets_of(self, found: Found[DataAsset]) -> Answer[tuple[DataAsset, ...]]:
        assets, failures = self.mine(found), found.failures
        searched = found.searched_for(self.session_id)
        if not assets and not failures:
            named = self.inventory.assets_named(self.session_id)
            assets, failures = self.mine(named), named.failures
            searched += named.searched_for(self.session_id)
        value = assets_by_creation(assets) if assets or not failures else None
        return Answer(value, failures=failures, searched=searched)

    def raw_asset(self) -> Answer[DataAsset]:
        """Find the raw data asset among those that the session's record links or a search finds."""
        mounted = self._mounted_raw_asset()
        if mounted is not None:
            return Answer(mounted)
        with ahead(asset_class):
            assets, records = self.inventory.assets_and_records()
        found = self._assets_of(assets)
        mine = self.mine(records)
        answer = self._raw_of(mine, assets, found, records)
        is_enough = answer.value is not None and is_usable(answer.value)
        if is_enough or answer.failures or mine:
            return answer
        named = self._records_of(records)
        return self._raw_of(named.value or [], assets, found, named)

    def _mounted_raw_asset(self) -> DataAsset | None:
        """Return the mounted raw asset, if the mounted data are read before the servers."""
        mounts = self.inventory.first_mounts()
        found = None if mounts is None else mounts.assets().close_to(self.session_id)
        if mounts is None or not found:
            return None
        records = filter(is_raw_record, mounts.records().close_to(self.session_id))
        ids = {id_ for record in records for id_ in linked_asset_ids(record)}
        linked = [asset for asset in found if asset.id in ids]
        raw = pick_raw_asset(linked, found, self.session_id)
        return raw if raw is not None and is_raw_asset(raw) else None

    def _raw_of(
        self,
        records: list[Body],
        assets: Found[DataAsset],
        found: Answer[Any],
        looked: Found[Any] | Answer[Any],
    ) -> Answer[DataAsset]:
        """Choose among the assets that records link and those that were found."""
        ids = [id_ for record in filter(is_raw_record, records) for id_ in linked_asset_ids(record)]
        linked = self.inventory.linked_assets(ids, assets)
        return Answer(
            pick_raw_asset(linked.value or (), found.value or (), self.session_id),
            failures=(*found.failures, *looked.failures, *linked.failures),
            searched=(*found.searched, *looked.searched_for(self.session_id)),
        )

    def archived_raw_asset(self) -> Answer[DataAsset]:
        """Find a raw data asset among the archived ones, for hints; two requests."""
        found = self.inventory.archived_assets()
        return Answer(
            pick_raw_asset((), self.mine(found), self.session_id),
            failures=found.failures,
            searched=found.searched_for(self.session_id),
        )

    def raw_location(self) -> Answer[Location]:
        """Find the raw data directory: by record, by asset, then by name in each bucket.

        The last steps are a search for records by name, since some state no subject, and a search
        of the buckets for the session's other name.
        """
        mounted = self.mounted_location()
        if mounted is not None:
            return Answer(mounted)
        assets, records = self.inventory.assets_and_records()
        known = self._known_location(assets, records)
        if known is not None:
            return known
        here = self._directory([self.session_id.id])
        if here.value is None:
            return self._location_by_name(assets, records, here)
        # the directory exists, so no record is needed
        failures = (*records.failures, *assets.failures, *here.failures)
        return Answer(here.value, failures=failures)

    def _known_location(
        self, assets: Found[DataAsset], records: Found[Body]
    ) -> Answer[Location] | None:
        """Return the location that a record of the subject or the raw asset states."""
        by_subject = self._or_named(records, SLIM_FIELDS)
        recorded = _recorded_location(self.mine(by_subject), self.session_id)
        if recorded is not None:
            # the record states the location, so a failure of Code Ocean does not matter
            return Answer(recorded, failures=records.failures)
        raw = pick_raw_asset((), self.mine(assets), self.session_id)
        place = asset_location(raw) if raw is not None else None
        if place is None:
            return None
        return Answer(place, failures=(*records.failures, *assets.failures))

    def _location_by_name(
        self, assets: Found[DataAsset], records: Found[Body], here: Answer[Location]
    ) -> Answer[Location]:
        """Search for records by name and, in the buckets, for the session's other name."""
        asked: list[Callable[[], Any]] = [
            partial(self._records_of, records),
            partial(self._directory, self._other_name()),
        ]
        named: Answer[list[Body]]
        there: Answer[Location]
        named, there = side_by_side(asked)
        failures = (*records.failures, *assets.failures)
        recorded = _recorded_location(named.value or (), self.session_id)
        if recorded is not None:
            return Answer(recorded, failures=failures)
        by_name = () if records.failures else named.failures
        return Answer(
            there.value,
            failures=(*failures, *here.failures, *there.failures, *by_name),
            searched=(
                *records.searched_for(self.session_id),
                *assets.searched_for(self.session_id),
                *named.searched[len(records.searched) :],
                *here.searched,
                *there.searched,
            ),
            closed=(*here.closed, *there.closed),
        )

    def mounted_location(self) -> Location | None:
        """Return the location in mounted metadata, if these are read before the servers."""
        mounts = self.inventory.first_mounts()
        if mounts is None:
            return None
        return _recorded_location(mounts.records().close_to(self.session_id), self.session_id)

    def _directory(self, names: Sequence[str]) -> Answer[Location]:
        """Search each bucket for these names; failures are those that can hide a directory."""
        looked = self.inventory.directory(names)
        return Answer(
            looked.value,
            failures=tuple(that_hide_something(looked.failures, len(looked.searched))),
            searched=looked.searched,
            closed=tuple(one for one in looked.failures if isinstance(one, AccessDeniedError)),
        )

    def _other_name(self) -> list[str]:
        """Return the name without platform, or, for a name without, with the likeliest platform.

        The likeliest is the most common one of the subject, else ``ecephys``. Only one name, since
        each name costs one request per bucket.
        """
        own = self.session_id
        if own.platform is not None:
            return [own.with_platform(None).id]
        known = self.inventory.assets().sessions | self.inventory.records().sessions
        platforms = Counter(sorted(other.platform for other in known if other.platform))
        likeliest = platforms.most_common(1)[0][0] if platforms else _COMMON_PLATFORM
        return [own.with_platform(likeliest).id]

    def records(self) -> Answer[list[Body]]:
        """Find the session's slim records, by subject, else by name."""
        return self._records_of(self.inventory.records())

    def _records_of(self, found: Found[Body]) -> Answer[list[Body]]:
        records, failures = self.mine(found), found.failures
        searched = found.searched_for(self.session_id)
        if not records and not failures:
            named = self.inventory.records_named(names_of(self.session_id))
            records, failures = self.mine(named), named.failures
            searched += named.searched_for(self.session_id)
        value = records if records or not failures else None
        return Answer(value, failures=failures, searched=searched)

    def records_with(self, fields: Sequence[str]) -> Found[Body]:
        """Ask for other fields of the records of the session's subject."""
        return self._or_named(self.inventory.records_with(fields), fields)

    def _or_named(self, found: Found[Body], fields: Sequence[str]) -> Found[Body]:
        """Search for the session by name if the nightly tables, which are older, lack it."""
        tables = self.inventory.sources.tables
        if tables is None or found.failures or found.of(self.session_id):
            return found
        return self.inventory.records_named(names_of(self.session_id), fields)

    def recorded_modalities(self) -> tuple[str, ...]:
        """Return the modalities in the session's record; empty without a record."""
        record = pick_raw_record(self.records().value or (), self.session_id)
        return record_modalities(record) if record else ()

    def nearest(self) -> tuple[str, ...]:
        """Return the sessions of the subject that are nearest in time, for error messages."""
        try:
            known = self.inventory.assets().sessions | self.inventory.records().sessions
        except CouldNotLook:
            return ()
        others = known - {self.session_id}
        nearest = sorted(others, key=lambda other: abs(other.dt - self.session_id.dt))
        return tuple(other.id for other in nearest[:_CLOSE_AT_MOST])

    def expect_raw_asset(self) -> DataAsset:
        """Return the raw data asset; raise like `Session.raw_data_asset`."""
        found = self.raw_asset()
        asset = found.known(f"raw_data_asset of {self.session_id.id}")
        if asset is None:
            raise self._no_raw_asset(found)
        return asset

    def expect_raw_location(self) -> Location:
        """Return the location of the raw data; raise like `Session.raw_data_dir`."""
        found = self.raw_location()
        place = found.known(f"raw_data_dir of {self.session_id.id}")
        if place is None:
            warn_of_closed(found.closed, f"a raw data directory of {self.session_id.id}")
            raise self._no_raw_dir(found)
        return place

    def is_uploaded(self) -> bool:
        """Return whether there are raw data; raise like `Session.is_uploaded`."""
        try:
            return self.expect_raw_location() is not None
        except DirectoryNotFoundError:
            return bool(self.raw_asset().value or self.archived_raw_asset().known("is_uploaded"))
        except CouldNotLook:
            if self.raw_asset().value is None:
                raise
            return True  # an asset without a stated location is in Code Ocean

    def expect_raw_path(self) -> upath.UPath:
        """Return the same as a path; its class is imported while the requests run."""
        with ahead(path_class):
            place = self.expect_raw_location()
        return self.inventory.path(place)

    def _probably(self) -> str:
        """Return the probable reason why nothing was found."""
        holds = self.inventory.sources.holds
        return holds or _PROBABLY

    def _no_raw_asset(self, found: Answer[DataAsset]) -> AssetNotFoundError:
        finder = self._for_hints()
        archived = finder.archived_raw_asset()
        place = finder.raw_location().value
        if archived.value is not None:
            hint = f"{archived_in_words(archived.value)}: {archived.value.id}"
        elif place is not None:
            hint = f"the raw data are in {place}: create a data asset from them"
        else:
            hint = self._probably()
        return AssetNotFoundError(
            f"a raw data asset of {self.session_id.id}",
            searched=(*found.searched, *(archived.searched if archived.value else ())),
            close=self.nearest(),
            hint=hint,
        )

    def _no_raw_dir(self, found: Answer[Location]) -> DirectoryNotFoundError:
        archived = self._for_hints().archived_raw_asset()
        if archived.value is not None:
            why = f"{archived_in_words(archived.value)}: {archived.value.id}"
        else:
            why = f"{self._probably()}; AIND_SESSION_BUCKETS sets the buckets to search"
        return DirectoryNotFoundError(
            f"a raw data directory of {self.session_id.id}",
            searched=(*found.searched, *(archived.searched if archived.value else ())),
            close=self.nearest(),
            hint=why,
        )

    def _for_hints(self) -> SessionFinder:
        """Return the finder for hints; for one of many sessions, one that sends no request."""
        return self.known_only() if self.inventory.sources.cache.is_for_many else self


def _recorded_location(records: Iterable[Body], session_id: SessionId) -> Location | None:
    raw = pick_raw_record((record for record in records if record_location(record)), session_id)
    return record_location(raw) if raw is not None else None
