"""Did a run succeed? By its log, its state and the names of its files; no request is sent here."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeocean.computation import Computation

logger = logging.getLogger(__name__)

LOG = "output"
"""The file at the top of a run's results that holds its log."""

ENDED = frozenset({"completed", "failed"})
"""States of computations that have ended, successfully or not."""

_CUDA = "The CUDA error was:"

ERROR_PHRASES = (
    "Essential container in task exited",
    "Out of memory.",
    "Task failed to start - DockerTimeoutError",
    _CUDA,
    "Traceback (most recent call last):",
    "Command error:",
    "WARN: Killing running tasks",
)
"""Phrases in a log that mean that a capsule or pipeline failed."""

_SORTING_WORDS = ("sorting", "kilosort", "n e x t f l o w")

_ONLY_LOGS: tuple[list[str], ...] = ([], [LOG], ["nextflow", LOG])


def is_output_file_from_sorting_pipeline(output: str) -> bool:
    """Return whether a log is of the spike-sorting pipeline.

    Parameters
    ----------
    output
        The log. It is when it holds ``sorting``, ``kilosort`` and ``N E X T F L O W``, in any case.

    Examples
    --------
    >>> is_output_file_from_sorting_pipeline("N E X T F L O W: Kilosort, spike sorting")
    True
    """
    lowered = output.lower()
    return all(word in lowered for word in _SORTING_WORDS)


def is_output_error(output_text: str) -> bool:
    """Return whether a log says that a capsule or pipeline failed.

    Parameters
    ----------
    output_text
        The log; see `ERROR_PHRASES`. A CUDA error in a log of the sorting pipeline does not count,
        since other probes may be usable: it is logged as a warning.

    Examples
    --------
    >>> is_output_error("Traceback (most recent call last):"), is_output_error("done")
    (True, False)
    """
    phrases = [phrase for phrase in ERROR_PHRASES if phrase in output_text]
    if _CUDA in phrases and is_output_file_from_sorting_pipeline(output_text):
        logger.warning("the log has a CUDA error, but some probes may still be usable")
        phrases.remove(_CUDA)
    return bool(phrases)


def has_ended(computation: Computation) -> bool:
    """Return whether a computation has ended, successfully or not."""
    return computation.state in ENDED


def is_failed_by_state(computation: Computation) -> bool:
    """Return whether a computation that has ended failed by what Code Ocean says of it.

    Parameters
    ----------
    computation
        Failed when its state is ``failed``, its end status is not ``succeeded``, or it has no
        results. The opposite is no proof: a pipeline whose parts failed "succeeded" too.
    """
    return (
        computation.state == "failed"
        or computation.end_status != "succeeded"
        or not computation.has_results
    )


def is_failed_by_files(names: Collection[str]) -> bool:
    """Return whether results hold nothing but logs.

    Parameters
    ----------
    names
        Names of the files and folders at the top of the results.

    Examples
    --------
    >>> is_failed_by_files(["output", "nextflow"]), is_failed_by_files(["output", "nwb"])
    (True, False)
    """
    return sorted(names) in _ONLY_LOGS


def is_failed_by_log(output: str, *, has_nwb: bool) -> bool:
    """Return whether results are of a failed run, by their log and by what sorting should make.

    Parameters
    ----------
    output
        The log.
    has_nwb
        Whether there is an NWB file, which each complete sorting makes.
    """
    return is_output_error(output) or (is_output_file_from_sorting_pipeline(output) and not has_nwb)
