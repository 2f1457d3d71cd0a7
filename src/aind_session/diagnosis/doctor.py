"""`doctor`: check in parallel whether everything that the library needs works."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aind_session.diagnosis import check_code_ocean, check_docdb, check_here, check_s3
from aind_session.diagnosis.report import Diagnosis, Finding
from aind_session.runtime.parallel import side_by_side
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.settings import read_settings


def doctor(*, sources: Sources | None = None) -> Diagnosis:
    """Check whether everything that this library needs works, and say what to do if not.

    It checks the token and its read permissions, whether the servers answer and are new enough,
    which buckets can be read, what is mounted, and which versions are installed: about a dozen
    small requests, in parallel. Nothing is written, so write permissions are not tested. A failed
    check is a finding too; ``AIND_SESSION_TIMEOUT_SECONDS`` limits how long it takes.

    Parameters
    ----------
    sources
        The sources to ask; by default the real servers.

    Returns
    -------
    Diagnosis
        It shows itself; ``status`` is 0 if everything works. It contains no secrets: of the token,
        only the name of its variable and its length.

    Examples
    --------
    >>> from aind_session import demo
    >>> with demo():
    ...     diagnosis = doctor()
    >>> diagnosis.status
    0
    >>> [f.name for f in diagnosis.findings if f.group == "DocDB"]
    ['v1', 'v2']
    """
    try:
        settings = read_settings()
        asked = sources_or_default(sources)
    except (ValueError, OSError) as error:
        return Diagnosis((check_here.bad_settings(error), *check_here.versions()))
    groups: list[Callable[[], list[Finding]]] = [
        partial(check_here.settings_read, settings),
        partial(check_code_ocean.check, settings, asked),
        partial(check_docdb.check, settings, asked),
        partial(check_s3.check, settings, asked),
        partial(check_here.mounted, settings, asked),
        check_here.versions,
    ]
    return Diagnosis(tuple(finding for group in side_by_side(groups) for finding in group))
