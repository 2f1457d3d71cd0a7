"""Build table rows directly from the nightly tables, for thousands of sessions at once.

The values equal those of asking for each session, since the same functions judge the same rows.
Sessions for which the tables do not determine all columns are left to be asked individually.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from aind_session.catalog.results import Found
from aind_session.conventions import quality
from aind_session.conventions.assets import assets_by_creation, is_raw_asset, is_sorted_asset
from aind_session.conventions.records import (
    is_raw_record,
    linked_asset_ids,
    pick_raw_record,
    record_genotype,
    record_location,
    record_modalities,
    record_project,
    record_start_time,
)
from aind_session.errors import CouldNotLook, NotInTableError
from aind_session.session import Session, finder_of
from aind_session.sources.batch import Batch
from aind_session.sources.from_tables import TableRecords
from aind_session.sources.nightly_tables import ASSETS
from aind_session.sources.protocols import Body, RecordSource
from aind_session.sources.table_rows import Rows, as_asset

T = TypeVar("T")
Row = dict[str, Any]


class _NotInTablesError(LookupError):
    """Raise if the tables do not determine a value of a session."""


def straight_rows(
    sessions: Sequence[Session], columns: Sequence[str], records: RecordSource
) -> dict[Session, Row]:
    """Return the rows of sessions for which the nightly tables determine all columns.

    Parameters
    ----------
    sessions
        Any number of sessions.
    columns
        Columns of `aind_session.many.tables.COLUMNS`, and ``notes``.
    records
        The source of records; if it is not the tables, the result is empty.
    """
    if not isinstance(records, TableRecords) or not set(columns) <= {*_VALUES, "notes"}:
        return {}
    try:
        known = _Known.of(records.rows, {session.subject_id for session in sessions}, columns)
    except CouldNotLook:
        return {}
    rows = {session: _row(session, columns, known) for session in sessions}
    return {session: row for session, row in rows.items() if row is not None}


def _row(session: Session, columns: Sequence[str], known: _Known) -> Row | None:
    facts = _Facts(session, known)
    try:
        return {c: [] if c == "notes" else _VALUES[c](facts) for c in columns}
    except _NotInTablesError:
        return None


@dataclass(frozen=True)
class _Asset:
    """The fields by which assets are judged, without importing the SDK."""

    id: str
    name: str
    custom_metadata: Mapping[str, Any]
    created: int | None = None
    tags: None = None
    state: None = None


@dataclass(frozen=True)
class _Known:
    """The content of the tables for many subjects.

    Attributes
    ----------
    found
        All records of these subjects.
    columns
        The columns of ``asset_basics``.
    made_of
        Names of derived assets, by the name of their source.
    quality
        Statuses of quality control by modality and stage, by the name of the asset.
    """

    found: Found[Body]
    columns: frozenset[str]
    made_of: Mapping[str, set[str]]
    quality: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, rows: Rows, subject_ids: Iterable[str], columns: Sequence[str]) -> _Known:
        records = rows.of_subjects(set(subject_ids))
        made_of: dict[str, set[str]] = {}
        for derived, sources in rows.sources().items() if "derived" in columns else ():
            for source in sources:
                made_of.setdefault(source, set()).add(derived)
        known = frozenset(record["name"] for record in records)
        return cls(
            Found(batches=(Batch.of(records),)),
            rows.tables.columns(ASSETS),
            {source: names & known for source, names in made_of.items()},
            rows.quality() if "raw_qc" in columns else {},
        )


class _Facts:
    """The content of the tables for one session."""

    def __init__(self, session: Session, known: _Known) -> None:
        self.session = session
        self._known = known

    @cached_property
    def _mine(self) -> list[Body]:
        return self._known.found.close_to(finder_of(self.session).session_id)

    @cached_property
    def _raw(self) -> list[Body]:
        return [record for record in self._mine if is_raw_record(record)]

    def record(self, column: str) -> Mapping[str, Any]:
        """Return the raw record, if the tables have this column."""
        if column not in self._known.columns:
            raise _NotInTablesError
        return _required(self._picked(self._raw))

    def place(self) -> str:
        """Return the location of the raw data."""
        places = [record for record in self._raw if record.get("location")]
        return str(_required(record_location(_required(self._picked(places)))))

    def _picked(self, records: list[Body]) -> Mapping[str, Any] | None:
        if len(records) == 1:  # the usual case, fast
            return records[0]
        return pick_raw_record(records, finder_of(self.session).session_id)

    def raw_asset_id(self) -> str:
        """Return the ID of the raw asset, if there is exactly one."""
        ids = {id_ for record in self._raw for id_ in linked_asset_ids(record)}
        if len(ids) != 1:
            raise _NotInTablesError
        return ids.pop()

    @cached_property
    def assets(self) -> tuple[Any, ...]:
        """The assets, in order of creation, if no record names several."""
        if not self._mine or "code_ocean" not in self._known.columns:
            raise _NotInTablesError
        try:
            bodies = [body for record in self._mine if (body := as_asset(record))]
        except NotInTableError:
            raise _NotInTablesError from None
        found: list[Any] = [
            _Asset(body["id"], body["name"], body["custom_metadata"], body.get("created"))
            for body in bodies
        ]
        return assets_by_creation(found)

    def latest_sorted(self) -> Any:
        """Return the latest sorted asset; None if there is none."""
        found = [asset for asset in self.assets if is_sorted_asset(asset)]
        return found[-1] if found else None

    def quality(self) -> str:
        """Judge the quality control of the raw data."""
        if len(self._raw) != 1:
            raise _NotInTablesError
        status = self._known.quality.get(self._raw[0]["name"])
        return _required(quality.status({"quality_control": {"status": status}}))

    def derived(self) -> list[str]:
        """Return the names of data made from the raw data."""
        if not self._mine:
            raise _NotInTablesError
        raw = {self.session.id, *(record["name"] for record in self._raw)}
        names = {record["name"] for record in self._mine}
        for name in raw:
            names |= self._known.made_of.get(name, set())
        return sorted(names - raw)


def _required(value: T | None) -> T:
    """Return a value, or raise if it is empty, as only the tables may lack it."""
    if not value:
        raise _NotInTablesError
    return value


def _start(facts: _Facts) -> Any:
    start = record_start_time(facts.record("acquisition_start_time"))
    return start if start is None or start.tzinfo else None


def _sorted(name: str) -> Callable[[_Facts], Any]:
    return lambda facts: getattr(facts.latest_sorted(), name, None)


_VALUES: Mapping[str, Callable[[_Facts], Any]] = {
    "id": lambda facts: facts.session.id,
    "subject_id": lambda facts: facts.session.subject_id,
    "platform": lambda facts: facts.session.platform,
    "time": lambda facts: facts.session.dt,
    "start_time": _start,
    "modalities": lambda facts: list(_required(record_modalities(facts.record("modalities")))),
    "project": lambda facts: record_project(facts.record("project_name")),
    "genotype": lambda facts: record_genotype(facts.record("genotype")),
    "is_uploaded": lambda facts: bool(facts.place()),
    "raw_asset_id": _Facts.raw_asset_id,
    "raw_dir": _Facts.place,
    "raw_qc": _Facts.quality,
    "derived_assets": lambda facts: sum(not is_raw_asset(asset) for asset in facts.assets),
    "derived": _Facts.derived,
    "sorted_asset": _sorted("name"),
    "sorted_asset_id": _sorted("id"),
}
