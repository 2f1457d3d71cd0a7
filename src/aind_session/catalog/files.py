"""Finding files of a kind in an asset, with one LIST request per candidate folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import AssetOrId, get_data_asset_model
from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.inventory import of_directory
from aind_session.catalog.mounts import Place, asset_dir, raw_folder
from aind_session.conventions.assets import is_raw_asset, is_sorted_asset
from aind_session.conventions.layout import KINDS, Search
from aind_session.conventions.location import Location
from aind_session.conventions.names import find_asset_name
from aind_session.errors import ContentNotFoundError, RemoteError, Searched, SeveralFoundError
from aind_session.runtime.arguments import one_of
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import side_by_side
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.mount_list import has_entries
from aind_session.sources.protocols import Listing

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

_OTHERS_AT_MOST = 3
"""How many assets are searched for an NWB file although their names do not mention one."""


@one_call
def asset_files(
    asset: AssetOrId, kind: str, place: Place | None = None, *, sources: Sources | None = None
) -> tuple[upath.UPath, ...]:
    """Return the files of a kind in a data asset, in any folder layout over the years.

    Parameters
    ----------
    asset
        An asset, or the ID of one.
    kind
        One of `aind_session.conventions.layout.KINDS`, such as ``nwb``, ``behavior_videos``,
        ``settings``, ``recordings``, ``metadata``.
    place
        ``"local"`` or ``"s3"`` to allow only that one; by default the nearest.
    sources
        The sources to ask; by default the real servers. One request per folder that can contain
        such files.

    Returns
    -------
    tuple of upath.UPath
        Sorted by path; may be empty. A zarr store is one path.

    Raises
    ------
    ValueError
        The kind is unknown.
    SourceDirNotFoundError
        The asset has no directory.
    RemoteError, CredentialsError
        A folder could not be listed.

    Examples
    --------
    >>> files = asset_files("16d46411-540a-4122-b47f-8cb2a15d593a", "metadata")
    >>> [file.name for file in files][:3]
    ['data_description.json', 'metadata.nd.json', 'procedures.json']
    """
    _check(kind)
    return _files_in(partial(_asset_folder, asset, sources), kind, place, sources)


def session_files(
    finder: SessionFinder, kind: str, place: Place | None = None
) -> tuple[upath.UPath, ...]:
    """Return the files of a kind in a session's raw data; see `Session.files`."""
    _check(kind)
    sources = finder.inventory.sources
    return _files_in(partial(raw_folder, finder.session_id, sources), kind, place, sources)


def session_nwb(finder: SessionFinder, place: Place | None = None) -> upath.UPath:
    """Return the NWB file of a session; see `Session.nwb`."""
    sources = finder.inventory.sources
    name = finder.session_id.id
    asked = finder.assets()
    named, others = _candidates(asked.known(f"data_assets of {name}") or ())
    for assets in (named, others):
        looks = [partial(_nwb_in, asset, place, sources) for asset in assets]
        found = next((files for files in side_by_side(looks) if files), None)
        if found is not None:
            return _only(found, name)
    if asked.failures:  # another asset may have it
        raise asked.failures[0]
    searched = [Searched(f"data asset {asset.name}", "no NWB file") for asset in (*named, *others)]
    raise ContentNotFoundError(
        f"an NWB file of {name}",
        searched=searched or asked.searched,
        close=() if asked.value else finder.nearest(),
    )


def files_below(
    root: upath.UPath, kind: str, sources: Sources | None = None
) -> tuple[upath.UPath, ...]:
    """Return the files of a kind below the root of an asset, mounted or in a bucket."""
    return tuple(root / path for path in sorted(_walk(_lister(root, sources), Search.of(kind))))


def _check(kind: str) -> None:
    one_of(kind, sorted(KINDS), "a kind of file")


def _candidates(assets: Sequence[DataAsset]) -> tuple[list[DataAsset], list[DataAsset]]:
    """Return the assets whose names mention NWB, and a few other candidates, latest first."""
    ready = [asset for asset in reversed(assets) if asset.state == "ready"]
    named = [asset for asset in ready if _mentions_nwb(asset)]
    others = [asset for asset in ready if asset not in named]
    # NWB files can also be in the results of the sorting pipeline, and in raw data of schema 2
    likely = [asset for asset in others if is_sorted_asset(asset)][:_OTHERS_AT_MOST]
    return named, [*likely, *[asset for asset in others if is_raw_asset(asset)][:1]]


def _mentions_nwb(asset: DataAsset) -> bool:
    name = find_asset_name(asset.name)
    labels = () if name is None else (*(d.label for d in name.derivations), name.suffix)
    return any("nwb" in label.lower() for label in labels if label)


def _nwb_in(asset: DataAsset, place: Place | None, sources: Sources) -> tuple[upath.UPath, ...]:
    return _files_in(partial(_asset_folder, asset, sources), "nwb", place, sources)


def _asset_folder(asset: AssetOrId, sources: Sources | None, place: Place | None) -> upath.UPath:
    return asset_dir(asset, place, sources=sources)


def _files_in(
    folder_at: Callable[[Place | None], upath.UPath],
    kind: str,
    place: Place | None,
    sources: Sources | None,
) -> tuple[upath.UPath, ...]:
    """Return the files in the nearest folder; a mounted one that is empty says nothing of S3."""
    folder = folder_at(place)
    if _is_local(folder) and not has_entries(Path(folder.as_posix())):
        if place is not None:
            raise _unreadable(folder, "it is empty, or may not be read")
        folder = folder_at("s3")
    return files_below(folder, kind, sources)


def _is_local(folder: upath.UPath) -> bool:
    return "://" not in folder.as_posix()


def _unreadable(folder: Any, why: str) -> RemoteError:
    detail = f"the folder cannot be read: {why}"
    return RemoteError("the mounted data", detail, url=folder.as_posix())


def _only(files: Sequence[upath.UPath], session: str) -> upath.UPath:
    if len(files) > 1:
        raise SeveralFoundError(f"an NWB file of {session}", [file.as_posix() for file in files])
    return files[0]


def _lister(root: Any, sources: Sources | None) -> Callable[[str], Listing]:
    """Return a function that lists one folder below a root, local or in a bucket."""
    text = root.as_posix()
    if not text.startswith("s3://"):  # local, or in another store, whose paths can list folders
        return partial(_list_here, root if "://" in text else Path(text))
    where = Location.parse(text)
    return partial(of_directory(where, sources_or_default(sources)).listing, where)


def _list_here(root: Any, below: str) -> Listing:
    folder = root / below
    try:
        # a bucket can list a file as a folder
        inside = sorted(folder.iterdir()) if isinstance(root, Path) or folder.is_dir() else []
    except (FileNotFoundError, NotADirectoryError):
        inside = []
    except OSError as error:
        raise _unreadable(folder, error.strerror or type(error).__name__) from error
    return Listing(
        tuple(path.name for path in inside if path.is_dir()),
        tuple(path.name for path in inside if not path.is_dir()),
    )


def _walk(list_folder: Callable[[str], Listing], search: Search) -> list[str]:
    """Return the paths of all matching files; list folders level by level, in parallel."""
    found: list[str] = []
    level = [("", search)]
    if search.is_narrow:  # folder names are known: do not list the root
        level = [(f"{name}/", rest) for name, rest in search.below(search.named_folders())]
    while level:
        listings = side_by_side([partial(list_folder, path) for path, _ in level])
        further: list[tuple[str, Search]] = []
        for (path, here), listing in zip(level, listings, strict=True):
            found += [f"{path}{name}" for name in here.files(listing.files, listing.folders)]
            further += [(f"{path}{name}/", rest) for name, rest in here.below(listing.folders)]
        level = further
    return found


def nwb_of(
    asset: AssetOrId, place: Place | None = None, *, sources: Sources | None = None
) -> upath.UPath:
    """Return the NWB file, or zarr store, of a data asset.

    Parameters
    ----------
    asset, place, sources
        See `asset_files`.

    Raises
    ------
    ContentNotFoundError
        The asset has no NWB file. A `ValueError`.
    SeveralFoundError
        The asset has several, which the message lists: ``asset_files(asset, "nwb")`` returns all.
    SourceDirNotFoundError, RemoteError, CredentialsError
        See `asset_files`.
    """
    files = asset_files(asset, "nwb", place, sources=sources)
    if not files:
        name = get_data_asset_model(asset, sources=sources).name
        searched = [Searched(pattern) for pattern in KINDS["nwb"]]
        raise ContentNotFoundError(f"an NWB file in {name}", searched=searched)
    return _only(files, str(asset))
