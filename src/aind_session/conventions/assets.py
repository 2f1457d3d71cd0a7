"""What a data asset is: raw, sorted, whose, where its files are. No request is sent here.

The rules are told in the page *How answers are chosen* (``docs/rules.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import PROTOCOL_OF_ORIGIN, Location
from aind_session.conventions.mentions import is_same_subject, stated_subject
from aind_session.conventions.names import (
    SessionId,
    find_asset_name,
    first_label,
    whole_session,
)

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

ECEPHYS_FOLDERS = ("ecephys_clipped", "ecephys_compressed")
"""Folders of an ecephys recording: at the root before 2024, in ``ecephys`` since."""

_RAW = frozenset(("raw data", "raw"))
"""How custom metadata and tags say that data are raw."""

A = TypeVar("A", bound="DataAsset")

_READY = "ready"
_UNUSABLE = ("failed", "draft")
_SEVERAL = re.compile(r"[,;\s]+")


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
    """Return whether an asset holds raw data.

    Parameters
    ----------
    asset
        Raw when its custom metadata say so (``data level`` is ``raw data`` or ``raw``); else, where
        they name no other level, when one of its tags is one of these; else when its name is a
        session's and nothing more.
    """
    return why_raw_asset(asset) is not None


def why_raw_asset(asset: DataAsset) -> str | None:
    """Say by what an asset is raw; None when it is not."""
    labels = asset.custom_metadata
    level = labels.get("data level") if isinstance(labels, Mapping) else None
    if _plain(level) in _RAW:
        return f"its custom metadata say {level!r}"
    tags = () if level else asset.tags or ()
    if (tag := next((tag for tag in tags if _plain(tag) in _RAW), None)) is not None:
        return f"one of its tags is {tag!r}"
    if whole_session(asset.name) is not None:
        return "its name is the session's and nothing more"
    return None


def _plain(label: object) -> str:
    return " ".join(re.split(r"[\s_-]+", str(label).strip().casefold()))


def is_derived_by_name(asset: DataAsset) -> bool:
    """Return whether the name of an asset has a process, dated or not; labels do not count."""
    name = find_asset_name(asset)
    return name is not None and name.is_derived


def is_usable(asset: DataAsset) -> bool:
    """Return whether an asset can be used: it has neither failed nor is it a draft."""
    return asset.state not in _UNUSABLE


def last_usable(assets: Sequence[A]) -> A:
    """Return the last of some assets that has neither failed nor is a draft; else the last.

    Parameters
    ----------
    assets
        One at least, in order.
    """
    usable = [asset for asset in assets if is_usable(asset)]
    return (usable or assets)[-1]


def may_be_of(asset: DataAsset, session: SessionId) -> bool:
    """Return whether an asset may be a session's: its name states no other acquisition."""
    name = find_asset_name(asset)
    return name is None or name.session.key == session.key


def why_passed_over(asset: DataAsset, session: SessionId) -> str | None:
    """Say why an asset that a record of raw data links is not taken for raw; None if it may be."""
    if not may_be_of(asset, session):
        return "is of another session"
    if is_derived_by_name(asset):
        return "is derived, by its name"
    return None if is_usable(asset) else f"is {asset.state}"


def is_of_subject(asset: DataAsset, subject_id: str) -> bool:
    """Return whether an asset is a subject's, by its metadata or its name.

    Parameters
    ----------
    asset
        One that a search for the subject brought, which for ``67690`` also brings what is of
        ``676909``. Where it states no subject, it is left out if the subject stands in its name,
        its description and its tags as a part of other words alone.
    subject_id
        The subject.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> asset = SimpleNamespace(
    ...     name="ecephys_676909_2023-12-13_13-43-40", tags=None, description="", custom_metadata={}
    ... )
    >>> is_of_subject(asset, "676909"), is_of_subject(asset, "67690")
    (True, False)
    """
    name = find_asset_name(asset)
    named = [] if name is None else [name.session.subject_id]
    stated = _SEVERAL.split(stated_subject(asset) or "")
    subjects = [subject for subject in (*named, *stated) if subject]
    if subjects:
        return any(is_same_subject(subject, subject_id) for subject in subjects)
    words = " ".join(map(str, (asset.name, asset.description, *(asset.tags or ()))))
    as_a_word = rf"(?<![A-Za-z0-9]){re.escape(subject_id)}(?![A-Za-z0-9])"
    return subject_id not in words or re.search(as_a_word, words) is not None


def is_sorted_asset(asset: DataAsset) -> bool:
    """Return whether an asset is the result of spike sorting, by its name.

    Parameters
    ----------
    asset
        Sorted when its name is ``<session ID>_sorted`` and anything after it, such as
        ``_sorted-ks25_2024-03-01_16-02-45``; with any platform, in any spelling of the times.
    """
    return (first_label(asset.name) or "").startswith("sorted")


def pick_raw_asset(
    linked: Iterable[DataAsset], found: Iterable[DataAsset], session: SessionId | None = None
) -> DataAsset | None:
    """Choose a session's raw data asset; None if there is none.

    Parameters
    ----------
    linked
        Assets that the session's record names.
    found
        Assets of the session that a search found.
    session
        The session. Assets whose name states another one are passed over.

    Returns
    -------
    codeocean.data_asset.DataAsset or None
        Of the linked ones that a search found too, those that are raw; else of all that were found;
        else of the linked ones, which may be archived; else a linked one whose name has no
        process, since a record of raw data names it. Where several are left, those without a
        process in their name go first, then the latest created counts. One that is ready wins over
        one in an unknown state, and this over one that has failed or is a draft.
    """
    linked, found = (
        [a for a in assets_by_creation(some) if session is None or may_be_of(a, session)]
        for some in (linked, found)
    )
    known = {asset.id for asset in found}
    groups = (
        [asset for asset in linked if asset.id in known and is_raw_asset(asset)],
        [asset for asset in found if is_raw_asset(asset)],
        [asset for asset in linked if is_raw_asset(asset)],
        [asset for asset in linked if not is_derived_by_name(asset)],
    )
    for state in range(3):
        for group in groups:
            if candidates := [asset for asset in group if _state_rank(asset) == state]:
                return max(candidates, key=_rank)
    return None


def _state_rank(asset: DataAsset) -> int:
    """Order states: ready, unknown ones, those that cannot be used."""
    if asset.state == _READY:
        return 0
    return 1 if is_usable(asset) else 2


def _rank(asset: DataAsset) -> tuple[bool, Any, str]:
    return not is_derived_by_name(asset), asset.created or 0, asset.id


def asset_location(asset: DataAsset) -> Location | None:
    """Tell where an asset's files are; None when it does not say.

    Parameters
    ----------
    asset
        Of an external asset, ``source_bucket`` tells; results and data sets that Code Ocean keeps
        are in its own bucket, below their ID. Combined assets hold no files.
    """
    source = asset.source_bucket
    if source is None:
        kept = asset.type in ("dataset", "result")
        return Location(CODE_OCEAN_BUCKET, asset.id) if kept else None
    protocol = PROTOCOL_OF_ORIGIN.get(source.origin)
    return None if protocol is None else Location.of(source.bucket, source.prefix or "", protocol)


def folder_modalities(folders: Iterable[str]) -> tuple[str, ...]:
    """Name the modalities of a raw data directory by its folders, sorted, in one spelling.

    Parameters
    ----------
    folders
        Names at the root. The two folders that ecephys had there before 2024 are one modality;
        folders of metadata do not count.

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
    """Return the name of a modality in the one spelling that answers have: with underscores.

    Folders had underscores before 2024 and have hyphens since, as the schema's abbreviations do.

    Examples
    --------
    >>> modality_name("behavior-videos"), modality_name("behavior_videos")
    ('behavior_videos', 'behavior_videos')
    """
    return text.replace("-", "_")
