"""Names of real and odd assets are parsed as an independent parser parses them."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session.conventions.names import (
    AssetName,
    find_asset_name,
    parse_session,
    whole_session,
)
from aind_session.errors import SessionIdError

DATA = os.environ.get("AIND_SESSION_TEST_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="AIND_SESSION_TEST_DATA is not set: no real names")

_STIMULUS = "the time in a task's file is the stimulus', so there is no whole session"
DISPUTED = {
    r"Z:\scratch\vr-foraging\data\716455\20240413T111724": "two directories are no name",
    "m749472_2025-01-08": "the subject is kept as it is written",
    "DynamicRouting1_664566_20230403_141111.hdf5": _STIMULUS,
    "DynamicRouting1_670248_20230802_120703": _STIMULUS,
    "DynamicRouting1_670248_20230803_123154.hdf5": _STIMULUS,
    "124mHCR_788639-25_2025-06-06_13-00-00_processed_2025-06-17_07-08-14/corrected.ome.zarr/": (
        "a platform begins with a letter"
    ),
    r"Z:\svc_aind_behavior_transfer\2023late_DataNoMeta_Reorganized\687553_2023-11-13_11-09-55"
    r"\687553_2023-12-01_09-41-43\TrainingFolder": "the leftmost of two sessions wins",
}
"""Rows that we read otherwise, and why."""

Row = dict[str, str]


def rows(file: str) -> list[Row]:
    with (Path(DATA) / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def parts(name: AssetName) -> tuple[str, str, str]:
    session = name.session
    return session.platform or "", session.subject_id, session.dt.isoformat()


def agrees_with_reading(row: Row) -> bool:
    """Return whether a row of names.tsv is parsed alike; all its names are complete."""
    name = find_asset_name(row["name"])
    if name is None:
        return False
    derived = [f"{step.label or ''}@{step.dt.isoformat()}" for step in name.derivations]
    derived += [f"?_{name.suffix}"] if name.suffix else []
    read = (name.session.id, *parts(name), ";".join(derived))
    return read == (row["session"], row["platform"], row["subject"], row["time"], row["derived"])


def agrees(row: Row) -> bool:
    """Return whether a row is parsed alike; its name may be complete, partial or no session."""
    name = find_asset_name(row["name"])
    if name is None:
        return row.get("expected") == "error" or agrees_in_part(row)
    time = row["acquisition_datetime"].removesuffix("Z")
    if parts(name) != (row["platform"], row["subject_id"], time):
        return False
    if not row["derived_datetime"]:
        return row["derived_process"] in ("", name.suffix)
    if len(row["derived_datetime"]) == len("2023-08-24"):
        return name.suffix == f"{row['derived_process']}_{row['derived_datetime']}"
    labels = ";".join(step.label or "" for step in name.derivations)
    times = ";".join(step.dt.isoformat() for step in name.derivations)
    return (labels, times) == (row["derived_process"], row["derived_datetime"])


def agrees_in_part(row: Row) -> bool:
    """Return whether subject and date are recognized if the time is missing."""
    with pytest.raises(SessionIdError) as caught:
        parse_session(row["name"])
    date, _, time = row["acquisition_datetime"].partition("T")
    understood = (caught.value.subject_id, caught.value.date)
    expected = (row["subject_id"], datetime.date.fromisoformat(date) if date else None)
    is_partial = row.get("expected") == "partial" or len(time) < len("00:00:00")
    return is_partial and understood == expected


def agrees_or_holds_none(row: Row) -> bool:
    """Return whether a row of v2_names.tsv is parsed alike; an empty session means no session."""
    name = find_asset_name(row["name"])
    if name is None:
        return not row["session"]
    read = (name.session.id, *parts(name))
    return read == (row["session"], row["platform"], row["subject"], row["time"])


@pytest.mark.parametrize(
    ("file", "agree"),
    [
        ("names.tsv", agrees_with_reading),
        ("real_names.tsv", agrees),
        ("hard_names.tsv", agrees),
        ("v2_names.tsv", agrees_or_holds_none),
    ],
)
def test_names_are_read_as_expected_but_for_the_disputed(
    file: str, agree: Callable[[Row], bool]
) -> None:
    differ = [row["name"] for row in rows(file) if not agree(row)]
    assert [name for name in differ if name not in DISPUTED] == []


def test_the_disputed_are_still_read_otherwise() -> None:
    all_rows = rows("real_names.tsv") + rows("hard_names.tsv")
    assert {row["name"] for row in all_rows if row["name"] in DISPUTED and not agrees(row)} == set(
        DISPUTED
    )


def test_all_rows_are_there() -> None:
    files = ("names.tsv", "real_names.tsv", "hard_names.tsv", "v2_names.tsv")
    assert [len(rows(file)) for file in files] == [952, 625, 81, 200]


def test_the_name_of_a_session_is_whole_where_a_reading_says_that_nothing_follows() -> None:
    for row in rows("names.tsv"):
        whole = whole_session(row["name"])
        is_whole = row["name"] == row["session"]
        assert (whole is not None and whole.id == row["session"]) == is_whole, row["name"]
