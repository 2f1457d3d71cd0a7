"""The tool runs: show a plan of runs, and start a plan that was shown, if allowed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aind_session.cli.agents.arguments import Runs
from aind_session.cli.agents.asked import CODE_OCEAN, Evidence
from aind_session.cli.agents.one import Found
from aind_session.errors import PlanError
from aind_session.errors.wording import quote

if TYPE_CHECKING:
    from aind_session.runs.run_plan import RunPlan

STARTED_AT_MOST = 10
"""The largest number of runs that one call may start."""

_KEPT_AT_MOST = 20


class RunsTool:
    """The tool, with the plans that a server has shown.

    Parameters
    ----------
    ledgers
        The folder for ledgers of started runs; None forbids starting runs.
    """

    def __init__(self, ledgers: Path | None = None) -> None:
        self._ledgers = ledgers
        self._shown: dict[str, RunPlan] = {}
        self._started: dict[str, Path] = {}
        self._starting = threading.Lock()

    @property
    def may_start(self) -> bool:
        """Whether runs may be started."""
        return self._ledgers is not None

    def answer(self, wanted: Runs, rests_on: Evidence) -> Found:
        """Show a plan, with a row for each session; or start one, with a row for each run."""
        given = (wanted.sessions, wanted.target, wanted.label, wanted.parameters)
        if wanted.start is None:
            return self._plan(wanted, rests_on)
        if any(value is not None for value in given):
            raise ValueError("start takes only the key of a plan that was shown")
        with self._starting:  # a repeated call shows what the first one started
            return self._start(wanted.start, rests_on)

    def _plan(self, wanted: Runs, rests_on: Evidence) -> Found:
        from aind_session.many.run import plan_runs

        if not wanted.sessions or wanted.target is None or wanted.label is None:
            raise ValueError("a plan needs sessions, target and label")
        rests_on.asked_now(CODE_OCEAN)
        plan = plan_runs(
            wanted.sessions, wanted.target, label=wanted.label, parameters=wanted.parameters
        )
        self._shown.pop(plan.identity, None)
        self._shown[plan.identity] = plan
        while len(self._shown) > _KEPT_AT_MOST:
            del self._shown[next(iter(self._shown))]
        rests_on.notes += [*plan.notes, "a plan: nothing has been started"]
        counts = {name: len(getattr(plan, name)) for name in ("to_run", "skipped", "cannot")}
        first = {"first_request": plan.to_run[0].request} if plan.to_run else {}
        return {"key": plan.identity, **counts, **first}, plan.to_records()

    def _start(self, key: str, rests_on: Evidence) -> Found:
        if self._ledgers is None:
            raise PlanError(
                "this server starts no runs; to allow them, start it with "
                "`aind-session mcp --allow-runs`"
            )
        if key in self._started:
            return self._progress(key, rests_on)
        if key not in self._shown:
            raise PlanError(f"no plan with the key {quote(key)} was shown: call runs for a plan")
        plan = self._shown[key]
        if len(plan.to_run) > STARTED_AT_MOST:
            raise PlanError(
                f"{len(plan.to_run)} runs are too many: one call starts at most {STARTED_AT_MOST}"
            )
        rests_on.asked_now(CODE_OCEAN)
        self._ledgers.mkdir(parents=True, exist_ok=True)
        runs = plan.start(self._ledgers / f"{key}.ledger", STARTED_AT_MOST)
        self._shown.pop(key, None)  # a plan is started only once
        self._started[key] = runs.path
        rests_on.notes.append("aind_session.open_ledger(place) shows the progress of the runs")
        return {"key": key, "place": str(runs.path)}, [_row(one) for one in runs.to_records()]

    def _progress(self, key: str, rests_on: Evidence) -> Found:
        """Show the ledger of a plan that was started: the first answer may have been lost."""
        from aind_session.runs.driver import open_ledger

        runs = open_ledger(self._started[key])
        rests_on.notes.append("this plan was already started; this call started nothing")
        return {"key": key, "place": str(runs.path)}, [_row(one) for one in runs.to_records()]


def _row(record: dict[str, Any]) -> dict[str, Any]:
    keys = ("session", "state", "computation", "why")
    renamed = {"computation": "run"}
    return {renamed.get(k, k): record[k] for k in keys if record.get(k) is not None}
