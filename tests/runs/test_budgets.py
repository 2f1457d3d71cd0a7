"""The number of requests of many runs, with sources in memory, whose clock jumps ahead."""

from __future__ import annotations

from benchmarks.runs import run, total

SESSIONS, SUBJECTS = 80, 10


def test_runs_without_names_and_captures_cost_what_they_must() -> None:
    found = run(SESSIONS, SUBJECTS, at_most=40, seconds=3600, names=False, captures=False)
    assert found["states"] == {"succeeded": SESSIONS}
    # two searches per subject, three about the pipeline, and inputs that are opened
    assert total(found["planned"]) == 2 * SUBJECTS + 3 + 1 + SUBJECTS // 5
    assert found["planned"]["get"] == 3
    driven = found["driven"]
    assert (driven["run"], driven["results"], driven["result"]) == (SESSIONS,) * 3
    looks = driven.pop("computations") + driven.pop("computation", 0)
    assert total(driven) == 3 * SESSIONS  # one start; at its end two, and one file
    assert looks <= 120  # in about two hours: every ten seconds it would be 720


def test_names_and_captures_cost_one_request_each_and_a_search_a_subject() -> None:
    found = run(SESSIONS, SUBJECTS, at_most=40, seconds=3600, names=True, captures=True)
    assert found["states"] == {"captured": SESSIONS}
    driven = found["driven"]
    for name in ("rename", "create", "share", "get"):
        assert driven[name] == SESSIONS
    assert driven["search"] <= SUBJECTS + 2
