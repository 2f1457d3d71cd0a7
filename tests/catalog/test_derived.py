"""Derived assets are chosen by process, maker, sorter, time and success."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable

import pytest

from aind_session import AssetNotFoundError, Session, SeveralFoundError, sessions
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

NAME = "ecephys_700001_2024-01-01_00-00-00"
BUCKET = "codeocean-s3datasetsbucket-1u41qdg42ur9"
LABELS = {
    2: "sorted_2024-02-01_00-00-00",
    3: "sorted-ks25_2024-03-01_00-00-00",
    4: "videoprocessed_2024-02-15_00-00-00",
    5: "sorted_2024-02-01_00-00-00_nwb_2024-04-01_00-00-00",
    6: "sorted_curated",
}


def world() -> World:
    """A raw asset and five derived ones, of which the third failed."""
    found = empty_world()
    found.assets.append(raw(1, NAME))
    for number, label in LABELS.items():
        capsule = {"capsule": f"capsule-{number}", "computation": None, "commit": "c"}
        found.assets.append(asset(number, f"{NAME}_{label}", type="result", provenance=capsule))
        text = "Traceback (most recent call last):" if number == 3 else "done"
        found.objects[BUCKET][f"{uuid_of(number)}/output"] = text.encode()
        sorter = "kilosort4" if number == 3 else "kilosort2_5"
        params = json.dumps({"spikesorting": {"sorter_name": sorter}})
        found.objects[BUCKET][f"{uuid_of(number)}/params.json"] = params.encode()
    return found


@pytest.fixture
def session(serve: Serve) -> Session:
    return Session(NAME, sources=serve(world()))


def numbers(found: object) -> list[int]:
    return [int(a.id[-3:]) for a in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        (None, [2, 4, 3, 5, 6]),
        ("sorted", [2, 3]),
        ("sorted-ks25", [3]),
        ("nwb", [5]),
        ("sorted_curated", [6]),
        ("sor", []),
        ("processed", []),
    ],
)
def test_by_the_last_label_of_the_name(
    session: Session, process: str | None, expected: list[int]
) -> None:
    in_time = [n for n in numbers(session.derived(process)) if n != 6]
    assert in_time == [n for n in expected if n != 6]
    assert set(numbers(session.derived(process))) == set(expected)


def test_by_a_function_of_the_asset(session: Session) -> None:
    assert numbers(session.derived(lambda asset: "video" in asset.name)) == [4]


def test_by_processing_time_both_ends_included(session: Session) -> None:
    assert numbers(session.derived("sorted", before="2024-02-01")) == [2]
    assert numbers(session.derived("sorted", before="2024-01-31")) == []
    assert numbers(session.derived("sorted", after=datetime.date(2024, 3, 1))) == [3]
    assert numbers(session.derived("sorted", after="2024-03-01T00:00:01")) == []
    with pytest.raises(ValueError, match="soon"):
        session.derived(before="soon")


def test_by_maker(session: Session) -> None:
    assert numbers(session.derived(capsule="capsule-4")) == [4]


def test_by_sorter(session: Session) -> None:
    assert numbers(session.derived("sorted", sorter="kilosort2_5")) == [2]
    assert numbers(session.derived("sorted", sorter="kilosort4")) == [3]


def test_by_success(session: Session) -> None:
    assert numbers(session.derived("sorted", ok=True)) == [2]
    assert numbers(session.derived("sorted", ok=False)) == [3]


def test_logs_are_read_side_by_side(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world(), quiet=0.2)
    found = Session(NAME, sources=remote_sources()).derived(ok=True)
    assert len(found) == 4
    assert platform.count("s3") == 10  # the log of each, and whether it has NWB files
    assert platform.steps() <= 3


def test_the_latest_the_only_one_and_all(session: Session) -> None:
    found = session.derived("sorted")
    assert found.latest() is found[-1]
    assert found.all() == tuple(found) == found[:]
    with pytest.raises(SeveralFoundError, match=r"(?s)there are 2.*sorted_2024-02-01.*ks25"):
        found.one()
    assert session.derived("nwb").one().id == uuid_of(5)


def test_none_says_what_there_is(session: Session) -> None:
    for choose in ("latest", "one"):
        with pytest.raises(AssetNotFoundError, match=r"(?s)process='nothing'.*videoprocessed"):
            getattr(session.derived("nothing"), choose)()


def test_many_sessions_are_asked_together(stand_in: Callable[..., Platform]) -> None:
    platform = stand_in(world())
    many = sessions(NAME, "behavior_700001_2023-01-01_00-00-00", sources=remote_sources())
    found = many.derived("sorted", before="2024-02-01")
    assert {s.id: numbers(derived) for s, derived in found.items()} == {
        NAME: [2],
        "behavior_700001_2023-01-01_00-00-00": [],
    }
    assert platform.count("code_ocean") <= 3
