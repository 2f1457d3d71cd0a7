"""Properties of a data asset: raw, sorted, its subject, its location. No request is sent here.

The page *How answers are chosen* (``docs/rules.md``) states the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import PROTOCOL_OF_ORIGIN, Location
from aind_session.conventions.mentions import LEVEL_LABEL, is_same_subject, stated_subject
from aind_session.conventions.names import (
    SessionId,
    find_asset_name,
    first_label,
    whole_session,
)
from aind_session.conventions.pattern import pattern

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

ECEPHYS_FOLDERS = ("ecephys_clipped", "ecephys_compressed")
"""Folders of an ecephys recording: at the root before 2024, in ``ecephys`` since."""

_RAW = frozenset(("raw data", "raw"))
"""Labels in custom metadata and tags that mark raw data."""

A = TypeVar("A", bound="DataAsset")

_READY = "ready"
_UNUSABLE = ("failed", "draft")
_SEVERAL = pattern(r"[,;\s]+")


def assets_by_creation(assets: Iterable[DataAsset]) -> tuple[DataAsset, ...]:
    """Sort assets by creation time, ascending, without duplicates of an ID.

    Parameters
    ----------
    assets
        In any order. Creation is not acquisition: an asset can be registered again years later.
    """
    unique = {asset.id: asset for asset in assets}
    return tuple(sorted(unique.values(), key=lambda asset: (asset.created or 0, asset.id)))


def is_raw_asset(asset: DataAsset) -> bool:
    """Return whether an asset contains raw data.

    Parameters
    ----------
    asset
        It is raw if its custom metadata say so (``data level`` is ``raw data`` or ``raw``), if they
        state no level and one of its tags says so, or if its name is exactly a session ID.
    """
    return why_raw_asset(asset) is not None


def why_raw_asset(asset: DataAsset) -> str | None:
    """Return the evidence that an asset is raw; None if it is not."""
    labels = asset.custom_metadata
    level = labels.get(LEVEL_LABEL) if isinstance(labels, Mapping) else None
    if _plain(level) in _RAW:
        return f"its custom metadata say {level!r}"
    tags = () if level else asset.tags or ()
    if (tag := next((tag for tag in tags if _plain(tag) in _RAW), None)) is not None:
        return f"one of its tags is {tag!r}"
    if whole_session(asset.name) is not None:
        return "its name is exactly the session ID"
    return None


def _plain(label: object) -> str:
    return " ".join(re.split(r"[\s_-]+", str(label).strip().casefold()))


def is_derived_by_name(asset: DataAsset) -> bool:
    """Return whether the name of an asset contains a process, dated or not; ignore its metadata."""
    name = find_asset_name(asset)
    return name is not None and name.is_derived


def is_usable(asset: DataAsset) -> bool:
    """Return whether an asset can be used: it is neither failed nor a draft."""
    return asset.state not in _UNUSABLE


def last_usable(assets: Sequence[A]) -> A:
    """Return the last asset that is neither failed nor a draft; else the last one.

    Parameters
    ----------
    assets
        At least one, in order.
    """
    usable = [asset for asset in assets if is_usable(asset)]
    return (usable or assets)[-1]


def may_be_of(asset: DataAsset, session: SessionId) -> bool:
    """Return whether an asset may belong to a session: its name states no other acquisition."""
    name = find_asset_name(asset)
    return name is None or name.session.key == session.key


def why_passed_over(asset: DataAsset, session: SessionId) -> str | None:
    """Return why an asset linked by a raw record cannot be the raw asset; None if it can."""
    if not may_be_of(asset, session):
        return "belongs to another session"
    if is_derived_by_name(asset):
        return "is derived, by its name"
    return None if is_usable(asset) else f"is {asset.state}"


def is_of_subject(asset: DataAsset, subject_id: str) -> bool:
    """Return whether an asset belongs to a subject, by its metadata or its name.

    Parameters
    ----------
    asset
        A result of a search for the subject. A search for ``67690`` also finds assets of
        ``676909``. An asset that states no subject is excluded if its name, description and tags
        contain the subject only as part of longer words.
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
        It is if its name starts with ``<session ID>_sorted``, as in
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
        Assets that the session's record links.
    found
        Assets of the session that a search found.
    session
        The session. Assets whose name states another one are ignored; its own name has priority
        over the acquisition's other name.

    Returns
    -------
    codeocean.data_asset.DataAsset or None
        A raw asset that is both linked and found; else a raw one that was found; else a raw one
        that is linked, which may be archived; else a linked one without a process in its name,
        since a record of raw data links it. Among several, those without a process in their name
        come first, then data sets, then the latest created one. Ready assets come before those in
        an unknown state, and these before failed ones and drafts.
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
        usable = [[asset for asset in group if _state_rank(asset) == state] for group in groups]
        own = [[asset for asset in group if _is_named(asset, session)] for group in usable]
        for candidates in (*own, *usable):
            if candidates:
                return max(candidates, key=_rank)
    return None


def _is_named(asset: DataAsset, session: SessionId | None) -> bool:
    name = find_asset_name(asset)
    return name is not None and name.session == session


def _state_rank(asset: DataAsset) -> int:
    """Return the rank of an asset's state: 0 ready, 1 unknown, 2 unusable."""
    if asset.state == _READY:
        return 0
    return 1 if is_usable(asset) else 2


def _rank(asset: DataAsset) -> tuple[bool, bool, Any, str]:
    return not is_derived_by_name(asset), asset.type == "dataset", asset.created or 0, asset.id


def asset_location(asset: DataAsset) -> Location | None:
    """Return where an asset's files are; None if the asset does not state it.

    Parameters
    ----------
    asset
        External assets state it in ``source_bucket``. Results and datasets that Code Ocean stores
        are in its own bucket, in a directory named by their ID. Combined assets have no files.
    """
    source = asset.source_bucket
    if source is None:
        kept = asset.type in ("dataset", "result")
        return Location(CODE_OCEAN_BUCKET, asset.id) if kept else None
    protocol = PROTOCOL_OF_ORIGIN.get(source.origin)
    return None if protocol is None else Location.of(source.bucket, source.prefix or "", protocol)


def folder_modalities(folders: Iterable[str]) -> tuple[str, ...]:
    """Return the modalities of a raw data directory from its folders, sorted, normalized.

    Parameters
    ----------
    folders
        Names at the root. The two ecephys folders used before 2024 are one modality; folders of
        metadata are ignored.

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
    """Return the name of a modality spelled with underscores, as all answers spell it.

    Folders used underscores before 2024 and use hyphens since, as the schema's abbreviations do.

    Examples
    --------
    >>> modality_name("behavior-videos"), modality_name("behavior_videos")
    ('behavior_videos', 'behavior_videos')
    """
    return text.replace("-", "_")


def archived_in_words(asset: DataAsset) -> str:
    """Return the message that an asset is archived, and what to do."""
    return f"{asset.name} is archived: restore it in Code Ocean to use it"
