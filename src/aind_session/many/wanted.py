"""The criteria of a search, and which records meet them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aind_session.conventions import quality
from aind_session.conventions.dates import is_within
from aind_session.conventions.mentions import is_same_subject
from aind_session.conventions.names import SessionId, find_asset_name
from aind_session.conventions.records import (
    is_raw_record,
    record_data_level,
    record_modalities,
    record_platform,
    record_project,
)
from aind_session.conventions.vocabulary import searched_modalities
from aind_session.sources.protocols import Body


@dataclass(frozen=True)
class Wanted:
    """The criteria of a search; empty or None means any."""

    subject: tuple[str, ...]
    project: tuple[str, ...]
    platform: tuple[str, ...]
    modality: tuple[str, ...]
    name: tuple[str, ...]
    data_level: tuple[str, ...]
    first: Any
    last: Any
    qc: str | None
    qc_about: Mapping[str, tuple[str, ...]]

    def fits(self, record: Body) -> SessionId | None:
        """Return the session of a record that meets all criteria, else None."""
        name = find_asset_name(record)
        if name is None or not is_within(name.session.dt, self.first, self.last):
            return None
        of_record = (
            (self.project, ((record_project(record) or "").strip(),)),
            (self.platform, (name.session.platform or record_platform(record),)),
            (self.modality, searched_modalities(record_modalities(record))),
            (self.data_level, (_data_level(record),)),
        )
        if any(wanted and not set(wanted) & set(values) for wanted, values in of_record):
            return None
        subject = name.session.subject_id
        if self.subject and not any(is_same_subject(one, subject) for one in self.subject):
            return None
        if self.name and not any(part in record["name"] for part in self.name):
            return None
        return name.session if self._is_judged_so(record) else None

    def _is_judged_so(self, record: Body) -> bool:
        if not self.asks_quality:
            return True
        found = quality.judge(m for m in quality.metrics(record) if m.is_about(**self.qc_about))
        return found is not None if self.qc is None else found == self.qc

    @property
    def asks_quality(self) -> bool:
        """Whether quality control is among the criteria."""
        return self.qc is not None or any(self.qc_about.values())


def _data_level(record: Body) -> str:
    """Return the level by the name, since records of derived data can state ``raw``."""
    if record_data_level(record) == "simulated":
        return "simulated"
    return "raw" if is_raw_record(record) else "derived"
