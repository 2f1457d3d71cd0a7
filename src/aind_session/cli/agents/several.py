"""The tool search: find sessions by their metadata."""

from __future__ import annotations

from typing import Any

from aind_session.cli.agents.arguments import Search
from aind_session.cli.agents.asked import DOCDB, Evidence
from aind_session.cli.agents.one import Found


def search(wanted: Search, rests_on: Evidence) -> Found:
    """Search for sessions, latest first."""
    from aind_session.many.search import search

    criteria: dict[str, Any] = {
        {"since": "start_date", "until": "end_date"}.get(name, name): value
        for name, value in wanted.model_dump(exclude={"after", "max_tokens"}).items()
        if value is not None
    }
    found = search(**criteria)
    if found.as_of is None:
        rests_on.asked_now(DOCDB)
    else:
        rests_on.at["nightly tables"] = found.as_of.isoformat()
    rows = [{"session": session.id, "time": session.dt.isoformat()} for session in found]
    return {"criteria": criteria}, rows[::-1]
