"""The manifest of the IBL data converter: which annotation belongs to which sorted recording."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aind_session.catalog.directories import get_bucket_and_prefix
from aind_session.errors.wording import quote
from aind_session.runs.plan import Plan, WriteFile, create_asset
from aind_session.runtime.arguments import several

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
        Name of the sorted data asset.
    probe_file
        Name of the Neuroglancer state, without ``.json``.
    probe_name
        The probe as Open Ephys names it, such as ``ProbeA``; for a user to fill in where the name
        of the annotation does not tell.
    probe_shank
        The shank, where a probe has several.
    probe_id
        Name of the annotation layer.
    surface_finding
        Name of the recording from the brain's surface on the same day, where there is one.
    annotation_format
        Of the state: ``json``.
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
    """Read probe and day of recording from the names of annotation layers that tell them.

    Parameters
    ----------
    annotation_names
        Such as ``A1`` or ``probe B_2``: probes A to F, days 1 to 9.

    Examples
    --------
    >>> probe_and_day(["probe B_2", "targets"])
    {'probe B_2': {'probe': 'B', 'day': '2'}}
    """
    matches = {name: _PROBE_AND_DAY.search(name) for name in annotation_names}
    return {name: match.groupdict() for name, match in matches.items() if match is not None}


def surface_recordings(names: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Pair the first recording of each day with the second, from the surface of the brain.

    Parameters
    ----------
    names
        Date and name of each recording of a subject. Days with one are left out; of more than two,
        the first two count.

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
    """What the rows of a subject's manifest are made of.

    Attributes
    ----------
    subject_id
        The subject.
    state_name
        Name of the Neuroglancer state.
    annotation_names
        Names of its annotation layers.
    sorted_names
        Names of the sorted data assets.
    recording_names
        Names of the raw ecephys assets; in order, those of day 1, day 2, ...
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
        """Give the rows, as far as the names tell.

        One for each annotation with each sorted recording; or, where annotations tell probe and
        day, with the recording of that day.

        Raises
        ------
        ValueError
            A day that an annotation names has no sorted recording.
        """
        told = probe_and_day(self.annotation_names)
        records = self._by_day(told) if told else self._each_with_each()
        return [asdict(record) for record in records]

    def _each_with_each(self) -> list[ManifestRecord]:
        return [
            self._record(sorted_name, annotation, "")
            for annotation in self.annotation_names
            for sorted_name in self.sorted_names
        ]

    def _by_day(self, told: Mapping[str, Mapping[str, str]]) -> list[ManifestRecord]:
        records = []
        for day, recording in enumerate(sorted(set(self.recording_names)), start=1):
            of_day = {name: t["probe"] for name, t in told.items() if t["day"] == str(day)}
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
    """Give completed rows as plain data.

    Parameters
    ----------
    records
        Rows, each with the name of its probe.

    Raises
    ------
    ValueError
        There is no row, or one without the name of its probe.
    TypeError
        Something else is among them.
    """
    given = [records] if isinstance(records, Mapping) else several(records)
    rows = [_row(record) for record in given]
    if not rows:
        raise ValueError("a manifest needs at least one row")
    for row in rows:
        if row.get("probe_name") in ("", None):
            raise ValueError(f"'probe_name' is to be filled in, in {quote(row)}")
    return rows


def _row(record: Any) -> dict[str, Any]:
    if isinstance(record, ManifestRecord):
        return asdict(record)
    if not isinstance(record, Mapping):
        raise TypeError(f"a row of a manifest is a dict or ManifestRecord, not {quote(record)}")
    return dict(record)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Give rows as CSV, with the columns of the first."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def plan_of(
    rows: Sequence[Mapping[str, Any]], path: upath.UPath, subject_id: str, asset_name: str | None
) -> Plan:
    """Plan to write the file, and to make a data asset of the folder that it is in.

    Parameters
    ----------
    rows
        As `completed` gives them.
    path
        Where the file is written, in S3.
    subject_id
        The subject.
    asset_name
        By default the name of the file.
    """
    bucket, prefix = get_bucket_and_prefix(path)
    asset = create_asset(
        asset_name or path.stem,
        tags=["ibl", "annotation", "manifest", subject_id],
        custom_metadata={"experiment type": "SmartSPIM", "subject id": subject_id},
        bucket=bucket,
        prefix=prefix,
    )
    return Plan((WriteFile(path.as_posix(), as_csv(rows)), asset))
