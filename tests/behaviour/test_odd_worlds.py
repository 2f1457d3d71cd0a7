"""With odd names, records and assets, single and bulk answers agree, and outages never mislead."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aind_session import (
    AindSessionError,
    AindSessionWarning,
    LeftOutWarning,
    NotFoundError,
    Process,
    Session,
    SourceDownWarning,
    Sources,
    Subject,
    get_docdb_record,
    get_sessions,
    get_source_dir_by_name,
    get_subject_data_assets,
    memory_sources,
    plan_runs,
    search,
    sessions,
)
from aind_session.conventions.names import find_session
from aind_session.sources.memory import World
from aind_session.sources.protocols import Body
from aind_session.testing import FakeAIND
from aind_session.testing.failing import How
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of

CAPSULE = uuid_of(99)
COLUMNS = ["raw_asset_id", "raw_dir", "is_uploaded", "derived_assets", "sorted_asset_id", "raw_qc"]
FAILURES: tuple[How, ...] = (401, 403, 429, 500, 503, "no answer", "odd answer")
SERVICES = ("Code Ocean", "DocDB", "DocDB v1", "DocDB v2", "S3")


class Odd:
    """Creates odd worlds; the same seed gives the same worlds."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def world(self) -> World:
        """Create a world with a few sessions of a few subjects."""
        made = empty_world()
        made.computations[CAPSULE] = []
        names = [self._name() for _ in range(self.random.randint(1, 9))]
        made.assets += [self._asset(number, name) for number, name in enumerate(names, 1)]
        made.hidden |= {body["id"] for body in made.assets if self._is(0.1)}
        for name in (n for n in [*names, self._name()] if find_session(n)):
            for version in ("v1", "v2"):
                if self._is(0.4):
                    made.records[version].append(self._record(version, name, names))
            if self._is(0.4):
                made.objects["aind-open-data"][f"{name.strip()}/behavior/x"] = b""
        return made

    def _is(self, share: float) -> bool:
        return self.random.random() < share

    def _name(self) -> str:
        choose = self.random.choice
        subject = choose(("700001", "700002", "000163", "783884-02", "ZS061"))
        day, time = choose(("2024-01-01", "2024-02-02")), choose(("10-00-00", "11-30-00"))
        when = f"{day}_{time}" if self._is(0.9) else f"{day}T{time.replace('-', '')}"
        whole = f"{choose(('ecephys_', 'behavior_', '', ''))}{subject}_{when}"
        processes = ("sorted", "sorted-ks4", "nwb", "dlc_eye", "stitched")
        made = f"{whole}_{choose(processes)}_2024-05-0{self.random.randint(1, 9)}_00-00-00"
        odd = f"{whole}{choose(('_raw_data', '_sorted', '_corrected', ' ', '_sorted_curated'))}"
        return choose(
            (whole, whole, whole, made, made, odd, f"{made}_nwb_2024-06-01_00-00-00", "x")
        )

    def _asset(self, number: int, name: str) -> Body:
        choose = self.random.choice
        body = (raw if self._is(0.3) else asset)(number, name)
        if self._is(0.2):
            body["custom_metadata"] = choose((None, {}, {"data level": "derived"}, {"x": 5}))
        if self._is(0.2):
            body["tags"] = choose((None, ["raw"], ["derived"], ["withdrawn"], [None]))
        body["state"] = choose(("ready",) * 6 + ("failed", "draft", "restoring"))
        body["archived"] = self._is(0.1)
        if self._is(0.1):
            body["created"] = None
        if self._is(0.3):
            inputs = [uuid_of(self.random.randint(1, number))]
            body["provenance"] = {"computation": "r", "capsule": "c", "data_assets": inputs}
        if self._is(0.2):
            other = {"origin": "gcp", "bucket": "b", "prefix": "p", "external": True}
            body["source_bucket"] = choose((None, {}, other, {**other, "origin": "aws"}))
        return body

    def _record(self, version: str, name: str, names: list[str]) -> Body:
        choose = self.random.choice
        place = choose((None, f"s3://aind-open-data/{name}", "s3://x/y", "gs://x/y"))
        links = [uuid_of(self.random.randint(1, 12)) for _ in range(self.random.randint(0, 2))]
        body = (record if version == "v1" else record_v2)(name, place, *links)
        if self._is(0.2):
            body["subject"] = choose((None, {}, {"subject_id": None}))
        if self._is(0.2):
            made = {"data_level": "derived", "source_data": [choose(names)]}
            body["data_description"] = choose((None, made, {"modality": ["ecephys"]}))
        times = ("2024-01-01T00:00:00", "2024-06-01T00:00:00Z", "2025-01-01T00:00:00-08:00", None)
        body["created" if version == "v1" else "_created"] = choose(times)
        return body


QUESTIONS: dict[str, Callable[[Session, Sources], Any]] = {
    "raw_data_asset": lambda s, _: s.raw_data_asset.id,
    "raw_data_dir": lambda s, _: str(s.raw_data_dir),
    "is_uploaded": lambda s, _: s.is_uploaded,
    "modalities": lambda s, _: s.modalities,
    "data_assets": lambda s, _: [a.id for a in s.data_assets],
    "docdb": lambda s, _: s.docdb.get("_id"),
    "sorted_data_assets": lambda s, _: [a.id for a in s.ecephys.sorted_data_assets],
    "qc": lambda s, _: s.qc.status,
    "derived": lambda s, _: [a.id for a in s.derived()],
    "lineage": lambda s, _: len(s.lineage().edges),
    "sessions of the subject": lambda s, _: [x.id for x in s.subject.sessions],
    "records of the subject": lambda s, _: len(s.subject.docdb),
    "assets of the subject": lambda s, _: [a.id for a in s.subject.data_assets],
    "search": lambda s, given: [x.id for x in search(subject=s.subject_id, sources=given)],
    "get_sessions": lambda s, given: [x.id for x in get_sessions(s.subject_id, sources=given)],
    "table": lambda s, given: sessions([s.id], sources=given).to_records(COLUMNS)[0],
    "get_docdb_record": lambda s, given: get_docdb_record(s.id, sources=given).get("_id"),
    "get_subject_data_assets": lambda s, given: len(
        get_subject_data_assets(s.subject_id, sources=given)
    ),
    "get_source_dir_by_name": lambda s, given: str(get_source_dir_by_name(s.id, sources=given)),
    "plan": lambda s, given: len(
        plan_runs([s.id], Process("x", capsule=CAPSULE), sources=given).to_run
    ),
}


def asked(fake: FakeAIND, session_id: str, question: str) -> tuple[Any, bool]:
    """Return an answer or error, and whether a warning says that it may be incomplete."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            session = Session(session_id, sources=fake.sources)
            answer = QUESTIONS[question](session, fake.sources)
        except AindSessionError as error:
            answer = error
    said = any(issubclass(w.category, (SourceDownWarning, LeftOutWarning)) for w in caught)
    return answer, said


def lies(world: World, session_id: str, question: str) -> Iterator[str]:
    """Return the failures that change an answer without a warning."""
    whole, _ = asked(FakeAIND(world), session_id, question)
    for service in SERVICES:
        for how in FAILURES:
            fake = FakeAIND(world)
            if service == "S3" and how == "odd answer":
                continue
            fake.fail(service, how)
            found, is_said = asked(fake, session_id, question)
            if isinstance(found, NotFoundError) and not isinstance(whole, NotFoundError):
                yield f"{question}, {service} {how}: {found}, and it is there: {whole}"
            elif not isinstance(found, AindSessionError) and not is_said and found != whole:
                yield f"{question}, {service} {how}: {found!r}, and it is {whole!r}"


@pytest.mark.parametrize("seed", range(5))
def test_what_could_not_be_asked_is_an_error_or_a_warning(seed: int) -> None:
    world = Odd(seed).world()
    found = (find_session(body["name"]) for body in world.assets)
    ids = sorted({session.id for session in found if session})[:1]
    wrong = [lie for id_ in ids for question in QUESTIONS for lie in lies(world, id_, question)]
    assert wrong == []


def one_by_one(session: Session, column: str) -> Any:
    """Ask one session for the value of a column."""
    asked: dict[str, Callable[[Session], Any]] = {
        "raw_asset_id": lambda s: s.raw_data_asset.id,
        "raw_dir": lambda s: str(s.raw_data_dir),
        "is_uploaded": lambda s: s.is_uploaded,
        "derived_assets": lambda s: len(s.derived()),
        "sorted_asset_id": lambda s: next(
            iter(reversed([a.id for a in s.ecephys.sorted_data_assets])), None
        ),
    }
    try:
        return asked[column](session)
    except NotFoundError:
        return None


@pytest.mark.filterwarnings(f"ignore::{AindSessionWarning.__module__}.AindSessionWarning")
@pytest.mark.parametrize("seed", range(100, 130))
def test_one_session_and_a_table_of_many_say_the_same(seed: int) -> None:
    world = Odd(seed).world()
    for subject_id in ("700001", "700002", "000163"):
        found = Subject(subject_id, sources=memory_sources(world)).sessions
        many = sessions(list(found), sources=memory_sources(world))
        rows = many.to_records(COLUMNS)
        columns = [column for column in COLUMNS if column != "raw_qc"]
        for session, row in zip(found, rows, strict=True):
            assert {c: row[c] for c in columns} == {c: one_by_one(session, c) for c in columns}
