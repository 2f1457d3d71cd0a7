"""The tool search: find sessions by their metadata."""

from __future__ import annotations

from aind_session.cli.agents.arguments import Search
from aind_session.cli.agents.asked import DOCDB, Evidence, in_utc
from aind_session.cli.agents.one import Found


def search(wanted: Search, rests_on: Evidence) -> Found:
    """Search for sessions, latest first."""
    from aind_session.many.search import search

    criteria = wanted.model_dump(exclude={"after", "max_tokens"}, exclude_none=True)
    names = {"since": "start_date", "until": "end_date"}
    found = search(**{names.get(name, name): value for name, value in criteria.items()})
    if found.as_of is None:
        rests_on.asked_now(DOCDB)
    else:
        rests_on.at["nightly tables"] = in_utc(found.as_of.isoformat())
    if not found:
        rests_on.notes.append("only metadata records were searched: find with a subject lists more")
    rows = [{"session": session.id, "time": session.dt.isoformat()} for session in found]
    return {"criteria": criteria}, rows[::-1]
