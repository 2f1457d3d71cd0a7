"""Decide whether work is already running, done or captured; no request is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from aind_session.conventions.failures import has_ended, verdict_by_state
from aind_session.runs.requests import Surroundings, is_run_of
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

Skip = Literal["captured", "running", "succeeded"]

SKIPS: tuple[Skip, ...] = ("captured", "running", "succeeded")


def why_skipped(
    work: Body,
    request: Body,
    assets: Sequence[DataAsset],
    runs: Sequence[Body],
    listed: Sequence[Body],
    *,
    around: Surroundings,
    skip: Iterable[Skip],
) -> str | None:
    """Return why some work need not be started; None if it must be.

    Parameters
    ----------
    work
        The request that runs the target itself.
    request
        The request to send: the same, or the one to the pipeline monitor.
    assets
        The known assets of the subject.
    runs, listed
        The runs of the target, and those to search for runs that the request started.
    around
        The fixed assets and default parameters of a run.
    skip
        The work to skip: ``captured``, ``running``, ``succeeded`` (captured or not).
    """
    mine = [run for run in runs if is_run_of(work, run, around)]
    if listed is not runs:
        mine += [run for run in listed if is_run_of(request, run, around)]
    if "running" in skip:
        for run in mine:
            if not has_ended(run):
                return f"it is already running: {_named(run)}"
    if "captured" in skip:
        by_id = {str(run.get("id")): run for run in runs}
        for asset in assets:
            if _is_result(asset, work, by_id, around):
                return f"it was already captured: {asset.name} ({asset.id})"
    if "succeeded" in skip:
        for run in mine:
            if has_ended(run) and verdict_by_state(run) is None:
                return f"it already succeeded: {_named(run)}"
    return None


def _named(run: Body) -> str:
    owner = run.get("owner_email") or run.get("owner")
    return f"{run.get('name')} ({run.get('id')})" + (f", of {owner}" if owner else "")


def _is_result(
    asset: DataAsset, work: Body, runs: Mapping[str, Body], around: Surroundings
) -> bool:
    made_by = asset.provenance
    if made_by is None or asset.state == "failed":
        return False
    target = work.get("pipeline_id") or work.get("capsule_id")
    if target not in (getattr(made_by, "capsule", None), getattr(made_by, "pipeline", None)):
        return False
    wanted = {part["id"] for part in work.get("data_assets") or ()}
    if not wanted <= set(made_by.data_assets or ()):
        return False
    run = runs.get(made_by.computation or "")
    if run is not None:
        return is_run_of(work, run, around)
    # the run no longer exists: compare the parameters in the asset
    return has_no_other_value(map(vars, asset.app_parameters or ()), work)


def has_no_other_value(stated: Iterable[Body], work: Body) -> bool:
    """Return whether the parameters that an asset states differ from none of those of a request.

    Parameters
    ----------
    stated
        The asset's ``app_parameters``: their names and values.
    work
        The request.
    """
    said = {str(part.get("name")).lower(): part.get("value") for part in stated}
    wanted = {part["param_name"]: part["value"] for part in work.get("named_parameters") or ()}
    return all(said.get(name.lower(), value) == value for name, value in wanted.items())
