"""The lineage of a session or an asset, and what uses an asset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aind_session.catalog.by_id import AssetOrId, get_data_asset_model
from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.inventory import Inventory
from aind_session.catalog.lineage import Lineage
from aind_session.catalog.lineage_graph import node_of, part_around, whole_lineage, with_details
from aind_session.catalog.lineage_parts import Node
from aind_session.catalog.outages import warn_of, warn_of_no_token
from aind_session.conventions.institute import asset_page
from aind_session.conventions.mentions import stated_subject
from aind_session.conventions.names import find_asset_name
from aind_session.display import Shown
from aind_session.errors import Failure, LeftOutWarning
from aind_session.errors.wording import number_of
from aind_session.runtime.arguments import truth
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import attempt, side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_asset

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.display import Table


def session_lineage(finder: SessionFinder, *, detail: bool) -> Lineage:
    """Return the lineage of all assets of a session, with their inputs and outputs.

    Parameters
    ----------
    finder
        The finder of the session.
    detail
        See `asset_lineage`.

    Raises
    ------
    RemoteError, CredentialsError
        Code Ocean could not be asked for the assets. If only the records are missing, there is a
        warning, and the lineage uses provenance and names.
    """
    name, inventory = finder.session_id.id, finder.inventory
    found, records = inventory.assets_and_records()
    mine = finder.assets()
    if mine.value is None:
        raise mine.failures[0]
    _warn_of_lacking((*found.failures, *records.failures), f"lineage of {name}")
    whole = whole_lineage([*found.items, *mine.value], records.items, name)
    part = part_around(whole, [asset.id for asset in mine.value])
    return with_details(part, inventory.sources) if truth(detail, "detail") else part


@one_call
def asset_lineage(
    asset: AssetOrId, *, detail: bool = False, sources: Sources | None = None
) -> Lineage:
    """Return the lineage of a data asset: its inputs and outputs, at any distance.

    Parameters
    ----------
    asset
        An asset, or the ID of one, which is requested.
    detail
        Whether to request each run, each capsule, and each input that no search found: one request
        each, in parallel.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Lineage
        Edges come from Code Ocean's provenance, else from the asset's metadata record, else from
        its name.

    Raises
    ------
    AssetNotFoundError
        There is no asset with this ID.
    RemoteError, CredentialsError
        Code Ocean could not be asked.

    Warns
    -----
    LeftOutWarning
        The asset states no subject, so only its inputs are known; or there is no token, so that
        only mounted assets are known.

    Examples
    --------
    >>> print(asset_lineage("1e11bdf5-b452-4fd9-bbb1-48383a9b0842").nodes[0].name)
    ecephys_676909_2023-12-13_13-43-40
    """
    sources = sources_or_default(sources)
    model = get_data_asset_model(asset, sources=sources)
    subject_id = _subject_of(model)
    if subject_id is None:
        # without a subject, no search finds its inputs: request them by ID
        warn_user(
            f"lineage of {model.name} lacks what was made of it: neither its name nor its metadata "
            "state a subject, by which data assets are searched",
            LeftOutWarning,
        )
        alone = part_around(whole_lineage([model], (), model.name), [model.id])
        return with_details(alone, sources)
    found, records = Inventory(subject_id, sources).assets_and_records()
    _warn_of_lacking((*found.failures, *records.failures), f"lineage of {model.name}")
    whole = whole_lineage([*found.items, model], records.items, model.name)
    part = part_around(whole, [model.id])
    return with_details(part, sources) if truth(detail, "detail") else part


def _warn_of_lacking(failures: Sequence[Failure], lineage: str) -> None:
    warn_of(failures, lineage)
    warn_of_no_token(failures, lineage)


def _subject_of(asset: DataAsset) -> str | None:
    """Return the subject in an asset's name, else in its custom metadata."""
    name = find_asset_name(asset.name)
    if name is not None:
        return name.session.subject_id
    return stated_subject(asset)


@dataclass(frozen=True)
class Uses(Shown):
    """What uses a data asset.

    Attributes
    ----------
    assets
        Assets made with it as input, or that contain it, in order of creation.
    capsules, pipelines
        Those with the asset attached, as Code Ocean sends them (``id``, ``name``), as far as
        the token may see them.
    notes
        Requests that failed.
    """

    assets: tuple[Node, ...]
    capsules: tuple[Body, ...]
    pipelines: tuple[Body, ...]
    notes: tuple[str, ...] = ()

    def _card(self) -> Table:
        from aind_session.display import Cell, Table  # most programs never need them

        rows: list[list[str | Cell]] = [
            ["asset", node.name, Cell(node.id, "code", asset_page(node.id))] for node in self.assets
        ]
        for kind, found in (("capsule", self.capsules), ("pipeline", self.pipelines)):
            rows += [
                [kind, str(one.get("name")), Cell(str(one.get("id")), "code")] for one in found
            ]
        notes = [Cell(note, "unknown") for note in self.notes]
        count = Cell(number_of(len(rows), "use"))
        return Table.of(["what", "name", "ID"], rows, wrap=["name"], footer=[count, *notes])

    __str__ = Shown.as_text


@one_call
def what_uses(asset: AssetOrId, *, sources: Sources | None = None) -> Uses:
    """Find what uses a data asset: assets made from it, capsules and pipelines with it attached.

    Parameters
    ----------
    asset
        An asset, or the ID of one, which is requested.
    sources
        The sources to ask; by default the real servers: the searches for the subject, one for
        combined assets, one each for capsules and pipelines.

    Raises
    ------
    AssetNotFoundError
        There is no asset with this ID.
    RemoteError, CredentialsError
        Code Ocean could not be asked for assets. A failed search for capsules becomes a note.

    Examples
    --------
    >>> uses = what_uses("16d46411-540a-4122-b47f-8cb2a15d593a")
    >>> [node.label for node in uses.assets]
    ['sorted', 'sorted']
    """
    sources = sources_or_default(sources)
    model = get_data_asset_model(asset, sources=sources)
    made = asset_lineage(model, sources=sources).outputs(model)
    combined = {"query": f"contained_data_id:{model.id}", "archived": False}
    asked = side_by_side(
        [
            partial(attempt, partial(sources.assets.search, combined)),
            *(
                partial(attempt, partial(sources.assets.users, kind, model.id))
                for kind in ("capsules", "pipelines")
            ),
        ]
    )
    notes = tuple(str(answer) for answer in asked if isinstance(answer, Failure))
    parts, capsules, pipelines = (() if isinstance(a, Failure) else tuple(a) for a in asked)
    wholes = (_contains(decode_asset(body), model.id) for body in parts)
    nodes = {node.id: node for node in (*made, *filter(None, wholes))}
    return Uses(tuple(nodes.values()), capsules, pipelines, notes)


def _contains(asset: DataAsset, part: str) -> Node | None:
    """Return the node of a combined asset if it really contains the part; else None."""
    parts = getattr(asset, "contained_data_assets", None) or ()
    return node_of(asset) if any(p.id == part for p in parts) else None
