"""A plan of runs for many sessions: the inputs of all of them are requested together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import get_normalized_uuid
from aind_session.errors import AssetNotFoundError, PlanError
from aind_session.many.sessions import Sessions
from aind_session.runs.already import Skip
from aind_session.runs.process import Capture, Inputs, Process
from aind_session.runs.run_plan import RunPlan
from aind_session.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping


def plan_runs(
    sessions: Any,
    process: Process | uuid.UUID | str,
    *,
    skip: Iterable[Skip] | Skip = ("captured", "running"),
    label: str | None = None,
    inputs: Inputs | None = None,
    parameters: Mapping[str, Any] | None = None,
    capture: Capture | None = None,
    sources: Sources | None = None,
) -> RunPlan:
    """Plan to run a process for sessions. Nothing is sent that starts or changes anything.

    Parameters
    ----------
    sessions
        What names sessions, as `aind_session.sessions` takes it; the platform and the newer name
        of one acquisition are one.
    process
        What is run; or the ID of a capsule or pipeline, with `label` and what else it needs.
    skip
        Which work is not started again: ``captured`` (an asset of this capsule or pipeline, from
        these inputs, with these parameters, is there), ``running``, ``succeeded`` (captured or
        not); ``()``: none.
    label, inputs, parameters, capture
        See `Process`; only where `process` is an ID. Without `capture`, results become no assets.
    sources
        The sources to ask; by default the real servers. A collection of sessions has its own.

    Returns
    -------
    RunPlan
        ``to_run``, ``skipped`` and ``cannot``, each row with its reason. ``start`` starts it.

    Raises
    ------
    PlanError
        An ID was given without a label.
    RemoteError, CredentialsError
        The capsule or pipeline could not be asked about.

    Examples
    --------
    >>> sorting = Process("sorted", pipeline="1f8f159a-7670-47a9-baf1-078905fc9c2e")
    >>> plan = plan_runs("ecephys_676909_2023-12-14_12-43-11", sorting)
    >>> len(plan.to_run), plan.to_run[0].request["pipeline_id"]
    (1, '1f8f159a-7670-47a9-baf1-078905fc9c2e')
    """
    many = sessions if isinstance(sessions, Sessions) else Sessions([sessions], sources=sources)
    more: dict[str, Any] = {"inputs": inputs, "capture": capture}
    if parameters is not None:
        more["parameters"] = parameters
    if not isinstance(process, Process):
        process = _process_of(process, label, many._sources, more)
    elif label is not None or parameters is not None or any(more.values()):
        raise PlanError(
            "label, inputs, parameters and capture are those of the process: "
            "dataclasses.replace(process, ...) gives another"
        )
    return many.plan_runs(process, skip=skip)


def _process_of(
    id_: uuid.UUID | str, label: str | None, sources: Sources, more: dict[str, Any]
) -> Process:
    """Make a process of an ID: what its app panel lists tells whether it is a pipeline."""
    if label is None:
        raise PlanError(f"say what {id_} makes: plan_runs(sessions, id, label='sorted', ...)")
    target = get_normalized_uuid(id_)
    try:
        is_pipeline = bool(sources.assets.panel(target).get("processes"))
    except AssetNotFoundError:
        is_pipeline = False  # the plan says so, with all else that is wrong
    kind = "pipeline" if is_pipeline else "capsule"
    return replace(Process(label, capsule=target), **{"capsule": None, kind: target, **more})
