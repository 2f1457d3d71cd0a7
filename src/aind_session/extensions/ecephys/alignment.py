"""The positions of probes in the brain, from curations in metadata records."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aind_session.conventions.dates import moment_utc
from aind_session.conventions.pattern import pattern
from aind_session.errors import OddAnswerError

EVALUATION_PREFIX = "Probe Alignment for"
"""The beginning of the names of evaluations that the IBL's alignment tool writes."""

CURATION_FIELDS = (
    "name",
    "created",
    "quality_control.evaluations.name",
    "quality_control.evaluations.created",
    "quality_control.evaluations.metrics.value.curations",
)
"""The fields of a record that hold the curations."""

_LARGEST_IN_MM = 20.0
_LARGEST_IN_UM = 20_000.0
_NUMBER = pattern(r"[0-9]{1,9}")
_SERVICE = "DocDB"
_NEVER = datetime.datetime.min


def where_annotated(session_id: str) -> dict[str, Any]:
    """Return the filter for derived ecephys records that contain a session's curations."""
    name = re.escape(session_id)
    return {
        "data_description.data_level": "derived",
        "data_description.name": {"$regex": name},
        "data_description.modality.abbreviation": "ecephys",
        "quality_control.evaluations.name": {"$regex": f"{EVALUATION_PREFIX} .*{name}"},
    }


def latest_by_probe(
    records: Iterable[Mapping[str, Any]], session_id: str
) -> dict[str, dict[str, Any]]:
    """Return the newest curation of each probe, by the name of the probe.

    Parameters
    ----------
    records
        Metadata records with ``quality_control.evaluations``. An evaluation named
        ``Probe Alignment for ... <session ID>_<probe>`` holds JSON text as the last of
        ``metrics[0].value.curations``.
    session_id
        The session.

    Raises
    ------
    OddAnswerError
        A curation is not a JSON object.
    """
    newest: dict[str, tuple[datetime.datetime, dict[str, Any]]] = {}
    for probe, evaluation in _evaluations(records, session_id):
        created = moment_utc(evaluation.get("created")) or _NEVER
        curation = _curation(evaluation)
        if curation is not None and (probe not in newest or newest[probe][0] < created):
            newest[probe] = (created, curation)
    return {probe: curation for probe, (_, curation) in sorted(newest.items())}


def _evaluations(
    records: Iterable[Mapping[str, Any]], session_id: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    marker = f"{session_id}_"
    for record in records:
        quality = record.get("quality_control")
        found = quality.get("evaluations") if isinstance(quality, Mapping) else None
        for evaluation in found if isinstance(found, list) else ():
            name = evaluation.get("name") if isinstance(evaluation, Mapping) else None
            if isinstance(name, str) and name.startswith(EVALUATION_PREFIX) and marker in name:
                yield name.rpartition(marker)[2], evaluation


def _curation(evaluation: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read the last curation of an evaluation; None if there is no curation yet."""
    try:
        text = evaluation["metrics"][0]["value"]["curations"][-1]
    except (KeyError, IndexError, TypeError):
        return None
    try:
        content = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:  # RecursionError: deeply nested
        raise OddAnswerError(_SERVICE, f"a probe alignment is not JSON: {error}") from error
    if not isinstance(content, dict):
        what = type(content).__name__
        raise OddAnswerError(_SERVICE, f"a probe alignment is an object by channel, not {what}")
    return content


def as_ccf_records(annotations: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one record for each channel of each probe.

    Parameters
    ----------
    annotations
        The result of `latest_by_probe`. ``ccf_channel_results`` maps channels to ``x``, ``y``,
        ``z``, in mm if all coordinates of a probe are below 20, else in µm.

    Returns
    -------
    list of dict
        The channel's values, ``device_name``, ``channel_number``, and coordinates in the Allen CCF
        in µm: ``ccf_ap`` (= y), ``ccf_ml`` (= -x), ``ccf_dv`` (= -z).

    Raises
    ------
    OddAnswerError
        A curation has an unexpected structure.
    ValueError
        A coordinate is outside the mouse brain.

    Examples
    --------
    >>> channels = {"channel_7": {"x": -4.2, "y": 3.9, "z": -5.8, "brain_region": "ACB"}}
    >>> record = as_ccf_records({"ProbeA": {"ccf_channel_results": channels}})[0]
    >>> record["channel_number"], record["ccf_ap"], record["ccf_ml"], record["device_name"]
    (7, 3900.0, 4200.0, 'ProbeA')
    """
    return [record for probe in annotations for record in _of_probe(probe, annotations[probe])]


def _of_probe(probe: str, annotation: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        channels = annotation["ccf_channel_results"]
        scale = _um_per_unit(channels)
        return [_as_ccf_record(probe, name, values, scale) for name, values in channels.items()]
    except (KeyError, TypeError, AttributeError) as error:
        what = f"the alignment of {probe} has an unexpected structure: {error!r}"
        raise OddAnswerError(_SERVICE, what) from error


def _as_ccf_record(
    probe: str, channel: str, values: Mapping[str, Any], scale: float
) -> dict[str, Any]:
    number = channel.rpartition("_")[2]
    numbered = {"channel_number": int(number)} if _NUMBER.fullmatch(number) else {}
    return {
        **values,
        **numbered,
        "ccf_ap": values["y"] * scale,
        "ccf_ml": -values["x"] * scale,
        "ccf_dv": -values["z"] * scale,
        "device_name": probe,
    }


def _um_per_unit(channels: Mapping[str, Mapping[str, float]]) -> float:
    largest = max((abs(values[a]) for values in channels.values() for a in "xyz"), default=0.0)
    if largest < _LARGEST_IN_MM:
        return 1000.0
    if largest < _LARGEST_IN_UM:
        return 1.0
    raise ValueError(f"{largest} is not a coordinate in the mouse brain, in mm or in µm")
