"""Warnings about failures that make an answer incomplete."""

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
    OfflineError,
    SourceDownWarning,
    UnavailableError,
)
from aind_session.runtime.warning import warn_user


class PartlyMountedError(CredentialsError):
    """Code Ocean was not asked, without a token, and the mounted data answered in part."""


def answered_in_part(failure: Failure) -> Failure:
    """Return the failure of a question that the mounted data answered in part."""
    why = "the server may know more than the mounted data"
    if isinstance(failure, CredentialsError):
        return PartlyMountedError(f"{why}: {failure}", service=failure.service)
    kind = OfflineError if isinstance(failure, OfflineError) else UnavailableError
    return kind(failure.service, f"{why}: {failure.detail}", url=failure.url)


def that_hide_something(failures: Sequence[Failure], asked: int) -> list[Failure]:
    """Return the failures that can hide results: not closed buckets, unless all buckets failed.

    Parameters
    ----------
    failures
        Why some buckets could not be searched. A refused credential can hide results; working
        without credentials does not count as a failure.
    asked
        How many buckets were searched.
    """
    if len(failures) == asked:
        return list(failures)
    return [f for f in failures if not (isinstance(f, AccessDeniedError) or _is_choice(f))]


def warn_of_closed(closed: Sequence[AccessDeniedError], asked: str) -> None:
    """Warn that something was not found, and may be in a closed bucket.

    Parameters
    ----------
    closed
        The refusals of closed buckets.
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
    """Warn that an answer lacks a source that could not be asked.

    Parameters
    ----------
    failures
        The failures of the sources. There is no warning for the user's choices: a missing
        credential, or asking only the nightly tables or the mounted data. There is a
        `LeftOutWarning` if mounted data answered in place of a server.
    answered
        What was answered.
    how
        The effect; ``{service}`` stands for the server that could not be asked.
    """
    failures = list(failures)
    parts = [f for f in failures if isinstance(f, PartlyMountedError)]
    _warn(parts, answered, how, LeftOutWarning)
    _warn([f for f in failures if not _is_choice(f)], answered, how, SourceDownWarning)


def warn_of_missing(failures: Iterable[Failure], what: str, how: str) -> None:
    """Warn about what is missing from an answer, due to outages or the user's choice of sources.

    Parameters
    ----------
    failures
        Why something is missing.
    what, how
        As in `warn_of`.
    """
    failures = list(failures)
    warn_of(failures, what, how)
    choices = [f for f in failures if _is_choice(f) and not isinstance(f, PartlyMountedError)]
    _warn(choices, what, how, LeftOutWarning)


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
    """Return a suffix with the number of further failed requests."""
    if not failures:
        return ""
    requests = "request" if len(failures) == 1 else "requests"
    return f"; {len(failures)} more {requests} failed the same way"


def _is_choice(failure: Failure) -> bool:
    no_token = isinstance(failure, CredentialsError) and failure.variable is None
    return no_token or isinstance(failure, (NotInTableError, NotMountedError))
