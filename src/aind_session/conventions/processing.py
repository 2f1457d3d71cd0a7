"""The processing steps in a metadata record: their types, times and pipelines."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from aind_session.conventions.records import moment_in_record
from aind_session.errors.value import Value
from aind_session.runtime.parsing import as_text, value_in


class ProcessStep(Value):
    """A step of processing.

    Attributes
    ----------
    type
        The type of step, such as ``Spike sorting``.
    name
        The step's name in schema v2; the type if it has no name.
    started, ended
        In UTC; naive if the record states no zone; None if it states no time.
    pipeline
        The name of the pipeline, in schema v2.
    """

    type: str
    name: str
    started: datetime.datetime | None
    ended: datetime.datetime | None
    pipeline: str | None = None


def processing_steps(processing: Any) -> tuple[ProcessStep, ...]:
    """Parse the processing steps, in the order of the record.

    Parameters
    ----------
    processing
        A record's ``processing``, or the content of ``processing.json``, in either schema.

    Examples
    --------
    >>> step = {"name": "Spike sorting", "start_date_time": "2023-12-17T03:16:51Z"}
    >>> found = processing_steps({"processing_pipeline": {"data_processes": [step]}})
    >>> [(step.type, step.started.isoformat()) for step in found]
    [('Spike sorting', '2023-12-17T03:16:51+00:00')]
    """
    return tuple(map(_step, process_bodies(processing)))


def process_bodies(processing: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the unparsed steps: from nested lists, in a pipeline or not; last, v1's analyses."""
    for holder in (value_in(processing, "processing_pipeline"), processing):
        yield from _flat(value_in(holder, "data_processes"))
    yield from _flat(value_in(processing, "analyses"))


def _flat(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, Mapping):
        yield found
    elif isinstance(found, list):
        for item in found:
            yield from _flat(item)


def _step(body: Mapping[str, Any]) -> ProcessStep:
    name, kind, pipeline = (as_text(body.get(k)) for k in ("name", "process_type", "pipeline_name"))
    return ProcessStep(
        type=kind or name,
        name=name or kind,
        started=moment_in_record(body.get("start_date_time")),
        ended=moment_in_record(body.get("end_date_time")),
        pipeline=pipeline or None,
    )
