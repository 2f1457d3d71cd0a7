"""Find out why a run failed: read its files, and judge them with `conventions.failures`."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import get_normalized_uuid, is_computation_model
from aind_session.catalog.directories import files_of
from aind_session.conventions.failures import (
    Reason,
    failed_step,
    has_ended,
    reason_in_log,
    verdict_by_files,
    verdict_by_state,
)
from aind_session.conventions.logs import LOG
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    CouldNotLook,
    Searched,
    SourceDirNotFoundError,
)
from aind_session.errors.wording import printable, quote
from aind_session.runs.rows import RunRecord
from aind_session.runtime.calls import one_call
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_asset, decode_computation

if TYPE_CHECKING:
    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

READ_BYTES = 200_000
"""How much of a log to read: its end, and its beginning if the end shows no error."""

TRACE = "nextflow/trace.txt"
"""The file in a pipeline's results that has a line for each task."""


@one_call
def why_failed(
    run: RunRecord | Computation | DataAsset | uuid.UUID | str, *, sources: Sources | None = None
) -> Reason:
    """Find out why a run failed, as far as its logs say; at most four requests to Code Ocean.

    Parameters
    ----------
    run
        A row of `Runs`, a computation or its ID, or a data asset made from its results or the ID of
        that.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Reason
        Step, first line of the error, exit code, and where they were read. Secrets in the line are
        masked. For a successful run, ``line`` is None unless its log has an error; ``hint`` then
        repeats its state in Code Ocean.

    Raises
    ------
    ValueError
        The run has not ended, or was never started.
    AssetNotFoundError
        The run or asset does not exist, or no run made the asset. A `ValueError`.
    RemoteError, CredentialsError
        Its files could not be read.

    Examples
    --------
    >>> print(why_failed("1e11bdf5-b452-4fd9-bbb1-48383a9b0842"))
    no line of the log shows a failure (from output)
    """
    sources = sources_or_default(sources)
    if isinstance(run, RunRecord):
        return _of_record(run, sources)
    if is_computation_model(run):
        return _of_computation(get_normalized_uuid(run), sources)
    if hasattr(run, "provenance"):
        return _of_asset(run, sources)
    return _of_id(get_normalized_uuid(run), sources)


def _of_id(id_: str, sources: Sources) -> Reason:
    try:
        asset = decode_asset(sources.assets.get(id_))
    except (AssetNotFoundError, AccessDeniedError) as no_asset:
        try:
            return _of_computation(id_, sources)
        except AssetNotFoundError as error:
            if isinstance(no_asset, AccessDeniedError):  # it may be an asset
                raise no_asset from None
            what = f"data asset or computation {id_}"
            raise AssetNotFoundError(what, searched=error.searched) from None
    return _of_asset(asset, sources)


def _of_record(record: RunRecord, sources: Sources) -> Reason:
    if record.reason is not None:
        return record.reason
    if record.computation is None:
        why = f": {record.why}" if record.why else ""
        raise ValueError(f"the run of {record.session} is {record.state}{why}")
    return _of_computation(record.computation, sources)


def _of_computation(id_: str, sources: Sources) -> Reason:
    run = sources.assets.computation(id_)
    if not has_ended(run):
        raise ValueError(
            f"computation {id_} ({quote(run.get('name'))}) is still {run.get('state')}: ask again "
            "when it has ended"
        )
    return _with_state(read_reason(run, sources), run)


def _with_state(found: Reason, run: Body) -> Reason:
    """Add the state of a run in Code Ocean, if its logs do not explain its end."""
    verdict = verdict_by_state(run)
    if verdict is not None and verdict.state == "stopped":
        return replace(found, hint=verdict.why)
    if found.line or found.hint:
        return found
    return replace(found, hint=verdict.why if verdict else "Code Ocean says that it succeeded")


def _of_asset(asset: Any, sources: Sources) -> Reason:
    made_by = getattr(asset.provenance, "computation", None)
    if made_by is not None:
        with contextlib.suppress(AssetNotFoundError):  # the run may have been deleted
            return _of_computation(made_by, sources)
    where = files_of(asset, sources)
    try:
        log = sources.storage.read(where.s3_bucket, f"{where.prefix}{LOG}")
    except SourceDirNotFoundError:
        raise AssetNotFoundError(
            f"a run, or a log of one, that made {asset.name}",
            searched=[Searched("the asset's provenance"), Searched(f"{where}/{LOG}")],
        ) from None
    return reason_in_log(log.decode(errors="replace"))


def read_reason(
    run: Body,
    sources: Sources,
    names: Collection[str] | None = None,
    log: str | None = None,
) -> Reason:
    """Find the reason in a run's log, or in a pipeline's trace if the log names no step.

    Parameters
    ----------
    run
        The computation, which has ended.
    sources
        The sources to ask.
    names, log
        The top-level names of its results, and the end of its log, if they are known. Without the
        names, log and trace are asked for without looking whether they exist.
    """
    id_, code = str(run["id"]), run.get("exit_code")
    if log is None and (names is None or LOG in names):
        log = end_of_log(id_, sources)
    if log is None:
        found = replace(reason_in_log("", code), file=None)
    else:
        found = reason_in_log(log, code)
        if found.line is None and len(log.encode()) >= READ_BYTES:
            beginning = sources.assets.result(id_, LOG, part=READ_BYTES)
            found = reason_in_log(beginning.decode(errors="replace"), code)
    if found.step is None and (names is None or "nextflow" in names):
        found = _with_step(found, id_, sources)
    return found


def _with_step(found: Reason, id_: str, sources: Sources) -> Reason:
    try:
        trace = sources.assets.result(id_, TRACE).decode(errors="replace")
    except SourceDirNotFoundError:
        return found
    failed = failed_step(trace)
    if failed is None:
        return found
    step, code = failed
    hint = found.hint or reason_in_log("", code).hint
    return replace(
        found, step=step, exit_code=code or found.exit_code, file=found.file or TRACE, hint=hint
    )


def names_of(computation_id: str, sources: Sources) -> list[str]:
    """Return the top-level names of results; empty if a run wrote nothing.

    Raises
    ------
    AssetNotFoundError
        The computation was deleted.
    """
    try:
        return sources.assets.results(computation_id)
    except AssetNotFoundError:
        sources.assets.computation(computation_id)  # raises if it was deleted with its results
        return []


def end_of_log(computation_id: str, sources: Sources) -> str | None:
    """Return the end of a run's log; None if it has no log."""
    try:
        content = sources.assets.result(computation_id, LOG, part=-READ_BYTES)
    except SourceDirNotFoundError:
        return None
    return content.decode(errors="replace")


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    state
        ``succeeded``, ``failed``, ``stopped`` or ``gone``.
    why
        The evidence.
    reason
        Why it failed; None otherwise.
    names
        The top-level names of its results, if they were read.
    """

    state: str
    why: str
    reason: Reason | None = None
    names: tuple[str, ...] = ()


def judge(
    run: Body,
    sources: Sources,
    ok: Callable[[Any, Sequence[str]], bool] | None = None,
    *,
    by_files: bool = True,
) -> Ended:
    """Judge a run that has ended, by its state, files, log and the process's own check.

    Parameters
    ----------
    run
        The computation.
    sources
        The sources to ask: two requests, including one for the end of the log.
    ok
        See `Process`.
    by_files
        Whether to judge by files and log; those of the pipeline monitor say nothing.
    """
    by_state = verdict_by_state(run)
    if by_state is not None and by_state.state == "stopped":
        return Ended("stopped", by_state.why)
    names = names_of(str(run["id"]), sources) if by_files or by_state else []
    log = end_of_log(str(run["id"]), sources) if LOG in names else None
    verdict = by_state or (verdict_by_files(names, log) if by_files else None)
    if verdict is not None and verdict.state == "failed":
        reason = read_reason(run, sources, names, log)
        return Ended("failed", f"{verdict.why}: {reason}", reason, tuple(names))
    wrong = _own_check(ok, run, names) if ok is not None else None
    if wrong is not None:
        return Ended("failed", wrong, Reason(), tuple(names))
    return Ended("succeeded", "", names=tuple(names))


def _own_check(
    ok: Callable[[Any, Sequence[str]], bool], run: Body, names: Sequence[str]
) -> str | None:
    """Return why a process's own check says that a run failed; None if it says otherwise."""
    try:
        return None if ok(decode_computation(run), names) else "the process's own check failed"
    except Exception as error:
        if isinstance(error, CouldNotLook) and not isinstance(error, AccessDeniedError):
            raise  # to be judged later
        said = printable(f"{type(error).__name__}: {error}")
        return f"the process's own check, ok=, could not judge it: {said}"
