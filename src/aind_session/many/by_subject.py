"""Find the sessions of subjects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, overload

from aind_session.conventions.dates import DateLike, is_within, range_or_day
from aind_session.conventions.session_id import KNOWN_PLATFORMS
from aind_session.runtime.arguments import optional_text, several
from aind_session.runtime.calls import one_call
from aind_session.session import Session
from aind_session.sources import Sources, sources_or_default
from aind_session.subject import Subject

if TYPE_CHECKING:
    from aind_session.many.sessions import Sessions
    from aind_session.sources.from_tables import Chosen

# Most calls ask the servers about one subject that exists. What other calls need (the collection,
# the nightly tables, warnings) takes 25 ms to import, so the functions below import it.


@overload
def get_sessions(
    subject_id: int | str,
    date: DateLike | None = None,
    platform: str | None = None,
    start_date: DateLike | None = None,
    end_date: DateLike | None = None,
    *,
    source: Chosen | None = None,
    sources: Sources | None = None,
) -> tuple[Session, ...]: ...
@overload
def get_sessions(
    subject_id: None = None,
    date: DateLike | None = None,
    platform: str | None = None,
    start_date: DateLike | None = None,
    end_date: DateLike | None = None,
    *,
    subject_ids: Iterable[int | str],
    source: Chosen | None = None,
    sources: Sources | None = None,
) -> Sessions: ...
@one_call
def get_sessions(
    subject_id: int | str | None = None,
    date: DateLike | None = None,
    platform: str | None = None,
    start_date: DateLike | None = None,
    end_date: DateLike | None = None,
    *,
    subject_ids: Iterable[int | str] | None = None,
    source: Chosen | None = None,
    sources: Sources | None = None,
) -> tuple[Session, ...] | Sessions:
    """Return the sessions of one subject or of several subjects.

    Parameters
    ----------
    subject_id
        The subject, as text or number, or any text that contains one.
    date
        Only sessions of this day. Text such as ``2023-12-13``, ``20231213``,
        ``2023/12/13``, ``2023-12-13_13-43-40``, ``20231213_134340``, ISO 8601 or the name of a
        session; a time in it is ignored.
    platform
        Only sessions with this platform in their name, such as ``ecephys``; case matters, and a
        misspelled platform raises an error that names the nearest.
    start_date, end_date
        Only sessions in this range, both ends included. An end without a time includes that whole
        day. Local time, as in session names; a time with a zone is converted to local time. Empty
        text, here and in `date` and `platform`, means no limit.
    subject_ids
        Several subjects instead of one; they are asked about together.
    source
        ``"servers"``; ``"table"``: the nightly tables, which hold only the newer schema;
        ``("table", "servers")``: the tables, and the servers for subjects that are not in them;
        ``"mounts"``: the mounted data assets. By default the setting ``AIND_SESSION_SOURCE``, else
        the servers, and the mounted data in place of servers that cannot be asked.
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    tuple of Session, or Sessions for several subjects
        Ordered by acquisition time, subject by subject; empty if no session matches.

    Raises
    ------
    ValueError
        An invalid date, `date` together with a range, a start after the end, text without a
        subject, or a misspelled platform.
    TypeError
        Neither or both of `subject_id` and `subject_ids` are passed, or the platform is not text.
    RemoteError, CredentialsError
        Nothing was found, and some source could not be asked.

    Warns
    -----
    NothingFoundWarning
        No asset or record names the subject, or no session has the platform but a similar one
        exists. The warning names similar subjects that have records, which takes one more request
        per schema version.

    Examples
    --------
    >>> [session.id for session in get_sessions(676909, start_date="2023-12-13")]
    ['ecephys_676909_2023-12-13_13-43-40', 'ecephys_676909_2023-12-14_12-43-11']
    >>> get_sessions("676909", "20231213")
    (Session('ecephys_676909_2023-12-13_13-43-40'),)
    """
    first, last = range_or_day(date, start_date, end_date)
    if (subject_id is None) == (subject_ids is None):
        raise TypeError(f"pass one subject or several: {subject_id=}, {subject_ids=}")
    platform = (optional_text(platform, "a platform") or "").strip() or None
    if platform:
        from aind_session.conventions.vocabulary import check_platform

        check_platform(platform)

    def fits(session: Session) -> bool:
        return platform in (None, session.platform) and is_within(session.dt, first, last)

    if source is not None:
        from aind_session.sources.from_tables import choose

        sources = choose(sources_or_default(sources), source)
    if subject_ids is None:
        known = Subject(subject_id, sources=sources).sessions
        found = tuple(filter(fits, known))
        _warn_of_platform(platform, found, known)
        if not known:
            _warn_of_subject(subject_id, sources_or_default(sources))
        return found

    from aind_session.many.sessions import Sessions

    subjects = [Subject(subject, sources=sources) for subject in several(subject_ids)]
    of_all = Sessions(subjects, sources=sources)
    fitting = of_all.only(fits)
    _warn_of_platform(platform, fitting, of_all)
    return fitting


def _warn_of_platform(
    platform: str | None, found: Sequence[Session], known: Iterable[Session]
) -> None:
    """Warn about a platform that no session has, if a similar one exists."""
    if platform and not found:
        from aind_session.runtime.misspelled import warn_if_misspelled

        there = sorted({session.platform for session in known if session.platform})
        warn_if_misspelled("platform", platform, [*there, *KNOWN_PLATFORMS])


def _warn_of_subject(subject_id: int | str | None, sources: Sources) -> None:
    """Warn about a subject without records, with similar subjects that have records."""
    from aind_session.conventions.names import parse_subject
    from aind_session.many.nothing import warn_of_unknown_subjects

    warn_of_unknown_subjects([parse_subject(subject_id)], sources)
