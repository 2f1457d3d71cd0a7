"""What a metadata record says of the processing of data: which steps, when, in which pipeline."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aind_session.conventions.records import moment_in_record


@dataclass(frozen=True)
class ProcessStep:
    """A step of processing.

    Attributes
    ----------
    type
        What kind of step, such as ``Spike sorting``.
    name
        Its own name in schema v2; the type if it has no name.
    started, ended
        In UTC, naive where the record states no zone; None where it does not say.
    pipeline
        The name of its pipeline, in schema v2.
    """

    type: str
    name: str
    started: datetime.datetime | None
    ended: datetime.datetime | None
    pipeline: str | None = None


def processing_steps(processing: Any) -> tuple[ProcessStep, ...]:
    """Read the steps of a processing, in the order of the record.

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
    """Return the steps as they stand in a processing: in lists of lists, in a pipeline or not."""
    for holder in (_part(processing, "processing_pipeline"), processing):
        yield from _flat(_part(holder, "data_processes"))


def _flat(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, Mapping):
        yield found
    elif isinstance(found, list):
        for item in found:
            yield from _flat(item)


def _step(body: Mapping[str, Any]) -> ProcessStep:
    name, kind, pipeline = (_text(body.get(k)) for k in ("name", "process_type", "pipeline_name"))
    return ProcessStep(
        type=kind or name,
        name=name or kind,
        started=moment_in_record(body.get("start_date_time")),
        ended=moment_in_record(body.get("end_date_time")),
        pipeline=pipeline or None,
    )


def _part(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
