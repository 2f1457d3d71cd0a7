"""Make data assets from the results of runs: one for each run, named after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aind_session.conventions.capture_names import (
    DESCRIPTION,
    capture_name,
    described_name,
    end_of,
)
from aind_session.conventions.session_id import TIME_IN_NAMES
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    CredentialsError,
    OfflineError,
    RemoteError,
    SourceDirNotFoundError,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.errors.wording import printable
from aind_session.runs.already import has_no_other_value
from aind_session.runs.engine import Engine, Round
from aind_session.runs.rows import Row
from aind_session.runtime.parsing import objects_in
from aind_session.sources.protocols import Body
from aind_session.sources.subject_filter import assets_of

_TRIES = 2
"""The largest number of attempts to make an asset from the results of a run."""

Found = Mapping[str, Sequence[Body]]
"""Assets of results, by subject."""


def capture(this: Round) -> None:
    """Capture runs that have succeeded, and check those that are being captured."""
    engine = this.engine
    rows = [row for row in engine.rows if is_to_be_captured(engine, row)]
    waiting = [row for row in rows if row.capture in ("", "sent")]
    found = _results(engine, waiting)
    for row in waiting:
        results = found.get(row.subject)
        if results is None:  # the search failed: an asset may exist
            continue
        if engine.is_monitored:
            _look_for_monitored(engine, row, results)
        else:
            _make_or_adopt(engine, row, results)
    for row in rows:
        if row.capture == "draft" and not row.is_shared:
            _share(engine, row)
    _look_at_drafts(engine, [row for row in rows if row.capture == "draft"])


def is_to_be_captured(engine: Engine, row: Row) -> bool:
    """Return whether a run is still to be captured."""
    wanted = engine.process["capture"]
    if wanted is None or row.capture in ("done", "failed") or row.computation is None:
        return False
    if row.state == "succeeded":
        return True
    # the monitor captures results itself, and does not capture failed runs
    takes_failed = bool(wanted["failed"]) and row.has_results and not engine.is_monitored
    return row.state == "failed" and takes_failed


def _results(engine: Engine, rows: Sequence[Row]) -> dict[str, list[Body]]:
    """Search for the results of each subject, once for all its runs."""
    subjects = list(dict.fromkeys(row.subject for row in rows))
    asked = engine.each([partial(_search, engine, subject) for subject in subjects])
    return {s: found for s, found in zip(subjects, asked, strict=True) if found is not None}


def _search(engine: Engine, subject: str) -> list[Body]:
    return engine.source.search({"query": assets_of(subject), "type": "result"})


def _made_by(asset: Body) -> Mapping[str, Any]:
    provenance = asset.get("provenance")
    return provenance if isinstance(provenance, dict) else {}


def _make_or_adopt(engine: Engine, row: Row, results: Sequence[Body]) -> None:
    """Adopt an existing asset of a run, or make one; failed assets do not count."""
    for asset in results:
        is_mine = _made_by(asset).get("computation") == row.computation
        if is_mine and asset.get("state") in ("ready", "draft"):
            engine.note("drafted", row, asset=str(asset["id"]), adopted=row.capture != "sent")
            return
    if row.capture == "sent" and not engine.is_overdue(row):
        return
    _make(engine, row)


def _make(engine: Engine, row: Row) -> None:
    request = engine.quietly(partial(_request, engine, row))
    if request is None:
        return
    attempt = row.captures + 1
    engine.note("capture", row, durable=True, attempt=attempt, name=request["name"])
    engine.asked[row.search] = engine.sources.clock.passed()
    try:
        made = engine.source.create(request)
    except UnknownOutcomeError:
        return
    except UnavailableError as error:
        engine.note("not_captured", row, why=f"not captured yet: {error}", final=False)
        engine.trouble = error
        return
    except (CredentialsError, OfflineError) as error:
        engine.note("not_captured", row, why=f"not captured yet: {error}", final=False)
        raise
    except RemoteError as error:
        engine.note("not_captured", row, why=f"not captured: {error}", final=True)
        return
    engine.note("drafted", row, asset=str(made["id"]), name=request["name"])


def _request(engine: Engine, row: Row) -> Body:
    """Return the request that makes the asset; its name depends only on the run."""
    wanted = engine.process["capture"]
    name = _name(engine, row, wanted["name"])
    body: Body = {
        "name": name,
        "mount": name,
        "tags": row.labels["tags"],
        "custom_metadata": row.labels["custom_metadata"],
        "source": {"computation": {"id": row.computation}},
    }
    if wanted["target"]:
        body["target"] = {"aws": {"bucket": wanted["target"], "prefix": name}}
    return body


def _name(engine: Engine, row: Row, template: str | None) -> str:
    ended, label = end_of(row.created, row.run_time), str(engine.process["label"])
    if template is not None:
        moment = f"{ended:{TIME_IN_NAMES}}"
        return template.format(session=row.session, label=label, ended=moment)
    if row.described:
        try:
            content = engine.source.result(str(row.computation), DESCRIPTION)
        except SourceDirNotFoundError:
            content = b""
        stated = described_name(content, row.session)
        if stated is not None:
            return stated
    return capture_name(row.session, label, ended)


def _share(engine: Engine, row: Row) -> None:
    """Share a new asset, which is private otherwise; repeating this does no harm."""
    share = engine.process["capture"]["share"]
    if share is None:
        return
    try:
        engine.source.share(str(row.asset), {"everyone": share})
    except (CredentialsError, OfflineError):
        raise
    except UnavailableError as error:
        engine.trouble = error
        return
    except (RemoteError, AssetNotFoundError) as error:
        engine.remark(row, f"asset {row.asset} stays private: {printable(str(error))}")
    engine.note("shared", row)


def _look_at_drafts(engine: Engine, rows: Sequence[Row]) -> None:
    asked = engine.each([partial(_asset, engine, row) for row in rows])
    for row, asset in zip(rows, asked, strict=True):
        if asset is None:
            continue
        state = asset.get("state")
        if state == "ready" and (row.is_shared or engine.process["capture"]["share"] is None):
            engine.note("captured", row, asset=row.asset)
            engine.sources.cache.forget(row.subject)  # searches find it from now on
        elif state in ("failed", "gone"):
            said = printable(str(asset.get("failure_reason") or "no reason given"))
            final = row.captures >= _TRIES or state == "gone"
            why = f"Code Ocean could not make an asset of its results: {said}"
            engine.note("not_captured", row, why=why, final=final)


def _asset(engine: Engine, row: Row) -> Body:
    """Return the asset of a run; one that is only discoverable is found by searches alone."""
    try:
        return engine.source.get(str(row.asset))
    except AssetNotFoundError:
        return {"state": "gone", "failure_reason": "the asset was deleted"}
    except AccessDeniedError as error:
        found = [body for body in _search(engine, row.subject) if body.get("id") == row.asset]
        return found[0] if found else {"state": "gone", "failure_reason": str(error)}


def _look_for_monitored(engine: Engine, row: Row, results: Sequence[Body]) -> None:
    """Look for the asset that the monitor made; if it is missing for long, the run has failed."""
    held = {other.asset for other in engine.rows}
    mine = [a for a in results if a["id"] not in held and _may_be_of(row, a)]
    by_state = {str(asset.get("state")): asset for asset in mine}
    if "ready" in by_state:
        engine.note("captured", row, asset=str(by_state["ready"]["id"]))
        engine.sources.cache.forget(row.subject)
        return
    if row.capture == "":
        engine.note("capture", row, attempt=1, name="by the pipeline monitor")
        engine.asked[row.search] = engine.sources.clock.passed()
    if "draft" not in by_state and engine.is_overdue(row):
        engine.note("ended", row, state="failed", why=_why_not_captured(by_state.get("failed")))


def _why_not_captured(failed: Body | None) -> str:
    """Return why a run failed although the monitor reports success, from the asset it made."""
    why = "there is no asset of the results: its target failed, or was not captured"
    if failed is not None:
        said = printable(str(failed.get("failure_reason") or "no reason given"))
        why = f"Code Ocean could not make asset {failed['id']} of the results: {said}"
    return f"the pipeline monitor reports success, but {why}"


def _may_be_of(row: Row, asset: Body) -> bool:
    """Return whether the monitor can have made an asset of a run: by target, inputs and values."""
    made_by = _made_by(asset)
    wanted = {part["id"] for part in row.work.get("data_assets") or ()}
    return (
        made_by.get("capsule") == row.work["pipeline_id"]
        and wanted <= set(made_by.get("data_assets") or ())
        and (asset.get("created") or 0) >= (row.created or 0)
        and has_no_other_value(objects_in(asset, "app_parameters"), row.work)
    )
