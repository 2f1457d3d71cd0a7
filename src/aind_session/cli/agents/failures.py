"""The tool why: what is missing or failed, and whether the setup works."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.cli.agents.arguments import Why
from aind_session.cli.agents.asked import CODE_OCEAN, DOCDB, S3, Evidence
from aind_session.cli.agents.one import Found, asset_row, from_session, named
from aind_session.errors import CouldNotLook
from aind_session.runtime.parallel import side_by_side

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.many.find import Match

_LOOKED_AT = 10
"""The number of latest derived assets that are checked for failures."""


def why(wanted: Why, rests_on: Evidence) -> Found:
    """Report problems of a session, of an asset or run, or of the setup."""
    from aind_session.many.find import find

    if wanted.mention is None:
        return _setup(rests_on)
    match = find(wanted.mention)
    if match.asset is not None:
        return _asset(match.asset, rests_on)
    if match.computation is not None:
        return _run(match, rests_on)
    return _session(match, rests_on)


def _setup(rests_on: Evidence) -> Found:
    """Return the doctor's findings, problems first."""
    from aind_session.diagnosis.doctor import doctor

    diagnosis = doctor()
    rests_on.asked_now(CODE_OCEAN, DOCDB, S3)
    found = diagnosis.to_dict()["findings"]
    findings = [{k: v for k, v in finding.items() if v is not None} for finding in found]
    findings.sort(key=lambda finding: bool(finding["state"] == "ok"))
    wrong = sum(finding["state"] != "ok" for finding in findings)
    return {"not_ok": wrong}, findings


def _session(match: Match, rests_on: Evidence) -> Found:
    """Return what is missing or odd about a session, then its assets whose runs failed."""
    from aind_session.conventions.assets import is_raw_asset

    asked = named(match)
    assets = rests_on.ask("assets", lambda: asked.data_assets)
    notes = None if assets is None else rests_on.ask("what is missing", lambda: assets.notes)
    derived = [asset for asset in assets or () if not is_raw_asset(asset)]
    if len(derived) > _LOOKED_AT:
        left = len(derived) - _LOOKED_AT
        rests_on.notes.append(f"{left} older assets were not checked: call why with their IDs")
    latest = derived[-_LOOKED_AT:]
    outcomes = side_by_side([partial(_has_failed, asset, rests_on) for asset in latest])
    rows = [asset_row(a) for a, failed in zip(latest, outcomes, strict=True) if failed]
    from_session(asked, rests_on)
    missing = [note for note in notes or () if not isinstance(note.error, CouldNotLook)]
    unknown = [note for note in notes or () if isinstance(note.error, CouldNotLook)]
    rests_on.notes += [f"not checked: what is missing: {note.text}" for note in unknown]
    head = {
        "session": asked.id,
        "missing": None if notes is None or unknown else len(missing),
        "failed": None if assets is None or None in outcomes else len(rows),
    }
    return head, [
        *({"kind": "Failed", **row} for row in rows),
        *({"kind": type(n).__name__, "about": n.about, "text": n.text} for n in missing),
    ]


def _has_failed(asset: DataAsset, rests_on: Evidence) -> bool | None:
    """Return whether the run of an asset failed; None if that could not be checked."""
    from aind_session.catalog.outputs import is_data_asset_error

    failed: bool | None = rests_on.ask(f"the log of {asset.id}", lambda: is_data_asset_error(asset))
    _from_files(asset, failed, rests_on)
    return failed


def _asset(asset: DataAsset, rests_on: Evidence) -> Found:
    from aind_session.catalog.outputs import is_data_asset_error
    from aind_session.conventions.assets import is_raw_asset

    rests_on.asked_now(CODE_OCEAN)
    head = {name: value for name, value in asset_row(asset).items() if name != "created"}
    if is_raw_asset(asset):
        rests_on.notes.append("these are raw data: no run made them")
        return head, []
    failed = rests_on.ask("its log", lambda: is_data_asset_error(asset))
    _from_files(asset, failed, rests_on)
    return {**head, "failed": failed, **_reason(asset, failed, rests_on)}, []


def _from_files(asset: DataAsset, looked: bool | None, rests_on: Evidence) -> None:
    """Record when the files of an asset were requested, unless they could not be."""
    from aind_session.catalog.directories import files_of
    from aind_session.sources import default_sources

    if looked is not None:
        sources = default_sources()
        rests_on.from_cache(sources.cache, [str(files_of(asset, sources))])


def _run(match: Match, rests_on: Evidence) -> Found:
    from aind_session.catalog.outputs import is_computation_error
    from aind_session.conventions.logs import has_ended

    run = match.computation
    assert run is not None  # noqa: S101 - the caller has checked
    rests_on.asked_now(CODE_OCEAN)
    head = {"run": run.id, "name": run.name, "state": getattr(run.state, "value", run.state)}
    if not has_ended(run):
        rests_on.notes.append("the run has not ended: ask again later")
        return head, []
    failed = rests_on.ask("its log", lambda: is_computation_error(run))
    return {**head, "failed": failed, **_reason(run, failed, rests_on)}, []


def _reason(thing: Any, failed: bool | None, rests_on: Evidence) -> dict[str, Any]:
    """Return why a run failed: step, line of the log without secrets, exit code, file, hint."""
    from aind_session.runs.why import why_failed

    if not failed:
        return {}
    reason = rests_on.ask("why it failed", lambda: why_failed(thing))
    fields = {} if reason is None else asdict(reason)
    return {name: value for name, value in fields.items() if value is not None}
