"""Whether a run succeeded, by its log, state and file names. No request is sent here."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from aind_session.runtime.arguments import text

if TYPE_CHECKING:
    from codeocean.computation import Computation

logger = logging.getLogger(__name__)

LOG = "output"
"""The file at the root of a run's results that contains its log."""

ENDED = frozenset({"completed", "failed"})
"""The states of ended computations, successful or not."""

_CUDA = "The CUDA error was:"
TRACEBACK = "Traceback (most recent call last):"
COMMAND_ERROR = "Command error:"

ERROR_PHRASES = (
    "Essential container in task exited",
    "Out of memory.",
    "Task failed to start - DockerTimeoutError",
    _CUDA,
    TRACEBACK,
    COMMAND_ERROR,
    "WARN: Killing running tasks",
)
"""Phrases in a log that show that a capsule or pipeline failed."""

_SORTING_WORDS = ("sorting", "kilosort", "n e x t f l o w")

_ONLY_LOGS: tuple[list[str], ...] = ([], [LOG], ["nextflow", LOG])


def is_output_file_from_sorting_pipeline(output: str) -> bool:
    """Return whether a log is from the spike-sorting pipeline.

    Parameters
    ----------
    output
        The log. It is if it contains ``sorting``, ``kilosort`` and ``N E X T F L O W``, in upper
        or lower case.

    Examples
    --------
    >>> is_output_file_from_sorting_pipeline("N E X T F L O W: Kilosort, spike sorting")
    True
    """
    lowered = text(output, "a log").lower()
    return all(word in lowered for word in _SORTING_WORDS)


def is_output_error(output_text: str) -> bool:
    """Return whether a log shows that a capsule or pipeline failed.

    Parameters
    ----------
    output_text
        The log; see `ERROR_PHRASES`. A CUDA error in the sorting pipeline is only logged as a
        warning, since other probes may be usable.

    Examples
    --------
    >>> is_output_error("Traceback (most recent call last):"), is_output_error("done")
    (True, False)
    """
    phrases = [phrase for phrase in ERROR_PHRASES if phrase in text(output_text, "a log")]
    if _CUDA in phrases and is_output_file_from_sorting_pipeline(output_text):
        logger.warning("the log has a CUDA error, but some probes may still be usable")
        phrases.remove(_CUDA)
    return bool(phrases)


def has_ended(computation: Computation) -> bool:
    """Return whether a computation has ended, successfully or not."""
    return computation.state in ENDED


def is_failed_by_state(computation: Computation) -> bool:
    """Return whether an ended computation failed, according to Code Ocean.

    Parameters
    ----------
    computation
        It failed if its state is ``failed``, its end status is not ``succeeded``, or it has no
        results. Otherwise it may still have failed: a pipeline whose steps failed can have the
        status ``succeeded``.
    """
    return (
        computation.state == "failed"
        or computation.end_status != "succeeded"
        or not computation.has_results
    )


def is_failed_by_files(names: Collection[str]) -> bool:
    """Return whether results contain only logs, or nothing.

    Parameters
    ----------
    names
        Names of the files and folders at the root of the results.

    Examples
    --------
    >>> is_failed_by_files(["output", "nextflow"]), is_failed_by_files(["output", "nwb"])
    (True, False)
    """
    return sorted(names) in _ONLY_LOGS


def is_failed_by_log(output: str, *, has_nwb: bool) -> bool:
    """Return whether a run failed, by its log, and by a missing NWB file after sorting.

    Parameters
    ----------
    output
        The log.
    has_nwb
        Whether there is an NWB file, which each complete sorting writes.
    """
    return is_output_error(output) or (is_output_file_from_sorting_pipeline(output) and not has_nwb)
