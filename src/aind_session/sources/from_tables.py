"""Answer from the nightly tables instead of the servers, or before asking them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn
from weakref import WeakKeyDictionary

from aind_session.conventions import quality
from aind_session.conventions.records import is_raw_record
from aind_session.errors import LeftOutWarning, NotInTableError
from aind_session.runtime.arguments import one_of, several
from aind_session.runtime.cache import Cache
from aind_session.runtime.warning import warn_user
from aind_session.sources.mounted import over_mounts
from aind_session.sources.nightly_tables import ASSETS, NightlyTables
from aind_session.sources.passed_on import PassedOn, PassedOnStorage, refused, search_in_words
from aind_session.sources.protocols import (
    AssetSource,
    Body,
    Listing,
    RecordSource,
)
from aind_session.sources.sources import Sources
from aind_session.sources.subject_filter import (
    SUBJECT_FIELD,
    of_subjects,
    subject_of_query,
    subjects_in,
)
from aind_session.sources.table_rows import Rows, as_asset

if TYPE_CHECKING:
    import datetime


SourceName = Literal["servers", "table", "mounts"]
Chosen = SourceName | Sequence[SourceName]
"""The sources to ask: servers, nightly tables, mounted data; one or several."""

SOURCES: tuple[SourceName, ...] = ("servers", "table", "mounts")

_SOURCE_DATA = "data_description.source_data"
_COLUMN_OF = {
    "_created": "created",
    "acquisition.acquisition_end_time": "acquisition_end_time",
    "acquisition.acquisition_start_time": "acquisition_start_time",
    "acquisition.acquisition_type": "acquisition_type",
    "acquisition.instrument_id": "instrument_id",
    "data_description.data_level": "data_level",
    "data_description.modalities": "modalities",
    "data_description.project_name": "project_name",
    "data_description.subject_id": "subject_id",
    "location": "location",
    "name": "name",
    "other_identifiers": "code_ocean",
    "subject.subject_details.genotype": "genotype",
    SUBJECT_FIELD: "subject_id",
}
"""The columns of ``asset_basics`` that hold fields of a record."""

HELD = frozenset(
    {
        *_COLUMN_OF,
        "_id",
        _SOURCE_DATA,
        *quality.FIELDS,
        # fields that only the older schema has
        "acquisition.session_start_time",
        "created",
        "data_description.input_data_name",
        "data_description.modality",
        "data_description.platform.abbreviation",
        "external_links",
        "session.session_start_time",
        "subject.genotype",
    }
)
"""All fields that the tables hold, or that records of the newer schema do not have."""

_made: WeakKeyDictionary[Sources, NightlyTables] = WeakKeyDictionary()


def choose(sources: Sources, chosen: Chosen | None) -> Sources:
    """Return the sources to ask.

    Parameters
    ----------
    sources
        The servers, or a replacement for them.
    chosen
        ``"servers"``, ``"table"``, or ``("table", "servers")``, which asks the servers for whatever
        the tables do not hold; ``"mounts"``, alone or with the others, which are then asked for
        data that are not mounted. None returns `sources` unchanged.

    Raises
    ------
    ValueError
        There is no such source.
    """
    if chosen is None:
        return sources
    names = check_source(chosen)
    found = servers = sources.servers or sources
    if "table" in names:
        tables = _made.setdefault(servers, NightlyTables(servers.storage))
        found = over_tables(servers, tables, asks_servers="servers" in names)
    if "mounts" in names:
        found = replace(over_mounts(found, asks_servers=len(set(names)) > 1), servers=servers)
    return found


def check_source(chosen: Chosen | None) -> tuple[str, ...]:
    """Return the names of the chosen sources; see `choose`.

    Examples
    --------
    >>> check_source("table"), check_source(("table", "servers"))
    (('table',), ('table', 'servers'))
    >>> check_source("paper")
    Traceback (most recent call last):
    ...
    ValueError: a source must be 'servers', 'table' or 'mounts', not 'paper'
    """
    return tuple(one_of(name, SOURCES, "a source") for name in several(chosen))


def over_tables(servers: Sources, tables: NightlyTables, *, asks_servers: bool) -> Sources:
    """Return sources that read the tables, and ask the servers for the rest if allowed."""
    rows = Rows(tables)
    cache = servers.cache
    return replace(
        servers,
        assets=TableAssets(rows, servers.assets if asks_servers else None),
        records=TableRecords(rows, servers.records if asks_servers else None),
        storage=servers.storage if asks_servers else TableStorage(servers.storage),
        # a separate cache: the servers' answers are newer
        cache=Cache(cache.seconds, clock=cache.clock, now=cache.now),
        # threads do not speed up reading from memory
        concurrency=servers.concurrency if asks_servers else 1,
        servers=servers,
        tables=tables,
    )


class TableAssets(PassedOn):
    """Data assets from the nightly tables; see `AssetSource`.

    They have only an ID, a name, a location, a subject, a type and a creation time.
    """

    def __init__(self, rows: Rows, servers: AssetSource | None) -> None:
        super().__init__(servers or refused(_not_held))
        self._rows = rows
        self._servers = servers

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Return a subject's assets; see `AssetSource.search`. No other search is answered."""
        try:
            return self._search(params)
        except NotInTableError:
            if self._servers is None:
                raise
            return self._servers.search(params, at_most=at_most)

    def _search(self, params: Mapping[str, Any]) -> list[Body]:
        query = str(params.get("query") or "")
        is_simple = not (params.get("archived") or params.get("filters") or params.get("type"))
        subject_id = subject_of_query(query)
        if is_simple and subject_id is not None:
            return self._of_subject(subject_id)
        if is_simple and query and not any(mark in query for mark in ": "):
            _rows_of(self._rows, query)
            return []  # assets that name a subject are found by subject
        return _not_held(f"assets with {search_in_words(params)}")

    def _of_subject(self, subject_id: str) -> list[Body]:
        found = []
        for record in _rows_of(self._rows, subject_id):
            try:
                asset = as_asset(record)
            except NotInTableError as error:
                if self._servers is None:
                    warn_user(f"left out: {error.detail}", LeftOutWarning)
                    continue
                ids = record["other_identifiers"]["Code Ocean"]
                found += [self._servers.get(id_) for id_ in ids]
                continue
            if asset is not None:
                found.append(asset)
        return found


class TableRecords:
    """Metadata records from the nightly tables; see `RecordSource`.

    Attributes
    ----------
    rows
        The rows of the tables.
    """

    def __init__(self, rows: Rows, servers: RecordSource | None) -> None:
        self.rows = rows
        self._servers = servers

    @property
    def asks_servers(self) -> bool:
        """Whether the servers are asked for what the tables do not hold."""
        return self._servers is not None

    @property
    def values_a_question(self) -> int:
        """The largest number of subjects in one query."""
        return 1 if self._servers is None else 50

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Return the records of subjects; see `RecordSource.find`. No other filter is answered."""
        servers = self._servers
        subjects = subjects_in(where) if fields and HELD.issuperset(fields) else None
        if servers is not None and (subjects is None or not self._has_columns(fields)):
            return servers.find(version, where, fields)
        if subjects is None:
            _not_held(f"{', '.join(fields) or 'all'} of records with {', '.join(where)}")
        if version != "v2" and servers is None:
            _not_held("metadata records of the older schema")
        return self._of_subjects(version, subjects, fields)

    def _has_columns(self, fields: Sequence[str]) -> bool:
        columns = self.rows.tables.columns(ASSETS)
        return columns.issuperset(_COLUMN_OF[field] for field in fields if field in _COLUMN_OF)

    def matching(
        self, *, needs: Sequence[tuple[str, str]], fields: Sequence[str], **filters: Any
    ) -> list[Body]:
        """Return the rows that pass filters as records; see `Rows.matching`.

        Parameters
        ----------
        needs
            The tables and columns without which the filters cannot be judged.
        fields
            Fields to add from other tables.
        """
        for table, column in needs:
            self.rows.tables.need(table, column)
        return [self.with_more(record, fields) for record in self.rows.matching(**filters)]

    def _of_subjects(
        self, version: str, subjects: Sequence[str], fields: Sequence[str]
    ) -> list[Body]:
        found, missing = [], []
        for subject in subjects:
            try:
                mine = _rows_of(self.rows, subject)
                self._need_quality(mine, fields)
            except NotInTableError:
                if self._servers is None:
                    raise
                missing.append(subject)
            else:
                found += mine
        rows = [self.with_more(r, fields) for r in found] if version == "v2" else []
        if missing and self._servers is not None:
            rows += self._servers.find(version, of_subjects(missing), fields)
        return rows

    def _need_quality(self, records: Sequence[Body], fields: Sequence[str]) -> None:
        """Raise `NotInTableError` if the tables lack quality control that the servers may have."""
        if self._servers is None or set(quality.FIELDS).isdisjoint(fields):
            return
        for record in filter(is_raw_record, records):
            if not self.rows.quality().get(record["name"], {}):
                _not_held(f"quality control of {record['name']}")

    def with_more(self, record: Body, fields: Sequence[str]) -> Body:
        """Add the fields that other tables hold to a row's record, if they are wanted."""
        if _SOURCE_DATA in fields:
            description = record["data_description"]
            with contextlib.suppress(NotInTableError):  # the record still has its other fields
                description["source_data"] = self.rows.sources().get(record["name"], [])
        if not set(quality.FIELDS).isdisjoint(fields):
            record["quality_control"] = {"status": self.rows.quality().get(record["name"], {})}
        return record


class TableStorage(PassedOnStorage):
    """Refuses queries about buckets, which the tables do not hold; see `StorageSource`."""

    def has_bucket(self, bucket: str) -> bool:
        """Refuse to look; see `StorageSource.has_bucket`."""
        return _not_held(f"whether there is a bucket {bucket}")

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """Refuse to look; see `StorageSource.list`."""
        return _not_held(f"what is in s3://{bucket}/{prefix}")

    def exists(self, bucket: str, prefix: str) -> bool:
        """Refuse to look; see `StorageSource.exists`."""
        return _not_held(f"whether s3://{bucket}/{prefix} exists")

    def read(self, bucket: str, key: str) -> bytes:
        """Refuse to look; see `StorageSource.read`."""
        return _not_held(f"the file s3://{bucket}/{key}")

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Refuse to look; see `StorageSource.fetch`."""
        return _not_held(f"the file s3://{bucket}/{key}")

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Refuse to write; see `StorageSource.write`."""
        _not_held(f"the file s3://{bucket}/{key}")


def _rows_of(rows: Rows, subject_id: str) -> list[Body]:
    found = rows.of_subject(subject_id)
    return found or _not_held(f"assets of subject {subject_id}")


def _not_held(what: str) -> NoReturn:
    raise NotInTableError(f"not in the tables: {what}")
