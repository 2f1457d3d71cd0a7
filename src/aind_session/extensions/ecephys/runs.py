"""Start the spike sorting pipeline, and find its current runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aind_session.catalog.computation_search import search_computations
from aind_session.conventions.institute import SORTING_PIPELINE_ID
from aind_session.errors import AlreadyRunningWarning, CouldNotLook
from aind_session.runtime.warning import warn_user
from aind_session.sources import Sources

if TYPE_CHECKING:
    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

    from aind_session.runs.plan import Plan
    from aind_session.session import Session

_ECEPHYS = "ecephys"


def modalities_without_ecephys(session: Session) -> tuple[str, ...]:
    """Return the modalities of a session without ecephys data; empty if it has some, or may have.

    The folders of the raw data decide, or else the metadata record, unless the name says ecephys.
    """
    if session.platform == _ECEPHYS:
        return ()
    try:
        found = session.modalities
    except CouldNotLook:
        return ()
    return () if any(_ECEPHYS in modality.lower() for modality in found) else found


def start(trigger_capsule_id: str, parameters: Sequence[str]) -> Plan:
    """Return the plan to start the capsule that starts the pipeline."""
    from aind_session.runs.plan import Plan, run_capsule  # 3 ms, and most programs start nothing

    return Plan((run_capsule(trigger_capsule_id, parameters=list(parameters)),))


def is_being_sorted(asset: DataAsset, sources: Sources) -> bool:
    """Return whether an asset is being sorted, with a warning that names the runs."""
    running = search_computations(
        SORTING_PIPELINE_ID, attached_data_asset_id=asset.id, in_progress=True, sources=sources
    )
    if running:
        names = ", ".join(f"{run.name} ({run.id})" for run in running)
        warn_user(
            f"{asset.name} is being sorted by {names}; skip_already_sorting=False sorts it again",
            AlreadyRunningWarning,
        )
    return bool(running)


def going_on(pipeline_id: str, asset_id: str | None, sources: Sources) -> tuple[Computation, ...]:
    """Return the current runs in order of creation; only those with an asset attached, unless None.

    All runs are requested once for all assets, since the answer is long; it is at most half a
    minute old.
    """
    runs = sources.cache.get(
        pipeline_id,
        "runs in progress",
        lambda: search_computations(pipeline_id, in_progress=True, sources=sources),
        is_absence=lambda runs: True,  # soon outdated
    )
    return tuple(
        run
        for run in runs
        if asset_id is None or asset_id in [part.id for part in run.data_assets or ()]
    )
