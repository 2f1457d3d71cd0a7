"""Check DocDB: whether it answers for both schema versions."""

from __future__ import annotations

from functools import partial
from typing import Any

from aind_session.diagnosis.report import Finding
from aind_session.diagnosis.trying import next_step, outcomes, who
from aind_session.sources import Sources
from aind_session.sources.protocols import RECORD_VERSIONS
from aind_session.sources.settings import Settings


def check(settings: Settings, sources: Sources) -> list[Finding]:
    """Ask each schema version for a record that does not exist."""
    nothing = {"_id": "none"}  # indexed, and the answer is empty
    find = sources.records.find
    answers = outcomes(*(partial(find, version, nothing, ("name",)) for version in RECORD_VERSIONS))
    is_down = all(isinstance(answer, Exception) for answer in answers)
    host = who(sources.records, settings.docdb_host)
    return [
        _records(version, host, answer, is_down=is_down)
        for version, answer in zip(RECORD_VERSIONS, answers, strict=True)
    ]


def _records(version: str, host: str, answer: Any, *, is_down: bool) -> Finding:
    if not isinstance(answer, Exception):
        return Finding("DocDB", version, "ok", f"{host} answers")
    step = f"check the network and AIND_SESSION_DOCDB_HOST: curl -I {host}"
    return Finding(
        "DocDB", version, "wrong" if is_down else "limited", str(answer), next_step(answer, step)
    )
