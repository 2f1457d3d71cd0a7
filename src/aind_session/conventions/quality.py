"""What quality control says of a record, in the older schema and in the newer one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PASS, FAIL, PENDING = STATUSES = ("pass", "fail", "pending")

FIELDS = (
    "quality_control.status",
    "quality_control.evaluations.latest_status",
    "quality_control.evaluations.allow_failed_metrics",
    "quality_control.evaluations.metrics.status_history.status",
    "quality_control.metrics.status_history.status",
)
"""The fields that tell: a small part of up to a megabyte."""


def status(record: Mapping[str, Any]) -> str | None:
    """Judge a record: None where there is no quality control.

    Parameters
    ----------
    record
        With ``quality_control``: in v1 ``evaluations``, each with ``latest_status`` or with
        metrics of which it may tolerate failed ones; in v2 ``status`` by group, or ``metrics``.

    Examples
    --------
    >>> status({"quality_control": {"evaluations": [{"latest_status": "Pass"}]}})
    'pass'
    >>> status({"quality_control": {"status": {"ecephys": "Pass", "behavior": "Pending"}}})
    'pending'
    """
    found = list(_statuses(record.get("quality_control")))
    if not found:
        return None
    if FAIL in found:
        return FAIL
    return PASS if set(found) == {PASS} else PENDING


def _statuses(control: Any) -> Iterator[str]:
    if not isinstance(control, Mapping):
        return
    for evaluation in _objects(control.get("evaluations")):
        yield from _of_evaluation(evaluation)
    groups = control.get("status")
    if isinstance(groups, Mapping) and groups:
        yield from (str(value).lower() for value in groups.values())
    else:
        yield from _of_metrics(control.get("metrics"))


def _of_evaluation(evaluation: Mapping[str, Any]) -> Iterator[str]:
    latest = evaluation.get("latest_status")
    if isinstance(latest, str):
        yield latest.lower()
        return
    for found in _of_metrics(evaluation.get("metrics")):
        yield PASS if found == FAIL and evaluation.get("allow_failed_metrics") else found


def _of_metrics(metrics: Any) -> Iterator[str]:
    for metric in _objects(metrics):
        history = list(_objects(metric.get("status_history")))
        if history:
            yield str(history[-1].get("status")).lower()


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))
