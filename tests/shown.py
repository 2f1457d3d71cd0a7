"""One object of each class with a notebook view, in a small world with any texts."""

from __future__ import annotations

import datetime
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from aind_session import (
    AssetClosed,
    AssetGone,
    AssetMoved,
    AssetRenamed,
    AttachReport,
    Diagnosis,
    Finding,
    Missing,
    NewerAssets,
    Plan,
    Process,
    Session,
    Subject,
    asset_lineage,
    attached,
    find,
    meter,
    plan_runs,
    sessions,
    thaw,
    what_uses,
)
from aind_session.diagnosis.notes import Noted
from aind_session.display import Cell, Shown, Table
from aind_session.many.changes import Change
from aind_session.many.find import Match
from aind_session.many.thaw import Thawed
from aind_session.runs.attach import AttachedRow
from aind_session.runs.plan import RunCapsule
from aind_session.runtime.clock import PlayedClock
from aind_session.sources import Sources, memory_sources
from aind_session.sources.memory import World
from aind_session.sources.world import Play
from tests.worlds import asset, empty_world, raw, record

NAME = "ecephys_700001_2024-01-01_00-00-00"
OTHER = "ecephys_700001_2024-01-02_00-00-00"
PLACE = f"s3://aind-open-data/{NAME}"
PIPELINE = "0000000c-0000-4000-8000-000000000001"


def small_world(label: str = "sorted") -> World:
    """Two sessions, one of them with a result."""
    world = empty_world()
    world.assets = [raw(1, NAME), asset(2, f"{NAME}_{label}"), asset(3, OTHER)]
    world.records["v1"] = [record(NAME, PLACE, subject={"subject_id": "700001"})]
    world.objects["aind-open-data"] = {f"{NAME}/ecephys/x": b"", f"{NAME}/subject.json": b"{}"}
    return world


def world_that_says(text: str) -> World:
    """The same, with a text in every place where people can write text."""
    world = small_world()
    world.assets = [
        raw(1, NAME, mount=text, tags=[text]),
        asset(2, f"{NAME}_{text}", failure_reason=text, description=text),
        asset(3, f"{NAME}_sorted_{text}", state="failed", failure_reason=text),
        asset(4, text),
        asset(5, OTHER),
    ]
    subject = {"subject_id": "700001", "genotype": text, "date_of_birth": text}
    description = {"modality": [{"abbreviation": text}], "project_name": text, "data_level": "raw"}
    status = {"status": "Fail", "evaluator": text, "timestamp": "2024-02-01T00:00:00Z"}
    metric: dict[str, Any] = {
        "name": text,
        "status_history": [status],
        "stage": text,
        "tags": [text],
    }
    metric["modality"] = {"abbreviation": text}
    world.records["v1"] = [
        record(
            NAME,
            PLACE,
            subject=subject,
            data_description=description,
            quality_control={"metrics": [metric]},
        )
    ]
    world.objects["aind-open-data"] = {f"{NAME}/{text}.json": b"{}"} if text else {}
    return world


def shown_by_session(sources: Sources) -> Iterator[Shown]:
    """The views of a session and its subject."""
    session, subject = Session(NAME, sources=sources), Subject("700001", sources=sources)
    yield from (session, subject, session.metadata, session.explain(), session.qc.metrics)
    yield from (session.data_assets, session.derived(), subject.sessions, subject.data_assets)
    yield from (subject.timeline(), session.lineage())
    yield what_uses(session.raw_data_asset, sources=sources)
    yield find(NAME, sources=sources)
    for asset_ in session.data_assets:
        yield find(asset_.id, sources=sources)
        yield asset_lineage(asset_, sources=sources)
    yield Plan((RunCapsule({"capsule_id": "x", "name": session.data_assets[-1].name}),))
    yield from (session.load(), subject.load())
    with meter() as counted:
        session.data_assets.notes
    yield counted


def shown_by_many(sources: Sources) -> Iterator[Shown]:
    """The views of collections."""
    many = sessions(NAME, OTHER, sources=sources)
    yield many
    yield from (many.data_assets, many.raw_data_assets, many.modalities, many.docdb)
    yield from (many.timeline(), many.matrix(), many.lacking("sorted"))
    yield attached(sources=sources)
    yield many.load()
    lock = Path(tempfile.mkdtemp(), "paper.lock")
    many.freeze(lock)
    yield thaw(lock, sources=sources)


def shown_that_says(text: str) -> Iterator[Shown]:
    """Views of plain values: notes, findings, attached assets, runs; with a text in each."""
    yield Noted([text], lambda: [Missing(text, text)])
    yield Noted([text], list, lambda items, notes: Table.of([text], [[Cell(text)]]))
    findings = [Finding(text, text, state, text, text) for state in ("ok", "limited", "wrong")]
    yield Diagnosis(tuple(findings))
    rows = [
        AttachedRow(text, state, text, text)
        for state in ("attached", "already", "waiting", "refused", "detached")
    ]
    yield AttachReport(text, tuple(rows))
    yield Match("capsule", text, capsule={"id": text, "name": text}, caveat=text)
    frozen = datetime.datetime(2024, 6, 1, tzinfo=datetime.timezone.utc)
    yield Thawed(Path("paper.lock"), frozen, sessions(NAME), {}, changes_that_say(text))
    yield from _runs_that_say(text)


def changes_that_say(text: str) -> tuple[Change, ...]:
    """One change of each class, with a text in each."""
    return (
        AssetGone(NAME, text, text),
        AssetClosed(NAME, text, text, text),
        AssetRenamed(NAME, text, text, text),
        AssetMoved(NAME, text, text, text, text),
        NewerAssets(NAME, (text,)),
    )


def _runs_that_say(text: str) -> Iterator[Shown]:
    world = small_world()
    world.clock = PlayedClock(1_750_000_000)
    log = f"Traceback (most recent call last):\nValueError: {text}".encode(errors="replace")
    world.plays[PIPELINE] = Play(seconds=1, end_status="failed", results={"output": log})
    sources = memory_sources(world)
    process = Process("sorted", pipeline=PIPELINE, capture=None)
    plan = plan_runs([NAME], process, sources=sources)
    yield plan
    row = replace(plan.to_run[0], session=text, why=text)
    yield replace(plan, skipped=(row,), cannot=(row,), notes=(text,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield plan.start(Path(tempfile.mkdtemp(), "runs.jsonl")).wait()


def all_shown(sources: Sources) -> Iterator[Shown]:
    """One view of each class."""
    yield from shown_by_session(sources)
    yield from shown_by_many(sources)
    yield from shown_that_says(NAME)
