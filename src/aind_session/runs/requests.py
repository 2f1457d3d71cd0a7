"""Requests that start runs: their bodies, their keys, and the runs that they started."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aind_session.conventions.institute import PIPELINE_MONITOR_CAPSULE_ID
from aind_session.runs.process import Process
from aind_session.runtime.parsing import objects_in
from aind_session.sources.protocols import Body

_KEY_CHARACTERS = 16
_MONITOR_POLL_SECONDS = 180


def request_of(process: Process, inputs: Mapping[str, str], parameters: Mapping[str, str]) -> Body:
    """Return the body of ``POST computations`` that runs a process, without unset fields.

    Parameters
    ----------
    process
        The process to run.
    inputs
        IDs of assets by mount.
    parameters
        Values by name. They are always sent by name, because pipelines ignore ordered ones.
    """
    body: Body = {"pipeline_id" if process.pipeline else "capsule_id": process.target}
    if process.version is not None:
        body["version"] = process.version
    if process.profile is not None:
        body["nextflow_profile"] = process.profile
    if inputs:
        body["data_assets"] = [{"id": id_, "mount": mount} for mount, id_ in inputs.items()]
    if parameters:
        body["named_parameters"] = _named(parameters)
    if process.processes:
        body["processes"] = [
            {"name": name, "named_parameters": _named(values)}
            for name, values in process.processes.items()
        ]
    return body


def _named(values: Mapping[str, str]) -> list[Body]:
    return [{"param_name": name, "value": value} for name, value in values.items()]


def through_monitor(work: Body, capture: Body | None) -> Body:
    """Return the request that lets the pipeline monitor start a run, wait for it and capture it.

    Parameters
    ----------
    work
        The request for the monitor to send.
    capture
        The asset for the monitor to make; None makes no asset.
    """
    settings: Body = {
        "computation_polling_interval": _MONITOR_POLL_SECONDS,
        "run_params": work,
    }
    if capture is not None:
        settings["capture_settings"] = capture
    sent = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return {"capsule_id": PIPELINE_MONITOR_CAPSULE_ID, "parameters": [sent]}


def key_of(work: Body) -> str:
    """Return a hash of target, version, assets, parameters and profile: a key of the work."""
    sorted_work = {
        **work,
        "data_assets": sorted(work.get("data_assets") or (), key=lambda a: a["mount"]),
    }
    text = json.dumps(sorted_work, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_CHARACTERS]


@dataclass(frozen=True)
class Surroundings:
    """The parts of a run that its request does not state.

    Attributes
    ----------
    fixed
        IDs of the assets that are attached to the capsule or pipeline.
    defaults
        Default values of parameters by name, by process of a pipeline; ``""`` is the target
        itself.
    """

    fixed: tuple[str, ...] = ()
    defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, panel: Body | None) -> Surroundings:
        """Read an app panel."""
        panel = panel or {}
        fixed = tuple(str(part.get("id")) for part in objects_in(panel, "data_assets"))
        processes = {str(part.get("name")): part for part in objects_in(panel, "processes")}
        return cls(fixed, {n: _defaults(part) for n, part in {"": panel, **processes}.items()})

    def to_dict(self) -> Body:
        """Return the parts as plain data."""
        return {"fixed": list(self.fixed), "defaults": dict(self.defaults)}


def _defaults(panel: Body) -> dict[str, str]:
    return {
        str(part["param_name"]): str(part["default_value"])
        for part in objects_in(panel, "parameters")
        if part.get("param_name") and part.get("default_value") is not None
    }


def is_run_of(request: Body, run: Body, around: Surroundings, *, all_stated: bool = True) -> bool:
    """Return whether a request may have started a run, as far as the run's data show.

    Parameters
    ----------
    request
        The body of ``POST computations``.
    run
        A computation as Code Ocean sends it, which does not state the version.
    around
        The fixed assets and default parameters of a run.
    all_stated
        Whether a requested parameter that the run does not list counts as different. Use False
        if an unrecognized run would be started twice.
    """
    if request.get("parameters"):  # a request to the monitor: its settings contain everything else
        values = [part.get("value") for part in objects_in(run, "parameters")]
        return all(value in values for value in request["parameters"])
    return (
        not run.get("cloud_workstation")
        and _has_inputs(request, run, around)
        and _has_values(request, run, around.defaults.get("", {}), all_stated=all_stated)
        and _has_processes(request, run, around, all_stated=all_stated)
        and request.get("nextflow_profile") in (None, run.get("nextflow_profile"))
    )


def _has_inputs(request: Body, run: Body, around: Surroundings) -> bool:
    has = {part.get("id"): part.get("mount") for part in objects_in(run, "data_assets")}
    wanted = {part["id"]: part["mount"] for part in objects_in(request, "data_assets")}
    if not set(wanted) <= set(has) <= {*wanted, *around.fixed}:
        return False
    return bool(request.get("pipeline_id")) or all(has[id_] == at for id_, at in wanted.items())


def _has_values(request: Body, run: Body, defaults: Mapping[str, str], *, all_stated: bool) -> bool:
    has = {part.get("param_name"): part.get("value") for part in objects_in(run, "parameters")}
    wanted = {part["param_name"]: part["value"] for part in objects_in(request, "named_parameters")}
    others = {name: value for name, value in has.items() if name not in wanted}
    stated = wanted if all_stated else {n: v for n, v in wanted.items() if n in has}
    return all(has.get(name) == value for name, value in stated.items()) and all(
        value == defaults.get(str(name), value) for name, value in others.items()
    )


def _has_processes(request: Body, run: Body, around: Surroundings, *, all_stated: bool) -> bool:
    asked = {part["name"]: part for part in objects_in(request, "processes")}
    has = {str(part.get("name")): part for part in objects_in(run, "processes")}
    return (set(asked) <= set(has) or not all_stated) and all(
        _has_values(asked.get(name, {}), part, around.defaults.get(name, {}), all_stated=all_stated)
        for name, part in has.items()
    )


def lost_parameters(request: Body, run: Body) -> list[str]:
    """Return the requested parameters that are missing from a run, which may ignore them."""
    has = {part.get("param_name"): part.get("value") for part in objects_in(run, "parameters")}
    wanted = objects_in(request, "named_parameters")
    lost = [part["param_name"] for part in wanted if has.get(part["param_name"]) != part["value"]]
    asked = {part["name"]: part for part in objects_in(request, "processes")}
    for part in objects_in(run, "processes"):
        lost += lost_parameters(asked.pop(part.get("name"), {}), part)
    return [*lost, *(f"those of process {name}" for name in asked)]


def latest(runs: Iterable[Body]) -> tuple[float, list[str]]:
    """Return the latest creation time of the runs, and the IDs of the runs with that time."""
    created = [(_created(run), str(run.get("id"))) for run in runs]
    greatest = max((when for when, _ in created), default=0.0)
    return greatest, sorted(id_ for when, id_ in created if when == greatest)


def _created(run: Body) -> float:
    when = run.get("created")
    return float(when) if isinstance(when, (int, float)) else 0.0


def since(runs: Iterable[Body], created: float, seen: Iterable[str]) -> list[Body]:
    """Return the runs that were created after an earlier call of `latest`, oldest first.

    Parameters
    ----------
    runs
        All runs of the target.
    created, seen
        The result of `latest`; both times come from the server's clock.
    """
    known = set(seen)
    found = [r for r in runs if _created(r) >= created and str(r.get("id")) not in known]
    return sorted(found, key=lambda run: (_created(run), str(run.get("id"))))
