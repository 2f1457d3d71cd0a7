"""Drive the runs of a ledger: start, poll, judge and capture, until all have ended."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aind_session.display import Shown
from aind_session.errors import AssetNotFoundError, LedgerError, PlanError, RemoteError
from aind_session.errors.wording import printable, quote
from aind_session.runs.capture import capture, is_to_be_captured
from aind_session.runs.ending import look
from aind_session.runs.engine import Engine, Pace, Round
from aind_session.runs.ledger import Ledger
from aind_session.runs.process import Process, how_it_differs
from aind_session.runs.rows import UNDER_WAY, UNSUCCESSFUL, Row, RunRecord, of_state
from aind_session.runs.starting import find_unknown, start_more
from aind_session.runtime.arguments import one_of, several, truth, whole_number
from aind_session.runtime.extras import need
from aind_session.runtime.misspelled import with_near_keyword
from aind_session.runtime.progress import Progress
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import Body

if TYPE_CHECKING:
    import pandas as pd

    from aind_session.display import Card

_PERHAPS_STARTED = (
    "stopped before its start was confirmed, and not among the runs: step() looks once more, and "
    "notes it if it appears"
)


def start(
    path: str | os.PathLike[str],
    identity: str,
    *,
    head: Body,
    rows: Iterable[Body],
    sources: Sources,
    process: Process,
    **pace: Any,
) -> Runs:
    """Write the ledger of a plan, or open the existing one, and start the first runs."""
    try:
        chosen = Pace(**pace)
    except TypeError as error:
        named = TypeError(str(error).replace("Pace.__init__()", "RunPlan.start()"))
        raise with_near_keyword(named, Pace) from None
    try:
        ledger = Ledger.create(path, {"plan": identity, "at_most": chosen.at_most, **head}, rows)
    except FileExistsError:
        ledger = Ledger(path)
        if ledger.state.head.get("plan") != identity:
            raise LedgerError(
                path,
                "is the ledger of another plan: open_ledger(path) continues that plan, and another "
                "path starts this one",
            ) from None
    return Runs(ledger, sources, chosen, process).step()


def open_ledger(
    path: str | os.PathLike[str],
    *,
    process: Process | None = None,
    at_most: int | None = None,
    poll_seconds: float = 10.0,
    settle_seconds: Iterable[float] = (5.0, 15.0, 60.0),
    starts_per_second: float = 2.0,
    name_runs: bool = True,
    sources: Sources | None = None,
) -> Runs:
    """Open the ledger that `RunPlan.start` wrote, to inspect or continue it. No request is sent.

    Parameters
    ----------
    path
        The file.
    process
        The process: needed only if it judges success by its own function.
    at_most
        The largest number of runs at the same time; by default as when the plan was started.
    poll_seconds
        The initial polling interval. For long runs it grows to a twentieth of their duration, at
        most ten minutes.
    settle_seconds
        When to look for a run whose start was not confirmed. If it is not found at the last of
        these times, it is started again.
    starts_per_second
        The largest number of start requests per second.
    name_runs
        Whether to give runs a readable name in Code Ocean, with one request each.
    sources
        The sources to ask; by default the real servers.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    FileFormatError
        It is not a ledger, or a newer release wrote it, or it is damaged. A `ValueError`.
    LedgerError
        The process differs from the one in the ledger.
    ValueError
        An invalid number.
    """
    ledger = Ledger(path)
    head = ledger.state.head
    wrong = "" if process is None else how_it_differs(process, head["process"])
    if wrong:
        raise LedgerError(path, f"belongs to another process: its {wrong}")
    chosen = Pace(
        head["at_most"] if at_most is None else at_most,
        poll_seconds,
        settle_seconds,  # type: ignore[arg-type]
        starts_per_second,
        name_runs,
    )
    return Runs(ledger, sources_or_default(sources), chosen, process)


class Runs(Shown):
    """The runs of a ledger; returned by `RunPlan.start` and `open_ledger`.

    The file contains everything that is known, so the program may end at any time, and
    `open_ledger` continues, here or on another machine. Only one process can write to a ledger at a
    time. Notebooks show the runs as a table.
    """

    def __init__(
        self, ledger: Ledger, sources: Sources, pace: Pace, process: Process | None = None
    ) -> None:
        self._ledger = ledger
        self._engine = Engine(ledger, sources, pace, process.ok if process else None)
        self._has_process = process is not None

    @property
    def path(self) -> Path:
        """The path of the ledger."""
        return self._ledger.path

    @property
    def label(self) -> str:
        """The label of the process."""
        return str(self._engine.process["label"])

    @property
    def records(self) -> tuple[RunRecord, ...]:
        """The current record of each run, in the order of the plan; the file is read again."""
        self._ledger.refresh()
        return tuple(row.record for row in self._engine.rows)

    @property
    def is_done(self) -> bool:
        """Whether all runs have ended and are captured."""
        self._ledger.refresh()
        return not any(map(self._is_open, self._engine.rows))

    # -- progress --

    def step(self) -> Runs:
        """Do one round: check runs under way, capture results, start more runs. For cron jobs.

        Raises
        ------
        LedgerError
            Another process is writing the ledger.
        CredentialsError, OfflineError
            Code Ocean cannot be asked. After other failures, `step` or `wait` asks again later.
        """
        with self._writing():
            self._round()
        return self

    def wait(self) -> Runs:
        """Continue until all runs have ended and are captured.

        Interrupting does no harm: runs continue in Code Ocean, and `open_ledger` continues here.

        Raises
        ------
        LedgerError
            Another process is writing the ledger.
        CredentialsError, OfflineError
            Code Ocean cannot be asked. After other failures, `step` or `wait` asks again later.
        KeyboardInterrupt
            The message says how to continue.
        """
        with self._writing(), self._bar() as bar:
            done = 0
            while True:
                self._round()
                now_done = self._count_done()
                bar.grow(0, now_done - done)
                done = now_done
                if done == len(self._ledger.state.rows):
                    return self
                self._engine.sources.clock.sleep(self._engine.pause())

    def _round(self) -> None:
        engine = self._engine
        this = Round(engine)
        find_unknown(this)
        look(this)
        capture(this)
        start_more(this)
        engine.troubles = engine.troubles + 1 if engine.trouble is not None else 0

    def retry(
        self,
        *,
        resume: bool = False,
        sessions: Any = None,
        states: str | Iterable[str] = ("failed", "refused"),
    ) -> Runs:
        """Start failed or refused runs again.

        Parameters
        ----------
        resume
            Whether pipelines continue from where they failed, with Nextflow's cache. Capsules, and
            pipelines that the monitor starts, start from the beginning.
        sessions
            Only runs of these sessions: IDs, texts that contain one, or records of runs; by default
            all.
        states
            The states to retry: ``failed``, ``refused``, ``stopped`` or ``gone``.

        Returns
        -------
        Runs
            This object, after the first runs have been started; ``wait()`` continues.
        """
        wanted = tuple(one_of(one, UNSUCCESSFUL, "a state to retry") for one in several(states))
        engine = self._engine
        # the run of the monitor is not that of its pipeline
        is_pipeline = engine.process["pipeline"] is not None and not engine.is_monitored
        resumes = truth(resume, "resume") and is_pipeline
        with self._writing():
            for row in self._chosen(sessions):
                if row.state in wanted:
                    can_resume = resumes and row.computation and row.state == "failed"
                    id_ = row.computation if can_resume else None
                    self._engine.note("retry", row, resume=id_)
            self._round()
        return self

    def capture(self, *, sessions: Any = None) -> Runs:
        """Try again to capture the results of runs whose capture failed.

        Parameters
        ----------
        sessions
            Only runs of these sessions; by default all.
        """
        with self._writing():
            for row in self._chosen(sessions):
                if row.capture == "failed":
                    self._engine.note("recapture", row)
            self._round()
        return self

    def stop(self, *, confirm: int | None = None) -> Runs:
        """Stop all runs that are under way, and start no more; their results are lost.

        Code Ocean offers no other way to stop a run than to delete it.

        Parameters
        ----------
        confirm
            The number of runs under way, as a check that only the intended runs are stopped. Before
            that, all runs are checked: those that have ended are kept, and those whose start was
            not confirmed are looked for.

        Raises
        ------
        PlanError
            The number is wrong. Nothing is stopped.
        RemoteError
            The runs could not be checked. Nothing is stopped.
        """
        with self._writing():
            this = Round(self._engine)
            find_unknown(this)
            look(this)
            if self._engine.trouble is not None:  # some may have ended, with results
                raise self._engine.trouble
            running = of_state(self._engine.rows, "running")
            if whole_number(confirm) != len(running):  # True is not one run
                from aind_session.runs.showing import not_confirmed

                raise PlanError(not_confirmed(self.path, len(running)))
            for row in of_state(self._engine.rows, "planned"):
                self._engine.note("ended", row, state="stopped", why="stopped before its start")
            for row in of_state(self._engine.rows, "unknown"):
                self._engine.note("ended", row, state="stopped", why=_PERHAPS_STARTED)
            for row in running:
                self._stop(row)
        return self

    def _stop(self, row: Row) -> None:
        try:
            self._engine.source.stop(str(row.computation))
        except AssetNotFoundError:
            self._engine.note("ended", row, state="gone", why="it was deleted in Code Ocean")
        except RemoteError as error:
            self._engine.remark(row, f"it could not be stopped: {printable(str(error))}")
        else:
            self._engine.note("ended", row, state="stopped", why="stopped and deleted here")

    # -- results --

    def failures(self) -> tuple[RunRecord, ...]:
        """Return the unsuccessful runs: failed, refused, stopped, gone, not captured."""
        self._ledger.refresh()
        rows = [r for r in self._engine.rows if r.state in UNSUCCESSFUL or r.capture == "failed"]
        return tuple(row.record for row in rows)

    def to_records(self) -> list[Body]:
        """Return a row for each run: session, state, computation, asset, why, attempts."""
        names = ("session", "state", "computation", "asset", "why", "attempts")
        return [{name: getattr(one, name) for name in names} for one in self.records]

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows of `to_records` as a pandas table; needs the extra ``pandas``."""
        need("pandas", "pandas", "to_pandas", "to_records needs nothing more")
        import pandas as pd

        return pd.DataFrame(self.to_records())

    def __len__(self) -> int:
        return len(self._ledger.state.rows)

    def __iter__(self) -> Iterator[RunRecord]:
        return iter(self.records)

    def __repr__(self) -> str:
        from aind_session.runs.showing import runs_text

        return printable(runs_text(self.path, self.label, self.records))

    def _card(self) -> Card:
        from aind_session.runs.showing import runs_card

        return runs_card(self.path, self.label, self.records)

    def as_text(self) -> str:
        """Return the text form, which is that of `repr`."""
        return repr(self)

    # -- internals --

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._engine.process["judged_by_function"] and not self._has_process:
            raise LedgerError(
                self.path,
                "needs its process, whose function judges success and cannot be stored in a file: "
                "open_ledger(path, process=...)",
            )
        try:
            with self._ledger.writing():
                yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "started runs continue in Code Ocean; continue here with "
                f"open_ledger({str(self.path)!r}).wait()"
            ) from None

    def _chosen(self, sessions: Any) -> list[Row]:
        from aind_session.conventions.names import parse_session

        rows = list(self._engine.rows)
        if sessions is None:
            return rows
        named = (getattr(one, "session", getattr(one, "id", one)) for one in several(sessions))
        keys = {parse_session(one).key: str(one) for one in named}
        missing = keys.keys() - {parse_session(row.session).key for row in rows}
        if missing:
            names = ", ".join(quote(name) for key, name in keys.items() if key in missing)
            raise ValueError(f"{self.path} has no run of {names}")
        return [row for row in rows if parse_session(row.session).key in keys]

    def _is_open(self, row: Row) -> bool:
        is_going = row.state in UNDER_WAY or row.state == "planned"
        return is_going or is_to_be_captured(self._engine, row)

    def _count_done(self) -> int:
        return sum(not self._is_open(row) for row in self._engine.rows)

    def _bar(self) -> Progress:
        return Progress(len(self._ledger.state.rows), self.label, shown=True)
