"""Searches for computations: runs of a capsule or pipeline."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aind_session import outcome
from aind_session.calls import one_call
from aind_session.ids import parse_when
from aind_session.lookup import get_normalized_uuid
from aind_session.sources import Sources, default_sources
from aind_session.sources.base import Body
from aind_session.sources.decode import decode_computation

if TYPE_CHECKING:
    from codeocean.computation import Computation, ComputationState

    DateLike = str | datetime.date | datetime.datetime

_Test = Callable[[Body], bool]


@one_call
def search_computations(  # noqa: PLR0917 - as upstream has it
    capsule_or_pipeline_id: uuid.UUID | str,
    name: str | None = None,
    attached_data_asset_id: str | None = None,
    has_results: bool | None = None,
    in_progress: bool | None = None,
    computation_state: ComputationState | str | None = None,
    ttl_hash: int | None = None,
    date: DateLike | None = None,
    start_date: DateLike | None = None,
    end_date: DateLike | None = None,
    *,
    sources: Sources | None = None,
) -> tuple[Computation, ...]:
    """Give the computations of a capsule or pipeline, as they are now.

    Parameters
    ----------
    capsule_or_pipeline_id
        Its ID.
    name
        Only those with this name.
    attached_data_asset_id
        Only those with this asset attached.
    has_results
        Only those with, or without, results.
    in_progress
        Only those that run, or that have ended.
    computation_state
        Only those in this state, such as ``failed``.
    ttl_hash
        Taken for callers who have it, and not used: nothing here is answered from the cache.
    date
        Only those created on this day; see `get_sessions` for the forms of a date.
    start_date, end_date
        Only those created from the one on, and up to the other, both included. One that is given
        without time includes that whole day. All dates are in UTC, as Code Ocean keeps them; an
        object with a zone is converted.
    sources
        Who is asked; by default the real servers.

    Returns
    -------
    tuple of codeocean.computation.Computation
        By creation, ascending; may be empty.

    Raises
    ------
    ValueError
        A date that is none, `date` together with a range, no UUID, or no such capsule.
    RemoteError, CredentialsError
        Code Ocean could not be asked.

    Examples
    --------
    >>> search_computations("1f8f159a-7670-47a9-baf1-078905fc9c2e", in_progress=True)
    ()
    """
    if date is not None and (start_date is not None or end_date is not None):
        raise ValueError(
            f"give either a date or a range, not both: {date=}, {start_date=}, {end_date=}"
        )
    tests = _tests(name, attached_data_asset_id, has_results, in_progress, computation_state)
    tests += _date_tests(date, date) if date is not None else _date_tests(start_date, end_date)
    source = (sources or default_sources()).assets
    found = source.computations(get_normalized_uuid(capsule_or_pipeline_id))
    # judged before they are built: one with many processes costs milliseconds
    wanted = [body for body in found if all(test(body) for test in tests)]
    return tuple(
        sorted(map(decode_computation, wanted), key=lambda computation: computation.created or 0)
    )


def _tests(
    name: str | None,
    asset_id: str | None,
    has_results: bool | None,
    in_progress: bool | None,
    state: str | None,
) -> list[_Test]:
    tests: list[_Test] = []
    if name is not None:
        tests.append(lambda body: body.get("name") == name)
    if asset_id is not None:
        wanted = get_normalized_uuid(asset_id)
        tests.append(lambda body: wanted in _attached(body))
    if has_results is not None:
        tests.append(lambda body: bool(body.get("has_results")) is has_results)
    if in_progress is not None:
        tests.append(lambda body: (body.get("state") not in outcome.ENDED) is in_progress)
    if state is not None:
        tests.append(lambda body: body.get("state") == state)
    return tests


def _attached(body: Body) -> list[Any]:
    return [part.get("id") for part in body.get("data_assets") or ()]


def _date_tests(first: DateLike | None, last: DateLike | None) -> list[_Test]:
    tests: list[_Test] = []
    if first is not None:
        earliest = _in_utc(first)
        start = _moment(earliest)
        tests.append(lambda body: _created(body) >= start)
    if last is not None:
        latest = _in_utc(last)
        if isinstance(latest, datetime.datetime) and first is not last:
            end = _moment(latest)
            tests.append(lambda body: _created(body) <= end)
        else:
            after = _moment(latest) + datetime.timedelta(days=1)
            tests.append(lambda body: _created(body) < after)
    return tests


def _in_utc(value: DateLike) -> datetime.date:
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return parse_when(value)


def _moment(day: datetime.date) -> datetime.datetime:
    if isinstance(day, datetime.datetime):
        return day
    return datetime.datetime.combine(day, datetime.time())


def _created(body: Body) -> datetime.datetime:
    seconds = body.get("created") or 0
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
