"""Which of several records of one thing tells its quality control."""

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
    """Choose the records whose quality control counts: one for each thing they are of.

    Parameters
    ----------
    records
        With ``version``, that of the collection they are from.

    Returns
    -------
    list
        By registration. Records of one thing bear one name, with or without platform: the one of
        v2 counts if it has quality control, for people judge there; of several the one registered
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
    """Return each record the quality control that counts for its data; see `that_count`."""
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
    """Tell what each record is of: one acquisition can bear names with and without platform."""
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
