"""Exit statuses, and the error for bad input."""

from __future__ import annotations

from collections.abc import Iterable

FOUND, NOTHING, BAD_INPUT, COULD_NOT_ASK, PARTLY = 0, 1, 2, 3, 4
"""The exit statuses."""

INTERRUPTED = 130
"""The exit status after Ctrl-C, as in shells."""

STATUSES = """\b
exit status:
  0    everything was found
  1    nothing was found
  2    bad input
  3    could not ask: a server is down, or a credential is missing
  4    only part was found
  130  interrupted"""


class BadInputError(ValueError):
    """Raise if the typed input is invalid."""


def status_of(outcomes: Iterable[bool | None]) -> int:
    """Return the exit status for several outcomes: found, not found, None for "could not ask".

    Examples
    --------
    >>> status_of([True, True]), status_of([True, None]), status_of([False, None]), status_of([])
    (0, 4, 3, 1)
    """
    kinds = set(outcomes)
    if kinds == {True}:
        return FOUND
    if True in kinds:
        return PARTLY
    return COULD_NOT_ASK if None in kinds else NOTHING
