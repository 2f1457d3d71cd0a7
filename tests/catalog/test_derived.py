"""Derived assets are selected by process, capsule, sorter, time and success."""

from __future__ import annotations

import datetime
import json
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from aind_session import (
    AssetNotFoundError,
    Session,
    SeveralFoundError,
    memory_sources,
    sessions,
)
from aind_session.catalog.derived import Criteria, Derived, processing_time, select
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.platform import QUIET, Platform
from tests.worlds import asset, empty_world, raw, uuid_of

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

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
    """A world with a raw asset and five derived ones, of which the third failed."""
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


WARNS = pytest.mark.filterwarnings("ignore:nothing has the process")


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
        pytest.param("sor", [], marks=WARNS),
        pytest.param("processed", [], marks=WARNS),
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
    platform = stand_in(world(), quiet=QUIET)
    found = Session(NAME, sources=remote_sources()).derived(ok=True)
    assert len(found) == 4
    assert platform.count("s3") == 10  # each log, and each listing of NWB files
    assert platform.steps() <= 3


def test_the_latest_the_only_one_and_all(session: Session) -> None:
    found = session.derived("sorted")
    assert found.latest() is found[-1]
    assert found.all() == tuple(found) == found[:]
    with pytest.raises(SeveralFoundError, match=r"(?s)there are 2.*sorted_2024-02-01.*ks25"):
        found.one()
    assert session.derived("nwb").one().id == uuid_of(5)


@WARNS
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


@pytest.mark.parametrize(
    ("criteria", "text"),
    [
        (Criteria(), "any"),
        (Criteria("sorted", ok=False), "process='sorted', ok=False"),
        (
            Criteria(sorter="ks4", capsule="c", before="2024-01-02", after="2024-01-01"),
            "sorter='ks4', capsule='c', before='2024-01-02', after='2024-01-01'",
        ),
    ],
)
def test_criteria_are_written_as_they_were_given(criteria: Criteria, text: str) -> None:
    assert str(criteria) == text


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        ({"ok": "yes"}, TypeError, "ok must be True, False or None, not 'yes'"),
        ({"ok": 1}, TypeError, "ok must be True, False or None, not 1"),
        ({"process": 5}, TypeError, "a process"),
        ({"process": str}, TypeError, "a process"),
        ({"sorter": 5}, TypeError, "a sorter"),
        ({"capsule": 5}, TypeError, "the ID of a capsule"),
        ({"before": "2024-01-01", "after": "2024-01-02"}, ValueError, "the start is after the end"),
        ({"before": "soon"}, ValueError, "is not a date"),
    ],
)
def test_criteria_that_cannot_be_meant_are_refused(
    more: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Criteria(**more)


def decoded(number: int, name: str, **more: Any) -> DataAsset:
    return decode_asset(asset(number, name, **more))


S = "ecephys_700001_2024-01-01_10-00-00"


def test_derived_assets_are_sorted_by_the_time_in_their_name_or_else_of_creation() -> None:
    assets = [
        decoded(4, f"{S}_sorted_2024-03-01_00-00-00"),
        decoded(3, f"{S}_sorted_2024-02-01_00-00-00"),
        decoded(1, f"{S}_sorted_2024-02-01_00-00-00"),
        decoded(5, f"{S}_dlc"),  # created in November 2023
    ]
    derived = Derived(assets, "what was asked for")
    assert [one.id for one in derived] == [uuid_of(5), uuid_of(1), uuid_of(3), uuid_of(4)]
    assert len(derived) == 4
    assert derived.all() == tuple(derived)
    assert derived[1:3] == (derived[1], derived[2])
    assert derived.latest().id == uuid_of(4)
    assert repr(derived[:0]) == "()"
    assert repr(Derived([], "asked")) == "<asked: none>"
    assert repr(Derived(assets[:2], "asked")) == (
        f"<asked: {S}_sorted_2024-02-01_00-00-00, {S}_sorted_2024-03-01_00-00-00>"
    )
    assert processing_time(assets[3]) == datetime.datetime(2023, 11, 14, 22, 13, 25)


def test_none_and_several_say_what_there_is() -> None:
    known = [decoded(n, f"{S}_dlc_2024-02-0{n}_00-00-00") for n in range(1, 7)]
    with pytest.raises(AssetNotFoundError) as absent:
        Derived([], "asked", known).one()
    text = str(absent.value)
    assert "asked" in text
    assert "the session's data assets: none of them matches" in text
    assert f"{S}_dlc_2024-02-06_00-00-00" in text
    assert f"{S}_dlc_2024-02-02_00-00-00" in text
    assert f"{S}_dlc_2024-02-01_00-00-00" not in text
    with pytest.raises(SeveralFoundError) as several:
        Derived(known[:2], "asked").one()
    text = str(several.value)
    assert f"{S}_dlc_2024-02-01_00-00-00 ({uuid_of(1)})" in text
    assert f"{S}_dlc_2024-02-02_00-00-00 ({uuid_of(2)})" in text
    assert Derived(known[:1], "asked").one().id == uuid_of(1)


@pytest.mark.parametrize(
    ("criteria", "numbers"),
    [
        (Criteria(), [1, 2, 3, 4, 5]),
        (Criteria(""), [1, 2, 3, 4, 5]),
        (Criteria("sorted"), [1, 2]),
        (Criteria("sorted-ks25"), [2]),
        (Criteria("sorted_curated"), [3]),
        (Criteria("nwb"), [4]),
        (Criteria(lambda asset: asset.id == uuid_of(4)), [4]),
        (Criteria(capsule="capsule"), [1]),
        (Criteria(capsule="other"), [2]),
        (Criteria(capsule=""), [1, 2, 3, 4, 5]),
        (Criteria("sorted", capsule="other", after="2024-02-02"), [2]),
        (Criteria(after="2024-02-02", before="2024-02-03"), [2, 3]),
        (Criteria(after="2024-02-02 00:00:00", before="2024-02-02 00:00:00"), [2]),
        (Criteria(after="2024-02-05"), []),
    ],
)
def test_criteria_choose_by_label_maker_and_time(criteria: Criteria, numbers: list[int]) -> None:
    assets = [
        decode_asset(raw(9, S)),
        decoded(1, f"{S}_sorted_2024-02-01_00-00-00", provenance={"capsule": "capsule"}),
        decoded(2, f"{S}_sorted-ks25_2024-02-02_00-00-00", provenance={"capsule": "other"}),
        decoded(3, f"{S}_sorted_2024-02-03_00-00-00_sorted_curated"),
        decoded(4, f"{S}_sorted_2024-02-02_00-00-00_nwb_2024-02-04_00-00-00"),
        decoded(5, "model"),
    ]
    chosen = select({"s": assets}, criteria, memory_sources(empty_world()))["s"]
    assert sorted(one.id for one in chosen) == [uuid_of(number) for number in numbers]
    assert chosen._asked == f"derived assets of s [{criteria}]"


def test_derived_assets_travel_without_their_sources_and_are_shown_there() -> None:
    name = "ecephys_700001_2024-01-01_10-00-00"
    world = empty_world()
    world.assets += [raw(1, name), asset(2, f"{name}_sorted_2024-01-02_00-00-00")]
    derived = Session(name, sources=memory_sources(world)).derived("sorted")
    travelled = pickle.loads(pickle.dumps(derived))
    assert [one.id for one in travelled] == [uuid_of(2)]
    assert repr(travelled) == repr(derived)
    for shown in (str(derived), str(travelled)):
        assert "sorted" in shown
        assert uuid_of(2)[:8] in shown
