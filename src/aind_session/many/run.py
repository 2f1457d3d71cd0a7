"""Plan runs for many sessions; the inputs of all sessions are requested together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import get_normalized_uuid
from aind_session.errors import AssetNotFoundError, PlanError
from aind_session.many.sessions import Sessions
from aind_session.runs.already import Skip
from aind_session.runs.process import Capture, Inputs, Process, checked_process
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
    """Plan to run a process for sessions, without starting or changing anything.

    Parameters
    ----------
    sessions
        Sessions in any form that `aind_session.sessions` accepts; the older and the newer name of
        one acquisition count as one.
    process
        The process to run, or the ID of a capsule or pipeline together with `label` and other
        settings.
    skip
        The work that is not repeated: ``captured`` (an asset of this capsule or pipeline exists,
        from these inputs, with these parameters, and is not archived), ``running``, ``succeeded``
        (captured or not); ``()`` repeats everything.
    label, inputs, parameters, capture
        See `Process`; only if `process` is an ID. Without `capture`, results do not become assets.
    sources
        The sources to ask; by default the real servers. A collection of sessions has its own
        sources.

    Returns
    -------
    RunPlan
        Rows ``to_run``, ``skipped`` and ``cannot``, each with its reason. ``start`` starts the
        plan.

    Raises
    ------
    PlanError
        An ID was passed without a label, or settings together with a `Process`.
    RemoteError, CredentialsError
        Code Ocean could not be asked about the capsule or pipeline.

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
    if isinstance(process, (str, uuid.UUID)):
        process = _process_of(process, label, many._sources, more)
    elif checked_process(process) and (
        label is not None or parameters is not None or any(more.values())
    ):
        raise PlanError(
            "label, inputs, parameters and capture are already set in the process: "
            "dataclasses.replace(process, ...) gives another"
        )
    return many.plan_runs(process, skip=skip)


def _process_of(
    id_: uuid.UUID | str, label: str | None, sources: Sources, more: dict[str, Any]
) -> Process:
    """Create a process from an ID; the app panel shows whether it is a pipeline."""
    target = get_normalized_uuid(id_)
    if label is None:
        raise PlanError(f"pass a label, too: plan_runs(sessions, {target!r}, label='sorted')")
    try:
        is_pipeline = bool(sources.assets.panel(target).get("processes"))
    except AssetNotFoundError:
        is_pipeline = False  # the plan reports it, with all other problems
    kind = "pipeline" if is_pipeline else "capsule"
    return replace(Process(label, capsule=target), **{"capsule": None, kind: target, **more})
