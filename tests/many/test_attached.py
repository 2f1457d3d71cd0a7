"""Mounted folders are listed with their sessions and assets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aind_session import Mount, Session, attached
from aind_session.errors import LeftOutWarning
from aind_session.sources import remote_sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from tests.platform import QUIET, Platform
from tests.worlds import mounted_world

RAW_ID = "16d46411-540a-4122-b47f-8cb2a15d593a"
SORTED_ID = "a2a54575-b5ca-4cf0-acd0-2933e18bcb2d"


@pytest.mark.usefixtures("in_computation")
def test_what_is_attached_is_listed_with_sessions_and_assets(
    stand_in: Callable[..., Platform], data: Path
) -> None:
    for name in (DEMO_SESSION, "model", "ecephys_session"):
        (data / name / "deep").mkdir(parents=True)
    (data / "file").touch()
    platform = stand_in(mounted_world(ecephys_session=RAW_ID))
    found = attached(sources=remote_sources())
    assert [mount.path.name for mount in found.folders] == sorted(
        [DEMO_SESSION, "model", "ecephys_session"]
    )
    assert found.sessions == (Session(DEMO_SESSION),)
    assert found.folders[0] == Mount(data / DEMO_SESSION, session=Session(DEMO_SESSION))
    assert found.folders[1] == Mount(data / "ecephys_session", asset_id=RAW_ID)
    assert platform.count() == 1
    for _ in range(2):
        assert [asset.id for asset in found.assets] == [RAW_ID]
    assert platform.count() == 2


def test_nothing_is_attached_elsewhere() -> None:
    assert attached().folders == attached().sessions == attached().assets == ()


@pytest.mark.usefixtures("in_computation")
def test_an_attached_asset_that_is_not_there_any_more_is_left_out(
    stand_in: Callable[..., Platform], data: Path
) -> None:
    missing = "0000000d-0000-4000-8000-0000000000dd"
    for name in ("a", "b", "c"):
        (data / name).mkdir()
    stand_in(mounted_world(a=SORTED_ID, b=missing, c=RAW_ID))
    found = attached(sources=remote_sources())
    with pytest.warns(LeftOutWarning, match=missing):
        assert [asset.id for asset in found.assets] == [RAW_ID, SORTED_ID]


def test_the_repr_of_what_is_attached_says_only_what_is_known(data: Path) -> None:
    (data / DEMO_SESSION).mkdir()
    (data / "model").mkdir()
    assert repr(attached()).splitlines() == [
        "Attached(",
        f"  Mount('{(data / DEMO_SESSION).as_posix()}', session=Session('{DEMO_SESSION}')),",
        f"  Mount('{(data / 'model').as_posix()}'),",
        ")",
    ]


@pytest.mark.usefixtures("in_computation")
def test_attached_assets_cost_one_step_after_the_computation(
    stand_in: Callable[..., Platform], data: Path
) -> None:
    ids = [asset["id"] for asset in demo_world().assets][:5]
    for id_ in ids:
        (data / f"folder-{id_}").mkdir()
    platform = stand_in(mounted_world(**{f"folder-{id_}": id_ for id_ in ids}), quiet=QUIET)
    assert {asset.id for asset in attached(sources=remote_sources()).assets} == set(ids)
    assert (platform.count(), platform.steps()) == (1 + len(ids), 2)
