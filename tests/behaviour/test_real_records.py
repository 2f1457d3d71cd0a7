"""Real records are read without exceptions, with the same results as independent code."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from aind_session.conventions import quality, sorting
from aind_session.conventions.records import (
    is_raw_record,
    linked_asset_ids,
    record_created,
    record_genotype,
    record_location,
    record_modalities,
    record_platform,
    record_project,
    record_start_time,
)
from aind_session.extensions.ecephys import alignment

DATA = os.environ.get("AIND_SESSION_TEST_DATA")

pytestmark = pytest.mark.skipif(not DATA, reason="AIND_SESSION_TEST_DATA is not set: no records")

PATHS = sorted((Path(DATA) / "docdb_v1").glob("*.json")) if DATA else []


@pytest.fixture(params=PATHS, ids=[path.stem for path in PATHS])
def record(request: pytest.FixtureRequest) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request.param.read_text())
    return body


def test_there_are_records() -> None:
    assert len(PATHS) >= 40


def test_location(record: dict[str, Any]) -> None:
    assert str(record_location(record)) == record["location"]


def test_links(record: dict[str, Any]) -> None:
    links = [record.get("external_links"), record.get("other_identifiers")]
    ids = re.findall(r'"Code Ocean": \[?((?:"[^"]+"(?:, )?)*)', json.dumps(links))
    expected = {id_ for part in ids for id_ in re.findall(r'"([^"]+)"', part)}
    assert set(linked_asset_ids(record)) == expected


def test_modalities(record: dict[str, Any]) -> None:
    description = record["data_description"]
    listed = description.get("modality") or description.get("modalities") or []
    listed = listed if isinstance(listed, list) else [listed]
    names = {m["abbreviation"] if isinstance(m, dict) else m for m in listed}
    # one record has a model that was printed
    printed = "name='Extracellular electrophysiology' abbreviation='ecephys'"
    names = {"ecephys" if name == printed else name for name in names}
    # in the spelling of the folders
    assert set(record_modalities(record)) == {name.replace("-", "_") for name in names}


def test_creation(record: dict[str, Any]) -> None:
    text = record.get("created") or record.get("_created") or ""
    assert record_created(record)[:19] == text[:19]


def test_start_time(record: dict[str, Any]) -> None:
    session, acquisition = record.get("session") or {}, record.get("acquisition") or {}
    text = (
        session.get("session_start_time")
        or acquisition.get("session_start_time")
        or acquisition.get("acquisition_start_time")
    )
    found = record_start_time(record)
    assert (found is None) == (text is None)
    if found is not None and text is not None:
        assert (found.tzinfo is None) == (re.search(r"(Z|[+-]\d\d:\d\d)$", text) is None)
        hours = int(match[1]) if (match := re.search(r"([+-]\d\d):\d\d$", text)) else 0
        assert found.hour == (int(text[11:13]) - hours) % 24
        assert found.minute == int(text[14:16])


def test_data_level(record: dict[str, Any]) -> None:
    dates = re.findall(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", record["name"])
    assert is_raw_record(record) == (len(dates) == 1)


def test_sorter(record: dict[str, Any]) -> None:
    text = json.dumps(record.get("processing"))
    names = set(re.findall(r'"sorter_name": "([^"]+)"', text))
    found = sorting.sorter_of_processing(record.get("processing"))
    assert (found in names) if names else (found is None)


def test_project_and_genotype(record: dict[str, Any]) -> None:
    assert record_project(record) == record["data_description"].get("project_name")
    subject = record["subject"]
    details = subject.get("subject_details") or {}
    assert record_genotype(record) == (subject.get("genotype") or details.get("genotype"))


def test_the_rest_reads_without_an_exception(record: dict[str, Any]) -> None:
    assert quality.status(record) in (None, *quality.STATUSES)
    assert isinstance(alignment.latest_by_probe([record], record["name"]), dict)
    assert record_platform(record) is None or isinstance(record_platform(record), str)
