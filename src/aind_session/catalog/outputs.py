"""Logs of runs, and whether a run failed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import (
    AssetOrId,
    get_codeocean_model,
    get_data_asset_model,
    get_normalized_uuid,
    is_computation_model,
)
from aind_session.catalog.directories import files_of
from aind_session.catalog.inventory import of_directory
from aind_session.conventions import logs
from aind_session.conventions.location import Location
from aind_session.conventions.logs import is_output_error, is_output_file_from_sorting_pipeline
from aind_session.errors import SourceDirNotFoundError
from aind_session.errors.wording import quote
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import side_by_side
from aind_session.sources import Sources, sources_or_default

if TYPE_CHECKING:
    import uuid

    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

__all__ = [
    "get_output_text",
    "is_computation_error",
    "is_data_asset_error",
    "is_output_error",
    "is_output_file_from_sorting_pipeline",
]


@one_call
def get_output_text(
    asset_or_computation_id: DataAsset | Computation | uuid.UUID | str,
    *,
    sources: Sources | None = None,
) -> str:
    """Return the log of a run: the file ``output`` of an asset or of a computation's results.

    Parameters
    ----------
    asset_or_computation_id
        An asset, a computation, or the ID of either.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    SourceDirNotFoundError
        The file does not exist. A `FileNotFoundError`.
    AssetNotFoundError
        No asset or computation has this ID.

    Examples
    --------
    >>> get_output_text("1e11bdf5-b452-4fd9-bbb1-48383a9b0842")[-32:-1]
    'FULL PIPELINE time:  161658.77s'
    """
    sources = sources_or_default(sources)
    model: Any = get_codeocean_model(asset_or_computation_id, sources=sources)
    if is_computation_model(model):
        return _log_of_computation(model.id, sources)
    return _log(files_of(model, sources), sources)


def _log(where: Location, sources: Sources) -> str:
    content = of_directory(where, sources).content(where, logs.LOG)
    if content is None:
        raise SourceDirNotFoundError(str(where / logs.LOG))
    return content.decode(errors="replace")


def _log_of_computation(computation_id: str, sources: Sources) -> str:
    return sources.assets.result(computation_id, logs.LOG).decode(errors="replace")


@one_call
def is_data_asset_error(asset_id_or_model: AssetOrId, *, sources: Sources | None = None) -> bool:
    """Return whether the run that made an asset failed, as far as its files show.

    Parameters
    ----------
    asset_id_or_model
        An asset, or the ID of one. The run failed if there is no log, if the log says so, or if it
        is a run of the sorting pipeline without an NWB file in ``nwb/``.
    sources
        The sources to ask; by default the real servers.

    Examples
    --------
    >>> is_data_asset_error("1e11bdf5-b452-4fd9-bbb1-48383a9b0842")
    False
    """
    sources = sources_or_default(sources)
    asset = get_data_asset_model(asset_id_or_model, sources=sources)
    where = files_of(asset, sources)
    asked: list[Callable[[], Any]] = [
        partial(_log, where, sources),
        partial(_has_nwb, where, sources),
    ]
    try:
        output, has_nwb = side_by_side(asked)
    except SourceDirNotFoundError:
        return True
    return logs.is_failed_by_log(output, has_nwb=has_nwb)


def _has_nwb(where: Location, sources: Sources) -> bool:
    listing = of_directory(where, sources).listing(where, "nwb/")
    return any(".nwb" in name for name in (*listing.files, *listing.folders))


@one_call
def is_computation_error(
    computation_id_or_model: Computation | uuid.UUID | str, *, sources: Sources | None = None
) -> bool:
    """Return whether a computation failed, as far as its state, files and log show.

    Parameters
    ----------
    computation_id_or_model
        A computation that has ended, or the ID of one.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    ValueError
        The computation is still running, or does not exist.

    Notes
    -----
    Pipelines that "succeeded" are checked more closely: results with only logs, a log with
    `aind_session.conventions.logs.ERROR_PHRASES`, and a sorting without an NWB file count as
    failures.
    """
    sources = sources_or_default(sources)
    computation = _computation(computation_id_or_model, sources)
    if not logs.has_ended(computation):
        raise ValueError(
            f"computation {computation.id} ({quote(computation.name)}) is still "
            f"{computation.state}: ask again when it has ended"
        )
    return logs.is_failed_by_state(computation) or _is_failed_by_results(computation, sources)


def _computation(thing: Computation | uuid.UUID | str, sources: Sources) -> Computation:
    id_or_model = thing if is_computation_model(thing) else get_normalized_uuid(thing)
    found: Computation = get_codeocean_model(id_or_model, True, sources=sources)
    return found


def _is_failed_by_results(computation: Computation, sources: Sources) -> bool:
    names = sources.assets.results(computation.id)
    if logs.is_failed_by_files(names):
        return True
    if logs.LOG not in names:
        return False
    log = _log_of_computation(computation.id, sources)
    return logs.is_failed_by_log(log, has_nwb="nwb" in names)
