"""A made-up world of twenty sessions, and the facts about each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from aind_session.conventions.institute import CODE_OCEAN_BUCKET, SORTING_PIPELINE_ID
from aind_session.sources import bodies
from aind_session.sources.memory import World
from tests.worlds import empty_world, record

SUBJECTS = ("800001", "800002", "800003", "800004", "800005")
BUCKETS = ("aind-open-data", "aind-private-data-prod-o5171v")
MODALITIES = (("behavior", "ecephys"), ("behavior", "behavior_videos", "ecephys"))
MEMORY = b"""Error executing process > 'capsule_sort_4 (2)'
Command exit status:
  137

Command error:
  Killed
"""
"""The end of the log of a pipeline whose sorting needed too much memory."""


@dataclass(frozen=True)
class Fact:
    """The facts about one session.

    Attributes
    ----------
    number
        From 0 to 19. Multiples of 3: the last sorting failed. Those with remainder 3 by 4: DocDB
        has no record. Those with remainder 6 by 7: the raw data are in S3 alone.
    """

    number: int

    @property
    def subject(self) -> str:
        return SUBJECTS[self.number // 4]

    @property
    def day(self) -> str:
        return f"2024-05-{self.number + 1:02}"

    @property
    def name(self) -> str:
        return f"ecephys_{self.subject}_{self.day}_10-11-12"

    @property
    def place(self) -> str:
        return f"s3://{BUCKETS[self.number % 2]}/{self.name}"

    @property
    def modalities(self) -> tuple[str, ...]:
        return MODALITIES[self.number % 2]

    @property
    def project(self) -> str:
        return f"Project {self.number // 4}"

    @property
    def has_raw_asset(self) -> bool:
        return self.number % 7 != 6

    @property
    def has_record(self) -> bool:
        return self.number % 4 != 3

    @property
    def last_failed(self) -> bool:
        return self.number % 3 == 0

    def id(self, what: str) -> str:
        """The ID of ``raw``, ``good``, ``bad``, ``run of good``, ``run of bad``."""
        kinds = ("raw", "good", "bad", "run of good", "run of bad")
        return f"{kinds.index(what) + 1:08x}-aaaa-4000-8000-{self.number + 1:012x}"

    @property
    def good_name(self) -> str:
        return f"{self.name}_sorted_2024-06-01_00-00-{self.number:02}"

    @property
    def bad_name(self) -> str:
        return f"{self.name}_sorted_2024-07-01_00-00-{self.number:02}"


FACTS = tuple(map(Fact, range(20)))


def world() -> World:
    """The world with these facts."""
    found = empty_world()
    found.computations[SORTING_PIPELINE_ID] = []
    for fact in FACTS:
        _add(found, fact)
    return found


def _add(found: World, fact: Fact) -> None:
    created = 1_714_600_000 + 86_400 * fact.number
    folder = fact.place.removeprefix("s3://").partition("/")
    for modality in fact.modalities:
        found.objects[folder[0]][f"{folder[2]}/{modality}/data"] = b""
    if fact.has_raw_asset:
        source = bodies.source_bucket(folder[0], folder[2])
        found.assets.append(
            bodies.labelled_asset(fact.id("raw"), fact.name, created, "raw", source_bucket=source)
        )
    if fact.has_record:
        links = [fact.id("raw")] if fact.has_raw_asset else []
        description = bodies.description_v1(fact.name, fact.modalities)
        description["project_name"] = fact.project
        found.records["v1"].append(
            record(
                fact.name,
                fact.place,
                *links,
                data_description=description,
                subject={"subject_id": fact.subject, "genotype": "wt/wt"},
            )
        )
    _sort(found, fact, "good", created + 100_000)
    if fact.last_failed:
        _sort(found, fact, "bad", created + 200_000)


def _sort(found: World, fact: Fact, how: str, created: int) -> None:
    id_, run = fact.id(how), fact.id(f"run of {how}")
    inputs = {fact.id("raw"): fact.name} if fact.has_raw_asset else {}
    made = {"computation": run, "data_assets": list(inputs), "capsule": SORTING_PIPELINE_ID}
    name = fact.good_name if how == "good" else fact.bad_name
    found.assets.append(
        bodies.labelled_asset(id_, name, created, "derived", type="result", provenance=made)
    )
    files = bodies.sorting_files("kilosort4", ["ProbeA", "ProbeB"])
    if how == "bad":
        files = {"output": MEMORY}
    found.objects[CODE_OCEAN_BUCKET].update({f"{id_}/{p}": c for p, c in files.items()})
    ended = {} if how == "good" else {"end_status": "failed", "exit_code": 1}
    found.computations[SORTING_PIPELINE_ID].append(
        bodies.computation(run, created - 1_000, inputs=inputs, **ended)
    )
    found.results[run] = dict(files)


def known_ids(found: World) -> set[str]:
    """All IDs, names and places in a world."""
    parts: list[Any] = [found.assets, found.records, found.computations]
    text = json.dumps(parts) + " ".join(fact.place for fact in FACTS)
    return ids_in(text)


_ID = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|s3://[\w./-]+|\b[a-z]+_\d{6}_\d{4}-\d\d-\d\d_[\w-]+"
)


def ids_in(text: str) -> set[str]:
    """All UUIDs, places and names of sessions and assets in a text."""
    return set(_ID.findall(text))
