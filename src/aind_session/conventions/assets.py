"""What a data asset is: raw, sorted, where its files are. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import Location
from aind_session.conventions.names import first_label, whole_session

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

ECEPHYS_FOLDERS = ("ecephys_clipped", "ecephys_compressed")
"""Folders of an ecephys recording: at the root before 2024, in ``ecephys`` since."""

_PROTOCOLS = {"aws": "s3", "gcp": "gs"}
_RAW_LEVEL = "raw data"


def assets_by_creation(assets: Iterable[DataAsset]) -> tuple[DataAsset, ...]:
    """Sort assets by the time they were created, ascending; each ID comes once.

    Parameters
    ----------
    assets
        In any order. Their creation is not the acquisition of their data: an asset can be
        registered again years later.
    """
    unique = {asset.id: asset for asset in assets}
    return tuple(sorted(unique.values(), key=lambda asset: (asset.created or 0, asset.id)))


def is_raw_asset(asset: DataAsset) -> bool:
    """Tell whether an asset holds raw data.

    Parameters
    ----------
    asset
        Raw when its custom metadata say so (``data level`` is ``raw data``), or else one of its
        tags contains ``raw``, or else its name is a session ID and nothing more.
    """
    return why_raw_asset(asset) is not None


def why_raw_asset(asset: DataAsset) -> str | None:
    """Say by what an asset is raw; None when it is not."""
    if (asset.custom_metadata or {}).get("data level") == _RAW_LEVEL:
        return f"its custom metadata say {_RAW_LEVEL!r}"
    if any("raw" in str(tag) for tag in asset.tags or ()):
        return "one of its tags contains 'raw'"
    if whole_session(asset.name) is not None:
        return "its name is the session's and nothing more"
    return None


def is_sorted_asset(asset: DataAsset) -> bool:
    """Tell whether an asset is the result of spike sorting, by its name.

    Parameters
    ----------
    asset
        Sorted when its name is ``<session ID>_sorted`` and anything after it, such as
        ``_sorted-ks25_2024-03-01_16-02-45``; with any platform, in any spelling of the times.
    """
    return (first_label(asset.name) or "").startswith("sorted")


def pick_raw_asset(linked: Iterable[DataAsset], found: Iterable[DataAsset]) -> DataAsset | None:
    """Choose a session's raw data asset; None when there is none.

    Parameters
    ----------
    linked
        Assets that the session's record names.
    found
        Assets of the session that a search found.

    Returns
    -------
    codeocean.data_asset.DataAsset or None
        The latest created of the linked ones that are raw; else of the found ones that are raw;
        else of the linked ones, since a record of raw data named them.
    """
    linked = assets_by_creation(linked)
    for candidates in (
        filter(is_raw_asset, linked),
        filter(is_raw_asset, assets_by_creation(found)),
        linked,
    ):
        if ordered := tuple(candidates):
            return ordered[-1]
    return None


def asset_location(asset: DataAsset) -> Location | None:
    """Tell where an asset's files are; None when it does not say.

    Parameters
    ----------
    asset
        Of an external asset, ``source_bucket`` tells; results and data sets that Code Ocean keeps
        are in its own bucket, below their ID. Combined assets have no files of their own.
    """
    source = asset.source_bucket
    if source is None:
        kept = asset.type in ("dataset", "result")
        return Location(CODE_OCEAN_BUCKET, asset.id) if kept else None
    protocol = _PROTOCOLS.get(source.origin)
    return None if protocol is None else Location.of(source.bucket, source.prefix or "", protocol)


def folder_modalities(folders: Iterable[str]) -> tuple[str, ...]:
    """Name the modalities of a raw data directory by its folders, sorted, in one spelling.

    Parameters
    ----------
    folders
        Names at the root. The two folders that ecephys had there before 2024 are one modality;
        folders of metadata are none.

    Examples
    --------
    >>> folder_modalities(
    ...     ["behavior", "ecephys_clipped", "ecephys_compressed", "original_metadata"]
    ... )
    ('behavior', 'ecephys')
    """
    names = {"ecephys" if f in ECEPHYS_FOLDERS else f for f in folders if "metadata" not in f}
    return tuple(sorted(set(map(modality_name, names))))


def modality_name(text: str) -> str:
    """Give the name of a modality in the one spelling that answers have: with underscores.

    Folders had underscores before 2024 and have hyphens since, as the schema's abbreviations do.

    Examples
    --------
    >>> modality_name("behavior-videos"), modality_name("behavior_videos")
    ('behavior_videos', 'behavior_videos')
    """
    return text.replace("-", "_")
