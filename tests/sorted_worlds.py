"""Worlds with results of spike sorting, in each layout over the years."""

from __future__ import annotations

import json
from typing import Any

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.sources import bodies
from aind_session.sources.memory import World
from aind_session.sources.protocols import Body
from tests.worlds import asset, empty_world, raw, uuid_of

NAME = "ecephys_700001_2024-01-02_03-04-05"
RAW = 1


def sorted_name(number: int) -> str:
    """The name of the sorted asset with this number."""
    return f"{NAME}_sorted_2024-02-{number:02}_00-00-00"


def world(*numbers: int) -> World:
    """A raw asset, and a sorted one for each number, without files."""
    found = empty_world()
    found.assets.append(raw(RAW, NAME))
    found.assets += [asset(number, sorted_name(number), type="result") for number in numbers]
    return found


def put(found: World, number: int, path: str, content: Any) -> None:
    """Add a file to an asset in Code Ocean's bucket: text, or data for JSON."""
    text = content if isinstance(content, str) else json.dumps(content)
    found.objects[CODE_OCEAN_BUCKET][f"{uuid_of(number)}/{path}"] = text.encode()


def process(sorter: str, *, in_code: bool = False) -> Body:
    """A process as metadata records have it."""
    made = bodies.sorting_process(sorter)
    return {"name": made.pop("name"), "code": made} if in_code else made


def spikeinterface(sorter: str) -> Body:
    """A file of SpikeInterface."""
    return {"annotations": {"__sorting_info__": {"params": {"sorter_name": sorter}}}}


def sorted_record(number: int, sorter: str | None, **more: Any) -> Body:
    """A v1 record of a sorted asset."""
    processes = [process(sorter)] if sorter else [{"name": "Compression"}]
    parts = {"processing": bodies.processing_v1(*processes), "data_description": None, **more}
    where = f"s3://{CODE_OCEAN_BUCKET}/{uuid_of(number)}"
    return bodies.record_v1(f"v1-{number}", sorted_name(number), where, [uuid_of(number)], **parts)
