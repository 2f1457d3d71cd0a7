"""Which failures hide something from an answer, and the warning that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aind_session.errors import (
    AccessDeniedError,
    AindSessionWarning,
    CredentialsError,
    Failure,
    LeftOutWarning,
    NotInTableError,
    NotMountedError,
    SourceDownWarning,
)
from aind_session.runtime.warning import warn_user


def that_hide_something(failures: Sequence[Failure], asked: int) -> list[Failure]:
    """Leave out buckets that are closed to the user, unless all are: that is how buckets are.

    Parameters
    ----------
    failures
        Why some buckets could not be searched. A refused credential hides something; working
        without credentials does not count as a failure.
    asked
        How many buckets were looked into.
    """
    if len(failures) == asked:
        return list(failures)
    return [f for f in failures if not (isinstance(f, AccessDeniedError) or _is_choice(f))]


def warn_of_closed(closed: Sequence[AccessDeniedError], asked: str) -> None:
    """Warn that something was not found, and may be where the user may not look.

    Parameters
    ----------
    closed
        What the closed places said.
    asked
        What was not found.
    """
    if closed:
        places = ", ".join(sorted({error.url or error.service for error in closed}))
        warn_user(
            f"{asked} was not found, and may be in a bucket that is closed to you: {places}",
            LeftOutWarning,
            closed[0],
        )


def warn_of(
    failures: Iterable[Failure], answered: str, how: str = "was answered without {service}"
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
        What that means; ``{service}`` stands for the server that could not be asked.
    """
    _warn([f for f in failures if not _is_choice(f)], answered, how, SourceDownWarning)


def warn_of_missing(failures: Iterable[Failure], what: str, how: str) -> None:
    """Warn of what is missing from an answer, by outages and by the choice of whom to ask.

    Parameters
    ----------
    failures
        Why it is missing.
    what, how
        As in `warn_of`.
    """
    failures = list(failures)
    warn_of(failures, what, how)
    _warn([f for f in failures if _is_choice(f)], what, how, LeftOutWarning)


def _warn(
    failures: Iterable[Failure], what: str, how: str, category: type[AindSessionWarning]
) -> None:
    by_service: dict[str, list[Failure]] = {}
    for failure in {str(f): f for f in failures}.values():
        by_service.setdefault(failure.service, []).append(failure)
    for first, *others in by_service.values():
        why = str(first).removeprefix(f"{first.service}: ")
        said = f"{what} {how.format(service=first.service)}: {why}{_more(others)}"
        warn_user(said, category, first)


def _more(failures: Sequence[Failure]) -> str:
    """Say how many other requests failed."""
    if not failures:
        return ""
    requests = "request" if len(failures) == 1 else "requests"
    return f"; {len(failures)} more {requests} failed the same way"


def _is_choice(failure: Failure) -> bool:
    no_token = isinstance(failure, CredentialsError) and failure.variable is None
    return no_token or isinstance(failure, (NotInTableError, NotMountedError))
