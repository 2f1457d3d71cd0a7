"""Searches for computations: runs of a capsule or pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aind_session.catalog.by_id import get_normalized_uuid
from aind_session.conventions import logs
from aind_session.conventions.dates import UTC, DateLike, is_within, moment_of, range_or_day
from aind_session.runtime.arguments import optional_text, optional_truth
from aind_session.runtime.calls import one_call
from aind_session.runtime.parsing import objects_in
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.protocols import Body
from aind_session.sources.servers.decode import decode_computation

if TYPE_CHECKING:
    import uuid

    from codeocean.computation import Computation, ComputationState

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
    """Return the current computations of a capsule or pipeline.

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
        Only those that are running, or that have ended.
    computation_state
        Only those in this state, such as ``failed``.
    ttl_hash
        Accepted for older callers, and ignored: computations are not cached.
    date
        Only those created on this day; see `get_sessions` for the forms of a date.
    start_date, end_date
        Only those created in this range, both ends included. An end without a time includes that
        whole day. All dates are in UTC, as in Code Ocean; a time with another zone is converted.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    tuple of codeocean.computation.Computation
        In order of creation; may be empty.

    Raises
    ------
    ValueError
        An invalid date, `date` together with a range, an invalid UUID, or an unknown capsule.
    TypeError
        The name or the state is not text.
    RemoteError, CredentialsError
        Code Ocean could not be asked.

    Examples
    --------
    >>> search_computations("1f8f159a-7670-47a9-baf1-078905fc9c2e", in_progress=True)
    ()
    """
    first, last = range_or_day(date, start_date, end_date, UTC)
    tests = _tests(name, attached_data_asset_id, has_results, in_progress, computation_state)
    tests.append(lambda body: is_within(moment_of(body.get("created")), first, last))
    source = sources_or_default(sources).assets
    found = source.computations(get_normalized_uuid(capsule_or_pipeline_id))
    # filtered before they are decoded, which takes milliseconds for one with many processes
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
    # empty text, such as from an empty form field, means no limit
    if optional_text(name, "a name"):
        tests.append(lambda body: body.get("name") == name)
    if asset_id is not None and not (isinstance(asset_id, str) and not asset_id):
        wanted = get_normalized_uuid(asset_id)
        tests.append(lambda body: wanted in _attached(body))
    if (wants_results := optional_truth(has_results, "has_results")) is not None:
        tests.append(lambda body: bool(body.get("has_results")) == wants_results)
    if (goes_on := optional_truth(in_progress, "in_progress")) is not None:
        tests.append(lambda body: (_state(body) not in logs.ENDED) == goes_on)
    if optional_text(state, "a state"):
        from aind_session.conventions.vocabulary import COMPUTATION_STATES, refuse_misspelled

        refuse_misspelled(str(state), COMPUTATION_STATES, "state of a computation")
        tests.append(lambda body: body.get("state") == state)
    return tests


def _attached(body: Body) -> list[Any]:
    return [part.get("id") for part in objects_in(body, "data_assets")]


def _state(body: Body) -> str:
    return str(body.get("state"))
