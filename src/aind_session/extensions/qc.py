"""``session.qc``: the quality control of a session, as a status and as a table of metrics."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from aind_session.catalog.quality_control import find_metrics
from aind_session.conventions import quality
from aind_session.conventions.dates import DateLike, parse_when
from aind_session.conventions.quality import Metric
from aind_session.conventions.vocabulary import quality_criteria
from aind_session.display import Cell, Shown, Table
from aind_session.display.cell import Tone
from aind_session.errors.wording import in_utc, number_of
from aind_session.extension import ExtensionBaseClass, register_namespace
from aind_session.many.tables import need
from aind_session.runtime.calls import one_call
from aind_session.runtime.misspelled import warn_of_unknown
from aind_session.session import Session

if TYPE_CHECKING:
    import pandas as pd

Several = str | Iterable[str]

_TONES: dict[str, Tone] = {"pass": "good", "fail": "bad", "pending": "wait", "unknown": "unknown"}
COLUMNS = tuple(field.name for field in fields(Metric) if not field.name.startswith("_"))


class Metrics(tuple[Metric, ...], Shown):
    r"""Quality-control metrics: a tuple with a status, shown as a table.

    Examples
    --------
    >>> found = Metrics([Metric("Drift", "Raw data", "ecephys", ("probe:A",), "pass", "Ann")])
    >>> found
    Metrics(1: pass)
    >>> print("\n".join(str(found).splitlines()[1:]))
    name   stage     modality  tags     status  evaluator
    Drift  Raw data  ecephys   probe:A  pass    Ann
    """

    __slots__ = ()

    @property
    def status(self) -> str | None:
        """``pass``, ``fail`` or ``pending`` for all metrics; None if there are no metrics."""
        return quality.judge(self)

    @property
    def deciding(self) -> Metrics:
        """The metrics that decide the status: the failed ones, else the pending ones, else all."""
        return Metrics(quality.deciding(self))

    @property
    def records(self) -> tuple[str, ...]:
        """The names of their metadata records, each once."""
        return tuple(dict.fromkeys(metric.record for metric in self if metric.record))

    def about(
        self,
        *,
        modality: Several | None = None,
        stage: Several | None = None,
        tag: Several | None = None,
    ) -> Metrics:
        """Select metrics by modality, stage and tag.

        Parameters
        ----------
        modality
            A modality in either spelling, such as ``behavior_videos`` or ``behavior-videos``.
        stage
            ``Raw data``, ``Processing``, ``Analysis`` or ``Multi-asset``.
        tag
            ``key:value``, or only the value.

        Raises
        ------
        ValueError
            The stage does not exist, or the modality is misspelled.

        Warns
        -----
        NothingFoundWarning
            No metric has this tag. The warning names the existing tags, nearest first.
        """
        wanted = quality_criteria(modality, stage, tag)
        if self:
            there = sorted({tag for metric in self for tag in metric.tag_names})
            warn_of_unknown("tag", wanted["tag"], there)
        return Metrics(metric for metric in self if metric.is_about(**wanted))

    def to_records(self) -> list[dict[str, Any]]:
        """Return a dictionary of plain values for each metric."""
        return [
            {name: getattr(metric, name) for name in COLUMNS} | {"tags": list(metric.tags)}
            for metric in self
        ]

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas table with a row for each metric; needs the extra ``pandas``."""
        need("pandas")
        import pandas as pd

        types = {"tags": "object", "time": "datetime64[us, UTC]", "may_fail": "boolean"}
        rows = self.to_records()
        columns = {
            name: pd.Series([row[name] for row in rows], dtype=types.get(name, "string"))
            for name in COLUMNS
        }
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)}{f': {self.status}' if self else ''})"

    __str__ = Shown.as_text

    def _card(self) -> Table:
        used = [name for name in COLUMNS if any(row[name] for row in self.to_records())]
        rows = [[_cell(name, getattr(metric, name)) for name in used] for metric in self]
        count = number_of(len(self), "metric")
        return Table.of(used, rows, title=f"quality control: {self.status or 'none'}", aside=count)


def _cell(name: str, value: Any) -> Cell:
    if name == "status":
        return Cell(value, _TONES[value])
    if isinstance(value, tuple):
        value = ", ".join(value)
    if isinstance(value, bool):
        value = "yes" if value else ""
    if isinstance(value, datetime.datetime):
        value = in_utc(value)
    return Cell(value or "")


@register_namespace("qc")
class QcExtension(ExtensionBaseClass):
    """The quality control of a session.

    It is read from the metadata records of the session's raw and derived data. If two records
    describe the same data, the v2 record counts if it has quality control; if one metric is in
    several records, its newest status counts.

    Examples
    --------
    >>> from aind_session import Session
    >>> Session("ecephys_676909_2023-12-13_13-43-40").qc.status is None
    True
    """

    _base: Session

    @property
    @one_call
    def status(self) -> str | None:
        """``fail``, ``pending`` or ``pass``; None without quality control.

        Raises
        ------
        RemoteError
            DocDB could not be asked.
        """
        return self._metrics().status

    @property
    @one_call
    def metrics(self) -> Metrics:
        """All current metrics; empty without quality control.

        Raises
        ------
        RemoteError
            DocDB could not be asked.
        """
        return self._metrics()

    @one_call
    def as_of(self, date: DateLike) -> Metrics:
        """Return the metrics as of a date.

        Parameters
        ----------
        date
            A day, which means its end, or a time. Local time of this machine, unless it states a
            zone.

        Raises
        ------
        ValueError
            The date is invalid.
        RemoteError
            DocDB could not be asked.
        """
        return self._metrics(_end_of(date))

    def _metrics(self, date: datetime.datetime | None = None) -> Metrics:
        found = find_metrics(self.finder, date=date)
        return Metrics(found.known(f"qc of {self._base.id}") or ())


def _end_of(date: DateLike) -> datetime.datetime:
    here = datetime.datetime.now().astimezone().tzinfo
    read = parse_when(date, here)
    if isinstance(read, datetime.datetime):
        return read.astimezone()
    return datetime.datetime.combine(read, datetime.time.max).astimezone()
