"""The code of the page *Try it*, which explains a text, a record, an asset or quality control.

It runs in the reader's browser, with only the modules of `aind_session.conventions`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from aind_session.conventions import assets, quality, records
from aind_session.conventions.grammar import is_strong
from aind_session.conventions.names import (
    AssetName,
    SessionId,
    find_asset_name,
    parse_asset_name,
    parse_subject,
)
from aind_session.errors import SessionIdError

Row = tuple[str, str, str]
"""A name, a value, and where it comes from."""

_LONGEST = 1_000_000
_ASSET_FIELDS = ("custom_metadata", "source_bucket", "provenance")


def explain(text: str) -> str:
    """Describe pasted text as JSON: ``{"what": ..., "rows": [[name, value, why], ...]}``.

    Parameters
    ----------
    text
        A name, a path or another text; or JSON of a metadata record, of a data asset or of
        quality control.
    """
    what, rows = _explain(text.strip())
    return json.dumps({"what": what, "rows": list(rows)})


def _explain(text: str) -> tuple[str, Iterable[Row]]:
    if not text:
        return "nothing", ()
    if len(text) > _LONGEST:
        return "too long", [("length", f"{len(text):,} characters", f"at most {_LONGEST:,}")]
    if not text.startswith("{"):
        return _text(text)
    try:
        body = json.loads(text)
    except ValueError as error:
        return "not JSON", [("error", str(error), "text that begins with { is read as JSON")]
    if "metrics" in body or "evaluations" in body:
        return "quality control", _judged({"quality_control": body})
    if any(field in body for field in _ASSET_FIELDS):
        return "a data asset", _asset(body)
    return "a metadata record", _record(body)


def _text(text: str) -> tuple[str, Iterable[Row]]:
    try:
        name = parse_asset_name(text)
    except SessionIdError as error:
        try:
            return "a subject", [("subject", parse_subject(text), "no date and time are in it")]
        except SessionIdError:
            return "no session", [("why", str(error), "")]
    what = "a session" if name.is_bare else "a session, with what was made from it"
    return what, _named(name)


def _named(name: AssetName) -> Iterator[Row]:
    session = name.session
    yield "session", session.id, _why_session(session)
    why = (
        "stands before the subject" if session.platform else "names since schema v2 are without one"
    )
    yield "platform", session.platform or "none", why
    yield "subject", session.subject_id, "stands before the date"
    yield "acquired", session.dt.isoformat(" "), "local time at the institute"
    for step in name.derivations:
        yield "processed", step.label or "without a label", f"{step.dt.isoformat(' ')} UTC"
    if name.suffix:
        yield "suffix", name.suffix, "a label without a date"


def _why_session(session: SessionId) -> str:
    if is_strong(session.platform, session.subject_id):
        return "strong: its platform is known, or its subject has six or seven digits"
    return "weak: a stronger name later in a path would count instead"


def _asset(body: Mapping[str, Any]) -> Iterator[Row]:
    asset = _as_asset(body)
    source = asset.source_bucket
    yield from _session_of(asset)
    why = assets.why_raw_asset(asset)
    sorted_ = "its first label begins with 'sorted'" if assets.is_sorted_asset(asset) else ""
    yield "holds", "raw data" if why else "derived data", why or sorted_ or "nothing says 'raw'"
    yield (
        "usable",
        "yes" if assets.is_usable(asset) else "no",
        f"state {asset.state or 'not stated'}",
    )
    place = assets.asset_location(asset)
    yield "files", str(place or "not stated"), "source_bucket" if source else "type and ID"


def _as_asset(body: Mapping[str, Any]) -> Any:
    """Return pasted JSON as an object with an asset's fields, without values of wrong types."""
    fields = ("id", "name", "type", "state", "description")
    asset = SimpleNamespace(**{field: _text_or_none(body.get(field)) for field in fields})
    tags, source = body.get("tags"), body.get("source_bucket")
    asset.tags = tags if isinstance(tags, list) else None
    asset.custom_metadata = body.get("custom_metadata")
    asset.source_bucket = None
    if isinstance(source, Mapping):
        where = ("origin", "bucket", "prefix")
        texts = {field: _text_or_none(source.get(field)) for field in where}
        asset.source_bucket = SimpleNamespace(**texts)
    return asset


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _record(body: Mapping[str, Any]) -> Iterator[Row]:
    yield from _session_of(body)
    is_raw = records.is_raw_record(body)
    level = records.record_data_level(body)
    yield "holds", "raw data" if is_raw else "derived data", f"by its name; data_level: {level}"
    version = "v2" if records.is_v2_record(body) else "v1"
    yield "schema", version, "_created" if version == "v2" else "no _created"
    yield "location", str(records.record_location(body) or "not a place"), "location"
    yield "subject", records.record_subject_id(body) or "not stated", "subject, data_description"
    yield "project", records.record_project(body) or "not stated", "data_description"
    yield "modalities", _joined(records.record_modalities(body)), "data_description"
    start = records.record_start_time(body)
    zone = "UTC" if start and start.tzinfo else "no zone is stated"
    yield "acquired", start.isoformat(" ") if start else "not stated", zone
    yield "made from", _joined(records.record_inputs(body)), "data_description"
    yield "assets", _joined(records.linked_asset_ids(body)), "links to Code Ocean"
    yield from _judged(body)


def _session_of(thing: Any) -> Iterator[Row]:
    name = find_asset_name(thing)
    if name is None:
        yield "session", "none", "no session in its name, or its metadata state another subject"
    else:
        yield from _named(name)


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(texts) or "not stated"


def _judged(record: Mapping[str, Any]) -> Iterator[Row]:
    metrics = quality.metrics(record)
    deciding = quality.deciding(metrics)
    yield "quality control", quality.judge(metrics) or "none", _why_judged(metrics, deciding)
    for metric in metrics:
        about = (metric.stage, metric.modality, *metric.tags, metric.evaluator)
        when = metric.time.isoformat(" ", "minutes") if metric.time else None
        may_fail = "may fail" if metric.may_fail else None
        yield (
            metric.name or "unnamed",
            metric.status,
            ", ".join(filter(None, (*about, when, may_fail))),
        )


def _why_judged(metrics: tuple[Any, ...], deciding: tuple[Any, ...]) -> str:
    if not metrics:
        return "there is no metric"
    if quality.judge(metrics) == quality.PASS:
        return "no metric failed or is pending"
    return f"because of {', '.join(metric.name or 'unnamed' for metric in deciding)}"
