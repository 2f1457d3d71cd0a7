"""How a graph is made: evidence for each edge, its parts and details."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import Session
from aind_session.catalog.lineage_graph import part_around, whole_lineage
from aind_session.conventions.derivation import AssetIndex, Edge, inputs_of
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_asset
from tests.catalog.test_lineage import NWB, RAW, SORTED, lineage_of, made_by, pairs
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, record_v2, uuid_of


def test_provenance_goes_before_the_record_and_the_record_before_the_name() -> None:
    bodies = [raw(1, RAW), asset(2, SORTED), asset(3, NWB)]
    by_name = lineage_of(*bodies)
    assert pairs(by_name) == {
        (uuid_of(1), uuid_of(2), "name"),
        (uuid_of(2), uuid_of(3), "name"),
    }
    description = {"data_level": "derived", "source_data": [RAW]}
    said = record_v2(NWB, None, data_description=description)
    by_record = lineage_of(*bodies, records=(said,))
    assert by_record.inputs(uuid_of(3))[0].name == RAW
    assert {e.how for e in by_record.edges if e.target == uuid_of(3)} == {"record"}
    made = asset(3, NWB, provenance=made_by(1, 2))
    by_provenance = lineage_of(*bodies[:2], made, records=(said,))
    edges = [e for e in by_provenance.edges if e.target == uuid_of(3)]
    assert edges == [
        Edge(uuid_of(1), uuid_of(3), "provenance", "run", "capsule"),
        Edge(uuid_of(2), uuid_of(3), "provenance", "run", "capsule"),
    ]
    assert by_provenance.notes == ()


def test_a_record_that_names_another_input_than_provenance_is_a_note() -> None:
    other = "ecephys_700001_2024-05-05_10-00-00"
    said = record(SORTED, None, data_description={"input_data_name": other})
    made = asset(2, SORTED, provenance=made_by(1))
    lineage = lineage_of(raw(1, RAW), raw(3, other), made, records=(said,))
    assert pairs(lineage) == {(uuid_of(1), uuid_of(2), "provenance")}
    assert lineage.notes == (
        f"{SORTED}: its provenance says that it was made from {RAW}, its record from {other}; "
        "the provenance was used",
    )


def test_a_name_that_points_to_a_grandparent_contradicts_nothing() -> None:
    curated = f"{RAW}_curated_2024-01-05_00-00-00"
    lineage = lineage_of(
        raw(1, RAW),
        asset(2, SORTED, provenance=made_by(1)),
        asset(3, curated, provenance=made_by(2)),
    )
    assert lineage.notes == ()


def test_inputs_that_no_search_brought_are_not_visible() -> None:
    lineage = lineage_of(asset(2, SORTED, provenance=made_by(1)))
    assert [(n.id, n.kind) for n in lineage.nodes] == [
        (uuid_of(2), "asset"),
        (uuid_of(1), "not visible"),
    ]
    said = record(NWB, None, data_description={"input_data_name": SORTED})
    by_record = lineage_of(asset(3, NWB), records=(said,))
    assert by_record.inputs(uuid_of(3))[0].name == SORTED


def test_parts_of_a_combined_asset_are_its_inputs() -> None:
    parts = [{"id": uuid_of(n), "mount": "m", "size": 1} for n in (1, 2)]
    combined = asset(3, "both", type="combined", contained_data_assets=parts)
    lineage = lineage_of(raw(1, RAW), asset(2, SORTED), combined)
    assert {e.source for e in lineage.edges if e.target == uuid_of(3)} == {uuid_of(1), uuid_of(2)}


def test_of_assets_with_one_name_the_input_is_the_last_that_existed_then() -> None:
    index = AssetIndex(
        map(decode_asset, [raw(1, RAW), raw(5, RAW), raw(9, RAW), raw(4, RAW, state="failed")])
    )
    made = decode_asset(asset(6, SORTED))
    assert inputs_of(made, index).edges[0].source == uuid_of(5)


def test_two_platforms_with_one_subject_and_time_are_kept_apart() -> None:
    behavior = RAW.replace("ecephys", "behavior")
    lineage = lineage_of(
        raw(1, RAW),
        raw(2, behavior),
        asset(3, SORTED),
        asset(4, f"{behavior}_processed_2024-02-02_00-00-00"),
    )
    assert pairs(lineage) == {
        (uuid_of(1), uuid_of(3), "name"),
        (uuid_of(2), uuid_of(4), "name"),
    }


@pytest.mark.parametrize("name", [SORTED.removeprefix("ecephys_"), SORTED.replace("-", "", 2)])
def test_a_record_tells_of_an_asset_under_its_other_name(name: str) -> None:
    other = "ecephys_700001_2024-05-05_10-00-00"
    said = record_v2(name, None, data_description={"source_data": [other]})
    lineage = lineage_of(raw(1, RAW), raw(3, other), asset(2, SORTED), records=(said,))
    assert (uuid_of(3), uuid_of(2), "record") in pairs(lineage)


def test_cycles_end_and_an_asset_is_never_its_own_input() -> None:
    lineage = lineage_of(
        asset(1, SORTED, provenance=made_by(1, 2)), asset(2, NWB, provenance=made_by(1))
    )
    assert part_around(lineage, [uuid_of(1)]).edges == lineage.edges
    assert (uuid_of(1), uuid_of(1), "provenance") not in pairs(lineage)


def test_the_part_around_an_asset_has_what_is_behind_and_what_follows_but_no_siblings() -> None:
    other = f"{RAW}_videoprocessed_2024-01-09_00-00-00"
    whole = lineage_of(raw(1, RAW), asset(2, SORTED), asset(3, NWB), asset(4, other))
    part = part_around(whole, [uuid_of(2)])
    assert [node.id for node in part.nodes] == [uuid_of(1), uuid_of(2), uuid_of(3)]
    assert [n.id for n in whole.shared_inputs(uuid_of(3), uuid_of(4))] == [uuid_of(1)]


def test_details_are_asked_for_by_id_and_what_is_not_visible_is_a_note(serve: Serve) -> None:
    world = empty_world()
    run = uuid_of(77)
    world.assets += [
        raw(1, RAW),
        raw(8, "model", archived=True),
        asset(2, SORTED, provenance=made_by(1, 8, 9, run=run, capsule=uuid_of(78))),
    ]
    parameters = [{"name": "Sorter", "param_name": "sorter", "value": "kilosort4"}]
    ended = {"id": run, "name": "Run 1", "state": "completed", "run_time": 90, "created": 1}
    world.computations[uuid_of(78)] = [{**ended, "parameters": parameters}]
    lineage = Session(RAW, sources=serve(world)).lineage(detail=True)
    assert [(r.run_time, r.parameters) for r in lineage.runs] == [(90, {"sorter": "kilosort4"})]
    assert any(uuid_of(9) in note and "not found" in note for note in lineage.notes)


def test_details_have_the_name_of_the_capsule_and_parameters_by_their_names(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    run, capsule = uuid_of(77), uuid_of(78)
    world.assets += [raw(1, RAW), asset(2, SORTED, provenance=made_by(1, run=run, capsule=capsule))]
    parameters = [{"name": "Sorter", "value": "kilosort4"}, {"param_name": "jobs", "value": 8}]
    world.computations[capsule] = [{"id": run, "state": "completed", "parameters": parameters}]
    platform = stand_in(world)
    session = Session(RAW)
    session.load()
    asked = platform.count()
    (found,) = session.lineage(detail=True).runs
    assert found.capsule_name == f"capsule {capsule}"
    assert found.parameters == {"Sorter": "kilosort4", "jobs": "8"}
    # the run and the capsule; both assets are visible, so they are not requested
    assert platform.count() - asked == 2


def test_an_input_that_is_known_by_name_alone_is_not_asked_for(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets.append(asset(3, NWB))
    world.records["v1"].append(record(NWB, None, data_description={"input_data_name": SORTED}))
    platform = stand_in(world)
    session = Session(RAW)
    session.load()
    assert [node.name for node in session.lineage().inputs(uuid_of(3))] == [SORTED]
    asked = platform.count("code_ocean")
    lineage = session.lineage(detail=True)
    assert (platform.count("code_ocean") - asked, lineage.notes) == (0, ())


def test_a_run_without_inputs_and_the_owner_come_from_the_asset() -> None:
    lineage = lineage_of(asset(2, SORTED, owner="me", provenance=made_by(run="alone")))
    assert [(run.id, run.capsule) for run in lineage.runs] == [("alone", "capsule")]
    assert (lineage.nodes[0].run, lineage.nodes[0].owner) == ("alone", "me")
    assert list(lineage.prov()["agent"]) == ["codeocean:me"]


def test_every_edge_of_ten_thousand_assets_in_six_forms_of_names_is_right() -> None:
    made = _World()
    for number in range(2_000):
        made.session(number)
    lineage = whole_lineage(map(decode_asset, made.assets), made.records, "all")
    assert len(made.assets) == 10_000
    assert pairs(lineage) == made.edges


class _World:
    """Return 2,000 sessions with a chain of four derived assets each, and their edges."""

    def __init__(self) -> None:
        self.assets: list[Body] = []
        self.records: list[Body] = []
        self.edges: set[tuple[str, str, str]] = set()

    def session(self, number: int) -> None:
        """Add raw data and derived data, cycling through the forms of names and evidence."""
        began = datetime.datetime(2023, 1, 1) + datetime.timedelta(
            days=number % 700, hours=number // 700
        )
        subject = str(600_000 + number % 300)
        new = f"{subject}_{began:%Y-%m-%d_%H-%M-%S}"
        old = f"ecephys_{new}"
        later = began + datetime.timedelta(days=400)  # a different one for each session
        steps = [f"{later:%Y-%m-%d_%H}-0{step}-00" for step in (1, 2, 3)]
        raw_name, stem = {0: (old, old), 1: (new, new), 2: (old, new), 3: (new, old)}[number % 4]
        sorted_ = f"{stem}_sorted_{steps[0]}"
        curated = f"{stem}_sorted-curated_{steps[1]}"
        # chained, or, as until 2023, without the session
        nwb = f"{sorted_ if number % 5 else f'sorted_{steps[0]}'}_nwb_{steps[2]}"
        undated = f"{stem}_sorted_curated" if number % 2 else f"{stem}_dlc_eye"
        ids = [number * 5 + n for n in range(1, 6)]
        self._add(ids[0], raw_name, None, None, number)
        self._add(ids[1], sorted_, ids[0], raw_name, number)
        self._add(ids[2], curated, ids[0], raw_name, number + 1)
        # every record has a session in its name
        turn = number + 2 if number % 5 else (number % 2) * 2
        self._add(ids[3], nwb, ids[1], sorted_, turn)
        self._add(ids[4], undated, ids[0], raw_name, number)

    def _add(self, id_: int, name: str, parent: int | None, said: Any, turn: int) -> None:
        if parent is None:
            self.assets.append(raw(id_, name))
            return
        how = ("provenance", "record", "name")[turn % 3]
        more = {"provenance": made_by(parent, run=f"run-{id_}")} if how == "provenance" else {}
        self.assets.append(asset(id_, name, **more))
        if how == "record":
            form = {"input_data_name": said} if turn % 2 else {"source_data": [said]}
            self.records.append(record(name, None, data_description=form))
        self.edges.add((uuid_of(parent), uuid_of(id_), how))


def test_a_record_of_another_name_tells_the_inputs_of_the_asset_that_it_links() -> None:
    other = "ecephys_700001_2024-05-05_10-00-00"
    said = record_v2(RAW, None, uuid_of(2), data_description={"source_data": [other]})
    said["name"] = "an upload"
    lineage = lineage_of(raw(3, other), asset(2, "my results"), records=(said,))
    assert pairs(lineage) == {(uuid_of(3), uuid_of(2), "record")}
