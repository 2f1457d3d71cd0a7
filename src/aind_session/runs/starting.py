"""Start runs, each once, and find runs whose start was not confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from aind_session.conventions.failures import has_ended, verdict_by_state
from aind_session.errors import (
    AccessDeniedError,
    CredentialsError,
    OfflineError,
    RemoteError,
    UnavailableError,
    UnknownOutcomeError,
)
from aind_session.runs.engine import LONGEST_PAUSE, Engine, Round
from aind_session.runs.requests import is_run_of, latest, lost_parameters, since
from aind_session.runs.rows import Row, of_state
from aind_session.sources.protocols import Body

_PAUSE_SECONDS = 30.0
"""How long to start no run after a 429 without a Retry-After header."""

_DENIED_AT_MOST = 3
"""After this many consecutive refusals for lack of access, no more runs are started."""

_NAMINGS = 2
"""The largest number of attempts to name a run, which can fail right after its start."""


def find_unknown(this: Round) -> None:
    """Look for runs whose start was not confirmed; adopt them, or plan them again."""
    engine = this.engine
    unknown = of_state(engine.rows, "unknown")
    lost = [row for row in engine.rows if row.is_lost]
    if not unknown and not lost:
        return
    if this.listed is None:
        return
    for row in unknown:
        mark = row.watermark
        newer = since(this.listed, mark["created"], mark["seen"])
        found = _candidates(engine, row, newer) or _candidates(engine, row, newer, all_stated=False)
        if found:
            _adopt(engine, row, found[0], "found among the runs; its start was not confirmed")
            _note_others(engine, row, found[1:])
        elif engine.is_overdue(row):
            why = "its start was not confirmed, and it is not among the runs: it is started again"
            engine.note("not_started", row, why=why, asked=True)
    _note_late(this, lost)


def _note_late(this: Round, lost: Sequence[Row]) -> None:
    """Note runs that appear after they counted as not started."""
    engine = this.engine
    mark = engine.ledger.state.head["watermark"]
    for row in lost:
        if row.computation is not None or row.state == "stopped":
            runs = since(this.listed or (), mark["created"], mark["seen"])
            _note_others(engine, row, _candidates(engine, row, runs))


def _candidates(
    engine: Engine, row: Row, runs: Sequence[Body], *, all_stated: bool = True
) -> list[Body]:
    held = engine.ledger.state.held
    return [
        run
        for run in runs
        if str(run.get("id")) not in held
        and is_run_of(row.request, run, engine.around, all_stated=all_stated)
    ]


def _adopt(engine: Engine, row: Row, run: Body, why: str) -> None:
    owner = run.get("owner_email") or run.get("owner")
    engine.note(
        "adopted",
        row,
        computation=str(run["id"]),
        created=run.get("created"),
        why=f"{why} (owner {owner})" if owner else why,
    )


def _note_others(engine: Engine, row: Row, runs: Sequence[Body]) -> None:
    for run in runs:
        owner = run.get("owner_email") or run.get("owner") or "unknown"
        engine.remark(
            row,
            f"computation {run['id']} does the same work (owner {owner}): stop it in Code Ocean if "
            "it is not wanted",
            str(run["id"]),
        )


def start_more(this: Round) -> None:
    """Start planned runs up to the limit; adopt runs that someone else has started meanwhile."""
    engine = this.engine
    clock = engine.sources.clock
    waiting = _by_subject(of_state(engine.rows, "planned"))[: engine.free]
    if not waiting or clock.passed() < engine.not_before:
        return
    if this.listed is None:
        return
    created, seen = latest(this.listed)
    mark = {"created": created, "seen": seen}
    planned = engine.ledger.state.head["watermark"]
    held = engine.ledger.state.held
    newer = since(this.listed, planned["created"], planned["seen"])
    others = [run for run in newer if str(run.get("id")) not in held]
    sent = 0
    for row in waiting:
        if _is_begun_by_another(engine, row, others):
            continue
        if sent:
            clock.sleep(1 / engine.pace.starts_per_second)
        sent += 1
        if not _start(engine, row, mark):
            return


def _by_subject(rows: Sequence[Row]) -> list[Row]:
    """Group runs by subject, so that one search finds all their captures."""
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        first.setdefault(row.subject, index)
    return sorted(rows, key=lambda row: first[row.subject])


def _is_begun_by_another(engine: Engine, row: Row, others: Sequence[Body]) -> bool:
    for run in _candidates(engine, row, others):
        if not has_ended(run) or verdict_by_state(run) is None:
            _adopt(engine, row, run, "started by someone else since it was planned")
            return True
    return False


def _start(engine: Engine, row: Row, mark: Body) -> bool:
    """Start one run; return False if no other should be started now."""
    request = dict(row.request)
    if row.resume is not None:
        request["resume_run_id"] = row.resume
    attempt = row.attempts + 1
    engine.note("start", row, durable=True, attempt=attempt, watermark=mark)
    engine.asked[row.search] = engine.sources.clock.passed()
    try:
        run = engine.source.run(request)
    except UnknownOutcomeError:
        return False
    except UnavailableError as error:
        engine.note("not_started", row, why=str(error))
        _wait_before_next(engine, error.wait)
        return False
    except (CredentialsError, OfflineError) as error:
        engine.note("not_started", row, why=str(error))
        raise
    except RemoteError as error:
        engine.note("refused", row, why=str(error))
        engine.denied += isinstance(error, AccessDeniedError)
        if engine.denied >= _DENIED_AT_MOST:  # the token lacks access to everything
            raise
        return True
    engine.pauses = engine.denied = 0
    engine.note("started", row, computation=str(run["id"]), created=run.get("created"))
    lost = lost_parameters(request, run)
    if lost:
        engine.remark(
            row,
            f"the server's answer does not show the parameters that were sent: {', '.join(lost)}; "
            "the run may continue with defaults",
        )
    give_name(engine, row)
    return True


def _wait_before_next(engine: Engine, asked_for: float | None) -> None:
    pause = _PAUSE_SECONDS * 2**engine.pauses if asked_for is None else asked_for
    engine.pauses += 1
    engine.not_before = engine.sources.clock.passed() + min(pause, LONGEST_PAUSE)


def give_name(engine: Engine, row: Row) -> None:
    """Set a readable name for a run; nothing depends on it, so failures are ignored."""
    if not engine.pace.name_runs or row.is_named or row.namings >= _NAMINGS:
        return
    name = f"{row.session} {engine.process['label']} [{row.key}]"
    try:
        engine.source.rename(str(row.computation), name)
        done = True
    except CredentialsError:
        raise
    except (RemoteError, LookupError):
        done = False
    engine.note("named", row, attempt=row.namings + 1, done=done)
