"""A lineage as a tree, Mermaid, PROV-JSON and plain data; and the uses of an asset."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from aind_session.catalog.lineage import Lineage
from aind_session.catalog.lineage_forms import tree
from aind_session.catalog.lineage_parts import Node, Run
from aind_session.display import Cell
from aind_session.display.tree import Node as Drawn
from aind_session.display.tree import Tree
from tests.catalog.test_lineage import NWB, RAW, SORTED, lineage_of, made_by
from tests.worlds import asset, raw, record, uuid_of

RUN, CAPSULE = uuid_of(77), uuid_of(78)
UNSEEN = uuid_of(9)
DLC = f"{RAW}_dlc_eye"


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
