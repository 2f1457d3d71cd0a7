"""Warnings about failures that make an answer incomplete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from weakref import WeakSet

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
from aind_session.errors.wording import first_line
from aind_session.runtime.modes import is_strict
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
    return [f for f in failures if not (isinstance(f, AccessDeniedError) or is_choice(f))]


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
        credential (see `warn_of_no_token`), or asking only the nightly tables or the mounted data.
        There is a `LeftOutWarning` if mounted data answered in place of a server.
    answered
        What was answered.
    how
        The effect; ``{service}`` stands for the server that could not be asked.
    """
    failures = list(failures)
    parts = [f for f in failures if isinstance(f, PartlyMountedError)]
    _warn(parts, answered, how, LeftOutWarning)
    _warn([f for f in failures if not is_choice(f)], answered, how, SourceDownWarning)


_warned: WeakSet[object] = WeakSet()
"""Sources without a token about which `warn_of_no_token` has warned once."""


def warn_of_no_token(
    failures: Iterable[Failure], answered: str, once_for: object | None = None
) -> None:
    """Warn that an answer may lack what only a server knows that needs a token.

    Not for single answers, which are right without it, but for those that claim to be all.

    Parameters
    ----------
    failures
        Why something may be missing; those with other reasons than a missing token do not count.
    answered
        What was answered.
    once_for
        The source without a token, if this is to be said only once about it.
    """
    missing = [f for f in failures if _is_no_token(f) and not isinstance(f, PartlyMountedError)]
    if not missing:
        return
    if once_for is None:
        _warn(missing, answered, "may lack what only {service} knows", LeftOutWarning)
    elif once_for not in _warned or is_strict():
        how = "may lack those that only {service} knows (this is said once)"
        _warn(missing, answered, how, LeftOutWarning)
        _warned.add(once_for)


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
    choices = [f for f in failures if is_choice(f) and not isinstance(f, PartlyMountedError)]
    _warn(choices, what, how, LeftOutWarning)


def in_lines(failures: Iterable[Failure]) -> list[str]:
    """Return a short line per server that could not be asked, for cards and tables.

    `aind_session.doctor` and the failures themselves have the details.
    """
    return [
        f"{_briefly(first)}{_more(others)}" for first, *others in _by_service(failures).values()
    ]


def _briefly(failure: Failure) -> str:
    """Return the first line of a failure; without the ways to get a token, if that is missing."""
    said = first_line(failure)
    return said.partition(";")[0] if isinstance(failure, CredentialsError) else said


def _by_service(failures: Iterable[Failure]) -> dict[str, list[Failure]]:
    by_service: dict[str, list[Failure]] = {}
    for failure in {str(f): f for f in failures}.values():
        by_service.setdefault(failure.service, []).append(failure)
    return by_service


def _warn(
    failures: Iterable[Failure], what: str, how: str, category: type[AindSessionWarning]
) -> None:
    for first, *others in _by_service(failures).values():
        why = str(first).removeprefix(f"{first.service}: ")
        said = f"{what} {how.format(service=first.service)}: {why}{_more(others)}"
        warn_user(said, category, first)


def _more(failures: Sequence[Failure]) -> str:
    """Return a suffix with the number of further failed requests."""
    if not failures:
        return ""
    requests = "request" if len(failures) == 1 else "requests"
    return f"; {len(failures)} more {requests} failed the same way"


def is_choice(failure: Failure) -> bool:
    """Return whether the user chose not to ask a source: no token, only tables or mounts."""
    return _is_no_token(failure) or isinstance(failure, (NotInTableError, NotMountedError))


def _is_no_token(failure: Failure) -> bool:
    return isinstance(failure, CredentialsError) and failure.variable is None
