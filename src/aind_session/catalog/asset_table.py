"""Data assets as a table: process, creation, sorter, state and size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from aind_session.catalog import outputs, sorters
from aind_session.conventions.assets import asset_location, is_raw_asset
from aind_session.conventions.dates import moment_of
from aind_session.conventions.institute import asset_page
from aind_session.conventions.names import find_asset_name
from aind_session.display import Cell, Table
from aind_session.errors import Failure
from aind_session.runtime.known_only import KnownOnly
from aind_session.runtime.parallel import attempt
from aind_session.runtime.warning import collected_warnings

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.sources import Sources

_ID_LENGTH = 8
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def known_table(
    assets: Sequence[DataAsset],
    sources: Sources,
    *,
    title: str = "",
    footer: Iterable[Cell | str] = (),
    whole_ids: bool = False,
) -> Table:
    """Return a table of assets, with cached sorters and log results; no request is sent."""
    with collected_warnings():
        known = replace(sources, cache=KnownOnly(sources.cache))
        return assets_table(
            assets,
            sorters=sorters.recorded_sorters(assets, known),
            has_failed=partial(has_failed, known=known),
            title=title,
            footer=footer,
            whole_ids=whole_ids,
        )


def has_failed(asset: DataAsset, known: Sources) -> bool | None:
    """Return whether the run that made an asset failed; None if its log was not read.

    Parameters
    ----------
    asset
        Any asset.
    known
        Sources that send no request.
    """
    if asset.state == "failed":
        return True
    if is_raw_asset(asset) or asset_location(asset) is None:
        return None
    found = attempt(lambda: outputs.is_data_asset_error(asset, sources=known))
    return None if isinstance(found, Failure) else found


def assets_table(
    assets: Iterable[DataAsset],
    *,
    sorters: Mapping[str, str] = MappingProxyType({}),
    has_failed: Callable[[DataAsset], bool | None] = lambda asset: None,
    title: str = "",
    footer: Iterable[Cell | str] = (),
    whole_ids: bool = False,
) -> Table:
    """Return a table of assets, raw ones first.

    Parameters
    ----------
    assets
        In the order to show.
    sorters
        Known sorters by asset ID.
    has_failed
        Returns whether the run that made an asset failed; None if unknown.
    title, footer
        The text above, and the lines below.
    whole_ids
        Whether to show whole IDs, instead of their first eight characters.
    """
    ordered = sorted(assets, key=lambda asset: not is_raw_asset(asset))
    length = None if whole_ids else _ID_LENGTH
    rows = [_row(asset, sorters.get(asset.id), has_failed(asset), length) for asset in ordered]
    names = ["process", "created (UTC)", "sorter", "state", "size", "asset"]
    return Table.of(
        names,
        rows,
        right=["size"],
        optional=["sorter", "size"],
        title=title,
        footer=footer,
        strong=sum(map(is_raw_asset, ordered)),
    )


def _row(
    asset: DataAsset, sorter: str | None, failed: bool | None, id_length: int | None
) -> list[Cell]:
    created = f"{moment_of(asset.created):%d %b %Y %H:%M}".lstrip("0") if asset.created else ""
    return [
        Cell(process_of(asset), title=asset.name),
        Cell(created),
        Cell(sorter or ""),
        asset_state(asset, failed),
        Cell(size_in_words(getattr(asset, "size", None))),
        Cell(
            asset.id[:id_length],
            "code",
            asset_page(asset.id),
            title=asset.id,
            whole=asset.id if id_length else "",
        ),
    ]


def process_of(asset: DataAsset) -> str:
    """Return the process that made an asset: ``raw``, the last step in its name, or the name."""
    if is_raw_asset(asset):
        return "raw"
    name = find_asset_name(asset.name)
    if name is None:
        return str(asset.name)
    return name.suffix or name.label or "derived"


def asset_state(asset: DataAsset, failed: bool | None) -> Cell:
    """Return the state of an asset as a cell."""
    state = str(getattr(asset.state, "value", asset.state or "unknown"))  # mounted data state none
    if state == "failed" or failed:
        reason = getattr(asset, "failure_reason", None)
        return Cell(f"failed: {reason}" if reason else "failed", "bad")
    if state == "ready":
        return Cell("good" if failed is False else "ready", "good")
    return Cell(state, "wait")


def size_in_words(count: object) -> str:
    """Return a number of bytes in a suitable unit; "" for anything but a valid number.

    Examples
    --------
    >>> size_in_words(412_300_000_000), size_in_words(5), size_in_words(None)
    ('412 GB', '5 bytes', '')
    """
    if isinstance(count, bool) or not isinstance(count, (int, float)) or not 0 <= count < 1e18:
        return ""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}"
