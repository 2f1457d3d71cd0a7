"""Collections of sessions as tables: rows, pandas, polars and Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.many.views import Viewed

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from aind_session.many.column_names import ColumnName
    from aind_session.session import Session


class Tabular(Viewed):
    """A collection with methods that return tables; see `aind_session.Sessions`."""

    def to_records(self, columns: Iterable[ColumnName | str] | None = None) -> list[dict[str, Any]]:
        """Return a row for each session, in order.

        Parameters
        ----------
        columns
            Names in `aind_session.many.tables.COLUMNS` and ``notes``; all by default. Only the data
            for these columns are requested.

        Returns
        -------
        list of dict
            Missing values are None, and ``notes`` say why. ``time`` is the naive local time in the
            name; ``start_time`` is in UTC, if the metadata record states a zone. ``modalities``
            come from the record.

        Raises
        ------
        ValueError
            A column does not exist.
        AindSessionError
            With `strict`, a source could not be asked.

        Warns
        -----
        SourceDownWarning, LeftOutWarning
            Values are missing, because a server could not be asked, a token is missing, or only the
            nightly tables or mounts are used. The warning names columns and rows.

        Examples
        --------
        >>> from aind_session import sessions
        >>> sessions(676909)[2:3].to_records(["subject_id", "sorter"])
        [{'subject_id': '676909', 'sorter': 'kilosort2_5'}]
        """
        from aind_session.many import tables  # 15 ms, which most collections do not need

        return self._rows(tables.chosen(columns))

    def to_pandas(self, columns: Iterable[ColumnName | str] | None = None) -> pd.DataFrame:
        """Return a pandas table, see `to_records`; needs the extra ``pandas``.

        Examples
        --------
        >>> from aind_session import sessions
        >>> sessions(676909).to_pandas(["id", "derived_assets"])["derived_assets"].to_list()
        [0, 1, 2, 0]
        """
        table: pd.DataFrame = self._table("pandas", columns)
        return table

    def to_polars(self, columns: Iterable[ColumnName | str] | None = None) -> pl.DataFrame:
        """Return a polars table, see `to_records`; needs the extra ``polars``."""
        table: pl.DataFrame = self._table("polars", columns)
        return table

    def to_arrow(self, columns: Iterable[ColumnName | str] | None = None) -> pa.Table:
        """Return an Arrow table, see `to_records`; needs the extra ``arrow``."""
        table: pa.Table = self._table("pyarrow", columns)
        return table

    def _table(self, package: str, columns: Iterable[ColumnName | str] | None) -> Any:
        """Return the rows as a table of a package, which must be installed."""
        from aind_session.many import tables

        convert = {
            "pandas": tables.to_pandas,
            "polars": tables.to_polars,
            "pyarrow": tables.to_arrow,
        }[package]
        names = tables.chosen(columns)
        tables.need(package)
        return convert(self._rows(names), names)

    def _rows(self, names: Sequence[str]) -> list[dict[str, Any]]:
        if not self._members:
            return []
        from aind_session.many import tables

        straight = self._straight_rows(names)
        rest = [member for member in self._members if member not in straight]
        others = self._with(rest) if straight else self
        hidden: tables.Hidden = []
        ask = partial(tables.row, columns=names, strict=self.strict, hidden=hidden)
        rows = {**straight, **others._ask(ask, "table")}
        tables.warn_of_hidden(hidden, [member.id for member in self._members])
        return [rows[member] for member in self._members]

    def _straight_rows(self, names: Sequence[str]) -> dict[Session, dict[str, Any]]:
        """Return the rows that the nightly tables hold, if they are read."""
        if self._sources.tables is None:
            return {}
        from aind_session.many.straight import straight_rows

        return straight_rows(self._members, names, self._sources.records)
