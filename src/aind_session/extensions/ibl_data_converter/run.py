"""The images and parameters of a run of the IBL data converter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aind_session.catalog.directories import files_of
from aind_session.catalog.inventory import Inventory
from aind_session.conventions.assets import assets_by_creation
from aind_session.conventions.mentions import EXPERIMENT_LABEL, LEVEL_LABEL, SUBJECT_LABEL
from aind_session.errors import SourceDirNotFoundError
from aind_session.extensions.neuroglancer import NeuroglancerState, pacific_now
from aind_session.runtime.extras import needing
from aind_session.session import Session, finder_of
from aind_session.sources import Sources

if TYPE_CHECKING:
    from codeocean.computation import NamedRunParam
    from codeocean.data_asset import DataAsset

_POLL_SECONDS = 60
_RUN_SECONDS = 48 * 3600


def stitched(session: Session) -> tuple[DataAsset, ...]:
    """Return the stitched images of a session, in order of creation."""
    found = [asset for asset in session.data_assets if "_stitched_" in asset.name]
    return assets_by_creation(finder_of(session).inventory.checked(found))


def raw_and_stitched(
    state: DataAsset, smartspim_assets: Sequence[DataAsset], subject_id: str, sources: Sources
) -> tuple[list[DataAsset], list[DataAsset]]:
    """Return the raw assets of a state's images, and the latest stitched asset of each.

    Raises
    ------
    ValueError
        The state shows no images of these assets, or no asset is stitched.
    """
    urls = _shown(state, sources)
    raw = [asset for asset in smartspim_assets if any(asset.name in url for url in urls)]
    if not raw:
        raise ValueError(
            f"no SmartSPIM asset of subject {subject_id} is that of the images in {state.name}: "
            f"{list(urls)}"
        )
    found = [stitched(Session(asset.name, sources=sources)) for asset in raw]
    latest = [assets[-1] for assets in found if assets]
    if not latest:
        raise ValueError(
            f"no stitched asset of {', '.join(asset.name for asset in raw)}: make one of the "
            f"directory that {state.name} shows, {urls[0]}"
        )
    return raw, latest


def _shown(state: DataAsset, sources: Sources) -> tuple[str, ...]:
    where = files_of(state, sources)
    listing = Inventory("", sources).listing(where)
    names = [name for name in listing.files if name.endswith(".json")]
    if not names:
        raise SourceDirNotFoundError(f"{where}/*.json")
    return NeuroglancerState(str(where / names[0]), sources=sources).image_sources


def named_parameters(table: DataAsset, state: DataAsset) -> list[NamedRunParam]:
    """Return the converter's parameters: the paths of the mounted manifest and state."""
    from aind_session.sources.servers.models import NamedRunParam

    return [
        NamedRunParam(param_name="manifest", value=f"{table.name}/{table.name}.csv"),
        NamedRunParam(param_name="neuroglancer", value=f"{state.name}/{state.name}.json"),
    ]


def monitor_settings(run: Any, subject_id: str, smartspim_name: str) -> str:
    """Return the settings for the monitor capsule: the run to start, and the asset to make.

    Raises
    ------
    ImportError
        The extra ``ibl`` is not installed; the message says how to.
    """
    with needing(
        "ibl",
        "aind-codeocean-pipeline-monitor",
        "a run through the monitor capsule",
        "pipeline_monitor_capsule_id=None needs nothing more",
    ):
        from aind_codeocean_pipeline_monitor.models import (
            CaptureSettings,
            PipelineMonitorSettings,
        )

    settings = PipelineMonitorSettings(
        run_params=run,
        computation_polling_interval=_POLL_SECONDS,
        computation_timeout=_RUN_SECONDS,
        capture_settings=CaptureSettings(
            name=f"{smartspim_name}_ibl-converted_{pacific_now()}",
            tags=[subject_id, "smartSPIM", "ecephys", "IBL", "annotation"],
            custom_metadata={
                LEVEL_LABEL: "derived",
                EXPERIMENT_LABEL: "ecephys",
                SUBJECT_LABEL: subject_id,
            },
        ),
    )
    return str(settings.model_dump_json())
