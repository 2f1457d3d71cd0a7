"""Rows of the nightly tables by subject, converted to metadata records and data assets."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from aind_session.conventions.dates import moment_utc
from aind_session.conventions.names import find_session
from aind_session.conventions.records import linked_asset_ids
from aind_session.errors import NotInTableError
from aind_session.runtime.fork import RenewedLock
from aind_session.sources.bodies import asset_of_record
from aind_session.sources.nightly_tables import ASSETS, QUALITY, SOURCES, NightlyTables
from aind_session.sources.protocols import Body

COLUMNS = (
    "_id",
    "name",
    "location",
    "created",
    "code_ocean",
    "subject_id",
    "genotype",
    "project_name",
    "data_level",
    "modalities",
    "acquisition_start_time",
    "acquisition_end_time",
    "acquisition_type",
    "instrument_id",
)
"""The columns of ``asset_basics`` that become parts of a record."""

_FEW = 3
"""For at most this many subjects, only their rows are read; for more, the whole table is."""


class Rows:
    """The rows of the nightly tables by subject, read when they are first needed."""

    def __init__(self, tables: NightlyTables) -> None:
        self.tables = tables
        self._lock = RenewedLock()
        self._version: dict[str, float] = {}
        self._picked = 0
        self._all: Any = None
        self._places: dict[str, list[int]] = {}
        self._sources: dict[str, list[str]] | None = None
        self._quality: dict[str, dict[str, str]] | None = None

    def of_subject(self, subject_id: str) -> list[Body]:
        """Return a subject's rows of ``asset_basics`` as records; empty if it has no rows."""
        with self._lock:
            self._renew()
            if self._all is None and self._picked < _FEW:
                self._picked += 1
                return self._pick(subject_id)
            if self._all is None:
                self._read_all()
            return [_record(row) for row in self._rows_of(subject_id)]

    def of_subjects(self, subject_ids: Collection[str]) -> list[Body]:
        """Return the rows of many subjects as records, without reading the others into memory."""
        from pyarrow import dataset

        subject = dataset.field("subject_id")
        where = subject.isin(list(subject_ids)) | subject.is_null()
        rows = self.tables.scan(ASSETS, COLUMNS, where).to_pylist()
        return [_record(row) for row in rows if _subject(row) in subject_ids]

    def matching(
        self,
        *,
        subjects: Sequence[str] = (),
        projects: Sequence[str] = (),
        names: Sequence[str] = (),
        pattern: str | None = None,
    ) -> list[Body]:
        """Return the rows of ``asset_basics`` that pass all filters, as records.

        Parameters
        ----------
        subjects, projects
            The row has one of these values; empty accepts any.
        names
            The name contains one of these texts.
        pattern
            A regular expression that matches part of the name.
        """
        from pyarrow import compute, dataset

        wanted = [
            dataset.field(column).isin(list(values))
            for column, values in (("subject_id", subjects), ("project_name", projects))
            if values
        ]
        if names:
            wanted.append(reduce(operator.or_, [_holds("name", part) for part in names]))
        if pattern:
            wanted.append(compute.match_substring_regex(dataset.field("name"), pattern))
        where = reduce(operator.and_, wanted) if wanted else None
        return [_record(row) for row in self.tables.scan(ASSETS, COLUMNS, where).to_pylist()]

    def names_and_projects(self) -> list[Body]:
        """Return all rows of ``asset_basics`` as records with only name and project."""
        columns = sorted({"name", "project_name"} & self.tables.columns(ASSETS))
        rows = self.tables.scan(ASSETS, columns).to_pylist()
        return [
            {"name": row["name"], "data_description": {"project_name": row.get("project_name")}}
            for row in rows
        ]

    def sources(self) -> Mapping[str, list[str]]:
        """Return the sources of each derived asset, from the table ``source_data``."""
        with self._lock:
            self._renew()
            if self._sources is None:
                self._sources = self._read_sources()
            return self._sources

    def quality(self) -> Mapping[str, dict[str, str]]:
        """Return each asset's quality control by column of the table ``qc_status``."""
        with self._lock:
            self._renew()
            if self._quality is None:
                self._quality = dict(self._read_quality())
            return self._quality

    def _read_sources(self) -> dict[str, list[str]]:
        found = self.tables.scan(SOURCES, ["name", "source_data"]).to_pydict()
        sources: dict[str, list[str]] = {}
        for derived, source in zip(found["name"], found["source_data"], strict=True):
            if source:
                sources.setdefault(derived, []).append(source)
        return sources

    def _read_quality(self) -> Iterator[tuple[str, dict[str, str]]]:
        columns = sorted(self.tables.columns(QUALITY) - {"name"})
        found = self.tables.scan(QUALITY, ["name", *columns]).to_pydict()
        groups = [found[column] for column in columns]
        for name, *values in zip(found["name"], *groups, strict=True):
            yield name, {c: v for c, v in zip(columns, values, strict=True) if isinstance(v, str)}

    def _renew(self) -> None:
        """Discard the rows of a table if a newer table has replaced it."""
        self.tables.columns(ASSETS)
        version = self.tables.made()
        if any(self._version.get(table, made) != made for table, made in version.items()):
            self._forget()
        self._version = version

    def _forget(self) -> None:
        self._picked = 0
        self._all = self._sources = self._quality = None

    def _pick(self, subject_id: str) -> list[Body]:
        from pyarrow import dataset

        of_subject = dataset.field("subject_id") == subject_id
        # if a row states no subject, its name does
        named = dataset.field("subject_id").is_null() & _holds("name", subject_id)
        rows = self.tables.scan(ASSETS, COLUMNS, of_subject | named).to_pylist()
        return [_record(row) for row in rows if _subject(row) == subject_id]

    def _read_all(self) -> None:
        found = self.tables.scan(ASSETS, COLUMNS)
        self._all = found.sort_by("subject_id")
        self._places = {}
        subjects, names = self._all["subject_id"].to_pylist(), self._all["name"].to_pylist()
        for place, (subject, name) in enumerate(zip(subjects, names, strict=True)):
            whose = _subject({"subject_id": subject, "name": name})
            if whose is not None:
                self._places.setdefault(whose, []).append(place)

    def _rows_of(self, subject_id: str) -> Iterable[dict[str, Any]]:
        places = self._places.get(subject_id, [])
        if not places:
            return []
        first, count = places[0], len(places)
        if places[-1] - first == count - 1:  # rows are sorted, so this is usually one slice
            return self._all.slice(first, count).to_pylist()  # type: ignore[no-any-return]
        return self._all.take(places).to_pylist()  # type: ignore[no-any-return]


def _holds(column: str, part: str) -> Any:
    from pyarrow import compute

    return compute.match_substring(compute.field(column), part)


def _subject(row: Mapping[str, Any]) -> str | None:
    """Return the subject that a row states, or else the one in its name."""
    if row.get("subject_id"):
        return str(row["subject_id"])
    session = find_session(str(row.get("name")))
    return None if session is None else session.subject_id


def _record(row: Mapping[str, Any]) -> Body:
    """Return a row of ``asset_basics`` as a metadata record of the newer schema."""
    return {
        "_id": row.get("_id"),
        "name": row["name"],
        "location": row.get("location"),
        "_created": row.get("created"),
        "other_identifiers": {"Code Ocean": _several(row.get("code_ocean"))},
        "subject": {
            "subject_id": _subject(row),
            "subject_details": {"genotype": row.get("genotype")},
        },
        "data_description": {
            "subject_id": row.get("subject_id"),
            "project_name": row.get("project_name"),
            "data_level": row.get("data_level"),
            "modalities": [{"abbreviation": name} for name in _several(row.get("modalities"))],
        },
        "acquisition": {
            "acquisition_start_time": row.get("acquisition_start_time"),
            "acquisition_end_time": row.get("acquisition_end_time"),
            "acquisition_type": row.get("acquisition_type"),
            "instrument_id": row.get("instrument_id"),
        },
    }


def _several(value: Any) -> list[str]:
    """Read a cell that holds a list, text with commas, or nothing."""
    values = value.split(",") if isinstance(value, str) else value or ()
    return [name.strip() for name in values if isinstance(name, str) and name.strip()]


def as_asset(record: Body) -> Body | None:
    """Return the data asset that a row names; None if it names no asset.

    It has an ID, a name and a location; its creation time is that of the record.

    Raises
    ------
    NotInTableError
        The row has several IDs, and the table does not say which asset is newer.
    """
    ids = linked_asset_ids(record)
    if len(ids) > 1:
        raise NotInTableError(
            f"{record['name']} has {len(ids)} data assets; the table does not say which is newer"
        )
    if not ids:
        return None
    # the record is written when the asset is registered
    return asset_of_record(record, ids[0], moment_utc(record["_created"]))
