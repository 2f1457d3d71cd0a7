"""The inputs of an asset: from its provenance, else its metadata record, else its name.

Pure functions. The evidence ranks in this order: Code Ocean writes provenance when it captures a
run; a record repeats the parameters of the pipeline; a name is only a convention.
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
"""The evidence that one asset was made from another."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One asset was made from another.

    Attributes
    ----------
    source
        The ID of the input; or its name, if only a metadata record names it and no visible asset
        has that name.
    target
        The ID of the output.
    how
        The evidence: ``"provenance"``, ``"record"`` or ``"name"``.
    run
        The ID of the computation between them; None if provenance does not state it.
    capsule
        The ID of the capsule or pipeline that ran; None if provenance does not state it.
    """

    source: str
    target: str
    how: How
    run: str | None = None
    capsule: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one asset.

    Attributes
    ----------
    edges
        One per input, in the order of the evidence.
    disagreement
        How weaker evidence contradicts the evidence that was used; None if it does not.
    """

    edges: tuple[Edge, ...] = ()
    disagreement: str | None = None


class AssetIndex:
    """An index of assets by ID and by name, to match thousands in one pass.

    Parameters
    ----------
    assets
        The possible inputs.
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
        """Return the asset with a name, in its older or newer spelling.

        Parameters
        ----------
        name
            In any spelling. A name with another platform is used only if there is no closer one.
        made
            The output. Among several assets with one name, raw ones come first, then ready ones,
            then the last one created before the output.
        """
        parsed = self._parse(name)
        found = self._by_name.get(_comparable(name, parsed), ())
        platform = parsed.session.platform if parsed else None
        return _best(self._close(found, platform), made)

    def ids_named(self, name: str) -> list[str]:
        """Return the IDs of the assets with a name; if there are none, with its other spellings.

        Parameters
        ----------
        name
            Such as a record's. A name with another platform is used only if there is no closer one.
        """
        parsed = self._parse(name)
        alike = self._by_name.get(_comparable(name, parsed), ())
        exact = [asset for asset in alike if asset.name == name]
        return [asset.id for asset in exact or self._close(alike, _platform(parsed))]

    def beginning(self, made: DataAsset) -> DataAsset | None:
        """Return the asset whose name is the longest prefix of the output's name."""
        parsed = self._parse(made.name)
        name = _comparable(made.name, parsed)
        platform = parsed.session.platform if parsed else None
        least = len(parsed.session.with_platform(None).id) if parsed else 0
        # an unparsed rest of the name can name another step, so its parsed part is a candidate too
        is_longer = parsed is not None and len(made.name.strip()) > len(parsed.name)
        for shorter in [name, *_beginnings(name)] if is_longer else _beginnings(name):
            if len(shorter) < least:  # shorter than a session ID
                return None
            best = _best(self._close(self._by_name.get(shorter, ()), platform), made)
            if best is not None:
                return best
        # until 2023 the name of a second step omitted the session: sorted_<time>_nwb_<time>
        found = (_best(self._by_step.get(step, ()), made) for step in _beginnings(name))
        return next((best for best in found if best is not None), None)

    def same_name(self, one: str, other: str) -> bool:
        """Return whether two names are spellings of the same name."""
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
    """Return the inputs of an asset.

    Parameters
    ----------
    asset
        The output.
    index
        All visible assets.
    recorded
        The names of the inputs in the asset's metadata record.
    is_ancestor
        Whether the first asset is an ancestor of the second by provenance. A name that points to
        an ancestor of an input contradicts nothing.

    Returns
    -------
    Inputs
        Without edges if there is no evidence.
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
    """Read the provenance: the inputs of the run, and the parts of a combined asset."""
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
    """Add the run and capsule, which provenance can state even if it states no inputs."""
    provenance = asset.provenance
    run = getattr(provenance, "computation", None) or None
    return replace(edge, run=run, capsule=getattr(provenance, "capsule", None) or None)


def _contradicts(
    weaker: Sequence[Edge],
    followed: Sequence[Edge],
    index: AssetIndex,
    is_ancestor: Callable[[str, str], bool],
) -> bool:
    """Return whether no input of the weaker evidence is among the inputs used or their ancestors.

    Only visible inputs are compared, since an ID without a name could be the same asset.
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
        f"{asset.name}: its {followed[0].how} says that it was made from {names(followed)}, "
        f"its {weaker[0].how} from {names(weaker)}; the {followed[0].how} was used"
    )


def _best(found: Iterable[DataAsset], made: DataAsset) -> DataAsset | None:
    others = [asset for asset in found if asset.id != made.id]
    return max(others, key=lambda asset: _rank(asset, made), default=None)


def _rank(asset: DataAsset, made: DataAsset) -> tuple[bool, bool, bool, float]:
    created, then = asset.created or 0, made.created or 0
    before = created <= then
    # among those created after the output, prefer the first
    return is_raw_asset(asset), asset.state == "ready", before, created if before else -created


def _platform(name: AssetName | None) -> str | None:
    return None if name is None else name.session.platform


def _comparable(name: str, parsed: AssetName | None) -> str:
    """Return the form in which spellings of a name are compared: without platform."""
    if parsed is None:
        return name.strip()
    session = parsed.session.with_platform(None)
    return AssetName(session, parsed.derivations, parsed.suffix).name


def _beginnings(name: str) -> list[str]:
    """Return all prefixes of a name that end before an underscore, longest first."""
    parts = name.split("_")
    return ["_".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]
