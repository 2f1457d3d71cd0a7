"""Lineage: the inputs and outputs of assets, as a graph."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import get_normalized_uuid
from aind_session.catalog.lineage_parts import Node, Run, reached_from, steps_of
from aind_session.conventions.derivation import Edge
from aind_session.display.shown import Shown
from aind_session.errors.wording import number_of, printable, quote

if TYPE_CHECKING:
    from aind_session.display.tree import Tree


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
        behind = [reached_from({id_}, steps_of(self.edges, back=True)) - {id_} for id_ in ids]
        return tuple(node for node in self.nodes if all(node.id in ids for ids in behind))

    def _id_of(self, asset: Any) -> str:
        id_ = _id_of(asset)
        if all(node.id != id_ for node in self.nodes):
            raise ValueError(
                f"{quote(getattr(asset, 'name', asset))} is not one of the "
                f"{number_of(len(self.nodes), 'asset')} in the lineage of {self.about}"
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
        counts = {"asset": self.nodes, "edge": self.edges, "note": self.notes}
        count = ", ".join(number_of(len(found), noun) for noun, found in counts.items())
        return printable(f"<Lineage of {self.about}: {count}>")


def _id_of(asset: Any) -> str:
    """Return the ID of an asset or node, which is a name for an input that only a record names."""
    id_ = getattr(asset, "id", asset)
    try:
        return get_normalized_uuid(id_)
    except ValueError:
        return str(id_)
