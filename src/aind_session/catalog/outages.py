"""Which failures hide something from an answer, and the warning that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aind_session.errors import (
    AccessDeniedError,
    CredentialsError,
    Failure,
    NotInTableError,
    NotMountedError,
    SourceDownWarning,
)
from aind_session.runtime.warning import warn_caller


def that_hide_something(failures: Sequence[Failure], asked: int) -> list[Failure]:
    """Leave out buckets that are closed to the user, unless all are: that is how buckets are.

    Parameters
    ----------
    failures
        Why some buckets could not be looked into. Credentials that are refused hide something; to
        have none is a choice.
    asked
        How many buckets were looked into.
    """
    if len(failures) == asked:
        return list(failures)
    return [f for f in failures if not (isinstance(f, AccessDeniedError) or _is_choice(f))]


def warn_of(
    failures: Iterable[Failure], answered: str, how: str = "answered without one source"
) -> None:
    """Warn that an answer was given without some source that could not be asked.

    Parameters
    ----------
    failures
        What the sources said. A credential that is missing is a choice, not an outage, and no
        reason to warn; so is to ask the nightly tables, or what is mounted, alone.
    answered
        What was answered nevertheless.
    how
        What that means.
    """
    outages: dict[str, list[Failure]] = {}
    for failure in {str(f): f for f in failures if not _is_choice(f)}.values():
        outages.setdefault(failure.service, []).append(failure)
    for of_one in outages.values():
        more = f" (and {len(of_one) - 1} more of its kind)" if len(of_one) > 1 else ""
        said = f"{answered} is {how}: {of_one[0]}{more}"
        warn_caller(said, SourceDownWarning, of_one[0])


def _is_choice(failure: Failure) -> bool:
    no_token = isinstance(failure, CredentialsError) and failure.variable is None
    return no_token or isinstance(failure, (NotInTableError, NotMountedError))
