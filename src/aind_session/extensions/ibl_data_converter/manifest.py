"""The manifest of the IBL data converter, which maps annotations to sorted recordings."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aind_session.conventions.mentions import EXPERIMENT_LABEL, SUBJECT_LABEL
from aind_session.errors.wording import quote
from aind_session.runs.plan import Plan, WriteFile, create_asset
from aind_session.runtime.arguments import several
from aind_session.sources.paths import get_bucket_and_prefix

if TYPE_CHECKING:
    import upath

_PROBE_AND_DAY = re.compile(r"(?P<probe>[A-F])[-_ ]*(?P<day>[1-9])")


@dataclass
class ManifestRecord:
    """A row of the manifest: one annotated probe in one sorted recording.

    Attributes
    ----------
    mouseid
        The subject.
    sorted_recording
        The name of the sorted data asset.
    probe_file
        The name of the Neuroglancer state, without ``.json``.
    probe_name
        The probe as Open Ephys names it, such as ``ProbeA``. The user fills it in if the name of
        the annotation does not contain it.
    probe_shank
        The shank, if the probe has several.
    probe_id
        The name of the annotation layer.
    surface_finding
        The name of the surface recording of the same day, if there is one.
    annotation_format
        The format of the state: ``json``.
    """

    mouseid: str
    sorted_recording: str
    probe_file: str
    probe_name: str | None = None
    probe_shank: str | None = None
    probe_id: str | None = None
    surface_finding: str | None = None
    annotation_format: str = "json"


def probe_and_day(annotation_names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Read probe and day of recording from the names of annotation layers.

    Parameters
    ----------
    annotation_names
        Names such as ``A1`` or ``probe B_2``, with probes A to F and days 1 to 9. Other names are
        left out.

    Examples
    --------
    >>> probe_and_day(["probe B_2", "targets"])
    {'probe B_2': {'probe': 'B', 'day': '2'}}
    """
    matches = {name: _PROBE_AND_DAY.search(name) for name in annotation_names}
    return {name: match.groupdict() for name, match in matches.items() if match is not None}


def surface_recordings(names: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Pair the first recording of each day with the second, the surface recording.

    Parameters
    ----------
    names
        Date and name of each recording of a subject. Days with one recording are left out; of more
        than two, the first two count.

    Examples
    --------
    >>> surface_recordings([("2024-04-09", "a"), ("2024-04-09", "b"), ("2024-04-10", "c")])
    {'a': 'b'}
    """
    by_day: dict[str, list[str]] = {}
    for date, name in names:
        by_day.setdefault(date, []).append(name)
    days = [sorted(recordings) for recordings in by_day.values()]
    return {day[0]: day[1] for day in days if len(day) > 1}


@dataclass(frozen=True)
class Draft:
    """The data for the rows of a subject's manifest.

    Attributes
    ----------
    subject_id
        The subject.
    state_name
        The name of the Neuroglancer state.
    annotation_names
        The names of its annotation layers.
    sorted_names
        The names of the sorted data assets.
    recording_names
        The names of the raw ecephys assets; sorted, they are those of day 1, day 2, ...
    surface
        See `surface_recordings`.
    """

    subject_id: str
    state_name: str
    annotation_names: tuple[str, ...]
    sorted_names: tuple[str, ...]
    recording_names: tuple[str, ...]
    surface: Mapping[str, str]

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows, as far as the names determine them.

        There is a row for each annotation and sorted recording; if annotations state probe and day,
        only for the recording of that day.

        Raises
        ------
        ValueError
            The recording of a day that an annotation names has no sorted asset.
        """
        annotated = probe_and_day(self.annotation_names)
        records = self._by_day(annotated) if annotated else self._each_with_each()
        return [asdict(record) for record in records]

    def _each_with_each(self) -> list[ManifestRecord]:
        return [
            self._record(sorted_name, annotation, "")
            for annotation in self.annotation_names
            for sorted_name in self.sorted_names
        ]

    def _by_day(self, annotated: Mapping[str, Mapping[str, str]]) -> list[ManifestRecord]:
        records = []
        for day, recording in enumerate(sorted(set(self.recording_names)), start=1):
            of_day = {name: t["probe"] for name, t in annotated.items() if t["day"] == str(day)}
            if of_day:
                sorted_name = self._sorting_of(recording, day)
                records += [
                    self._record(sorted_name, annotation, f"Probe{probe}")
                    for annotation, probe in of_day.items()
                ]
        return records

    def _sorting_of(self, recording: str, day: int) -> str:
        for name in self.sorted_names:
            if name.startswith(recording):
                return name
        raise ValueError(
            f"there is no sorted asset of {recording} (day {day}); there are {self.sorted_names}"
        )

    def _record(self, sorted_name: str, annotation: str, probe: str) -> ManifestRecord:
        return ManifestRecord(
            mouseid=self.subject_id,
            sorted_recording=sorted_name,
            probe_file=self.state_name,
            probe_name=probe,
            probe_id=annotation,
            surface_finding=self.surface.get(sorted_name.partition("_sorted")[0]),
        )


def completed(records: Iterable[Mapping[str, Any] | ManifestRecord]) -> list[dict[str, Any]]:
    """Check completed rows, and return them as plain data.

    Parameters
    ----------
    records
        Rows, each with the name of its probe.

    Raises
    ------
    ValueError
        There are no rows, or a row has no probe name.
    TypeError
        A row has another type.
    """
    each = [records] if isinstance(records, Mapping) else several(records)
    rows = [_row(record) for record in each]
    if not rows:
        raise ValueError("a manifest needs at least one row")
    for row in rows:
        if row.get("probe_name") in ("", None):
            raise ValueError(f"fill in 'probe_name' in {quote(row)}")
    return rows


def _row(record: Any) -> dict[str, Any]:
    if isinstance(record, ManifestRecord):
        return asdict(record)
    if not isinstance(record, Mapping):
        raise TypeError(f"a row of a manifest is a dict or ManifestRecord, not {quote(record)}")
    return dict(record)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV, with the columns of the first row."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def plan_of(
    rows: Sequence[Mapping[str, Any]], path: upath.UPath, subject_id: str, asset_name: str | None
) -> Plan:
    """Plan to write the file, and to make a data asset from its folder.

    Parameters
    ----------
    rows
        The result of `completed`.
    path
        The path of the file in S3.
    subject_id
        The subject.
    asset_name
        The name of the asset; by default that of the file.
    """
    bucket, prefix = get_bucket_and_prefix(path)
    asset = create_asset(
        asset_name or path.stem,
        tags=["ibl", "annotation", "manifest", subject_id],
        custom_metadata={EXPERIMENT_LABEL: "SmartSPIM", SUBJECT_LABEL: subject_id},
        bucket=bucket,
        prefix=prefix,
    )
    return Plan((WriteFile(path.as_posix(), as_csv(rows)), asset))
