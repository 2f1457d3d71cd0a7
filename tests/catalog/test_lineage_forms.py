"""A lineage as a tree, Mermaid, PROV-JSON and plain data; and the uses of an asset."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
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
from aind_session.catalog.lineage import Lineage
from aind_session.catalog.lineage_forms import tree
from aind_session.catalog.lineage_parts import Node, Run
from aind_session.display import Cell, Table
from aind_session.display.tree import Node as Drawn
from aind_session.display.tree import Tree
from aind_session.sources.bodies import data_asset
from tests.catalog.test_lineage import NWB, RAW, SORTED, lineage_of, made_by
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, record, uuid_of

RUN, CAPSULE = uuid_of(77), uuid_of(78)
UNSEEN = uuid_of(9)
DLC = f"{RAW}_dlc_eye"
PAGES = "https://codeocean.allenneuraldynamics.org/data-assets"


@pytest.fixture
def lineage() -> Lineage:
    """A lineage with an edge by each kind of evidence, and failed, single and invisible assets."""
    said = record(NWB, None, data_description={"input_data_name": SORTED})
    made = made_by(1, 9, run=RUN, capsule=CAPSULE)
    return lineage_of(
        raw(1, RAW, owner="me"),
        asset(2, SORTED, provenance=made, state="failed"),
        asset(3, NWB),
        asset(4, DLC),
        asset(5, "other"),
        records=(said,),
    )


def test_the_tree_has_each_asset_once_in_full_below_its_first_input(lineage: Lineage) -> None:
    again = Drawn(SORTED, "drawn above", (), "solid", "bad", f"{SORTED} ({uuid_of(2)})")
    assert tree(lineage) == Tree(
        Drawn(
            "all",
            "",
            (
                Drawn(
                    RAW,
                    "0000000a",
                    (
                        Drawn(
                            "sorted_2024-01-02_00-00-00",
                            "0000000a, failed, run 0000000a of capsule 0000000a",
                            (
                                Drawn(
                                    "nwb_2024-01-03_00-00-00",
                                    "0000000a",
                                    (),
                                    "dashed",
                                    "plain",
                                    f"{NWB} ({uuid_of(3)})",
                                ),
                            ),
                            "solid",
                            "bad",
                            f"{SORTED} ({uuid_of(2)})",
                        ),
                        Drawn(
                            "dlc_eye", "0000000a", (), "dotted", "plain", f"{DLC} ({uuid_of(4)})"
                        ),
                    ),
                    "solid",
                    "plain",
                    f"{RAW} ({uuid_of(1)})",
                ),
                Drawn("other", "0000000a", (), "solid", "plain", f"other ({uuid_of(5)})"),
                Drawn(UNSEEN, "not visible", (again,), "solid", "plain", f"{UNSEEN} ({UNSEEN})"),
            ),
        ),
        title="Lineage of all",
        aside="6 assets",
        lines=(
            ("solid", "by provenance"),
            ("dashed", "by its record"),
            ("dotted", "by its name"),
        ),
    )


def test_one_beginning_needs_no_root_and_raw_data_are_named_by_the_title() -> None:
    lineage = Lineage(
        (Node(uuid_of(1), RAW, label="raw"), Node(uuid_of(2), SORTED)),
        (),
        notes=("a note",),
        about=RAW,
    )
    drawn = tree(lineage)
    assert drawn.root.label == RAW
    assert [child.label for child in drawn.root.children] == ["raw", SORTED]
    assert drawn.notes == (Cell("a note", "wait"),)
    one = tree(lineage_of(raw(1, RAW), asset(2, SORTED)))
    assert (one.root.label, one.root.children[0].label) == (RAW, "sorted_2024-01-02_00-00-00")


def test_a_cycle_begins_with_its_oldest_asset() -> None:
    lineage = lineage_of(
        asset(2, NWB, provenance=made_by(1)), asset(1, SORTED, provenance=made_by(2))
    )
    drawn = tree(lineage)
    assert drawn.root.label == SORTED
    assert [child.label for child in drawn.root.children] == ["nwb_2024-01-03_00-00-00"]
    assert [child.detail for child in drawn.root.children[0].children] == ["drawn above"]


def test_a_run_is_of_a_capsule_by_name_where_that_was_asked_for(lineage: Lineage) -> None:
    def said(*runs: Run) -> str:
        named = Lineage(lineage.nodes, lineage.edges, runs, (), "all")
        return tree(named).root.children[0].children[0].detail

    assert said(Run(RUN, CAPSULE, "sorter")) == "0000000a, failed, run 0000000a of sorter"
    assert said(Run(RUN)) == "0000000a, failed, run 0000000a"
    assert said() == "0000000a, failed"


def test_mermaid_names_the_run_or_the_weaker_evidence(lineage: Lineage) -> None:
    assert lineage.mermaid() == (
        "flowchart LR\n"
        f'    n0["{RAW}"]\n'
        f'    n1["{SORTED} #40;failed#41;"]\n'
        f'    n2["{NWB}"]\n'
        f'    n3["{DLC}"]\n'
        '    n4["other"]\n'
        f'    n5["{UNSEEN} #40;not visible#41;"]\n'
        '    n0 -->|"run 0000000a"| n1\n'
        '    n5 -->|"run 0000000a"| n1\n'
        '    n1 -.->|"by record"| n2\n'
        '    n0 -.->|"by name"| n3'
    )


def test_mermaid_has_no_empty_label() -> None:
    # Mermaid's own parser refuses them
    found = lineage_of(asset(1, ""), asset(2, " "))
    assert found.mermaid() == (f'flowchart LR\n    n0["{uuid_of(1)}"]\n    n1["{uuid_of(2)}"]')


def test_an_independent_reader_finds_all_that_prov_states(lineage: Lineage) -> None:
    model = pytest.importorskip("prov.model", reason="an independent reader of PROV-JSON")
    read = model.ProvDocument.deserialize(content=json.dumps(lineage.prov()), format="json")
    kinds = Counter(type(one).__name__ for one in read.get_records())
    assert kinds == {
        "ProvEntity": 6,
        "ProvActivity": 1,
        "ProvAgent": 1,
        "ProvUsage": 2,
        "ProvGeneration": 1,
        "ProvDerivation": 4,
        "ProvAttribution": 1,
    }
    assert json.loads(read.serialize(format="json")).keys() == lineage.prov().keys()
    assert f"used(codeocean:{RUN}, codeocean:{uuid_of(1)}" in read.get_provn()


def test_a_chain_of_thousands_is_drawn_to_its_first_levels() -> None:
    assets = [asset(n, f"n{n}", provenance=made_by(n - 1)) for n in range(1, 3001)]
    found = lineage_of(*assets)
    assert len(found.edges) == 3000
    lines = str(found).splitlines()
    assert lines[1].split() == [uuid_of(0), "not", "visible"]
    assert (len(lines), lines[-1].strip()) == (11, "└─ ... 1 more  deeper")
    assert found.svg().count("<rect") == 10


def test_prov_has_entities_activities_agents_and_their_relations(lineage: Lineage) -> None:
    def ids(*numbers: int) -> list[str]:
        return [f"codeocean:{uuid_of(number)}" for number in numbers]

    one, two, three, four, five, unseen = ids(1, 2, 3, 4, 5, 9)
    run = f"codeocean:{RUN}"
    prov = lineage.prov()
    assert prov["prefix"] == {"codeocean": "urn:codeocean:"}
    assert prov["entity"] == {
        one: {
            "prov:label": RAW,
            "codeocean:visible": True,
            "codeocean:state": "ready",
            "prov:generatedAtTime": "2023-11-14T22:13:21+00:00",
        },
        two: {
            "prov:label": SORTED,
            "codeocean:visible": True,
            "codeocean:state": "failed",
            "prov:generatedAtTime": "2023-11-14T22:13:22+00:00",
        },
        three: {
            "prov:label": NWB,
            "codeocean:visible": True,
            "codeocean:state": "ready",
            "prov:generatedAtTime": "2023-11-14T22:13:23+00:00",
        },
        four: {
            "prov:label": DLC,
            "codeocean:visible": True,
            "codeocean:state": "ready",
            "prov:generatedAtTime": "2023-11-14T22:13:24+00:00",
        },
        five: {
            "prov:label": "other",
            "codeocean:visible": True,
            "codeocean:state": "ready",
            "prov:generatedAtTime": "2023-11-14T22:13:25+00:00",
        },
        unseen: {"prov:label": UNSEEN, "codeocean:visible": False},
    }
    assert prov["activity"] == {run: {"codeocean:capsule": CAPSULE}}
    assert prov["agent"] == {"codeocean:me": {}}
    assert prov["used"] == {
        "_:u0": {"prov:activity": run, "prov:entity": one},
        "_:u1": {"prov:activity": run, "prov:entity": unseen},
    }
    assert prov["wasGeneratedBy"] == {"_:g0": {"prov:entity": two, "prov:activity": run}}
    assert prov["wasDerivedFrom"] == {
        f"_:d{number}": {
            "prov:generatedEntity": target,
            "prov:usedEntity": source,
            "codeocean:evidence": how,
        }
        for number, (source, target, how) in enumerate(
            [
                (one, two, "provenance"),
                (unseen, two, "provenance"),
                (two, three, "record"),
                (one, four, "name"),
            ]
        )
    }
    assert prov["wasAttributedTo"] == {"_:a0": {"prov:entity": one, "prov:agent": "codeocean:me"}}


def test_prov_sorts_what_runs_used_and_made_and_says_how_long_they_took() -> None:
    lineage = lineage_of(
        *(raw(number, f"{RAW[:-2]}0{number}") for number in (4, 3, 2, 1)),
        asset(6, "made", provenance=made_by(4, 2, 3, 1, run="r2")),
        asset(5, "first", provenance=made_by(3, 1, run="r1")),
        *(asset(number, f"alone {number}", provenance=made_by(run="r3")) for number in (9, 7, 8)),
    )
    used = [tuple(pair.values()) for pair in lineage.prov()["used"].values()]
    assert used == [
        (f"codeocean:{run}", f"codeocean:{uuid_of(number)}")
        for run, numbers in (("r1", (1, 3)), ("r2", (1, 2, 3, 4)))
        for number in numbers
    ]
    made = [tuple(pair.values()) for pair in lineage.prov()["wasGeneratedBy"].values()]
    assert made == [
        (f"codeocean:{uuid_of(5)}", "codeocean:r1"),
        (f"codeocean:{uuid_of(6)}", "codeocean:r2"),
        *((f"codeocean:{uuid_of(number)}", "codeocean:r3") for number in (7, 8, 9)),
    ]
    run = Run("r", None, "sorter", 90)
    assert Lineage(runs=(run, Run("s"))).prov()["activity"] == {
        "codeocean:r": {"prov:label": "sorter", "codeocean:runTimeSeconds": 90},
        "codeocean:s": {},
    }


def test_as_plain_data_it_has_its_attributes_as_keys(lineage: Lineage) -> None:
    plain = lineage.to_dict()
    assert list(plain) == ["about", "nodes", "edges", "runs", "notes"]
    assert plain["about"] == "all"
    assert plain["nodes"][0] == {
        "id": uuid_of(1),
        "name": RAW,
        "kind": "asset",
        "state": "ready",
        "created": 1_700_000_001,
        "label": "raw",
        "owner": "me",
        "run": None,
        "capsule": None,
    }
    assert [(node["label"], node["run"]) for node in plain["nodes"][1:]] == [
        ("sorted", RUN),
        ("nwb", None),
        ("dlc_eye", None),
        (None, None),
        (None, None),
    ]
    assert plain["edges"][1] == {
        "source": UNSEEN,
        "target": uuid_of(2),
        "how": "provenance",
        "run": RUN,
        "capsule": CAPSULE,
    }
    assert plain["runs"] == [
        {
            "id": RUN,
            "capsule": CAPSULE,
            "capsule_name": None,
            "parameters": {},
            "run_time": None,
        }
    ]
    assert plain["notes"] == []
    assert repr(lineage) == "<Lineage of all: 6 assets, 4 edges, 0 notes>"


def test_inputs_and_outputs_are_asked_for_by_asset_node_or_id(lineage: Lineage) -> None:
    node = lineage.nodes[1]
    for two in (node, node.id, node.id.upper(), node.id.replace("-", "")):
        assert [one.id for one in lineage.inputs(two)] == [uuid_of(1), UNSEEN]
        assert [one.id for one in lineage.outputs(two)] == [uuid_of(3)]
    with pytest.raises(
        ValueError, match=r"^'another' is not one of the 6 assets in the lineage of all"
    ):
        lineage.inputs(replace(node, id=uuid_of(99), name="another"))
    with pytest.raises(ValueError, match=r"^'x' is not one of the 6 assets in the lineage of all$"):
        lineage.inputs("x")
    assert [one.id for one in lineage.shared_inputs(uuid_of(3), uuid_of(4))] == [uuid_of(1)]
    assert lineage.shared_inputs(uuid_of(1), uuid_of(4)) == ()


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
