"""Last checks before a plan is made.

They search for results of work that has succeeded, because cached assets may be outdated, and for
archived inputs, because assets do not state that they are archived. They open inputs, because
searches also find assets that are only discoverable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from aind_session.conventions.failures import has_ended, verdict_by_state
from aind_session.conventions.names import parse_session
from aind_session.errors import AccessDeniedError, AssetNotFoundError
from aind_session.runs.requests import Surroundings, is_run_of
from aind_session.runtime.parallel import side_by_side
from aind_session.sources import Sources
from aind_session.sources.protocols import Body
from aind_session.sources.subject_filter import assets_of

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.runs.drafts import Draft
    from aind_session.runs.run_plan import PlannedRun
    from aind_session.runs.target import Target


def captured_meanwhile(
    rows: Sequence[PlannedRun], target: Target, around: Surroundings, sources: Sources
) -> dict[str, str]:
    """Return why some rows of a plan need not run, by key.

    Parameters
    ----------
    rows
        The rows that would run.
    target
        The target with its current runs.
    around
        The fixed assets and default parameters of runs.
    sources
        The sources to ask: one search for each subject with work that has succeeded.

    Raises
    ------
    RemoteError, CredentialsError
        Code Ocean could not be asked.
    """
    done = {row.key: _succeeded(row, target, around) for row in rows}
    suspects = [row for row in rows if done[row.key]]
    subjects = list(dict.fromkeys(_subject(row) for row in suspects))
    searches = [partial(_results, subject, sources) for subject in subjects]
    found = dict(zip(subjects, side_by_side(searches, sources.concurrency), strict=True))
    why = {row.key: _why(done[row.key], found[_subject(row)]) for row in suspects}
    return {key: text for key, text in why.items() if text is not None}


def _succeeded(row: PlannedRun, target: Target, around: Surroundings) -> set[str]:
    return {
        str(run["id"])
        for run in target.runs_with(row.work)
        if has_ended(run) and verdict_by_state(run) is None and is_run_of(row.work, run, around)
    }


def _subject(row: PlannedRun) -> str:
    return parse_session(row.session).subject_id


def _results(subject: str, sources: Sources) -> list[Body]:
    return sources.assets.search({"query": assets_of(subject), "type": "result"})


def _why(runs: set[str], results: Sequence[Body]) -> str | None:
    for asset in results:
        made_by = asset.get("provenance")
        run = made_by.get("computation") if isinstance(made_by, Mapping) else None
        if run in runs and asset.get("state") != "failed":
            return f"it was already captured: {asset.get('name')} ({asset['id']})"
    return None


def without_archived(drafts: Sequence[Draft], sources: Sources) -> list[Draft]:
    """Mark drafts with archived inputs as impossible to run.

    Parameters
    ----------
    drafts
        Drafts, with the assets of their subjects that searches found, which are not archived.
    sources
        The sources to ask: one search for each other input; sessions can share inputs.

    Raises
    ------
    RemoteError, CredentialsError
        Code Ocean could not be asked.
    """
    seen = {asset.id for draft in drafts for asset in draft.assets}
    others = {a.id: a for draft in drafts for a in draft.inputs.values() if a.id not in seen}
    searches = [partial(_is_archived, asset, sources) for asset in others.values()]
    answers = side_by_side(searches, sources.concurrency)
    archived = {id_ for id_, is_so in zip(others, answers, strict=True) if is_so}
    return [_checked(draft, archived) for draft in drafts]


def _is_archived(asset: DataAsset, sources: Sources) -> bool:
    named = {"filters": [{"key": "name", "value": asset.name}], "archived": True}
    return any(found.get("id") == asset.id for found in sources.assets.search(named))


def _checked(draft: Draft, archived: Collection[str]) -> Draft:
    wrong = [
        f"{asset.name} ({asset.id}) is archived: restore it in Code Ocean"
        for asset in draft.inputs.values()
        if asset.id in archived
    ]
    return replace(draft, why="; ".join(wrong)) if wrong else draft


@dataclass(frozen=True)
class Opened:
    """Which inputs of a plan are open to the caller.

    Attributes
    ----------
    closed
        Why some cannot be used, by the ID of the asset.
    note
        How many were checked; None if all were.
    """

    closed: Mapping[str, str]
    note: str | None = None


def opened(rows: Sequence[PlannedRun], drafts: Sequence[Draft], sources: Sources) -> Opened:
    """Request inputs by their IDs, which only succeeds for those that are open to the caller.

    Parameters
    ----------
    rows
        The rows that would run.
    drafts
        All drafts, with their inputs.
    sources
        The sources to ask: one request, and one more for every five subjects, spread over the
        owners and buckets of the inputs. If one of these is closed, all inputs are requested.

    Raises
    ------
    RemoteError, CredentialsError
        Code Ocean could not be asked.
    """
    known = {asset.id: asset for draft in drafts for asset in draft.inputs.values()}
    wanted = dict.fromkeys(id_ for row in rows for id_ in inputs_of(row))
    inputs = _spread([known[id_] for id_ in wanted])
    at_most = 1 + len({_subject(row) for row in rows}) // _SUBJECTS_PER_INPUT
    closed = _closed(inputs[:at_most], sources)
    if closed or len(inputs) <= at_most:
        return Opened({**closed, **_closed(inputs[at_most:], sources)} if closed else closed)
    note = (
        f"your access was checked for {at_most} of {len(inputs)} inputs; Code Ocean checks the "
        "others when it starts their runs"
    )
    return Opened({}, note)


_SUBJECTS_PER_INPUT = 5


def inputs_of(row: PlannedRun) -> list[str]:
    """Return the IDs of the inputs of a row, in the order of its request."""
    return [part["id"] for part in row.work.get("data_assets") or ()]


def _spread(assets: Sequence[DataAsset]) -> list[DataAsset]:
    """Sort assets so that the first ones have as many owners and buckets as possible."""
    count: Counter[Hashable] = Counter()
    turns = []
    for asset in assets:
        bucket = getattr(asset.source_bucket, "bucket", None)
        kind = (getattr(asset, "owner", None), bucket)
        turns.append(count[kind])
        count[kind] += 1
    order = sorted(range(len(assets)), key=turns.__getitem__)  # stable
    return [assets[index] for index in order]


def _closed(assets: Sequence[DataAsset], sources: Sources) -> dict[str, str]:
    asked = side_by_side([partial(_why_closed, a, sources) for a in assets], sources.concurrency)
    return {a.id: why for a, why in zip(assets, asked, strict=True) if why is not None}


def _why_closed(asset: DataAsset, sources: Sources) -> str | None:
    what = f"{asset.name} ({asset.id})"
    try:
        sources.assets.get(asset.id)
    except AccessDeniedError:
        return f"{what} is found by searches, but is not open to you: ask its owner to share it"
    except AssetNotFoundError:
        return f"{what} was deleted"
    return None


def moved(
    to_run: Sequence[PlannedRun], why: Mapping[str, str]
) -> tuple[list[PlannedRun], list[PlannedRun]]:
    """Split rows into those that still need to run, and those that are skipped."""
    left = [row for row in to_run if row.key not in why]
    return left, [replace(row, why=why[row.key]) for row in to_run if row.key in why]
