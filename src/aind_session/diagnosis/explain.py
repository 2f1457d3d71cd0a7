"""Explaining the answers about a session: what was asked, which candidates won, and why."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aind_session.catalog.finder import SessionFinder
from aind_session.catalog.inventory import Inventory
from aind_session.catalog.quality_control import find_metrics
from aind_session.conventions.assets import (
    archived_in_words,
    asset_location,
    assets_by_creation,
    is_raw_asset,
    why_passed_over,
    why_raw_asset,
)
from aind_session.conventions.names import SessionId
from aind_session.conventions.quality import Metric, deciding, judge
from aind_session.conventions.records import (
    is_raw_record,
    linked_asset_ids,
    record_location,
    record_modalities,
)
from aind_session.diagnosis.explanation import Candidate, Choice, Explanation, Step
from aind_session.errors import Failure
from aind_session.errors.wording import in_utc, number_of
from aind_session.runtime.cache import Asked
from aind_session.runtime.known_only import NotAskedError
from aind_session.runtime.parallel import attempt
from aind_session.sources.batch import Batch
from aind_session.sources.encoding import as_text
from aind_session.sources.protocols import Body, Listing

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

_METRICS_AT_MOST = 10
"""An explanation lists at most this many deciding metrics."""


def explain(finder: SessionFinder) -> Explanation:
    """Explain the cached answers about a session; no request is sent."""
    inventory, session_id = finder.inventory, finder.session_id
    known = finder.known_only()
    records = _records(known)
    assets = known.mine(known.inventory.assets())
    cache, subject = inventory.sources.cache, inventory.subject_id
    steps = [_step(q, asked, session_id, inventory) for q, asked in cache.journal(subject).items()]
    steps += _steps_of_mounts(finder)
    steps += [_open_step(q, age, cache.now()) for q, age in cache.unanswered(subject).items()]
    return Explanation(
        session=session_id.id,
        steps=tuple(steps),
        choices=(
            _raw_asset(known, records),
            _raw_place(known, records),
            _assets(known),
            *_quality(known),
        ),
        disagreements=tuple(_disagreements(records, assets, known.inventory)),
    )


def _steps_of_mounts(finder: SessionFinder) -> Iterator[Step]:
    """Yield the questions that the mounted data answered before or in place of a server."""
    mounts = finder.inventory.of_mounts()
    if mounts is None:
        return
    for question, asked in mounts.sources.cache.journal(mounts.subject_id).items():
        step = _step(question, asked, finder.session_id, mounts)
        yield replace(step, question=f"mounted data in place of {step.question}")


def _records(known: SessionFinder) -> list[Body]:
    """Return the session's records: found by subject, else by name."""
    found = attempt(known.records)
    of_subject = known.mine(known.inventory.records())
    return of_subject if isinstance(found, Failure) else found.value or of_subject


def _step(question: Hashable, asked: Asked, session_id: SessionId, inventory: Inventory) -> Step:
    known = inventory.sources.cache.known(inventory.subject_id, question)
    outcome = "no longer cached" if known is None else _outcome(known[0], session_id)
    return Step(
        question=as_text(question),
        outcome=outcome if asked.failure is None else str(asked.failure),
        at=_utc(asked.at),
        seconds=asked.seconds,
        requests=asked.requests,
        bytes=asked.bytes,
        retries=asked.retries,
    )


def _open_step(question: Hashable, age: float, now: float) -> Step:
    """Name a question to a silent server that the call did not wait for."""
    return Step(as_text(question), "no answer yet", _utc(now), age, requests=0, bytes=0, retries=0)


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def _outcome(answer: Any, session_id: SessionId) -> str:
    if isinstance(answer, Batch):
        mine = len(answer.only(session_id.key).items)
        return f"{len(answer.items)} found, {mine} of this session"
    if isinstance(answer, Listing):
        folders = number_of(len(answer.folders), "folder")
        return f"{folders}, {number_of(len(answer.files), 'file')}"
    if isinstance(answer, bytes):
        return f"{len(answer)} bytes"
    if isinstance(answer, bool):
        return "there" if answer else "nothing there"
    if isinstance(answer, (list, tuple, dict)):
        return str(len(answer))
    return "nothing there" if answer is None else "found"


def _raw_asset(known: SessionFinder, records: list[Body]) -> Choice:
    about = "raw_data_asset"
    found = attempt(known.raw_asset)
    if isinstance(found, Failure):
        return _nothing(about, (found,))
    linked = {id_ for record in filter(is_raw_record, records) for id_ in linked_asset_ids(record)}
    assets = _all_assets(known, linked)
    raw = [asset for asset in assets if is_raw_asset(asset)]
    winner = found.value
    candidates = tuple(_candidate(asset, linked, known.session_id) for asset in assets)
    if winner is None:
        return _no_raw_asset(known, found.failures, candidates)
    first = "that a DocDB record names" if winner.id in linked else "of the session"
    rivals = [
        asset
        for asset in raw
        if (asset.id in linked) == (winner.id in linked)
        and why_passed_over(asset, known.session_id) is None
    ]
    of = f", the latest created of {len(rivals)}" if len(rivals) > 1 else ""
    why = why_raw_asset(winner) or "nothing else is raw, and a record of raw data names it"
    return Choice(
        about, f"{winner.id} {winner.name}", f"it is a raw asset {first}{of}: {why}", candidates
    )


def _all_assets(known: SessionFinder, linked: set[str]) -> tuple[DataAsset, ...]:
    found = known.inventory.assets()
    by_id = known.inventory.linked_assets(linked, found).value or ()
    return assets_by_creation([*known.mine(found), *by_id])


def _candidate(asset: DataAsset, linked: set[str], session_id: SessionId) -> Candidate:
    said = [why_raw_asset(asset) or "not raw"]
    passed_over = why_passed_over(asset, session_id)
    said += [f"it {passed_over}"] if passed_over else []
    said += ["a DocDB record names it"] if asset.id in linked else []
    return Candidate(f"{asset.id} {asset.name}", "; ".join(said))


def _no_raw_asset(
    known: SessionFinder, failures: Sequence[Failure], candidates: tuple[Candidate, ...]
) -> Choice:
    archived = attempt(known.archived_raw_asset)
    if isinstance(archived, Failure) or archived.value is None:
        return _nothing("raw_data_asset", failures, candidates)
    return Choice("raw_data_asset", None, archived_in_words(archived.value), candidates)


def _nothing(
    about: str, failures: Sequence[Failure], candidates: tuple[Candidate, ...] = ()
) -> Choice:
    """Return the choice without an answer, and why: it was not found, or not asked for."""
    if not failures:
        return Choice(about, None, "every source answered, and none has it", candidates)
    said = {
        "it was not requested yet" if isinstance(failure, NotAskedError) else str(failure): None
        for failure in failures
    }
    return Choice(about, None, "; ".join(said), candidates, is_known=False)


def _raw_place(known: SessionFinder, records: list[Body]) -> Choice:
    about = "raw_data_dir"
    found = attempt(known.raw_location)
    if isinstance(found, Failure):
        return _nothing(about, (found,))
    mounted = known.mounted_location()
    candidates = [] if mounted is None else [Candidate(str(mounted), "stated by mounted metadata")]
    candidates += [
        Candidate(str(place), f"stated by record {record['_id']} of DocDB {record['version']}")
        for record in records
        if is_raw_record(record) and (place := record_location(record))
    ]
    candidates += [
        Candidate(str(place), f"stated by raw asset {asset.id}")
        for asset in assets_by_creation(known.mine(known.inventory.assets()))
        if is_raw_asset(asset) and (place := asset_location(asset))
    ]
    if found.value is None:
        return _nothing(about, found.failures, tuple(candidates))
    winner = str(found.value)
    said = next((c.why for c in candidates if c.name == winner), "it exists in a known bucket")
    why = "a DocDB record says so" if "DocDB" in said else said
    return Choice(about, winner, why, tuple(candidates))


def _assets(known: SessionFinder) -> Choice:
    found = attempt(known.assets)
    if isinstance(found, Failure) or found.value is None:
        failures = (found,) if isinstance(found, Failure) else found.failures
        return _nothing("data_assets", failures)
    why = "their names contain one of the session's names"
    ids = (
        Candidate(f"{asset.id} {asset.name}", f"{asset.state or 'state unknown'}")
        for asset in found.value
    )
    return Choice("data_assets", str(len(found.value)), why, tuple(ids))


def _quality(known: SessionFinder) -> Iterator[Choice]:
    """Yield the quality-control status with the deciding metrics, if it was requested."""
    found = attempt(lambda: find_metrics(known))
    if isinstance(found, Failure) or not found.value:
        return
    metrics = found.value
    decide = deciding(metrics)
    status = str(judge(metrics))
    why = f"{len(decide)} of {len(metrics)} metrics have the worst status, which decides"
    yield Choice("qc", status, why, tuple(map(_judged, decide[:_METRICS_AT_MOST])))


def _judged(metric: Metric) -> Candidate:
    about = ", ".join(filter(None, (metric.stage, metric.modality, *metric.tags)))
    who = f" by {metric.evaluator}" if metric.evaluator else ""
    when = f" on {in_utc(metric.time)}" if metric.time else ""
    may = ", which may fail" if metric.may_fail else ""
    said = f"{metric.status}{who}{when}{may}; {about or 'about nothing in particular'}"
    return Candidate(metric.name, f"{said}; stated by record {metric.record}")


def _disagreements(records: list[Body], assets: list[DataAsset], known: Inventory) -> Iterator[str]:
    """Yield where records contradict each other or the assets."""
    raw_records = [record for record in records if is_raw_record(record)]
    raw_assets = [asset for asset in assets_by_creation(assets) if is_raw_asset(asset)]
    places = {str(p): f"DocDB {r['version']}" for r in raw_records if (p := record_location(r))}
    if len(places) > 1:
        yield "records name different directories: " + _pairs(places)
    of_assets = {str(p): f"asset {a.id}" for a in raw_assets if (p := asset_location(a))}
    if places and of_assets and not set(places) & set(of_assets):
        yield "records and raw assets name different directories: " + _pairs(
            {**places, **of_assets}
        )
    by_version = {r["version"]: ", ".join(record_modalities(r)) for r in raw_records}
    if len(set(by_version.values())) > 1:
        yield "records name different modalities: " + _pairs(by_version)
    linked = {id_ for record in raw_records for id_ in linked_asset_ids(record)}
    missing = linked - {asset.id for asset in known.assets().items}
    if missing and not known.assets().failures:
        yield f"records link data assets that no search finds: {', '.join(sorted(missing))}"
    if linked and raw_assets and not linked & {asset.id for asset in raw_assets}:
        yield "records link none of the raw assets that a search finds: " + ", ".join(
            asset.id for asset in raw_assets
        )


def _pairs(named: dict[str, str]) -> str:
    return ", ".join(f"{name} ({who})" for name, who in named.items())
