"""Quality control of a record, evaluated as the metadata schema does.

Both schemas are read: evaluations with metrics (v1), and metrics alone (v2). A status is computed
from the histories of the metrics. The status that a record states itself is often out of date, and
is used only if there are no metrics. See the page *How answers are chosen* (``docs/rules.md``).
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from aind_session.conventions.assets import modality_name
from aind_session.conventions.dates import UTC, moment_utc, states_a_zone
from aind_session.conventions.records import (
    Record,
)
from aind_session.runtime.parsing import as_text

PASS, FAIL, PENDING = STATUSES = ("pass", "fail", "pending")
UNKNOWN = "unknown"
"""The status of a metric without a status that the schema knows; never counts as a pass."""

STAGES = ("Raw data", "Processing", "Analysis", "Multi-asset")

FIELDS = (
    "quality_control.status",
    "quality_control.allow_tag_failures",
    "quality_control.metrics.name",
    "quality_control.metrics.stage",
    "quality_control.metrics.modality.abbreviation",
    "quality_control.metrics.tags",
    "quality_control.metrics.status_history",
    "quality_control.evaluations.name",
    "quality_control.evaluations.stage",
    "quality_control.evaluations.modality.abbreviation",
    "quality_control.evaluations.tags",
    "quality_control.evaluations.latest_status",
    "quality_control.evaluations.allow_failed_metrics",
    "quality_control.evaluations.metrics.name",
    "quality_control.evaluations.metrics.status_history",
    "quality_control.overall_status",
    "quality_control.evaluations.evaluation_stage",
    "quality_control.evaluations.evaluation_modality.abbreviation",
    "quality_control.evaluations.evaluation_date",
    "quality_control.evaluations.evaluator_full_name",
    "quality_control.evaluations.stage_status",
)
"""The fields needed: a small part of a record of up to a megabyte."""

_NEVER = datetime.datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Metric:
    """A metric of quality control, with its status at one time.

    Attributes
    ----------
    name
        The name; ``evaluation: metric`` in v1.
    stage
        ``Raw data``, ``Processing``, ``Analysis`` or ``Multi-asset``.
    modality
        The modality, spelled with underscores.
    tags
        ``key:value``, or only the value in schemas before 2.3.
    status
        ``pass``, ``fail``, ``pending`` or ``unknown``.
    evaluator
        Who set the status; None if the record does not state it.
    time
        When the status was set, in UTC.
    may_fail
        Whether a failure of this metric does not fail the record.
    record
        The name of the metadata record.
    """

    name: str
    stage: str | None
    modality: str | None
    tags: tuple[str, ...]
    status: str
    evaluator: str | None = None
    time: datetime.datetime | None = None
    may_fail: bool = False
    record: str | None = None
    _tag_names: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    @property
    def tag_names(self) -> frozenset[str]:
        """All names of the tags: ``key:value``, and only the value."""
        return self._tag_names or frozenset(self.tags)

    def is_about(
        self, modality: Collection[str] = (), stage: Collection[str] = (), tag: Collection[str] = ()
    ) -> bool:
        """Return whether it matches one of each: modalities, stages, tags; empty means any."""
        return (
            (not modality or self.modality in {*map(modality_name, modality)})
            and (not stage or self.stage in stage)
            and (not tag or not self.tag_names.isdisjoint(tag))
        )


def status(
    record: Record,
    *,
    modality: Collection[str] = (),
    stage: Collection[str] = (),
    tag: Collection[str] = (),
    date: datetime.datetime | None = None,
) -> str | None:
    """Return the status of a record, as ``QualityControl.evaluate_status`` of the schema does.

    Parameters
    ----------
    record
        With ``quality_control``.
    modality, stage, tag
        Only metrics of one of these; a tag as ``key:value``, or only the value.
    date
        The time of the status; by default now. See `metrics`.

    Returns
    -------
    str or None
        ``fail`` if a metric failed that may not fail, else ``pending`` if one is pending or
        unknown, else ``pass``. None if there is no such metric, which the schema calls a pass.

    Examples
    --------
    >>> def metric(stage, *statuses):
    ...     return {"stage": stage, "status_history": [{"status": status} for status in statuses]}
    >>> found = [metric("Raw data", "Pending", "Pass"), metric("Processing", "Fail")]
    >>> record = {"quality_control": {"metrics": found}}
    >>> status(record), status(record, stage=["Raw data"]), status(record, stage=["Analysis"])
    ('fail', 'pass', None)
    """
    return judge(m for m in metrics(record, date=date) if m.is_about(modality, stage, tag))


def judge(metrics: Iterable[Metric]) -> str | None:
    """Return the combined status of several metrics; None without metrics.

    Examples
    --------
    >>> judge([Metric("a", None, None, (), "fail", may_fail=True)])
    'pass'
    """
    found = {PASS if m.status == FAIL and m.may_fail else m.status for m in metrics}
    if not found:
        return None
    if FAIL in found:
        return FAIL
    return PASS if found == {PASS} else PENDING


def deciding(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return the metrics that decide the combined status: failed ones, else pending ones, else all.

    Examples
    --------
    >>> passed, failed = (Metric(s, None, None, (), s) for s in ("pass", "fail"))
    >>> [metric.name for metric in deciding([passed, failed])]
    ['fail']
    """
    found = tuple(metrics)
    together = judge(found)
    return tuple(metric for metric in found if judge([metric]) == together)


def metrics(record: Record, *, date: datetime.datetime | None = None) -> tuple[Metric, ...]:
    """Return the metrics of a record, each with its status at a time.

    Parameters
    ----------
    record
        With ``quality_control`` in either schema.
    date
        The time of the status; by default now. A time without a zone, here and in the record, is
        local time of this machine, as in the schema. In v2, the status with the latest time up to
        `date` is used, or the first one if all are later. In v1, the last in the list that is not
        later is used, and a metric without such a status is left out.

    Examples
    --------
    >>> history = [{"status": "Pass", "timestamp": "2026-02-02T00:00:00Z", "evaluator": "Ann"}]
    >>> history += [{"status": "Fail", "timestamp": "2026-02-01T00:00:00Z", "evaluator": "Bob"}]
    >>> found = [{"name": "Drift", "tags": {"probe": "A"}, "status_history": history}]
    >>> read = metrics({"quality_control": {"metrics": found}})
    >>> [(metric.name, metric.tags, metric.status, metric.evaluator) for metric in read]
    [('Drift', ('probe:A',), 'pass', 'Ann')]
    """
    control = record.get("quality_control")
    if not isinstance(control, Mapping):
        return ()
    at = datetime.datetime.now(UTC) if date is None else date.astimezone(UTC)
    found = (*_of_evaluations(control, at), *_of_metrics(control, at))
    if not found and date is None:
        found = tuple(_of_groups(control))
    name = as_text(record.get("name")) or None
    return tuple(replace(metric, record=name) for metric in found)


def latest(
    records: Iterable[Record], *, date: datetime.datetime | None = None
) -> tuple[Metric, ...]:
    """Return the metrics of several records, without duplicates.

    Derived data inherit the metrics of their raw data. If several records have the same metric
    (name, stage, modality and tags), its newest status is used.

    Parameters
    ----------
    records
        In order of registration, as from `that_count`.
    date
        The time of the status; see `metrics`.
    """
    found: dict[Hashable, Metric] = {}
    for record in records:
        seen: Counter[Hashable] = Counter()
        for metric in metrics(record, date=date):
            of = (metric.name, metric.stage, metric.modality, metric.tags)
            seen[of] += 1  # equal metrics of one record are different ones
            known = found.get((of, seen[of]))
            if known is None or (metric.time or _NEVER) >= (known.time or _NEVER):
                found[of, seen[of]] = metric
    return tuple(found.values())


class _Tagged(NamedTuple):
    """Tags as shown, all their names, and whether metrics with them may fail."""

    shown: tuple[str, ...]
    names: frozenset[str]
    may_fail: bool = False


def _of_metrics(control: Mapping[str, Any], at: datetime.datetime) -> Iterator[Metric]:
    allowed = control.get("allow_tag_failures")
    for body in _objects(control.get("metrics")):
        tags = _tagged(body.get("tags"))
        tags = tags._replace(may_fail=_may_fail(tags.names, allowed))
        entry = _newest(list(_objects(body.get("status_history"))), at)
        yield _metric(as_text(body.get("name")), body, entry, tags)


def _of_evaluations(control: Mapping[str, Any], at: datetime.datetime) -> Iterator[Metric]:
    for evaluation in map(_named_as_today, _objects(control.get("evaluations"))):
        name = as_text(evaluation.get("name"))
        tags = _tagged(evaluation.get("tags"))
        tags = tags._replace(may_fail=bool(evaluation.get("allow_failed_metrics")))
        bodies = list(_objects(evaluation.get("metrics")))
        histories = [list(_objects(body.get("status_history"))) for body in bodies]
        if not any(histories):  # only the evaluation states a status
            kept = {**evaluation, "status": evaluation.get("latest_status")}
            if (kept["status"] is not None or bodies) and _last([kept], at) is not None:
                yield _metric(name, evaluation, kept, tags)
            continue
        for body, history in zip(bodies, histories, strict=True):
            entry = _last(history, at)
            if entry is not None:
                both = filter(None, (name, as_text(body.get("name"))))
                yield _metric(": ".join(both), evaluation, entry, tags)


def _named_as_today(evaluation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an evaluation of schema 1.0, without metrics, with the fields of later releases."""
    if "stage_status" not in evaluation:
        return evaluation
    return {
        "name": evaluation.get("evaluation_stage"),
        "stage": evaluation.get("evaluation_stage"),
        "modality": evaluation.get("evaluation_modality"),
        "latest_status": evaluation.get("stage_status"),
        "evaluator": evaluation.get("evaluator_full_name"),
        "timestamp": evaluation.get("evaluation_date"),
    }


def _of_groups(control: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield the statuses of groups, as metrics, for a record without metrics."""
    if isinstance(overall := control.get("overall_status"), str):  # schema 1.0
        yield Metric("overall status", None, None, (), _status(overall))
    groups = control.get("status")
    for name, found in groups.items() if isinstance(groups, Mapping) else ():
        group = str(name)
        is_stage = group in STAGES
        yield Metric(
            name=group,
            stage=group if is_stage else None,
            # older schemas do not distinguish modalities from tags
            modality=None if is_stage or ":" in group else modality_name(group),
            tags=() if is_stage else (group,),
            status=_status(found),
            _tag_names=frozenset() if is_stage else frozenset((group, group.partition(":")[2])),
        )


def _metric(name: str, about: Mapping[str, Any], entry: Mapping[str, Any], tags: _Tagged) -> Metric:
    modality = about.get("modality")
    found = modality.get("abbreviation") if isinstance(modality, Mapping) else modality
    return Metric(
        name=name,
        stage=as_text(about.get("stage")) or None,
        modality=modality_name(as_text(found)) or None,
        tags=tags.shown,
        status=_status(entry.get("status")),
        evaluator=as_text(entry.get("evaluator")) or None,
        time=_time(entry),
        may_fail=tags.may_fail,
        _tag_names=tags.names,
    )


def _newest(history: list[Mapping[str, Any]], at: datetime.datetime) -> Mapping[str, Any]:
    timed = [(time, entry) for entry in history if (time := _time(entry)) is not None]
    if not timed:
        return history[-1] if history else {}
    until = [(time, entry) for time, entry in timed if time <= at]
    return max(until, key=lambda one: one[0])[1] if until else history[0]


def _last(history: list[Mapping[str, Any]], at: datetime.datetime) -> Mapping[str, Any] | None:
    if not history:
        return {}
    return next((e for e in reversed(history) if (_time(e) or at) <= at), None)


def _time(entry: Mapping[str, Any]) -> datetime.datetime | None:
    text = entry.get("timestamp")
    moment = moment_utc(text)
    if not isinstance(text, str) or moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if states_a_zone(text) else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):  # the conversion leaves the calendar
        return None


def _tagged(value: Any) -> _Tagged:
    if isinstance(value, Mapping):
        pairs = [(str(key), tag) for key, tag in value.items() if isinstance(tag, str)]
        shown = tuple(f"{key}:{tag}" for key, tag in pairs)
        return _Tagged(shown, frozenset((*shown, *(tag for _, tag in pairs))))
    shown = tuple(tag for tag in value if isinstance(tag, str)) if isinstance(value, list) else ()
    # newer releases of the schema name the tags in older lists this way
    numbered = (f"tag_{number}:{tag}" for number, tag in enumerate(shown, 1))
    return _Tagged(shown, frozenset((*shown, *numbered)))


def _may_fail(names: frozenset[str], allowed: Any) -> bool:
    """Return whether a metric may fail: the record lists a tag, or a list of tags, that it has."""
    if not names or not isinstance(allowed, list):
        return False
    return any(
        all(as_text(tag) in names for tag in (one if isinstance(one, list) else [one]))
        for one in allowed
    )


def _status(value: Any) -> str:
    known = value.lower() if isinstance(value, str) else UNKNOWN
    return known if known in STATUSES else UNKNOWN


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))
