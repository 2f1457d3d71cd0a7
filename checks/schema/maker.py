"""Create random valid metadata records of the installed release of ``aind-data-schema``.

Polyfactory fills the official models. This module sets values that their validators require beyond
types, and values that matter to our readers (statuses out of order, tags that may fail, sorters).
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, TypeVar, get_args
from uuid import UUID

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from aind_data_schema.components import subjects
    from aind_data_schema.components.identifiers import Code
    from aind_data_schema.core import quality_control
    from aind_data_schema.core.acquisition import Acquisition, AcquisitionSubjectDetails, DataStream
    from aind_data_schema.core.data_description import DataDescription
    from aind_data_schema.core.metadata import Metadata
    from aind_data_schema.core.processing import DataProcess, Processing
    from aind_data_schema.core.subject import Subject
    from aind_data_schema_models.data_name_patterns import DataLevel
    from aind_data_schema_models.modalities import Modality
    from aind_data_schema_models.process_names import ProcessName
    from aind_data_schema_models.species import Species, Strain

from polyfactory.factories.pydantic_factory import ModelFactory

T = TypeVar("T")

UTC = timezone.utc
TAGS = ("A", "B", "C")
STATUSES = tuple(quality_control.Status)
STAGES = tuple(quality_control.Stage)
MODALITIES = tuple(kind() for kind in Modality.ALL)
LISTED_TAGS = "dict" not in str(quality_control.QCMetric.model_fields["tags"].annotation)
ALLOWED = quality_control.QualityControl.model_fields["allow_tag_failures"].annotation
PAIRS = hasattr(quality_control.QualityControl, "tag_pairs")
"""Whether tags can also be named ``key:value``: since 2.4."""

_TRIES = 200


class _Factory(ModelFactory[Any]):
    """Fills models; caches the factories of their parts, whose creation is slow."""

    __is_base_factory__ = True
    __randomize_collection_length__ = True
    __max_collection_length__ = 2

    @classmethod
    def _get_or_create_factory(cls, model: type) -> Any:
        return _factory(model)


@cache
def _factory(model: type) -> Any:
    return _Factory.create_factory(model)


class Maker:
    """Creates records; the same seed gives the same records.

    Parameters
    ----------
    seed
        Any whole number.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - not for secrets
        _Factory.seed_random(seed)

    def metadata(self) -> Any:
        """Create the metadata of an asset; all parts but one may be missing."""
        return self._valid(self._metadata)

    def _metadata(self) -> Any:
        description = self._description()
        databases = {
            "Code Ocean": [str(self._uuid()) for _ in range(self._up_to(3))],
            "DANDI": ["x"],
        }
        place = self.random.choice(("aind-open-data", "codeocean-s3datasetsbucket-1u41qdg42ur9"))
        return Metadata(
            name=description.name or "no name",
            location=f"s3://{place}/{self.random.choice((description.name, self._uuid()))}",
            other_identifiers=self._maybe(databases),
            subject=self._maybe(self._subject()),
            data_description=description,
            acquisition=self._maybe(self._acquisition()),
            processing=self._processing(),
            quality_control=self._maybe(self._quality_control()),
        )

    def _subject(self) -> Any:
        kind = self.random.choice(get_args(Subject.model_fields["subject_details"].annotation))
        fixed: dict[str, Any] = {}
        if kind is subjects.MouseSubject:
            fixed = {"strain": Strain.C57BL_6J, "species": Species.HOUSE_MOUSE}
        elif kind is subjects.HumanSubject and "species" in kind.model_fields:
            fixed = {"species": Species.HUMAN}
        return self._build(Subject, subject_details=self._build(kind, **fixed))

    def _description(self) -> Any:
        level = self.random.choice(list(DataLevel))
        raw = (
            f"{self.random.randint(100000, 999999)}_2026-01-{self.random.randint(10, 31)}_10-11-12"
        )
        is_raw = level == DataLevel.RAW
        return self._build(
            DataDescription,
            data_level=level,
            subject_id=raw.partition("_")[0],
            name=raw if is_raw else f"{raw}_sorted_2026-02-01_00-00-00",
            source_data=None if is_raw else self._maybe([raw, "other"][: 1 + self._up_to(1)]),
            modalities=self._some(MODALITIES, 3),
        )

    def _acquisition(self) -> Any:
        start = self._time() - timedelta(days=30)  # later processing is valid
        end = start + timedelta(hours=1)
        stream = DataStream(
            stream_start_time=start,
            stream_end_time=end,
            modalities=[Modality.BEHAVIOR],
            active_devices=[],
            configurations=[],
        )
        return Acquisition(
            subject_id="x",
            acquisition_start_time=start,
            acquisition_end_time=end,
            experimenters=["x"],
            instrument_id="x",
            acquisition_type="x",
            data_streams=[stream],
            stimulus_epochs=[],
            subject_details=AcquisitionSubjectDetails(mouse_platform_name="x"),
        )

    def _processing(self) -> Any:
        processes = [self._process(number) for number in range(self._up_to(4))]
        return Processing(data_processes=processes, dependency_graph=None)

    def _process(self, number: int) -> Any:
        types = (*ProcessName, *(ProcessName.SPIKE_SORTING,) * 20)
        start = self._time()
        sorters: Sequence[Any] = (
            {"sorter_name": f"kilosort{number}"},
            {"sorter_name": None},
            {},
            None,
        )
        return self._build(
            DataProcess,
            process_type=self.random.choice(types),
            name=self.random.choice(("", f"Spike sorting - Probe{number}", f"Process {number}")),
            notes="x",
            code=Code(url="https://x", version="1", parameters=self.random.choice(sorters)),
            pipeline_name=None,
            resources=None,
            start_date_time=start,
            end_date_time=self._maybe(start + timedelta(hours=1)),
            **({"output_parameters": {}} if number % 2 else {}),
        )

    def _quality_control(self) -> Any:
        names = list(TAGS)
        if PAIRS:
            names += [f"probe:{tag}" for tag in TAGS]
        allowed: list[Any] = self._some(names, 2)
        if "tuple" in str(
            quality_control.QualityControl.model_fields["allow_tag_failures"].annotation
        ):
            allowed += [tuple(self._some(TAGS, 2)) for _ in range(self._up_to(1))]
        return quality_control.QualityControl(
            metrics=[self._metric() for _ in range(self._up_to(4))],
            default_grouping=["probe"],
            allow_tag_failures=allowed,
        )

    def _metric(self) -> Any:
        stage = self.random.choice(STAGES)
        kind = self.random.choice((quality_control.QCMetric, quality_control.CurationMetric))
        tags = self._some(TAGS, 2)
        return self._build(
            kind,
            modality=self.random.choice(MODALITIES[:3]),
            stage=stage,
            evaluated_assets=["x"] if stage == quality_control.Stage.MULTI_ASSET else None,
            tags=tags if LISTED_TAGS else dict(zip(("probe", "shank"), tags, strict=False)),
            status_history=[
                quality_control.QCStatus(
                    evaluator="x", status=self.random.choice(STATUSES), timestamp=self._time()
                )
                for _ in range(1 + self._up_to(3))
            ],
        )

    # -- parts --

    def _build(self, model: type, **fixed: Any) -> Any:
        return self._valid(lambda: _factory(model).build(**fixed))

    def _valid(self, make: Callable[[], T]) -> T:
        """Create a value that the validators accept."""
        for _ in range(_TRIES):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return make()
            except (ValueError, TypeError, IndexError) as error:
                last = error
        raise RuntimeError(f"no valid one in {_TRIES} tries") from last

    def _time(self) -> datetime:
        """Return one of a few times, so that two can be equal, in one of a few zones."""
        zone = timezone(timedelta(hours=self.random.choice((0, -8, 5.5))))
        minutes = self.random.choice((0, 0, 1)) * self.random.randint(0, 1440)
        return datetime(2026, 1, self.random.randint(1, 4), tzinfo=zone) + timedelta(
            minutes=minutes
        )

    def _maybe(self, value: T) -> T | None:
        return None if self.random.random() < 0.1 else value

    def _some(self, values: Sequence[T], at_most: int) -> list[T]:
        return self.random.sample(list(values), self._up_to(min(at_most, len(values))))

    def _up_to(self, number: int) -> int:
        return self.random.randint(0, number)

    def _uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))
