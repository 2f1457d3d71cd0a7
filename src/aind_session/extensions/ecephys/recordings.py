"""Find the folders of a recording with probes, in older and newer raw data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aind_session.catalog.directories import expect_files, files_of
from aind_session.catalog.inventory import Inventory
from aind_session.conventions.assets import ECEPHYS_FOLDERS
from aind_session.conventions.location import Location
from aind_session.conventions.pattern import pattern
from aind_session.conventions.sorting import probe_names
from aind_session.sources import Sources

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

CLIPPED, COMPRESSED = ECEPHYS_FOLDERS

_CARD = pattern(r"NI-?DAQ", re.IGNORECASE)
"""Pattern in the names of streams from the data acquisition card."""


def folder(inventory: Inventory, where: Location, name: str) -> upath.UPath | None:
    """Find a folder of a recording in either place; None if it does not exist.

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
    for path in (f"ecephys/{name}", name):  # newer data may have both
        if path in there:
            return inventory.path(where) / path
    return None


def probes(streams: Iterable[upath.UPath]) -> tuple[str, ...]:
    """Return the probes of compressed streams, sorted, each once; leave out acquisition cards."""
    return probe_names(path.name for path in streams if not _CARD.search(path.name))


def folders_of(asset: DataAsset, sources: Sources) -> tuple[upath.UPath | None, upath.UPath | None]:
    """Find both folders of a raw data asset; raise `SourceDirNotFoundError` if it has no files."""
    where = files_of(asset, sources)
    inventory = Inventory("", sources)
    clipped, compressed = (folder(inventory, where, name) for name in (CLIPPED, COMPRESSED))
    if clipped is None and compressed is None:
        expect_files(asset, where, sources)
    return clipped, compressed
