"""What is mounted here, and what its metadata say.

A capsule's ``.codeocean/.datasets.json`` lists which data asset is mounted in which folder, and the
metadata files at the top of each folder describe it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from aind_session.conventions.location import Location
from aind_session.conventions.mentions import stated_subject
from aind_session.conventions.names import find_asset_name, find_session
from aind_session.conventions.records import METADATA_PARTS, linked_asset_ids, record_location
from aind_session.conventions.sorting import PROBE_FOLDERS, SORTER_FILES
from aind_session.errors import LeftOutWarning
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import file_name
from aind_session.runtime.cache import Cache
from aind_session.runtime.modes import is_offline
from aind_session.runtime.parsing import object_in, parse_json
from aind_session.runtime.warning import warn_user
from aind_session.sources.protocols import Body
from aind_session.sources.settings import read_settings
from aind_session.sources.sources import MOUNTS

_LISTED = Path(".codeocean", ".datasets.json")
MADE_UP = "mounted-"
"""The start of the IDs of records whose metadata files state none; servers do not know them."""

_DESCRIPTION = "data_description.json"
_OF_SORTING = (*PROBE_FOLDERS, *SORTER_FILES)
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Mounted:
    """A mounted data asset.

    Attributes
    ----------
    asset_id
        The ID of the asset; None if neither the capsule's list nor its metadata state it.
    path
        The folder in which it is mounted.
    record
        The content of its metadata files, as a metadata record.
    version
        The schema version of the metadata: ``v1`` or ``v2``.
    has_metadata
        Whether there are metadata files.
    """

    asset_id: str | None
    path: Path
    record: Body
    version: str
    has_metadata: bool

    @property
    def location(self) -> Location | None:
        """The location of its files in S3; None if the metadata do not state it."""
        return record_location(self.record)


def listed_mounts(root: Path) -> dict[str, str] | None:
    """Return the IDs of mounted assets by folder, as the capsule's file lists them.

    Parameters
    ----------
    root
        The data directory.

    Returns
    -------
    dict or None
        Folders are relative to the data directory. None if there is no such file in the current
        directory, above it, or beside the data directory. Entries that lead outside the data
        directory, repeat a folder or have no folder are left out with a `LeftOutWarning`.
    """
    here = Path(os.path.realpath("."))
    folders = dict.fromkeys([here, *here.parents, Path(os.path.realpath(root)).parent])
    # os.path, since a folder that may not be read is passed over
    file = next((path for f in folders if os.path.isfile(path := f / _LISTED)), None)
    return None if file is None else _read_list(file, root)


def _read_list(file: Path, root: Path) -> dict[str, str]:
    content = _read_json(file)
    entries = content.get("attached_datasets") if isinstance(content, Mapping) else None
    if not isinstance(entries, list) or content.get("version") != 1:
        warn_user(f"{file} does not list mounted assets in version 1", LeftOutWarning)
        return {}
    found: dict[str, str] = {}
    for entry in entries:
        reason = _why_not(entry, root, found)
        if reason is None:
            found[entry["mount"]] = entry["id"]
        else:
            warn_user(f"left out of {file}: {quote(entry)} {reason}", LeftOutWarning)
    return found


def _why_not(entry: Any, root: Path, found: Mapping[str, str]) -> str | None:
    """Return why an entry is invalid; None if it is valid."""
    mount = entry.get("mount") if isinstance(entry, Mapping) else None
    if not isinstance(mount, str) or not isinstance(entry.get("id"), str):
        return "lacks an ID or a mount"
    if file_name(mount) is None:
        return "does not name a folder"
    if mount in found:
        return "repeats a mount"
    path, top = Path(os.path.realpath(root / mount)), Path(os.path.realpath(root))
    if not path.is_relative_to(top):
        return "leads out of the data directory"
    return None if os.path.isdir(path) else "has no folder"


def has_entries(folder: Path) -> bool:
    """Return whether a folder holds something; False if it is no longer mounted, or unreadable."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def is_of_another(folder: Path, name: str) -> bool:
    """Return whether the metadata in a folder state a different session or a process."""
    here = find_asset_name(str(_object(folder / _DESCRIPTION).get("name")))
    named = find_asset_name(name)
    if here is None or named is None:
        return False
    is_derived = here.is_derived and not named.is_derived
    return is_derived or here.session.key != named.session.key


def mounted(cache: Cache) -> list[Mounted]:
    """Return the mounted assets with their metadata, which the cache keeps.

    In a capsule without a list of the mounted assets, these are the folders whose metadata name an
    asset.
    """
    settings = read_settings()
    root = settings.data_dir
    if root is None:
        return []
    listed: Mapping[str, str | None] | None = listed_mounts(root)
    if listed is None:
        is_capsule = settings.capsule_id or settings.computation_id
        listed = dict.fromkeys(_folders(root)) if is_capsule else {}
    read = partial(_read_mounts, root, listed)
    if is_offline():  # the cache would warn that its answer is old
        return read()
    return cache.get(MOUNTS, (str(root), *listed.items()), read, is_absence=_lack_metadata)


def _folders(root: Path) -> list[str]:
    """Return the names of the folders in the data directory that do not lead out of it."""
    top = Path(os.path.realpath(root))
    try:
        with os.scandir(root) as entries:
            there = [entry for entry in entries if os.path.isdir(entry)]
    except OSError:  # there is no such directory, or it may not be read
        return []
    leading_out = {
        link.name
        for link in there
        if link.is_symlink() and not Path(os.path.realpath(link)).is_relative_to(top)
    }
    return sorted(entry.name for entry in there if entry.name not in leading_out)


def _read_mounts(root: Path, listed: Mapping[str, str | None]) -> list[Mounted]:
    described = (_describe(asset_id, root / mount) for mount, asset_id in listed.items())
    found = [one for one in described if one is not None]
    return [one for one in found if listed[one.path.name] or find_asset_name(one.record["name"])]


def _lack_metadata(found: Sequence[Mounted]) -> bool:
    """Return whether some metadata are missing, as they are for a moment after attaching."""
    return not all(mount.has_metadata for mount in found)


def _describe(asset_id: str | None, path: Path) -> Mounted | None:
    """Describe a mounted asset by its metadata; None if its name is not known."""
    record = _object(path / "metadata.nd.json")
    linked = linked_asset_ids(record)
    is_linked = asset_id is None or not linked or asset_id in linked
    name = _name(path, record if is_linked else {})
    if name is None:
        return None
    # else it describes the asset of which this is a copy, or from which it was made
    is_own = is_linked and (record.get("name") or name) == name
    record = _with_parts(record if is_own else {}, path)
    has_metadata = bool(record)
    asset_id = asset_id or _only(linked_asset_ids(record))
    version = "v2" if "modalities" in object_in(record, "data_description") else "v1"
    record["name"] = name
    if _is_place_of_input(record):
        del record["location"]
    record.setdefault("_id", f"{MADE_UP}{asset_id or path.name}")
    links = "other_identifiers" if version == "v2" else "external_links"
    record[links] = {"Code Ocean": [asset_id] if asset_id and is_linked else []}
    if stated_subject(record) is None and (session := find_session(name)) is not None:
        record["subject"] = {**object_in(record, "subject"), "subject_id": session.subject_id}
    return Mounted(asset_id, path, record, version, has_metadata)


def _with_parts(record: Body, path: Path) -> Body:
    """Return a record with the parts that it lacks, from the files in a folder."""
    lacking = (part for part in METADATA_PARTS if record.get(part) is None)
    parts = {part: _read_json(path / f"{part}.json") for part in lacking}
    return {**record, **{part: content for part, content in parts.items() if content is not None}}


def _name(path: Path, record: Body) -> str | None:
    """Return the name of a mounted asset; None if it is not known.

    Some pipelines copy the metadata of their input to their results, so a name that states a
    process is preferred, such as that of the folder. Without one, a folder with the output of a
    spike sorting is not the raw data that its metadata name.
    """
    stated = [record, object_in(record, "data_description"), _object(path / _DESCRIPTION)]
    said = [*(one.get("name") for one in stated), path.name]
    names = {name: find_asset_name(name) for name in said if isinstance(name, str) and name}
    first, found = next(iter(names.items()))
    if found is None or found.is_derived:
        return first
    for name, other in names.items():
        if other is not None and other.is_derived and other.session.key == found.session.key:
            return name
    return None if any(os.path.isdir(path / folder) for folder in _OF_SORTING) else first


def _is_place_of_input(record: Body) -> bool:
    """Return whether a derived asset's metadata state the location of raw data."""
    place, own = record_location(record), find_asset_name(record["name"])
    if place is None or own is None or not own.is_derived:
        return False
    there = find_asset_name(place.key.rpartition("/")[2])
    return there is not None and not there.is_derived


def _only(found: Sequence[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _object(path: Path) -> Body:
    """Read a metadata file that is a JSON object; empty if it is anything else."""
    content = _read_json(path)
    return dict(content) if isinstance(content, Mapping) else {}


def _read_json(path: Path) -> Any:
    """Read a metadata file; None if it is missing, too large or damaged."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return parse_json(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
