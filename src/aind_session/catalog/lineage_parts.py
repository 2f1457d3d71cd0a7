"""The parts of a lineage: assets, the runs that made them, and steps between assets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from aind_session.conventions.derivation import Edge


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


def steps_of(edges: Iterable[Edge], *, back: bool) -> Mapping[str, list[str]]:
    """Return the inputs of each asset, by ID; its outputs unless `back`."""
    steps: dict[str, list[str]] = {}
    for edge in edges:
        here, there = (edge.target, edge.source) if back else (edge.source, edge.target)
        steps.setdefault(here, []).append(there)
    return steps


def reached_from(start: Iterable[str], steps: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the IDs that can be reached in any number of steps, with those of the start."""
    reached, waiting = set(start), list(start)
    while waiting:
        for there in steps.get(waiting.pop(), ()):
            if there not in reached:
                reached.add(there)
                waiting.append(there)
    return reached
