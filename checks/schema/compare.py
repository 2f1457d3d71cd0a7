"""Compare our readers of a record with its model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

from checks.schema.maker import MODALITIES, PAIRS, STAGES, TAGS

from aind_session.conventions import quality, records
from aind_session.conventions.processing import processing_steps
from aind_session.conventions.sorting import sorter_of_processing

UTC = timezone.utc
Pair = tuple[str, Callable[[], Any], Callable[[], Any]]


def differences(model: Any) -> Iterator[str]:
    """Yield where a reader and the model differ; a reader that raises differs, too."""
    record = json.loads(model.model_dump_json(by_alias=True))
    for about, read, expected in (*_of_parts(record, model), *_of_quality(record, model)):
        wanted = expected()
        try:
            found = read()
        except Exception as error:  # noqa: BLE001 - a reader never raises
            found = error
        if found != wanted:
            yield f"{about}: {found!r}, and the model says {wanted!r}"


def _of_parts(record: dict[str, Any], model: Any) -> Iterator[Pair]:
    about, subject, acquired = model.data_description, model.subject, model.acquisition
    yield (
        "subject",
        lambda: records.record_subject_id(record),
        lambda: about.subject_id if subject is None else subject.subject_id,
    )
    yield (
        "genotype",
        lambda: records.record_genotype(record),
        lambda: getattr(subject and subject.subject_details, "genotype", None),
    )
    yield (
        "birth",
        lambda: records.record_birth(record),
        lambda: getattr(subject and subject.subject_details, "date_of_birth", None),
    )
    yield "project", lambda: records.record_project(record), lambda: about.project_name
    yield (
        "modalities",
        lambda: records.record_modalities(record),
        lambda: tuple(
            sorted({modality.abbreviation.replace("-", "_") for modality in about.modalities})
        ),
    )
    yield (
        "data level",
        lambda: records.record_data_level(record),
        lambda: getattr(about.data_level, "value", about.data_level),
    )
    yield (
        "derivation",
        lambda: records.record_inputs(record),
        lambda: tuple(dict.fromkeys(about.source_data or ())),
    )
    yield (
        "start",
        lambda: records.record_start_time(record),
        lambda: acquired and acquired.acquisition_start_time,
    )
    yield (
        "end",
        lambda: records.record_end_time(record),
        lambda: acquired and acquired.acquisition_end_time,
    )
    yield "location", lambda: str(records.record_location(record)), lambda: model.location
    yield (
        "links",
        lambda: records.linked_asset_ids(record),
        lambda: tuple((model.other_identifiers or {}).get("Code Ocean", ())),
    )
    yield (
        "processes",
        lambda: [
            (step.type, step.name, step.started, step.ended, step.pipeline)
            for step in processing_steps(record["processing"])
        ],
        lambda: [
            (
                getattr(step.process_type, "value", step.process_type),
                step.name,
                step.start_date_time,
                step.end_date_time,
                step.pipeline_name,
            )
            for step in model.processing.data_processes
        ],
    )
    yield "sorter", lambda: sorter_of_processing(record["processing"]), lambda: _sorter(model)


def _sorter(model: Any) -> str | None:
    for step in model.processing.data_processes:
        is_sorting = "Spike sorting" in (getattr(step.process_type, "value", step.process_type),)
        if is_sorting or step.name.startswith("Spike sorting"):
            parameters = step.code.parameters
            name = getattr(parameters, "sorter_name", None)
            if name is not None:
                return str(name)
    return None


def _of_quality(record: dict[str, Any], model: Any) -> Iterator[Pair]:
    control = model.quality_control
    for filters in _filters():
        for date in (None, datetime(2026, 1, 2, 12, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)):
            yield (
                f"quality control, {filters} as of {date}",
                lambda filters=filters, date=date: quality.status(  # type: ignore[misc]
                    record, date=date, **_texts(filters)
                ),
                lambda filters=filters, date=date: _evaluated(control, filters, date),  # type: ignore[misc]
            )


def _filters() -> Iterator[dict[str, Any]]:
    yield {}
    yield from ({"modality": modality} for modality in MODALITIES[:3])
    yield {"modality": list(MODALITIES[:2]), "stage": list(STAGES[:2])}
    yield from ({"stage": stage} for stage in STAGES)
    yield from ({"tag": tag} for tag in TAGS)
    yield {"tag": list(TAGS[:2]), "stage": STAGES[0]}
    if PAIRS:
        yield from ({"tag": f"probe:{tag}"} for tag in TAGS)


def _texts(filters: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [
            getattr(one, "abbreviation", getattr(one, "value", one))
            for one in (value if isinstance(value, list) else [value])
        ]
        for name, value in filters.items()
    }


def _evaluated(control: Any, filters: dict[str, Any], date: datetime | None) -> str | None:
    """Return the model's status; None if no metric matches, for which the model says pass."""
    if control is None or not any(_is_about(metric, filters) for metric in control.metrics):
        return None
    found = control.evaluate_status(date=date, **filters)
    return str(getattr(found, "value", found)).lower()


def _is_about(metric: Any, filters: dict[str, Any]) -> bool:
    tags = metric.tags
    named = set(tags)
    if isinstance(tags, dict):
        named = {*tags.values(), *(f"{key}:{tag}" for key, tag in tags.items())}
    has: dict[str, Callable[[Any], bool]] = {
        "modality": lambda one: metric.modality == one,
        "stage": lambda one: metric.stage == one,
        "tag": lambda one: one in named,
    }
    return all(
        any(has[name](one) for one in (value if isinstance(value, list) else [value]))
        for name, value in filters.items()
    )
