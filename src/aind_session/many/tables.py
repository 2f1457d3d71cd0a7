"""Tables of sessions: the columns, their values, and conversion to pandas, polars and Arrow."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aind_session.catalog import sorters
from aind_session.catalog.outages import warn_of, warn_of_missing
from aind_session.conventions import quality
from aind_session.conventions.assets import is_raw_asset
from aind_session.conventions.named import names_of
from aind_session.conventions.qc_records import that_count
from aind_session.conventions.records import (
    SLIM_FIELDS,
    is_raw_record,
    pick_raw_record,
    record_genotype,
    record_inputs,
    record_modalities,
    record_project,
    record_start_time,
)
from aind_session.diagnosis.notes import Note, note_of
from aind_session.errors import (
    AindSessionError,
    CouldNotLook,
    Failure,
    NotFoundError,
    NotInTableError,
    NotMountedError,
)
from aind_session.errors.wording import first_line, quote
from aind_session.runtime import extras
from aind_session.runtime.arguments import several, text
from aind_session.runtime.near import near
from aind_session.session import Session, finder_of
from aind_session.sources.nightly_tables import ASSETS, QUALITY, SOURCES

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from aind_session.catalog.results import Found
    from aind_session.catalog.sorted_asset import SortedDataAsset

Row = dict[str, Any]

_FIELDS = (
    *SLIM_FIELDS,
    "data_description.project_name",
    "data_description.input_data_name",
    "data_description.source_data",
    "subject.genotype",
    "subject.subject_details.genotype",
    "session.session_start_time",
    "acquisition.session_start_time",
    "acquisition.acquisition_start_time",
)

_QUALITY_FIELDS = (*SLIM_FIELDS, *quality.FIELDS)


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    kind
        ``text``, ``texts``, ``whole number``, ``yes or no``, ``local time`` (naive) or
        ``UTC time``.
    value
        Returns a session's value; None if there is none.
    held_in
        The nightly table and its column that hold the value; None if no table does.
    about
        The description, for the page about columns.
    """

    kind: str
    value: Callable[[Session], Any]
    held_in: tuple[str, str] | None = None
    about: str = field(kw_only=True)


def _record(session: Session) -> Mapping[str, Any]:
    mine, found = _records(session, _FIELDS)
    record = pick_raw_record(mine, finder_of(session).session_id)
    if record is None:
        _say_why(session, found)
    return record or {}


def _records(session: Session, fields: Sequence[str]) -> tuple[list[Any], Found[Any]]:
    """Return the session's records: of its subject, else by name those that state no subject."""
    finder = finder_of(session)
    found: Found[Any] = finder.records_with(fields)
    mine = finder.mine(found)
    if mine or found.failures or finder.inventory.sources.tables is not None:
        return mine, found
    named: Found[Any] = finder.inventory.records_named(names_of(finder.session_id), fields)
    return finder.mine(named), named


def _say_why(session: Session, found: Found[Any]) -> None:
    """Raise if a value may be missing because a source could not be asked or is not used."""
    if found.failures:
        raise found.failures[-1]
    if finder_of(session).inventory.sources.tables is not None:
        raise NotInTableError(f"not in the tables: {session.id}, or the requested value of it")


def _raw_qc(session: Session) -> str | None:
    """Return the quality control status of the raw data."""
    mine, found = _records(session, _QUALITY_FIELDS)
    counting = that_count(filter(is_raw_record, mine))
    if not counting:
        _say_why(session, found)
    return quality.status(counting[-1]) if counting else None


def _derived_names(session: Session) -> list[str]:
    """Return the names of data made from the raw data, by their names or by their records."""
    finder = finder_of(session)
    found = finder.records_with(_FIELDS)
    mine = finder.mine(found)
    warn_of(found.failures, f"derived data of {session.id}")
    raw = {session.id, *(record["name"] for record in mine if is_raw_record(record))}
    names = {record["name"] for record in mine} - raw
    names |= {r["name"] for r in found.items if not raw.isdisjoint(record_inputs(r))}
    with contextlib.suppress(NotInTableError):  # the tables still list the records
        names |= {asset.name for asset in session.data_assets if not is_raw_asset(asset)}
    return sorted(names)


def _start(session: Session) -> datetime.datetime | None:
    start = record_start_time(_record(session))
    return start if start is None or start.tzinfo else None


def _modalities(session: Session) -> list[str]:
    """Return the modalities in the record; without one, ask S3, with one request."""
    return list(record_modalities(_record(session)) or session.modalities)


def _latest_sorted(session: Session) -> SortedDataAsset | None:
    found = session.ecephys.sorted_data_assets
    return found[-1] if found else None


def _of_latest_sorted(value: Callable[[SortedDataAsset], Any]) -> Callable[[Session], Any]:
    def of(session: Session) -> Any:
        asset = _latest_sorted(session)
        return None if asset is None else value(asset)

    return of


def _good(process: str) -> Callable[[Session], str | None]:
    """Return a column: the latest successful result of a process, even if a later one failed."""

    def of(session: Session) -> str | None:
        found = session.derived(process, ok=True).all()
        return found[-1].name if found else None

    return of


def _is_latest_good(process: str) -> Callable[[Session], bool | None]:
    """Return a column: whether the latest result of a process is good; None without a result."""

    def of(session: Session) -> bool | None:
        found = session.derived(process).all()
        good = session.derived(process, ok=True).all() if found else ()
        return bool(good) and good[-1].id == found[-1].id if found else None

    return of


def _sorter(session: Session) -> str | None:
    asset = _latest_sorted(session)
    if asset is None:
        return None
    return sorters.sorter_name(asset, finder_of(session).inventory.sources)


def _state(asset: SortedDataAsset) -> str | None:
    return None if asset.state is None else str(getattr(asset.state, "value", asset.state))


def _running(session: Session) -> int:
    return len(session.ecephys.current_sorting_pipeline_computations)


def _derived(session: Session) -> int:
    found = [asset for asset in session.data_assets if not is_raw_asset(asset)]
    return len(finder_of(session).inventory.checked(found))


COLUMNS: Mapping[str, Column] = {
    "id": Column("text", lambda session: session.id, about="the session's name"),
    "subject_id": Column("text", lambda session: session.subject_id, about="the subject, as text"),
    "platform": Column(
        "text", lambda session: session.platform, about="as in the name; absent since schema v2"
    ),
    "time": Column("local time", lambda session: session.dt, about="acquisition time in the name"),
    "start_time": Column(
        "UTC time",
        _start,
        (ASSETS, "acquisition_start_time"),
        about="acquisition time in the metadata record, if it states a time zone",
    ),
    "modalities": Column(
        "texts",
        _modalities,
        (ASSETS, "modalities"),
        about="from the record, else from the folders of the raw data",
    ),
    "project": Column(
        "text",
        lambda session: record_project(_record(session)),
        (ASSETS, "project_name"),
        about="name of the project in the record",
    ),
    "genotype": Column(
        "text",
        lambda session: record_genotype(_record(session)),
        (ASSETS, "genotype"),
        about="of the subject, from the record",
    ),
    "is_uploaded": Column(
        "yes or no",
        lambda session: session.is_uploaded,
        about="whether raw data are in S3 or Code Ocean",
    ),
    "raw_asset_id": Column(
        "text", lambda session: session.raw_data_asset.id, about="ID of the raw data asset"
    ),
    "raw_dir": Column(
        "text",
        lambda session: str(finder_of(session).expect_raw_location()),
        about="where the raw data are in S3",
    ),
    "raw_qc": Column(
        "text",
        _raw_qc,
        (QUALITY, "name"),
        about="quality control of the raw data: pass, fail or pending",
    ),
    "derived_assets": Column(
        "whole number", _derived, (ASSETS, "code_ocean"), about="number of derived assets"
    ),
    "derived": Column(
        "texts",
        _derived_names,
        (SOURCES, "source_data"),
        about="names of what was made from the raw data",
    ),
    "sorted_asset": Column(
        "text", _of_latest_sorted(lambda asset: asset.name), about="name of the latest sorted asset"
    ),
    "sorted_asset_id": Column(
        "text", _of_latest_sorted(lambda asset: asset.id), about="ID of the latest sorted asset"
    ),
    "sorter": Column("text", _sorter, about="spike sorter of the latest sorted asset"),
    "sorted_state": Column(
        "text",
        _of_latest_sorted(_state),
        (ASSETS, "state"),
        about="state of the latest sorted asset in Code Ocean",
    ),
    "good_sorted_asset": Column(
        "text", _good("sorted"), about="name of the latest sorted asset that succeeded"
    ),
    "sorting_ok": Column(
        "yes or no", _is_latest_good("sorted"), about="whether the latest sorting succeeded"
    ),
    "running_computations": Column(
        "whole number", _running, about="sortings of the raw data asset that are running"
    ),
}
"""All columns by name, in display order; ``notes`` comes last.

For any process, ``good:<process>`` and ``ok:<process>`` correspond to ``good_sorted_asset`` and
``sorting_ok``.
"""

_OF_PROCESS: Mapping[str, Callable[[str], Column]] = {
    "good": lambda process: Column(
        "text", _good(process), about=f"name of the latest {process} asset that succeeded"
    ),
    "ok": lambda process: Column(
        "yes or no", _is_latest_good(process), about=f"whether the latest {process} succeeded"
    ),
}


def _column(name: str) -> Column | None:
    """Return a column by its name; None if it does not exist."""
    if name == _NOTES:
        return Column("texts", lambda session: [], about="why values are missing")
    kind, _, process = name.partition(":")
    if process and kind in _OF_PROCESS:
        return _OF_PROCESS[kind](process)
    return COLUMNS.get(name)


def _kind(name: str) -> str:
    column = _column(name)
    return column.kind if column is not None else "text"


_NOTES = "notes"
_SHOWN = 3
"""The largest number of sessions that a warning names."""


_EXTRAS = {"pandas": "pandas", "polars": "polars", "pyarrow": "arrow"}


def need(library: str) -> None:
    """Import a table library first, so that a missing one is reported before any request.

    Raises
    ------
    ImportError
        The library is not installed; the message says how to install it.
    """
    extras.need(library, _EXTRAS[library], "this table", "to_records() needs nothing more")


def chosen(columns: Iterable[str] | None) -> tuple[str, ...]:
    """Return the names of the requested columns; all by default.

    Raises
    ------
    ValueError
        A column does not exist.
    """
    if columns is None:
        return (*COLUMNS, _NOTES)
    names = tuple(text(one, "a column") for one in several(columns))
    for name in names:
        if _column(name) is None:
            known = ", ".join([*COLUMNS, _NOTES, "good:<process>", "ok:<process>"])
            close = " or ".join(map(repr, near(name, (*COLUMNS, _NOTES))))
            hint = f"; near: {close}" if close else ""
            raise ValueError(f"there is no column {quote(name)}{hint}; there are {known}")
    return names


Hidden = list[tuple[str, str, Failure]]
"""Values that could not be requested: session, column and error."""


def row(
    session: Session, columns: Sequence[str], *, strict: bool, hidden: Hidden | None = None
) -> Row:
    """Return a session's row; missing values are None, and ``notes`` say why.

    Parameters
    ----------
    session, columns, strict
        See `aind_session.Sessions.to_records`.
    hidden
        Receives the values that could not be requested.
    """
    values: Row = {}
    notes: list[Note] = []
    for name in columns:
        if name != _NOTES:
            try:
                values[name] = _value(session, name)
            except AindSessionError as error:
                if strict and not isinstance(error, NotFoundError):
                    raise
                values[name] = None
                notes.append(note_of(session.id, error))
                if hidden is not None and isinstance(error, CouldNotLook):
                    hidden.append((session.id, name, error))
    if _NOTES in columns:
        values[_NOTES] = list(dict.fromkeys(first_line(note) for note in notes))
    return {name: values[name] for name in columns}


def _value(session: Session, name: str) -> Any:
    column = _column(name)
    assert column is not None  # noqa: S101 - names were checked
    value = column.value(session)
    if not value and column.held_in is not None:
        _need(session, *column.held_in)
    return value


def warn_of_hidden(hidden: Hidden, ids: Sequence[str]) -> None:
    """Warn about values that are missing because a source was not or could not be asked.

    Parameters
    ----------
    hidden
        The values that could not be requested, in any order.
    ids
        The sessions of all rows, in order.
    """
    place = {id_: number for number, id_ in enumerate(ids)}
    hidden = sorted(hidden, key=lambda one: place[one[0]])
    for service in dict.fromkeys(error.service for *_, error in hidden):
        mine = [(id_, name, error) for id_, name, error in hidden if error.service == service]
        rows = list(dict.fromkeys(id_ for id_, *_ in mine))
        columns = ", ".join(dict.fromkeys(name for _, name, _ in mine))
        shown = ", ".join(rows[:_SHOWN]) + (", ..." if len(rows) > _SHOWN else "")
        asked = f"{columns} of {len(rows)} of {len(ids)} rows ({shown})"
        how = "is missing from the table without {service}"
        if isinstance(mine[0][2], (NotInTableError, NotMountedError)):
            how = "is missing, because the answers come only from {service}"
        warn_of_missing([error for *_, error in mine], asked, how)


def _need(session: Session, table: str, column: str) -> None:
    """Raise `NotInTableError` if the nightly tables are in use and lack a column."""
    tables = finder_of(session).inventory.sources.tables
    if tables is not None:
        tables.need(table, column)


def to_pandas(rows: Sequence[Row], columns: Sequence[str]) -> pd.DataFrame:
    """Create a pandas table; empty tables have the same column types."""
    import pandas as pd

    types = {
        "text": "string",
        "whole number": "Int64",
        "yes or no": "boolean",
        "local time": "datetime64[us]",
        "UTC time": "datetime64[us, UTC]",
        "texts": "object",
    }
    series = {
        name: pd.Series([row[name] for row in rows], dtype=types[_kind(name)]) for name in columns
    }
    return pd.DataFrame(series, columns=list(columns))


def to_polars(rows: Sequence[Row], columns: Sequence[str]) -> pl.DataFrame:
    """Create a polars table; empty tables have the same column types."""
    import polars as pl

    types: dict[str, Any] = {
        "text": pl.String,
        "whole number": pl.Int64,
        "yes or no": pl.Boolean,
        "local time": pl.Datetime("us"),
        "UTC time": pl.Datetime("us", "UTC"),
        "texts": pl.List(pl.String),
    }
    return pl.DataFrame(list(rows), schema={name: types[_kind(name)] for name in columns})


def to_arrow(rows: Sequence[Row], columns: Sequence[str]) -> pa.Table:
    """Create an Arrow table; empty tables have the same column types."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "whole number": pa.int64(),
        "yes or no": pa.bool_(),
        "local time": pa.timestamp("us"),
        "UTC time": pa.timestamp("us", "UTC"),
        "texts": pa.list_(pa.string()),
    }
    schema = pa.schema([(name, types[_kind(name)]) for name in columns])
    return pa.Table.from_pylist(list(rows), schema=schema)
