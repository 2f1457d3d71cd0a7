"""The lineage of a session or an asset, what is asked for it, and what uses an asset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aind_session import (
    LeftOutWarning,
    RemoteError,
    Session,
    SourceDownWarning,
    asset_lineage,
    what_uses,
)
from aind_session.display import Cell, Table
from aind_session.sources.bodies import data_asset
from tests.catalog.test_lineage import RAW, SORTED, made_by
from tests.catalog.test_lineage_forms import CAPSULE, RUN, UNSEEN
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

PAGES = "https://codeocean.allenneuraldynamics.org/data-assets"


def test_an_asset_of_no_subject_asks_for_its_inputs_by_id(serve: Serve) -> None:
    world = empty_world()
    world.assets += [
        raw(1, RAW),
        asset(2, "model", provenance=made_by(1, 9, run=RUN, capsule=CAPSULE)),
    ]
    world.assets[-1]["custom_metadata"] = {}
    with pytest.warns(LeftOutWarning, match="lineage of model lacks what was made of it"):
        lineage = asset_lineage(uuid_of(2), sources=serve(world))
    assert [(node.name, node.kind) for node in lineage.nodes] == [
        ("model", "asset"),
        (RAW, "not visible"),
        (UNSEEN, "not visible"),
    ]
    assert sorted(lineage.notes) == [
        f"capsule {CAPSULE}: not found, or not visible",
        f"input {UNSEEN}: not found, or not visible",
        f"run {RUN}: not found, or not visible",
    ]
    assert lineage.about == "model"


def test_the_subject_of_an_asset_is_that_of_its_name_or_of_its_metadata(serve: Serve) -> None:
    world = empty_world()
    labels = {"subject id": 700001}
    world.assets += [
        raw(1, RAW),
        asset(2, "model", provenance=made_by(1), custom_metadata=labels),
    ]
    lineage = asset_lineage(uuid_of(2), sources=serve(world))
    assert [node.name for node in lineage.nodes] == [RAW, "model"]
    assert lineage.notes == ()


def test_details_of_an_asset_are_asked_for_when_wanted(serve: Serve) -> None:
    world = empty_world()
    world.assets += [raw(1, RAW), asset(2, SORTED, provenance=made_by(1, run=RUN, capsule=CAPSULE))]
    ended = {"id": RUN, "name": "Run", "state": "completed", "run_time": 90, "created": 1}
    world.computations[CAPSULE] = [ended]
    sources = serve(world)
    assert [run.run_time for run in asset_lineage(uuid_of(2), sources=sources).runs] == [None]
    detailed = asset_lineage(uuid_of(2), detail=True, sources=sources)
    assert [run.run_time for run in detailed.runs] == [90]


def test_without_records_a_warning_names_what_was_asked_for(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets += [raw(1, RAW), asset(2, SORTED, provenance=made_by(1))]
    stand_in(world).fail("docdb", status=403)
    with pytest.warns(SourceDownWarning, match=f"lineage of {SORTED}"):
        asset_lineage(uuid_of(2))
    with pytest.warns(SourceDownWarning, match=f"lineage of {RAW}"):
        Session(RAW).lineage()


def test_without_assets_a_session_has_no_lineage(stand_in: Callable[..., Platform]) -> None:
    stand_in(empty_world()).fail("code_ocean", status=500)
    with pytest.raises(RemoteError):
        Session(RAW).lineage()


def combined(number: int, *parts: int) -> dict[str, Any]:
    contained = [{"id": uuid_of(part), "mount": "m", "size": 1} for part in parts]
    more = {"type": "combined", "contained_data_assets": contained}
    return data_asset(uuid_of(number), f"all {number}", 1_700_000_000 + number, **more)


def test_what_uses_an_asset_is_made_of_it_combines_it_or_has_it_attached(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets += [
        raw(1, RAW),
        asset(2, SORTED, provenance=made_by(1)),
        combined(5, 1, 3),
        combined(6, 3),
    ]
    world.attached = {
        "capsules/c": [{"id": uuid_of(1), "mount": "m"}],
        "capsules/d": [{"id": uuid_of(2), "mount": "m"}],
        "pipelines/p": [{"id": uuid_of(1), "mount": "m"}],
    }
    stand_in(world)
    uses = what_uses(uuid_of(1))
    assert [node.name for node in uses.assets] == [SORTED, "all 5"]
    assert [one["name"] for one in uses.capsules] == ["capsule c"]
    assert [one["name"] for one in uses.pipelines] == ["pipeline p"]
    assert uses.notes == ()
    assert uses._card() == Table.of(
        ["what", "name", "ID"],
        [
            ["asset", SORTED, Cell(uuid_of(2), "code", f"{PAGES}/{uuid_of(2)}")],
            ["asset", "all 5", Cell(uuid_of(5), "code", f"{PAGES}/{uuid_of(5)}")],
            ["capsule", "capsule c", Cell("c", "code")],
            ["pipeline", "pipeline p", Cell("p", "code")],
        ],
        wrap=["name"],
        footer=[Cell("4 uses")],
    )


def test_combined_assets_are_found_by_what_they_contain(serve: Serve) -> None:
    world = empty_world()
    commit = {"commit": "0a1b2c", "run_script": "code/run"}
    world.assets += [raw(1, RAW), combined(5, 1, 3), combined(6, 3), combined(7, 1)]
    world.assets += [asset(8, "weights", provenance=commit)]
    sources = serve(world)
    uses = what_uses(uuid_of(1), sources=sources)
    assert sorted(node.name for node in uses.assets) == ["all 5", "all 7"]
    queries = [f"contained_data_id:{uuid_of(3)}", "commit_id:0a1b2c", "run_script:code/run"]
    found = [
        sorted(one["id"] for one in sources.assets.search({"query": text})) for text in queries
    ]
    assert found == [[uuid_of(5), uuid_of(6)], [uuid_of(8)], [uuid_of(8)]]
    assert sources.assets.search({"query": "contained_data_id:5"}) == []


def test_what_could_not_be_asked_of_its_users_is_a_note(stand_in: Callable[..., Platform]) -> None:
    world = empty_world()
    world.assets += [raw(1, RAW)]
    stand_in(world).fail("code_ocean", path="/capsules", status=403)
    uses = what_uses(uuid_of(1))
    assert (uses.assets, uses.capsules, uses.pipelines) == ((), (), ())
    assert len(uses.notes) == 1
    assert "403" in uses.notes[0]
    card = uses._card()
    assert isinstance(card, Table)
    assert card.footer == (Cell("0 uses"), Cell(uses.notes[0], "unknown"))
