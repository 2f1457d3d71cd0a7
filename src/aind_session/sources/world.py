"""The content of the servers as plain data, with simulated runs that follow its clock."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aind_session.runtime.clock import SYSTEM_CLOCK, Clock
from aind_session.runtime.parsing import objects_in
from aind_session.sources.protocols import RECORD_VERSIONS, Body

LONGEST_VALUE = 4096
"""The length of the longest parameter value that Code Ocean accepts."""

_OWNER = "133192f3-7197-43ba-9570-ba0b85409396"


@dataclass(frozen=True)
class Play:
    """How a simulated run of a capsule or pipeline behaves.

    Attributes
    ----------
    seconds
        How long it takes.
    results
        The files that it writes: path to content. ``output`` is its log.
    end_status
        ``succeeded``, ``failed`` or ``stopped``.
    exit_code
        0 for success.
    failed_captures
        How many of the first attempts to capture the results fail.
    """

    seconds: float = 60.0
    results: Mapping[str, bytes] = field(
        default_factory=lambda: {"output": b"done\n", "result.json": b"{}"}
    )
    end_status: str = "succeeded"
    exit_code: int = 0
    failed_captures: int = 0


@dataclass
class World:
    """The complete content of the servers, as plain data.

    Attributes
    ----------
    assets
        Data assets as Code Ocean sends them. ``"archived": True`` in one hides it from searches.
    records
        Whole metadata records, by schema version (``"v1"``, ``"v2"``).
    objects
        Contents of files: bucket to key to bytes.
    computations
        Computations as Code Ocean sends them, by the ID of their capsule or pipeline.
    results
        Files of a computation's results: its ID to path to bytes.
    hidden
        IDs of assets that searches show but that the user may not open.
    modified
        When files were last modified, by bucket and key, in UTC; may be incomplete.
    panels
        App panels as Code Ocean sends them, by the ID of their capsule or pipeline.
    versions
        The versions that a released capsule or pipeline has, by its ID.
    plays
        How started runs behave, by the ID of their capsule or pipeline: a `Play`, or a function of
        the request that returns one. Other runs stay in their initial state, and a run whose
        ``state`` a test sets keeps it.
    metadata_fields
        The fields of custom metadata, as Code Ocean sends them.
    permissions
        The permissions last set for an asset, by its ID.
    attached
        The ``id`` and ``mount`` of assets attached to capsules and pipelines, by ``capsules/<id>``
        or ``pipelines/<id>``. Assets attached to a computation are in the computation.
    pipelines
        The IDs of pipelines; all other IDs are of capsules.
    capture_seconds
        How long capturing the results of a run takes.
    clock
        The clock that simulated runs follow.
    """

    assets: list[Body] = field(default_factory=list)
    records: dict[str, list[Body]] = field(
        default_factory=lambda: {version: [] for version in RECORD_VERSIONS}
    )
    objects: dict[str, dict[str, bytes]] = field(default_factory=dict)
    computations: dict[str, list[Body]] = field(default_factory=dict)
    results: dict[str, dict[str, bytes]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    modified: dict[tuple[str, str], datetime.datetime] = field(default_factory=dict)
    panels: dict[str, Body] = field(default_factory=dict)
    versions: dict[str, list[int]] = field(default_factory=dict)
    plays: dict[str, Play | Callable[[Body], Play]] = field(default_factory=dict)
    metadata_fields: list[Body] = field(default_factory=list)
    permissions: dict[str, Body] = field(default_factory=dict)
    attached: dict[str, list[Body]] = field(default_factory=dict)
    pipelines: set[str] = field(default_factory=set)
    capture_seconds: float = 0.0
    clock: Clock = SYSTEM_CLOCK
    _going: dict[str, tuple[Body, Play, float]] = field(default_factory=dict, repr=False)
    _states: dict[str, str] = field(default_factory=dict, repr=False)
    _drafts: dict[str, tuple[Body, Play, float]] = field(default_factory=dict, repr=False)
    _played: dict[str, list[Any]] = field(default_factory=dict, repr=False)

    def advance(self) -> None:
        """Update the states of simulated runs and draft assets to the current time."""
        now = self.clock.now()
        for id_, (run, play, begun) in list(self._going.items()):
            if run["state"] != self._states[id_]:  # a test has set the state
                del self._going[id_]
            elif _moved(run, play, now - begun):
                self.results[id_] = dict(play.results)
                del self._going[id_]
            self._states[id_] = run["state"]
        for id_, (asset, play, begun) in list(self._drafts.items()):
            if now - begun >= self.capture_seconds:
                _finish(asset, play)
                del self._drafts[id_]

    def panel_of(self, target: str) -> Body:
        """Return the app panel of a capsule or pipeline; empty if there is no panel."""
        return self.panels.get(target, {})

    def knows(self, target: str) -> bool:
        """Return whether the capsule or pipeline exists."""
        return target in self.computations or target in self.panels or target in self.plays

    def begin(self, params: Body) -> Body:
        """Start a run that was checked with `refusal`, and return it."""
        target, panel = _target(params), self.panel_of(_target(params))
        is_pipeline = bool(params.get("pipeline_id"))
        run: Body = {
            "id": str(uuid.uuid4()),
            "created": int(self.clock.now()),
            "name": "Run With Parameters",
            "owner": _OWNER,
            "run_time": 0,
            "state": "initializing",
            "cloud_workstation": False,
            "data_assets": _attached(params, panel),
            "parameters": _parameters(params, panel, is_pipeline=is_pipeline),
            "nextflow_profile": params.get("nextflow_profile"),
        }
        if is_pipeline:
            run["processes"] = _processes(params, panel)
        self.computations.setdefault(target, []).append(run)
        play = self.plays.get(target)
        if play is not None:
            how = play(params) if callable(play) else play
            self._going[run["id"]] = (run, how, self.clock.now())
            self._states[run["id"]] = run["state"]
            self._played[run["id"]] = [how, how.failed_captures]
        return run

    def draft(self, asset: Body, computation_id: str) -> None:
        """Record that an asset is being made from the results of a run."""
        how, failures = self._played.get(computation_id, [Play(), 0])
        if failures:
            self._played[computation_id][1] -= 1
        fails = how if failures else Play()
        self._drafts[asset["id"]] = (asset, fails, self.clock.now())

    def forget_run(self, computation_id: str) -> bool:
        """Delete a run and its results; return False if it does not exist."""
        for runs in self.computations.values():
            for run in runs:
                if run["id"] == computation_id:
                    runs.remove(run)
                    self.results.pop(computation_id, None)
                    self._going.pop(computation_id, None)
                    return True
        return False


def _moved(run: Body, play: Play, passed: float) -> bool:
    """Update a run to its state after some seconds; return whether it has ended."""
    if passed < play.seconds:
        share = passed / play.seconds
        run["state"] = "initializing" if share < 0.1 else "running" if share < 0.9 else "finalizing"
        run["run_time"] = int(passed)
        return False
    run.update(
        state="completed",
        end_status=play.end_status,
        exit_code=play.exit_code,
        run_time=int(play.seconds),
        has_results=bool(play.results),
    )
    return True


def _finish(asset: Body, play: Play) -> None:
    if play.failed_captures:
        asset.update(state="failed", failure_reason="the results could not be copied")
    else:
        asset["state"] = "ready"


def _target(params: Body) -> str:
    return str(params.get("capsule_id") or params.get("pipeline_id"))


def _attached(params: Body, panel: Body) -> list[Body]:
    """List the assets of a run: those of the request replace fixed ones with the same mount."""
    sent = [
        {"id": part["id"], "mount": part["mount"]} for part in objects_in(params, "data_assets")
    ]
    mounts = {part["mount"] for part in sent}
    fixed = [part for part in objects_in(panel, "data_assets") if part["mount"] not in mounts]
    return [*({"id": part["id"], "mount": part["mount"]} for part in fixed), *sent]


def _parameters(params: Body, panel: Body, *, is_pipeline: bool) -> list[Body]:
    """List parameters with defaults; pipelines silently ignore ordered parameters."""
    named = {part["param_name"]: part["value"] for part in objects_in(params, "named_parameters")}
    ordered = [] if is_pipeline else list(params.get("parameters") or ())
    known = objects_in(panel, "parameters")
    values = [
        {
            "name": part.get("name") or "",
            "param_name": part.get("param_name") or "",
            "value": named.get(part.get("param_name"), part.get("default_value") or ""),
        }
        for part in known
    ]
    for index, value in enumerate(ordered):
        if index < len(values):
            values[index]["value"] = value
        else:
            values.append({"name": "", "param_name": "", "value": value})
    names = {value["param_name"] for value in values}
    more = [{"name": "", "param_name": n, "value": v} for n, v in named.items() if n not in names]
    return values + more


def _processes(params: Body, panel: Body) -> list[Body]:
    sent = {part["name"]: part for part in objects_in(params, "processes")}
    return [
        {
            "name": part["name"],
            "capsule_id": str(uuid.uuid5(uuid.NAMESPACE_URL, part["name"])),
            "parameters": _parameters(
                sent.get(part["name"], {}), part, is_pipeline=part["name"] not in sent
            ),
        }
        for part in objects_in(panel, "processes")
    ]


def refusal(world: World, params: Body) -> tuple[int, str] | None:
    """Return the status and message with which Code Ocean refuses a run; None if it starts it.

    Parameters
    ----------
    world
        The content of the servers.
    params
        The request.
    """
    targets = [params[key] for key in ("capsule_id", "pipeline_id") if params.get(key)]
    if len(targets) != 1:
        return 400, "either capsule_id or pipeline_id is required"
    target = targets[0]
    if not world.knows(target):
        return 404, "Capsule not found"
    version, known = params.get("version"), world.versions.get(target, [])
    if version is not None and known and version not in known:
        return 404, f"version {version} not found"
    values = [*(params.get("parameters") or ())]
    values += [part.get("value") for part in objects_in(params, "named_parameters")]
    if any(not isinstance(value, str) or len(value) > LONGEST_VALUE for value in values):
        return 400, f"parameter values are strings of at most {LONGEST_VALUE} characters"
    return _refused_data(world, params, target)


def _refused_data(world: World, params: Body, target: str) -> tuple[int, str] | None:
    fixed = {part["id"] for part in objects_in(world.panel_of(target), "data_assets")}
    assets = {asset["id"]: asset for asset in world.assets}
    for part in objects_in(params, "data_assets"):
        if not part.get("mount"):
            return 400, "invalid request body"
        asset = assets.get(part.get("id"))
        if asset is None:
            return 404, "Data asset not found"
        if asset["id"] in world.hidden:
            return 403, "You do not have access to this data asset"
        if params.get("capsule_id") and asset["id"] in fixed:
            return 403, "data asset already attached"
        if asset.get("state") != "ready":
            return 400, f"data asset {asset['id']} is not ready"
    return None


def refused_metadata(world: World, params: Body) -> str | None:
    """Return a message about custom metadata that Code Ocean refuses; None if it accepts all."""
    stated = params.get("custom_metadata") or {}
    for one in world.metadata_fields:
        allowed, value = one.get("allowed_values"), stated.get(one.get("name"))
        if allowed and value is not None and value not in allowed:
            return f"custom metadata field {one['name']!r} does not allow {value!r}"
    return None
