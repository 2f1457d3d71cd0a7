"""Check runs that are under way, and judge those that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from aind_session.conventions.capture_names import DESCRIPTION
from aind_session.conventions.failures import has_ended
from aind_session.errors import AssetNotFoundError
from aind_session.runs.engine import Engine, Round
from aind_session.runs.rows import Row, of_state
from aind_session.runs.starting import give_name
from aind_session.runs.why import Ended, judge
from aind_session.sources.protocols import Body

_AT_ONCE = 16
"""The number of runs that are judged before their outcomes are written to the ledger."""


def look(this: Round) -> None:
    """Check all runs under way; write the outcome of ended runs to the ledger."""
    engine = this.engine
    running = of_state(engine.rows, "running")
    if not running:
        return
    bodies = this.bodies(running)
    ended: list[tuple[Row, Body]] = []
    for row in running:
        body = bodies.get(row.key)
        if isinstance(body, AssetNotFoundError):
            engine.note("ended", row, state="gone", why="it was deleted in Code Ocean")
        elif body is not None and has_ended(body):
            ended.append((row, body))
        elif body is not None:
            taken = body.get("run_time")
            row.run_time = float(taken) if isinstance(taken, (int, float)) else None
            give_name(engine, row)
    for start in range(0, len(ended), _AT_ONCE):
        _judge(engine, ended[start : start + _AT_ONCE])


def _judge(engine: Engine, ended: Sequence[tuple[Row, Body]]) -> None:
    judged = engine.each([partial(_ended, engine, body) for _, body in ended])
    for (row, body), end in zip(ended, judged, strict=True):
        if end is None:  # its files could not be read: judge it in the next round
            continue
        engine.note(
            "ended",
            row,
            state=end.state,
            why=end.why,
            reason=asdict(end.reason) if end.reason else None,
            created=body.get("created"),
            run_time=body.get("run_time"),
            exit_code=body.get("exit_code"),
            described=DESCRIPTION in end.names,
            results=bool(body.get("has_results")),
        )


def _ended(engine: Engine, body: Body) -> Ended:
    try:
        return judge(body, engine.sources, engine.ok, by_files=not engine.is_monitored)
    except AssetNotFoundError:
        return Ended("gone", "it was deleted in Code Ocean while its results were read")
