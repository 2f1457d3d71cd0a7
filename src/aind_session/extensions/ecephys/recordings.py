"""Where the folders of a recording with probes are, in older and in newer raw data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aind_session.catalog.directories import expect_files, files_of
from aind_session.catalog.inventory import Inventory
from aind_session.conventions.assets import ECEPHYS_FOLDERS
from aind_session.conventions.location import Location
from aind_session.conventions.sorting import probe_names
from aind_session.sources import Sources

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

CLIPPED, COMPRESSED = ECEPHYS_FOLDERS

_CARD = re.compile(r"NI-?DAQ", re.IGNORECASE)
"""In the name of a stream that no probe recorded."""


def folder(inventory: Inventory, where: Location, name: str) -> upath.UPath | None:
    """Find a folder of a recording, in either place; None when it is in neither.

    Parameters
    ----------
    inventory
        The sources to ask; one request for both folders.
    where
        The raw data directory.
    name
        `CLIPPED` or `COMPRESSED`.
    """
    # one request for both folders in both places: all their names begin with "ecephys" and
    # end with "ed/", so that S3 folds each into one entry
    listing = inventory.listing(where, "ecephys", delimiter="ed/")
    there = {f"ecephys{folder}ed" for folder in listing.folders}
    for path in (f"ecephys/{name}", name):  # in newer data, both can be there
        if path in there:
            return inventory.path(where) / path
    return None


def probes(streams: Iterable[upath.UPath]) -> tuple[str, ...]:
    """Name the probes of compressed streams, sorted, each once; cards are no probes."""
    return probe_names(path.name for path in streams if not _CARD.search(path.name))


def folders_of(asset: DataAsset, sources: Sources) -> tuple[upath.UPath | None, upath.UPath | None]:
    """Find both folders of a raw data asset; `SourceDirNotFoundError` when it has no files."""
    where = files_of(asset, sources)
    inventory = Inventory("", sources)
    clipped, compressed = (folder(inventory, where, name) for name in (CLIPPED, COMPRESSED))
    if clipped is None and compressed is None:
        expect_files(asset, where, sources)
    return clipped, compressed
