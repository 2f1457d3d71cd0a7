"""What an asset was made of: as its provenance says, else its metadata record, else its name.

Pure. The three answers rank in this order. Provenance is written by Code Ocean when a run is
captured. A record repeats what the pipeline was told. A name is a convention, and the last resort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from aind_session.conventions.assets import assets_by_creation, is_raw_asset
from aind_session.conventions.names import AssetName, find_asset_name

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

How = Literal["provenance", "record", "name"]
"""What says that one asset was made of another."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One asset was made of another.

    Attributes
    ----------
    source
        The ID of the input; its name where only a metadata record names it, and no asset that can
        be seen has that name.
    target
        The ID of the asset that was made.
    how
        What says so: ``"provenance"``, ``"record"`` or ``"name"``.
    run
        The ID of the computation between them; None where provenance does not say.
    capsule
        The ID of the capsule or pipeline that ran; None where provenance does not say.
    """

    source: str
    target: str
    how: How
    run: str | None = None
    capsule: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one asset was made of.

    Attributes
    ----------
    edges
        One for each input, in the order in which the evidence names them.
    disagreement
        Where a weaker kind of evidence contradicts the one that was followed; None where it does
        not.
    """

    edges: tuple[Edge, ...] = ()
    disagreement: str | None = None


class AssetIndex:
    """Assets by ID and by name, so that thousands can be matched in one pass.

    Parameters
    ----------
    assets
        Those that can be inputs.
    """

    def __init__(self, assets: Iterable[DataAsset]) -> None:
        self.by_id = {asset.id: asset for asset in assets_by_creation(assets)}
        self._by_name: dict[str, list[DataAsset]] = {}
        self._by_step: dict[str, list[DataAsset]] = {}
        self._parsed: dict[str, AssetName | None] = {}
        for asset in self.by_id.values():
            parsed = self._parse(asset.name)
            self._by_name.setdefault(_comparable(asset.name, parsed), []).append(asset)
            if parsed is not None and parsed.derivations and parsed.suffix is None:
                self._by_step.setdefault(str(parsed.derivations[-1]), []).append(asset)

    def named(self, name: str, *, made: DataAsset) -> DataAsset | None:
        """Return the asset of a name, under its older or newer spelling.

        Parameters
        ----------
        name
            In any spelling. A name with another platform counts only where there is no closer one.
        made
            What was made of it. Of several assets with one name, the input is the last one that
            existed when this was created; ready ones come before others, raw ones before all.
        """
        parsed = self._parse(name)
        found = self._by_name.get(_comparable(name, parsed), ())
        platform = parsed.session.platform if parsed else None
        return _best(self._close(found, platform), made)

    def ids_named(self, name: str) -> list[str]:
        """Return the IDs of the assets of a name; where none has it, of its other spellings.

        Parameters
        ----------
        name
            Such as that of a record. A name with another platform counts only where there is no
            closer one.
        """
        parsed = self._parse(name)
        alike = self._by_name.get(_comparable(name, parsed), ())
        exact = [asset for asset in alike if asset.name == name]
        return [asset.id for asset in exact or self._close(alike, _platform(parsed))]

    def beginning(self, made: DataAsset) -> DataAsset | None:
        """Return the asset with the longest name that another asset's name begins with."""
        parsed = self._parse(made.name)
        name = _comparable(made.name, parsed)
        platform = parsed.session.platform if parsed else None
        least = len(parsed.session.with_platform(None).id) if parsed else 0
        # what follows the part of a name that can be read is something that was made, too
        is_longer = parsed is not None and len(made.name.strip()) > len(parsed.name)
        for shorter in [name, *_beginnings(name)] if is_longer else _beginnings(name):
            if len(shorter) < least:  # a part of the session's name names nothing
                return None
            best = _best(self._close(self._by_name.get(shorter, ()), platform), made)
            if best is not None:
                return best
        # until 2023 a second step left out the session: sorted_<time>_nwb_<time>
        steps = () if parsed is not None else _beginnings(name)
        return next((b for step in steps if (b := _best(self._by_step.get(step, ()), made))), None)

    def same_name(self, one: str, other: str) -> bool:
        """Return whether two names are spellings of one."""
        return _comparable(one, self._parse(one)) == _comparable(other, self._parse(other))

    def _close(self, found: Sequence[DataAsset], platform: str | None) -> list[DataAsset]:
        close = [a for a in found if _platform(self._parse(a.name)) in (None, platform)]
        return close if close and platform is not None else list(found)

    def _parse(self, name: str) -> AssetName | None:
        if name not in self._parsed:
            self._parsed[name] = find_asset_name(name)
        return self._parsed[name]


def inputs_of(
    asset: DataAsset,
    index: AssetIndex,
    recorded: Sequence[str] = (),
    *,
    is_ancestor: Callable[[str, str], bool] = lambda source, target: False,
) -> Inputs:
    """Tell what an asset was made of.

    Parameters
    ----------
    asset
        The asset that was made.
    index
        All assets that can be seen.
    recorded
        The names of the inputs that the asset's metadata record gives.
    is_ancestor
        Whether one asset is known, by provenance, to be behind another: a name that points to a
        grandparent contradicts nothing.

    Returns
    -------
    Inputs
        No edges for raw data, and where nothing says what an asset was made of.
    """
    by_name = _edge_by_name(asset, index)
    by_record = _edges_by_record(asset, index, recorded)
    by_provenance = _edges_by_provenance(asset)
    followed = by_provenance or by_record or by_name
    for edges in (by_record, by_name):
        if edges and _contradicts(edges, followed, index, is_ancestor):
            return Inputs(followed, _disagreement(asset, followed, edges, index))
    return Inputs(followed)


def _edges_by_provenance(asset: DataAsset) -> tuple[Edge, ...]:
    """Follow what Code Ocean wrote: the inputs of a run, or the parts of a combined asset."""
    provenance = asset.provenance
    run = getattr(provenance, "computation", None) or None
    capsule = getattr(provenance, "capsule", None) or None
    ids = list(getattr(provenance, "data_assets", None) or ())
    ids += [part.id for part in getattr(asset, "contained_data_assets", None) or ()]
    unique = dict.fromkeys(id_ for id_ in ids if isinstance(id_, str) and id_ != asset.id)
    return tuple(Edge(id_, asset.id, "provenance", run, capsule) for id_ in unique)


def _edges_by_record(
    asset: DataAsset, index: AssetIndex, recorded: Sequence[str]
) -> tuple[Edge, ...]:
    sources: dict[str, None] = {}
    for name in recorded:
        if not index.same_name(name, asset.name):
            found = index.named(name, made=asset)
            sources[found.id if found else name] = None
    edge = _with_maker(Edge("", asset.id, "record"), asset)
    return tuple(replace(edge, source=source) for source in sources)


def _edge_by_name(asset: DataAsset, index: AssetIndex) -> tuple[Edge, ...]:
    if is_raw_asset(asset):
        return ()
    found = index.beginning(asset)
    return (_with_maker(Edge(found.id, asset.id, "name"), asset),) if found else ()


def _with_maker(edge: Edge, asset: DataAsset) -> Edge:
    """Name the run, which provenance can tell even where it does not tell the inputs."""
    provenance = asset.provenance
    run = getattr(provenance, "computation", None) or None
    return replace(edge, run=run, capsule=getattr(provenance, "capsule", None) or None)


def _contradicts(
    weaker: Sequence[Edge],
    followed: Sequence[Edge],
    index: AssetIndex,
    is_ancestor: Callable[[str, str], bool],
) -> bool:
    """Return whether no input that the weaker evidence names is among, or behind, those followed.

    Only inputs that can be seen are compared: an ID without a name can be the one that is meant.
    """
    sources = [edge.source for edge in followed]
    if not all(source in index.by_id for source in sources):
        return False
    return not any(_agrees(edge, sources, index, is_ancestor) for edge in weaker)


def _agrees(
    edge: Edge,
    sources: Sequence[str],
    index: AssetIndex,
    is_ancestor: Callable[[str, str], bool],
) -> bool:
    name = index.by_id[edge.source].name if edge.source in index.by_id else edge.source
    return any(
        source == edge.source
        or index.same_name(index.by_id[source].name, name)
        or is_ancestor(edge.source, source)
        for source in sources
    )


def _disagreement(
    asset: DataAsset, followed: Sequence[Edge], weaker: Sequence[Edge], index: AssetIndex
) -> str:
    def names(edges: Sequence[Edge]) -> str:
        known: Mapping[str, Any] = index.by_id
        return ", ".join(known[e.source].name if e.source in known else e.source for e in edges)

    return (
        f"{asset.name}: its {followed[0].how} says that it was made of {names(followed)}, "
        f"its {weaker[0].how} of {names(weaker)}; the {followed[0].how} is followed"
    )


def _best(found: Iterable[DataAsset], made: DataAsset) -> DataAsset | None:
    others = [asset for asset in found if asset.id != made.id]
    return max(others, key=lambda asset: _rank(asset, made), default=None)


def _rank(asset: DataAsset, made: DataAsset) -> tuple[bool, bool, bool, float]:
    created, then = asset.created or 0, made.created or 0
    before = created <= then
    # of those created later, the first: nothing is made from what is not there yet
    return is_raw_asset(asset), asset.state == "ready", before, created if before else -created


def _platform(name: AssetName | None) -> str | None:
    return None if name is None else name.session.platform


def _comparable(name: str, parsed: AssetName | None) -> str:
    """Write a name as all its spellings are compared: without platform."""
    if parsed is None:
        return name.strip()
    return replace(parsed, session=parsed.session.with_platform(None)).name


def _beginnings(name: str) -> list[str]:
    """Return all beginnings of a name that end before an underscore, the longest first."""
    parts = name.split("_")
    return ["_".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]
