"""``aind-session runs``: show or continue a ledger of runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from aind_session.cli.options import printing
from aind_session.cli.output import Out, printed_warnings
from aind_session.cli.status import FOUND, NOTHING, PARTLY

if TYPE_CHECKING:
    from aind_session.runs.driver import Runs
    from aind_session.runs.rows import RunRecord

_COLUMNS = ("session", "state", "computation", "asset", "attempts", "why")

_DOINGS: dict[str, Callable[[Runs, bool], Runs]] = {
    "show": lambda runs, resume: runs,
    "failures": lambda runs, resume: runs,
    "step": lambda runs, resume: runs.step(),
    "wait": lambda runs, resume: runs.wait(),
    "retry": lambda runs, resume: runs.retry(resume=resume),
    "capture": lambda runs, resume: runs.capture(),
}


@click.command("runs")
@click.argument("doing", type=click.Choice(list(_DOINGS)), metavar="ACTION")
@click.argument("ledger", type=click.Path(dir_okay=False))
@click.option("--resume", is_flag=True, help="With retry: pipelines resume where they failed.")
@click.option(
    "--at-most", type=click.IntRange(min=1), help="The largest number of runs at the same time."
)
@printing
def command(doing: str, ledger: str, resume: bool, at_most: int | None, out: Out) -> int:
    r"""Show or continue a ledger of runs.

    ACTION is one of: show (no request is sent), step (one round, for cron), wait (until all have
    ended and are captured), failures, retry (start failed and refused runs again), capture (retry
    failed captures). Exit status 4: some runs did not succeed, or were not captured.

    \b
    aind-session runs show runs.jsonl
    """
    with printed_warnings():
        runs, records = act(doing, ledger, resume=resume, at_most=at_most)
    if out.form == "text" and doing != "failures":
        out.data([], repr(runs))
    else:
        out.rows([record.to_dict() for record in records], _COLUMNS, "session")
    return status_of_runs(len(runs.failures()), len(runs))


def act(
    doing: str, ledger: str, *, resume: bool = False, at_most: int | None = None
) -> tuple[Runs, tuple[RunRecord, ...]]:
    """Perform an action on a ledger; return its runs, and the records to show.

    Parameters
    ----------
    doing
        ``show``, ``step``, ``wait``, ``failures``, ``retry`` or ``capture``.
    ledger
        The file.
    resume, at_most
        See `Runs.retry` and `open_ledger`.
    """
    from aind_session.runs.driver import open_ledger

    runs = _DOINGS[doing](open_ledger(ledger, at_most=at_most), resume)
    return runs, runs.failures() if doing == "failures" else runs.records


def status_of_runs(unsuccessful: int, count: int) -> int:
    """Return the exit status: 4 if some runs failed or were not captured, 1 if all did."""
    if not unsuccessful:
        return FOUND
    return NOTHING if unsuccessful == count else PARTLY
