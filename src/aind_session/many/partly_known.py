"""Sessions of which only the mounted data assets are known."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from aind_session.diagnosis.notes import Note, note_of
from aind_session.errors import CouldNotLook
from aind_session.runtime.parallel import attempt
from aind_session.session import Session, finder_of
from aind_session.sources import Sources


def partly_known(sessions: Iterable[Session], sources: Sources) -> dict[Session, Note]:
    """Return notes for sessions that may have other assets than the mounted ones.

    Parameters
    ----------
    sessions
        Sessions whose assets were requested.
    sources
        Their sources.
    """
    if sources.mounts is None:
        return {}
    asked = {one: attempt(partial(finder_of(one).inventory.checked, ())) for one in sessions}
    return {
        session: note_of(session.id, found)
        for session, found in asked.items()
        if isinstance(found, CouldNotLook)
    }
