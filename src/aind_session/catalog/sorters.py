"""The sorter and the sorted probes of assets.

For most assets, the subject's metadata records state the sorter: one question for all. For the
others, it is read from the files of each asset: assets in parallel, one file after the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aind_session.catalog.directories import expect_files, files_of
from aind_session.catalog.inventory import Inventory, of_directory
from aind_session.conventions import sorting
from aind_session.conventions.assets import asset_location
from aind_session.conventions.location import Location
from aind_session.conventions.names import find_asset_name
from aind_session.conventions.records import linked_asset_ids, record_location
from aind_session.errors import (
    ContentNotFoundError,
    CouldNotLook,
    Failure,
    LeftOutWarning,
    OddAnswerError,
    OddAnswerWarning,
    Searched,
)
from aind_session.runtime.parallel import side_by_side
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

A = TypeVar("A", bound="DataAsset")

logger = logging.getLogger(__name__)

_DEPTH = 3
"""How many levels of folders are searched for SpikeInterface's files."""


def sorter_name(asset: DataAsset, sources: Sources) -> str:
    """Return the name of the sorter that made an asset, in SpikeInterface's spelling.

    Raises
    ------
    ContentNotFoundError
        No file names it: the sorting has probably failed for all probes. A `ValueError`.
    """
    answer = sorter_names([asset], sources)[0]
    if isinstance(answer, str):
        return answer
    raise answer


def known_sorters(assets: Sequence[DataAsset], sources: Sources) -> list[tuple[DataAsset, str]]:
    """Return pairs of asset and sorter; warn about assets with an unknown sorter, and omit them.

    Raises
    ------
    RemoteError, CredentialsError
        No sorter was found, and some files could not be read.
    """
    pairs: list[tuple[DataAsset, str]] = []
    answers = sorter_names(assets, sources)
    unread = [answer for answer in answers if isinstance(answer, Failure)]
    if unread and not any(isinstance(answer, str) for answer in answers):
        raise unread[0]
    for asset, answer in zip(assets, answers, strict=True):
        if isinstance(answer, str):
            pairs.append((asset, answer))
        else:
            warn_user(f"{asset.name} is left out: {answer}", LeftOutWarning, answer)
    return pairs


def sorter_names(
    assets: Sequence[DataAsset], sources: Sources
) -> list[str | Failure | ContentNotFoundError]:
    """Return the sorter of each asset, or why it is unknown; records first, then files."""
    recorded = recorded_sorters(assets, sources)
    open_ = [asset for asset in assets if asset.id not in recorded]
    read_now = side_by_side([partial(_or_why_not, asset, sources) for asset in open_])
    answers = {**recorded, **{a.id: answer for a, answer in zip(open_, read_now, strict=True)}}
    return [answers[asset.id] for asset in assets]


def recorded_sorters(assets: Iterable[DataAsset], sources: Sources) -> dict[str, str]:
    """Return the sorters stated in metadata records, by asset ID."""
    parsed = [find_asset_name(asset.name) for asset in assets]
    subjects = {name.session.subject_id for name in parsed if name is not None}
    asked = [partial(sorting_records, Inventory(subject, sources)) for subject in sorted(subjects)]
    by_key: dict[Any, str] = {}
    for record in (record for found in side_by_side(asked) for record in found):
        name = sorting.sorter_of_processing(record.get("processing"))
        if name is not None:
            keys = (record.get("name"), record_location(record), *linked_asset_ids(record))
            by_key.update(dict.fromkeys(keys, name))
    found = {a.id: _first(by_key, (a.id, asset_location(a), a.name)) for a in assets}
    return {id_: name for id_, name in found.items() if name is not None}


def _first(by_key: dict[Any, str], keys: Iterable[Any]) -> str | None:
    return next((by_key[key] for key in keys if key is not None and key in by_key), None)


def sorting_records(inventory: Inventory) -> list[Body]:
    """Ask for the fields about sorters in the subject's records; log failures."""
    found = inventory.records_with(sorting.SORTER_FIELDS)
    for failure in found.failures:
        logger.debug("sorters are read only from files: %s", failure)
    return found.items


def _or_why_not(asset: DataAsset, sources: Sources) -> str | Failure | ContentNotFoundError:
    try:
        return _name_in_files(asset, sources)
    except (*CouldNotLook, ContentNotFoundError) as error:
        return error


def _name_in_files(asset: DataAsset, sources: Sources) -> str:
    where = files_of(asset, sources)
    places: list[Callable[[], str | None]] = [
        partial(_name_in_processing, where, sources),
        partial(_name_in_folders, where, sources),
        partial(_name_in_params, where, sources),
    ]
    for look in places:
        if name := look():
            return name
    raise ContentNotFoundError(
        f"the sorter of {asset.name} ({asset.id})",
        searched=[
            Searched("DocDB"),
            Searched(f"{where}/processing.json"),
            *(Searched(f"{where}/{f}/**/{name}") for f, name in sorting.SORTER_FILES.items()),
            Searched(f"{where}/params.json"),
        ],
        hint="the sorting has probably failed for all probes; see its log, asset.output",
    )


def _name_in_processing(where: Location, sources: Sources) -> str | None:
    return sorting.sorter_of_processing(_json(where, "processing.json", sources))


def _name_in_params(where: Location, sources: Sources) -> str | None:
    return sorting.sorter_of_params(_json(where, "params.json", sources))


def _name_in_folders(where: Location, sources: Sources) -> str | None:
    """Search for SpikeInterface's files level by level; folders of one level in parallel."""
    paths = {f"{folder}/": file for folder, file in sorting.SORTER_FILES.items()}
    for _ in range(_DEPTH):
        listings = side_by_side([partial(_list, where, path, sources) for path in paths])
        found = [
            path + file
            for (path, file), listing in zip(paths.items(), listings, strict=True)
            if file in listing.files
        ]
        contents = side_by_side([partial(_json, where, path, sources) for path in found])
        for content in contents:
            if name := sorting.sorter_of_spikeinterface(content):
                return name
        paths = {
            f"{path}{folder}/": file
            for (path, file), listing in zip(paths.items(), listings, strict=True)
            for folder in listing.folders
            if not folder.endswith(sorting.ANALYZER_SUFFIX)  # thousands of folders of chunks
        }
    return None


def _list(where: Location, path: str, sources: Sources) -> Any:
    return of_directory(where, sources).listing(where, path)


def _json(where: Location, path: str, sources: Sources) -> Any:
    try:
        return of_directory(where, sources).json(where, path)
    except OddAnswerError as error:
        warn_user(f"left out: {error}", OddAnswerWarning, error)
        return None


def probe_names(asset: DataAsset, sources: Sources) -> tuple[str, ...]:
    """Return the completely sorted probes; empty if their folders do not exist.

    Raises
    ------
    SourceDirNotFoundError
        The asset has no files.
    """
    where = files_of(asset, sources)
    asked = [partial(_list, where, f"{folder}/", sources) for folder in sorting.PROBE_FOLDERS]
    for listing in side_by_side(asked):
        if not listing.is_empty:
            return sorting.probe_names(listing.folders)
    expect_files(asset, where, sources)
    return ()


def is_analyzer(asset: DataAsset, sources: Sources) -> bool:
    """Return whether results are from the SortingAnalyzer: a ``*.zarr`` one level down.

    Raises
    ------
    SourceDirNotFoundError
        The asset has no files.
    """
    where = files_of(asset, sources)
    usual = "postprocessed"
    root, first = side_by_side([partial(_list, where, p, sources) for p in ("", f"{usual}/")])
    if _has_zarr(first):
        return True
    if root.is_empty:
        expect_files(asset, where, sources)
    others = [folder for folder in root.folders if folder != usual]
    listings = side_by_side([partial(_list, where, f"{name}/", sources) for name in others])
    return any(map(_has_zarr, listings))


def _has_zarr(listing: Any) -> bool:
    names = (*listing.folders, *listing.files)
    return any(name.endswith(sorting.ANALYZER_SUFFIX) for name in names)
