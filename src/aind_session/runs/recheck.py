"""Last checks before a plan is made.

They search for results of work that has succeeded, because cached assets may be outdated; and for
archived inputs, because assets do not state that they are archived.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aind_session.conventions.failures import has_ended, verdict_by_state
from aind_session.conventions.names import parse_session
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


def moved(
    to_run: Sequence[PlannedRun], why: Mapping[str, str]
) -> tuple[list[PlannedRun], list[PlannedRun]]:
    """Split rows into those that still need to run, and those that are skipped."""
    left = [row for row in to_run if row.key not in why]
    return left, [replace(row, why=why[row.key]) for row in to_run if row.key in why]
