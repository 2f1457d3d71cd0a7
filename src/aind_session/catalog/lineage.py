"""Lineage: the inputs and outputs of assets, as a graph.

It needs only the subject's assets and records, which other questions also use. With ``detail``,
each run and capsule is requested by its ID, in parallel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from aind_session.catalog.by_id import get_normalized_uuid
from aind_session.conventions.assets import is_raw_asset
from aind_session.conventions.derivation import AssetIndex, Edge, inputs_of
from aind_session.conventions.names import find_asset_name
from aind_session.conventions.records import linked_asset_ids, record_inputs
from aind_session.display.shown import Shown
from aind_session.errors import AccessDeniedError, AssetNotFoundError, Failure
from aind_session.errors.wording import quote
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.sources import Sources
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.display.tree import Tree

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """An asset, or an input that is not visible.

    Attributes
    ----------
    id
        The asset's ID; for an input that only a record names, the name.
    name
        The asset's name; the ID if the name is unknown.
    kind
        ``"asset"``; ``"not visible"`` for an input that no search found: archived, private,
        deleted, of another subject, or never in Code Ocean.
    state
        The asset's state, such as ``"ready"`` or ``"failed"``; None if unknown.
    created
        Seconds since 1970-01-01 UTC; None if unknown.
    label
        The last process in the name, such as ``"sorted"``; ``"raw"`` for raw data.
    owner
        The ID of the asset's owner; None if the server does not state it.
    run, capsule
        The IDs of the computation that made the asset, and of its capsule or pipeline; None if
        provenance does not state them. They are also set if the run had no inputs, and so no edge.
    """

    id: str
    name: str
    kind: Literal["asset", "not visible"] = "asset"
    state: str | None = None
    created: int | None = None
    label: str | None = None
    owner: str | None = None
    run: str | None = None
    capsule: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A computation that made assets.

    Attributes
    ----------
    id
        The computation's ID.
    capsule
        The ID of the capsule or pipeline that ran; None if unknown.
    capsule_name
        Its name; None unless details were requested and are visible.
    run_time
        In seconds; None unless details were requested.
    parameters
        Values by name; empty unless details were requested.
    """

    id: str
    capsule: str | None = None
    capsule_name: str | None = None
    run_time: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Lineage(Shown):
    """Assets, their inputs and outputs, and the runs that made them; shown as a tree.

    Attributes
    ----------
    nodes
        Assets in order of creation, ascending; after them the inputs that are not visible.
    edges
        From input to output, each with its evidence; see `Edge`.
    runs
        The computations that made the assets, in the order of the edges; then those without inputs.
    notes
        Contradictions in the evidence, and details that could not be requested.
    about
        The session or asset of this lineage.
    """

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    runs: tuple[Run, ...] = ()
    notes: tuple[str, ...] = ()
    about: str = ""

    def inputs(self, asset: Any) -> tuple[Node, ...]:
        """Return the inputs of an asset.

        Parameters
        ----------
        asset
            An asset, a node, or the ID of one.
        """
        wanted = self._id_of(asset)
        return self._nodes(edge.source for edge in self.edges if edge.target == wanted)

    def outputs(self, asset: Any) -> tuple[Node, ...]:
        """Return the assets made with an asset as input.

        Parameters
        ----------
        asset
            An asset, a node, or the ID of one.
        """
        wanted = self._id_of(asset)
        return self._nodes(edge.target for edge in self.edges if edge.source == wanted)

    def shared_inputs(self, one: Any, other: Any) -> tuple[Node, ...]:
        """Return the inputs that two assets share, at any distance.

        Parameters
        ----------
        one, other
            Assets, nodes, or IDs.
        """
        ids = [self._id_of(one), self._id_of(other)]
        behind = [_reached({id_}, _steps(self.edges, back=True)) - {id_} for id_ in ids]
        return tuple(node for node in self.nodes if all(node.id in ids for ids in behind))

    def _id_of(self, asset: Any) -> str:
        id_ = _id_of(asset)
        if all(node.id != id_ for node in self.nodes):
            raise ValueError(
                f"{quote(getattr(asset, 'name', asset))} is not one of the "
                f"{len(self.nodes)} assets in the lineage of {self.about}"
            )
        return id_

    def _nodes(self, ids: Iterable[str]) -> tuple[Node, ...]:
        wanted = set(ids)
        return tuple(node for node in self.nodes if node.id in wanted)

    def to_dict(self) -> dict[str, Any]:
        """Return the lineage as a dict for JSON, with the attributes as keys."""
        return {
            "about": self.about,
            "nodes": [dataclasses.asdict(node) for node in self.nodes],
            "edges": [dataclasses.asdict(edge) for edge in self.edges],
            "runs": [
                {**dataclasses.asdict(run), "parameters": dict(run.parameters)} for run in self.runs
            ],
            "notes": list(self.notes),
        }

    def prov(self) -> dict[str, Any]:
        """Return the lineage as PROV-JSON, with runs as activities and owners as agents."""
        from aind_session.catalog.lineage_forms import prov

        return prov(self)

    def mermaid(self) -> str:
        """Return the lineage as a Mermaid flow chart."""
        from aind_session.catalog.lineage_forms import mermaid

        return mermaid(self)

    def svg(self) -> str:
        """Return the lineage as an SVG without scripts, with a title and a description."""
        return self._card().svg()

    def _card(self) -> Tree:
        from aind_session.catalog.lineage_forms import tree

        return tree(self)

    __str__ = Shown.as_text

    def __repr__(self) -> str:
        count = f"{len(self.nodes)} assets, {len(self.edges)} edges, {len(self.notes)} notes"
        return f"<Lineage of {self.about}: {count}>"


def _id_of(asset: Any) -> str:
    """Return the ID of an asset or node, which is a name for an input that only a record names."""
    given = getattr(asset, "id", asset)
    try:
        return get_normalized_uuid(given)
    except ValueError:
        return str(given)


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
    kept = _reached(start, _steps(whole.edges, back=True))
    kept |= _reached(start, _steps(whole.edges, back=False))
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
        self._steps = _steps(edges, back=True)
        self._behind: dict[str, set[str]] = {}

    def __call__(self, source: str, target: str) -> bool:
        if target not in self._behind:
            self._behind[target] = _reached({target}, self._steps)
        return source in self._behind[target]


def _steps(edges: Iterable[Edge], *, back: bool) -> Mapping[str, list[str]]:
    steps: dict[str, list[str]] = {}
    for edge in edges:
        here, there = (edge.target, edge.source) if back else (edge.source, edge.target)
        steps.setdefault(here, []).append(there)
    return steps


def _reached(start: Iterable[str], steps: Mapping[str, Sequence[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for there in steps.get(waiting.pop(), ()):
            if there not in reached:
                reached.add(there)
                waiting.append(there)
    return reached


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
