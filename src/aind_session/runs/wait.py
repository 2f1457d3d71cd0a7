"""Wait until a new data asset is usable, or until a run has ended."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aind_session.catalog.by_id import AssetOrId, get_data_asset_model, get_normalized_uuid
from aind_session.conventions.assets import asset_location
from aind_session.conventions.failures import Reason, has_ended
from aind_session.errors import AssetFailedError, NotReadyError
from aind_session.runs.why import judge
from aind_session.runtime.arguments import optional_seconds, optional_truth, seconds
from aind_session.runtime.calls import call_of_its_own
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.servers.decode import decode_computation

if TYPE_CHECKING:
    from codeocean.computation import Computation
    from codeocean.data_asset import DataAsset

READY_SECONDS = 120
"""How long namespaces wait for an asset that they have created."""


def wait_until_ready(
    data_asset: AssetOrId,
    check_files: bool = True,
    timeout: float | None = 60,
    polling_interval: float = 5,
    *,
    sources: Sources | None = None,
) -> DataAsset:
    """Wait until a data asset is ready and its files are visible.

    Parameters
    ----------
    data_asset
        An asset or its ID.
    check_files
        Whether to also wait for a first file in its directory.
    timeout
        The total time to wait, in seconds; None waits forever.
    polling_interval
        Seconds between two requests. The cache is not used.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    codeocean.data_asset.DataAsset
        The ready asset.

    Raises
    ------
    NotReadyError
        It was not ready in time. A `TimeoutError`.
    AssetFailedError
        Code Ocean could not make it.

    Examples
    --------
    >>> wait_until_ready("16d46411-540a-4122-b47f-8cb2a15d593a").state.name
    'Ready'
    """
    sources = sources_or_default(sources)
    asset_id = get_normalized_uuid(data_asset)
    longest = optional_seconds(timeout, "timeout")
    pause = seconds(polling_interval, "polling_interval")
    with_files = bool(optional_truth(check_files, "check_files"))
    deadline = None if longest is None else time.monotonic() + longest
    while True:
        with call_of_its_own():  # each request has its own time limit
            asset = get_data_asset_model(asset_id, sources=sources)
            missing = _what_is_missing(asset, sources, check_files=with_files)
        if missing is None:
            return asset
        if deadline is not None and time.monotonic() + pause > deadline:
            raise NotReadyError(
                f"data asset {asset.name!r} ({asset_id}) {missing} after {timeout} s; it exists, "
                "so wait longer, and do not create it again"
            )
        time.sleep(pause)


def _what_is_missing(asset: DataAsset, sources: Sources, *, check_files: bool) -> str | None:
    if asset.state == "failed":
        raise AssetFailedError(
            f"Code Ocean could not make data asset {asset.name!r} ({asset.id}): "
            f"{asset.failure_reason or 'no reason given'}"
        )
    if asset.state != "ready":
        return f"was still {asset.state}"
    if check_files and not _has_files(asset, sources):
        return "had no files yet"
    return None


def _has_files(asset: DataAsset, sources: Sources) -> bool:
    where = asset_location(asset)
    if where is None:  # a combined asset, whose files are those of its parts
        return True
    # listings leave out the directory's marker object, which may exist before its files
    return not sources.storage.list(where.s3_bucket, where.prefix).is_empty


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes
    ----------
    computation
        The computation at its end.
    state
        ``succeeded``, ``failed`` or ``stopped``, by its state, exit code, files and log.
    why
        The evidence; empty if it succeeded.
    reason
        Why it failed, according to its logs; None otherwise.
    """

    computation: Computation
    state: str
    why: str
    reason: Reason | None = None

    def __str__(self) -> str:
        return f"{self.state}: {self.why}" if self.why else self.state


def wait_until_completed(
    computation: Computation | uuid.UUID | str,
    timeout: float | None = None,
    polling_interval: float = 10,
    *,
    sources: Sources | None = None,
) -> RunOutcome:
    """Wait until a run has ended, and judge it: one that "succeeded" may have failed.

    Parameters
    ----------
    computation
        A computation or its ID.
    timeout
        How long to wait, in seconds; None waits forever.
    polling_interval
        Seconds between two requests.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    RunOutcome
        A failed run raises no error: ``state`` says that it failed, and ``reason`` why.

    Raises
    ------
    NotReadyError
        It had not ended in time, and continues. A `TimeoutError`.
    AssetNotFoundError
        The computation does not exist or was deleted. A `ValueError`.
    RemoteError, CredentialsError
        Code Ocean could not be asked.

    Examples
    --------
    >>> from aind_session.sources import default_sources
    >>> request = {"pipeline_id": "1f8f159a-7670-47a9-baf1-078905fc9c2e"}
    >>> run = default_sources().assets.run(request)
    >>> wait_until_completed(run["id"]).state
    'succeeded'
    """
    sources = sources_or_default(sources)
    clock, id_ = sources.clock, get_normalized_uuid(computation)
    longest = optional_seconds(timeout, "timeout")
    pause = seconds(polling_interval, "polling_interval")
    deadline = None if longest is None else clock.passed() + longest
    while True:
        with call_of_its_own():
            run = sources.assets.computation(id_)
            if has_ended(run):
                end = judge(run, sources)
                return RunOutcome(decode_computation(run), end.state, end.why, end.reason)
        if deadline is not None and clock.passed() + pause > deadline:
            raise NotReadyError(
                f"computation {id_} was still {run.get('state')} after {timeout} s; it continues: "
                "wait longer, and do not start it again"
            )
        clock.sleep(pause)
