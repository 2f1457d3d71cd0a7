"""Lineage: every edge is right and has its evidence, for all forms of names."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from aind_session import Session, SourceDownWarning, asset_lineage, meter
from aind_session.catalog.lineage import Lineage
from aind_session.catalog.lineage_graph import whole_lineage
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_asset
from tests.conftest import Serve
from tests.platform import Platform
from tests.worlds import asset, empty_world, raw, uuid_of

RAW = "ecephys_700001_2024-01-01_10-00-00"
SORTED = f"{RAW}_sorted_2024-01-02_00-00-00"
NWB = f"{SORTED}_nwb_2024-01-03_00-00-00"


def made_by(*numbers: int, run: str = "run", capsule: str = "capsule") -> Body:
    inputs = [uuid_of(number) for number in numbers]
    return {"computation": run, "capsule": capsule, "data_assets": inputs, "commit": "c"}


def lineage_of(*bodies: Body, records: tuple[Body, ...] = ()) -> Lineage:
    return whole_lineage(map(decode_asset, bodies), records, "all")


def pairs(lineage: Lineage) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.how) for edge in lineage.edges}


def test_an_asset_is_named_by_its_id_in_any_form() -> None:
    lineage = lineage_of(raw(1, RAW), asset(2, SORTED))
    for form in (uuid_of(2).upper(), uuid_of(2).replace("-", ""), uuid.UUID(uuid_of(2))):
        assert [node.id for node in lineage.inputs(form)] == [uuid_of(1)]
        assert lineage.shared_inputs(form, uuid_of(2))[0].id == uuid_of(1)


def test_a_session_has_its_lineage_without_a_further_request(serve: Serve) -> None:
    world = empty_world()
    world.assets += [raw(1, RAW), asset(2, SORTED, provenance=made_by(1)), asset(3, NWB)]
    sources = serve(world)
    session = Session(RAW, sources=sources)
    assert session.raw_data_asset.id == uuid_of(1)
    with meter() as cost:
        lineage = session.lineage()
    assert cost.requests == 0
    assert [edge.how for edge in lineage.edges] == ["provenance", "name"]
    around = asset_lineage(uuid_of(2), sources=sources)
    assert [node.name for node in around.nodes] == [RAW, SORTED, NWB]


def test_without_docdb_provenance_and_names_remain_and_a_warning_says_so(
    stand_in: Callable[..., Platform],
) -> None:
    world = empty_world()
    world.assets += [raw(1, RAW), asset(2, SORTED, provenance=made_by(1))]
    stand_in(world).fail("docdb", status=403)
    with pytest.warns(SourceDownWarning, match="lineage of"):
        lineage = Session(RAW).lineage()
    assert pairs(lineage) == {(uuid_of(1), uuid_of(2), "provenance")}


def test_names_are_escaped_in_every_form() -> None:
    hostile = f'{RAW}_<script>alert(1)</script>\n\u202e"]_2024-02-02_00-00-00'
    lineage = lineage_of(raw(1, RAW), asset(2, hostile))
    for form in (lineage.mermaid(), lineage.svg(), lineage._repr_html_(), str(lineage)):
        assert "\u202e" not in form
    assert "<script" not in lineage.mermaid() + lineage.svg() + lineage._repr_html_()
    assert len(lineage.mermaid().splitlines()) == 4


def test_prov_relates_assets_runs_and_owners() -> None:
    prov = lineage_of(raw(1, RAW, owner="me"), asset(2, SORTED, provenance=made_by(1))).prov()
    assert prov["used"] == {
        "_:u0": {"prov:activity": "codeocean:run", "prov:entity": f"codeocean:{uuid_of(1)}"}
    }
    assert prov["wasGeneratedBy"] == {
        "_:g0": {"prov:entity": f"codeocean:{uuid_of(2)}", "prov:activity": "codeocean:run"}
    }
    assert prov["wasDerivedFrom"] == {
        "_:d0": {
            "prov:generatedEntity": f"codeocean:{uuid_of(2)}",
            "prov:usedEntity": f"codeocean:{uuid_of(1)}",
            "codeocean:evidence": "provenance",
        }
    }
    assert set(prov["entity"]) == {f"codeocean:{uuid_of(1)}", f"codeocean:{uuid_of(2)}"}


def test_many_siblings_are_folded_in_the_tree() -> None:
    made = [asset(n, f"{RAW}_sorted_2024-01-{n:02}_00-00-00") for n in range(2, 31)]
    shown = str(lineage_of(raw(1, RAW), *made))
    assert "more" in shown
    assert len(shown.splitlines()) < 20
