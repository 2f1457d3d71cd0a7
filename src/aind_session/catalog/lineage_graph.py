"""Making a lineage: the graph of all assets, the part around some, and its details."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.catalog.lineage import Lineage
from aind_session.catalog.lineage_parts import Node, Run, reached_from, steps_of
from aind_session.conventions.assets import is_raw_asset
from aind_session.conventions.derivation import AssetIndex, Edge, inputs_of
from aind_session.conventions.names import find_asset_name
from aind_session.conventions.records import linked_asset_ids, record_inputs
from aind_session.errors import AccessDeniedError, AssetNotFoundError, Failure
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.sources import Sources
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

T = TypeVar("T")


def whole_lineage(assets: Iterable[DataAsset], records: Iterable[Body], about: str) -> Lineage:
    """Return the graph of these assets; no request is sent.

    Parameters
    ----------
    assets
        In any order.
    records
        Metadata records of the same subject, of both schemas, with at least `SLIM_FIELDS`.
    about
        The session or asset of this lineage.
    """
    index = AssetIndex(assets)
    recorded = _recorded_inputs(records, index)
    by_provenance = [
        edge
        for asset in index.by_id.values()
        for edge in inputs_of(asset, index).edges
        if edge.how == "provenance"
    ]
    is_ancestor = _Ancestry(by_provenance)
    edges: list[Edge] = []
    notes: list[str] = []
    for asset in index.by_id.values():
        inputs = inputs_of(asset, index, recorded.get(asset.id, ()), is_ancestor=is_ancestor)
        edges += inputs.edges
        notes += [inputs.disagreement] if inputs.disagreement else []
    nodes = [node_of(asset) for asset in index.by_id.values()]
    unseen = dict.fromkeys(e.source for e in edges if e.source not in index.by_id)
    nodes += [Node(id_, id_, "not visible") for id_ in unseen]
    return Lineage(tuple(nodes), tuple(edges), _runs(edges, nodes), tuple(notes), about)


def part_around(whole: Lineage, ids: Iterable[str]) -> Lineage:
    """Return the part of a graph with some assets, and their inputs and outputs at any distance.

    Parameters
    ----------
    whole
        The graph.
    ids
        IDs of assets.
    """
    start = set(ids)
    kept = reached_from(start, steps_of(whole.edges, back=True))
    kept |= reached_from(start, steps_of(whole.edges, back=False))
    edges = tuple(e for e in whole.edges if e.source in kept and e.target in kept)
    nodes = tuple(node for node in whole.nodes if node.id in kept)
    names = [node.name for node in nodes]
    return dataclasses.replace(
        whole,
        nodes=nodes,
        edges=edges,
        runs=_runs(edges, nodes),
        notes=tuple(note for note in whole.notes if note.startswith(tuple(f"{n}:" for n in names))),
    )


def with_details(lineage: Lineage, sources: Sources) -> Lineage:
    """Request each run, each capsule, and each input that is not visible, in parallel.

    A failed request leaves its part unchanged, and adds a note.
    """
    runs = {run.id: run for run in lineage.runs}
    capsules = dict.fromkeys(run.capsule for run in lineage.runs if run.capsule)
    unseen = [node.id for node in lineage.nodes if node.kind == "not visible" and _is_id(node.id)]
    asked = {
        **{("run", id_): partial(sources.assets.computation, id_) for id_ in runs},
        **{("capsule", id_): partial(sources.assets.capsule, id_) for id_ in capsules},
        **{("input", id_): partial(sources.assets.get, id_) for id_ in unseen},
    }
    answers = side_by_side([partial(attempt, partial(_or_none, ask)) for ask in asked.values()])
    bodies = dict(zip(asked, answers, strict=True))
    notes = [
        f"{kind} {id_}: {body if isinstance(body, Failure) else 'not found, or not visible'}"
        for (kind, id_), body in bodies.items()
        if not isinstance(body, dict)
    ]
    return dataclasses.replace(
        lineage,
        runs=tuple(_detailed(run, bodies) for run in lineage.runs),
        nodes=tuple(_named(node, bodies) for node in lineage.nodes),
        notes=(*lineage.notes, *notes),
    )


class _Ancestry:
    """Checks whether one asset is an ancestor of another; each asset's ancestors are found once."""

    def __init__(self, edges: Sequence[Edge]) -> None:
        self._steps = steps_of(edges, back=True)
        self._behind: dict[str, set[str]] = {}

    def __call__(self, source: str, target: str) -> bool:
        if target not in self._behind:
            self._behind[target] = reached_from({target}, self._steps)
        return source in self._behind[target]


def _recorded_inputs(records: Iterable[Body], index: AssetIndex) -> dict[str, tuple[str, ...]]:
    """Return the names of inputs in records, by the ID of the record's asset."""
    found: dict[str, tuple[str, ...]] = {}
    for record in records:
        inputs = record_inputs(record)
        if not inputs:
            continue
        name = record.get("name")
        # a link can point to another asset in the same location, so the name decides
        ids = index.ids_named(name) if isinstance(name, str) else []
        for id_ in ids or linked_asset_ids(record):
            found[id_] = inputs
    return found


def _runs(edges: Iterable[Edge], nodes: Iterable[Node]) -> tuple[Run, ...]:
    pairs = [(e.run, e.capsule) for e in edges] + [(n.run, n.capsule) for n in nodes]
    runs = {run: capsule for run, capsule in pairs if run}
    return tuple(Run(id_, capsule) for id_, capsule in runs.items())


def node_of(asset: DataAsset) -> Node:
    """Return an asset as a node."""
    name = find_asset_name(asset.name)
    label = "raw" if is_raw_asset(asset) else None if name is None else name.label or name.suffix
    state = None if asset.state is None else str(getattr(asset.state, "value", asset.state))
    provenance = asset.provenance
    return Node(
        asset.id,
        asset.name,
        state=state,
        created=asset.created,
        label=label,
        owner=getattr(asset, "owner", None),
        run=getattr(provenance, "computation", None) or None,
        capsule=getattr(provenance, "capsule", None) or None,
    )


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except (AssetNotFoundError, AccessDeniedError):
        return None


def _is_id(text: str) -> bool:
    return find_asset_name(text) is None


def _detailed(run: Run, bodies: Mapping[tuple[str, str], Any]) -> Run:
    body, capsule = bodies.get(("run", run.id)), bodies.get(("capsule", run.capsule or ""))
    if isinstance(capsule, dict):
        run = dataclasses.replace(run, capsule_name=capsule.get("name"))
    if not isinstance(body, dict):
        return run
    parameters = {
        str(p.get("param_name") or p.get("name")): str(p.get("value"))
        for p in body.get("parameters") or ()
        if isinstance(p, dict)
    }
    return dataclasses.replace(run, run_time=body.get("run_time"), parameters=parameters)


def _named(node: Node, bodies: Mapping[tuple[str, str], Any]) -> Node:
    body = bodies.get(("input", node.id))
    return dataclasses.replace(node, name=body["name"]) if isinstance(body, dict) else node
