"""A lineage as a tree, a Mermaid chart and PROV-JSON; each form escapes names."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from aind_session.catalog.lineage_parts import Node, Run
from aind_session.conventions.derivation import Edge, How
from aind_session.display.cell import Cell
from aind_session.display.tree import Line, Tree
from aind_session.display.tree import Node as Drawn
from aind_session.errors.wording import printable

_LINES: Mapping[How, Line] = {"provenance": "solid", "record": "dashed", "name": "dotted"}
_EVIDENCE: tuple[tuple[Line, str], ...] = (
    ("solid", "by provenance"),
    ("dashed", "by its record"),
    ("dotted", "by its name"),
)
_DEEPEST = 100
"""Deeper nodes are left out: a tree folds its levels long before, and Python ends at a thousand."""

_PREFIX = "codeocean"
_NAMESPACE = "urn:codeocean:"


class Graph(Protocol):
    """What is drawn: a `Lineage`."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The assets."""

    @property
    def edges(self) -> tuple[Edge, ...]:
        """From input to output."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """The computations that made the assets."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Contradictions in the evidence."""

    @property
    def about(self) -> str:
        """The session or asset."""


def tree(lineage: Graph) -> Tree:
    """Return the lineage as a tree from inputs to outputs; each asset has its outputs once.

    If several assets have no inputs, they share a root node with the name of the session or asset.
    """
    made = {edge.target for edge in lineage.edges}
    grown = _Growth(lineage)
    # a cycle has no start, so its oldest asset becomes the root
    roots = [n for n in lineage.nodes if n.id not in made] or list(lineage.nodes[:1])
    drawn = [grown.node(root, None) for root in roots]
    drawn += [grown.node(node, None) for node in lineage.nodes if node.id not in grown.done]
    root = drawn[0] if len(drawn) == 1 else Drawn(lineage.about, "", tuple(drawn))
    return Tree(
        root,
        title=f"Lineage of {lineage.about}",
        aside=f"{len(lineage.nodes)} asset{'s' * (len(lineage.nodes) != 1)}",
        lines=_EVIDENCE,
        notes=tuple(Cell(note, "wait") for note in lineage.notes),
    )


class _Growth:
    """Builds the nodes, and records which are done."""

    def __init__(self, lineage: Graph) -> None:
        self.done: set[str] = set()
        self._about = lineage.about
        self._nodes = {node.id: node for node in lineage.nodes}
        self._runs = {run.id: run for run in lineage.runs}
        self._out: dict[str, list[Edge]] = {}
        for edge in lineage.edges:
            self._out.setdefault(edge.source, []).append(edge)

    def node(self, node: Node, edge: Edge | None, depth: int = 0) -> Drawn:
        is_again = node.id in self.done
        self.done.add(node.id)
        edges = () if is_again else self._out.get(node.id, ())
        if depth == _DEEPEST:
            self._leave_out(edges)
            edges = ()
        return Drawn(
            self._short(node, edge),
            "drawn above" if is_again else ", ".join(self._details(node, edge)),
            tuple(self.node(self._nodes[edge.target], edge, depth + 1) for edge in edges),
            _LINES[edge.how] if edge else "solid",
            "bad" if node.state == "failed" else "plain",
            f"{node.name} ({node.id})",
        )

    def _leave_out(self, edges: Iterable[Edge]) -> None:
        waiting = [edge.target for edge in edges]
        while waiting:
            id_ = waiting.pop()
            if id_ not in self.done:
                self.done.add(id_)
                waiting += [edge.target for edge in self._out.get(id_, ())]

    def _short(self, node: Node, edge: Edge | None) -> str:
        """Return the name of a node without the part that is also the name of its input."""
        above = self._nodes[edge.source].name if edge is not None else ""
        if node.label == "raw" and node.name == self._about:  # the title has the name
            return "raw"
        return node.name.removeprefix(f"{above}_") if above else node.name

    def _details(self, node: Node, edge: Edge | None) -> list[str]:
        if node.kind == "not visible":
            return ["not visible"]
        details = [node.id[:8]]
        details += [node.state] if node.state not in (None, "ready") else []
        run = self._runs.get(edge.run) if edge is not None and edge.run else None
        if run is not None:
            by = run.capsule_name or (run.capsule and f"capsule {run.capsule[:8]}")
            details.append(f"run {run.id[:8]}{f' of {by}' if by else ''}")
        return details


def mermaid(lineage: Graph) -> str:
    """Return a flow chart from left to right; each edge names its run, else its evidence."""
    names = {node.id: f"n{number}" for number, node in enumerate(lineage.nodes)}
    lines = [f'    {names[node.id]}["{_mermaid_text(_label(node))}"]' for node in lineage.nodes]
    for edge in lineage.edges:
        said = f"run {edge.run[:8]}" if edge.run else f"by {edge.how}"
        arrow = "-->" if edge.how == "provenance" else "-.->"
        lines.append(
            f'    {names[edge.source]} {arrow}|"{_mermaid_text(said)}"| {names[edge.target]}'
        )
    return "\n".join(["flowchart LR", *lines])


def _mermaid_text(text: str) -> str:
    """Escape all but letters, digits and a few signs as entities, so that nothing ends a label."""
    return "".join(c if c.isalnum() or c in " _-.:," else f"#{ord(c)};" for c in printable(text))


def prov(lineage: Graph) -> dict[str, Any]:
    """Return PROV-JSON: assets are entities, runs activities, owners agents."""
    used = {(edge.run, edge.source) for edge in lineage.edges if edge.run}
    made = {(edge.target, edge.run) for edge in lineage.edges if edge.run}
    made |= {(node.id, node.run) for node in lineage.nodes if node.run}
    derived = [(edge.target, edge.source, edge.how) for edge in lineage.edges]
    owned = [(node.id, node.owner) for node in lineage.nodes if node.owner]
    return {
        "prefix": {_PREFIX: _NAMESPACE},
        "entity": {_name(node.id): _entity(node) for node in lineage.nodes},
        "activity": {_name(run.id): _activity(run) for run in lineage.runs},
        "agent": {_name(owner): {} for owner in dict.fromkeys(owner for _, owner in owned)},
        "used": _relations("u", sorted(used), "prov:activity", "prov:entity"),
        "wasGeneratedBy": _relations("g", sorted(made), "prov:entity", "prov:activity"),
        "wasDerivedFrom": {
            f"_:d{n}": {
                "prov:generatedEntity": _name(target),
                "prov:usedEntity": _name(source),
                f"{_PREFIX}:evidence": how,
            }
            for n, (target, source, how) in enumerate(derived)
        },
        "wasAttributedTo": _relations("a", owned, "prov:entity", "prov:agent"),
    }


def _relations(letter: str, pairs: Any, one: str, other: str) -> dict[str, dict[str, str]]:
    return {f"_:{letter}{n}": {one: _name(a), other: _name(b)} for n, (a, b) in enumerate(pairs)}


def _name(id_: str) -> str:
    return f"{_PREFIX}:{id_}"


def _entity(node: Node) -> dict[str, Any]:
    entity: dict[str, Any] = {"prov:label": node.name, f"{_PREFIX}:visible": node.kind == "asset"}
    if node.state is not None:
        entity[f"{_PREFIX}:state"] = node.state
    if node.created is not None:
        entity["prov:generatedAtTime"] = _iso(node.created)
    return entity


def _activity(run: Run) -> dict[str, Any]:
    activity: dict[str, Any] = {}
    if run.capsule is not None:
        activity[f"{_PREFIX}:capsule"] = run.capsule
    if run.capsule_name is not None:
        activity["prov:label"] = run.capsule_name
    if run.run_time is not None:
        activity[f"{_PREFIX}:runTimeSeconds"] = run.run_time
    return activity


def _iso(created: float) -> str:
    moment = datetime.datetime.fromtimestamp(created, datetime.timezone.utc)
    return moment.isoformat(timespec="seconds")


def _label(node: Node) -> str:
    name = node.name if node.name.strip() else node.id  # Mermaid refuses an empty label
    if node.kind == "not visible":
        return f"{name} (not visible)"
    return f"{name} ({node.state})" if node.state not in (None, "ready") else name
