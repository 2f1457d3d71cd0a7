"""Making a plan: which runs of a process would start, and why the others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aind_session.conventions.capture_names import capture_metadata, capture_tags
from aind_session.runs.already import SKIPS, Skip, why_skipped
from aind_session.runs.drafts import Draft
from aind_session.runs.process import Process, checked_process
from aind_session.runs.recheck import (
    captured_meanwhile,
    inputs_of,
    moved,
    opened,
    without_archived,
)
from aind_session.runs.requests import (
    Surroundings,
    key_of,
    latest,
    request_of,
    through_monitor,
)
from aind_session.runs.run_plan import PlannedRun, RunPlan
from aind_session.runs.target import (
    Target,
    ask_target,
    mounts_of,
    only_mount,
    problems,
    wrong_experiment_type,
)
from aind_session.runtime.arguments import one_of, several
from aind_session.runtime.calls import one_call
from aind_session.sources import Sources
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset


@one_call
def make_plan(
    process: Process,
    drafts: Iterable[Draft],
    sources: Sources,
    skip: Iterable[Skip] | Skip = ("captured", "running"),
) -> RunPlan:
    """Plan the runs of a process, without starting or changing anything.

    Parameters
    ----------
    process
        The process.
    drafts
        The inputs and parameters of each session.
    sources
        The sources to ask about the target: three requests, or four with the monitor; one for each
        subject with work that has succeeded but does not seem to be captured; one for each input
        that no search found, which may be archived; and some to open inputs, see `opened`.
    skip
        See `plan_runs`.

    Raises
    ------
    RemoteError, CredentialsError
        Code Ocean could not be asked about the target.
    """
    wanted = tuple(one_of(one, SKIPS, "what is skipped") for one in several(skip))
    target = ask_target(checked_process(process), sources)
    around = Surroundings.of(target.panel)
    rows: dict[str, list[PlannedRun]] = {"to_run": [], "skipped": [], "cannot": []}
    keys: dict[str, str] = {}
    checked = without_archived(list(drafts), sources)
    for draft in checked:
        kind, row = _row(process, draft, target, around, wanted, keys)  # type: ignore[arg-type]
        rows[kind].append(row)
    if "captured" in wanted:
        why = captured_meanwhile(rows["to_run"], target, around, sources)
        rows["to_run"], captured = moved(rows["to_run"], why)
        rows["skipped"] += captured
    if len(rows["to_run"]) > 1 and (why_not := _one_name_for_all(process)):
        rows["cannot"] += [replace(row, why=why_not) for row in rows["to_run"]]
        rows["to_run"] = []
    access = opened(rows["to_run"], checked, sources)
    rows["to_run"], closed = moved(rows["to_run"], _by_row(rows["to_run"], access.closed))
    rows["cannot"] += closed
    created, seen = latest(target.listed)
    head = {
        "process": process.to_dict(),
        "listed_by": process.listed_by,
        "watermark": {"created": created, "seen": seen},
        "around": around.to_dict(),
    }
    of_kind = {name: tuple(found) for name, found in rows.items()}
    notes = (*target.notes, access.note) if access.note else target.notes
    return RunPlan(process, **of_kind, notes=notes, head=head, sources=sources)


def _by_row(rows: Iterable[PlannedRun], closed: Mapping[str, str]) -> dict[str, str]:
    """Return why rows cannot run, by key, from what is wrong with their inputs, by ID."""
    wrong = {row.key: [closed[id_] for id_ in inputs_of(row) if id_ in closed] for row in rows}
    return {key: "; ".join(why) for key, why in wrong.items() if why}


def _one_name_for_all(process: Process) -> str | None:
    """Return the problem if several results would have the same name; None if they would not."""
    name = process.capture.name if process.capture else None
    if name is None or "{session}" in name:
        return None
    return (
        f"the results of several sessions would have one name: add {{session}} to "
        f"Capture(name={name!r})"
    )


def _row(  # noqa: PLR0917 - one place calls it
    process: Process,
    draft: Draft,
    target: Target,
    around: Surroundings,
    skip: Sequence[Skip],
    keys: dict[str, str],
) -> tuple[str, PlannedRun]:
    row = PlannedRun(draft.session, draft.why)
    if draft.why:
        return "cannot", row
    inputs, wrong = _mounted(process, draft, target)
    ids = {mount: asset.id for mount, asset in inputs.items()}
    work = request_of(process, ids, draft.parameters)
    labels = _labels(process, draft)
    request = through_monitor(work, _monitored(process, draft, labels)) if process.via else work
    wrong += problems(process, work, inputs, target)
    wrong += _too_long(request) if process.via else []
    if process.capture:
        kind = process.capture.experiment_type or draft.experiment_type
        wrong += wrong_experiment_type(kind, target)
    if wrong:
        return "cannot", replace(row, why="; ".join(dict.fromkeys(wrong)))
    row = replace(row, key=key_of(work), request=request, work=work, labels=labels)
    if row.key in keys:
        return "skipped", replace(row, why=f"the same work as for {keys[row.key]}")
    runs = target.runs_with(work)
    listed = target.listed if process.via else runs
    why = why_skipped(work, request, draft.assets, runs, listed, around=around, skip=skip)
    keys[row.key] = row.session
    return ("to_run", row) if why is None else ("skipped", replace(row, why=why))


def _mounted(
    process: Process, draft: Draft, target: Target
) -> tuple[dict[str, DataAsset], list[str]]:
    """Return inputs by mount, choosing the mount of an input without one, and the problems."""
    if "" not in draft.inputs:
        return dict(draft.inputs), []
    asset = draft.inputs[""]
    if process.capsule or not mounts_of(target.panel):
        return {asset.mount or asset.name: asset}, []
    mount = only_mount(target.panel)
    if mount is not None:
        return {mount: asset}, []
    places = ", ".join(map(repr, mounts_of(target.panel)))
    return {}, [f"the pipeline has data at several mounts, {places}: inputs must name one"]


def _labels(process: Process, draft: Draft) -> Body:
    if process.capture is None:
        return {}
    kind = process.capture.experiment_type or draft.experiment_type
    return {
        "tags": capture_tags(draft.session, draft.platform, process.capture.tags),
        "custom_metadata": capture_metadata(draft.session, kind),
    }


def _monitored(process: Process, draft: Draft, labels: Body) -> Body | None:
    """Return the settings of the asset for the monitor to make; the monitor chooses its name."""
    capture = process.capture
    if capture is None:
        return None
    settings = {**labels, "process_name_suffix": process.label, "process_name_suffix_tz": "UTC"}
    if capture.share is not None:
        settings["permissions"] = {"everyone": capture.share}
    if capture.target is not None:
        settings["target"] = {"aws": {"bucket": capture.target, "prefix": ""}}
    return settings


def _too_long(request: Body) -> list[str]:
    from aind_session.sources.world import LONGEST_VALUE

    length = len(request["parameters"][0])
    if length <= LONGEST_VALUE:
        return []
    return [
        f"the settings for the pipeline monitor have {length} characters, but Code Ocean accepts "
        f"at most {LONGEST_VALUE}: leave out via='monitor'"
    ]
