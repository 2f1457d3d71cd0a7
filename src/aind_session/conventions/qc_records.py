"""Which of several records of the same data states their quality control."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from aind_session.conventions.names import find_asset_name
from aind_session.conventions.quality import metrics
from aind_session.conventions.records import (
    Record,
    is_v2_record,
    record_created,
    records_by_creation,
)


def that_count(records: Iterable[Record]) -> list[Any]:
    """Choose the records whose quality control is used: one for each set of data.

    Parameters
    ----------
    records
        With ``version``, the version of their collection.

    Returns
    -------
    list
        In order of registration. Records of the same data have the same name, with or without
        platform. Among them, v2 has priority, since people judge there, then the one registered
        last. Records without quality control are left out.

    Examples
    --------
    >>> old = {"version": "v1", "quality_control": {"evaluations": [{"latest_status": "Fail"}]}}
    >>> new = {"version": "v2", "quality_control": {"status": {"ecephys": "Pass"}}}
    >>> old["name"], new["name"] = "ecephys_1_2024-01-01_10-00-00", "1_2024-01-01_10-00-00"
    >>> from aind_session.conventions.quality import status
    >>> [status(record) for record in that_count([new, old])]
    ['pass']
    """
    records = list(records)
    return records_by_creation(_that_count(records, _things(records)).values())


def shared_by_twins(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Return copies of records with the quality control used for their data; see `that_count`."""
    records = list(records)
    things = _things(records)
    chosen = _that_count(records, things)
    return [
        {**record, "quality_control": chosen.get(thing, {}).get("quality_control")}
        for record, thing in zip(records, things, strict=True)
    ]


def _that_count(records: list[Record], things: list[Hashable]) -> dict[Hashable, Record]:
    pairs = [pair for pair in zip(things, records, strict=True) if metrics(pair[1])]
    pairs.sort(key=lambda pair: (is_v2_record(pair[1]), record_created(pair[1])))
    return dict(pairs)


def _things(records: Iterable[Record]) -> list[Hashable]:
    """Return a key for each record's data, equal for names with and without platform."""
    found = [_thing_and_platform(record) for record in records]
    without = {thing for thing, platform in found if platform is None}
    return [thing if thing in without else (thing, platform) for thing, platform in found]


def _thing_and_platform(record: Record) -> tuple[Hashable, str | None]:
    said = record.get("name")
    text = said if isinstance(said, str) else ""
    name = find_asset_name(text)
    if name is None:
        return (text, str(record.get("location"))), None
    return (name.session.key, name.derivations, name.suffix), name.session.platform
