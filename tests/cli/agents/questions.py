"""100 questions about the made-up world, with sufficient calls and expected answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from aind_session.conventions.institute import SORTING_PIPELINE_ID
from tests.cli.agents.made_up import FACTS, SUBJECTS, Fact

Answers = list[dict[str, Any]]
Call = tuple[str, Callable[[Answers], dict[str, Any]]]
"""A tool and its arguments, which may come from earlier answers."""


@dataclass(frozen=True)
class Question:
    """A question that a person puts to an agent.

    Attributes
    ----------
    kind, text
        What it is about, and how it is put.
    calls
        What suffices, in this order.
    expected
        What the last answer holds: values by path, in which ``*`` stands for all rows in
        order, and ``good`` for the row of the sorting that worked.
    """

    kind: str
    text: str
    calls: tuple[Call, ...]
    expected: dict[str, Any]


def _call(tool: str, **arguments: Any) -> Call:
    return tool, lambda _: arguments


def _session(fact: Fact, *fields: str) -> Call:
    return _call("session", mention=fact.name, fields=list(fields))


def _questions() -> Iterator[Question]:
    for fact in FACTS:
        yield from _about(fact)
    for index, subject in enumerate(SUBJECTS):
        yield from _about_subject(subject, FACTS[4 * index : 4 * index + 4])


def _about(fact: Fact) -> Iterator[Question]:
    yield Question(
        "which asset",
        f"Which data asset holds the raw data of {fact.name}?",
        (_session(fact, "raw_asset"),),
        {"found.raw_asset.id": fact.id("raw")} if fact.has_raw_asset else {"found.raw_asset": None},
    )
    yield Question(
        "where",
        f"Where are the raw data of mouse {fact.subject} of {fact.day}, and what is in them?",
        (
            _call("find", mention=fact.subject, day=fact.day),
            (
                "session",
                lambda answers: {
                    "mention": answers[0]["found"]["session"],
                    "fields": ["raw_dir", "modalities"],
                },
            ),
        ),
        {"found.raw_dir.place": fact.place, "found.modalities": list(fact.modalities)},
    )
    last = "bad" if fact.last_failed else "good"
    yield Question(
        "latest good sorting",
        f"What is the last sorting of {fact.name} that worked?",
        (_session(fact, "latest_sorted", "latest_good_sorted"),),
        {
            "found.latest_good_sorted.id": fact.id("good"),
            "found.latest_good_sorted.name": fact.good_name,
            "found.latest_sorted.id": fact.id(last),
        },
    )
    yield from _who(fact)
    if fact.number % 4 == 3 or fact.last_failed:
        yield _what_is_wrong(fact)


def _who(fact: Fact) -> Iterator[Question]:
    if fact.number % 2:
        yield Question(
            "who made it",
            f"Who made {fact.good_name}: which run of which pipeline, and of what?",
            (
                _call("find", mention=fact.id("good")),
                ("lineage", lambda answers: {"mention": answers[0]["found"]["asset"]["id"]}),
            ),
            {
                "rows.good.run": fact.id("run of good"),
                "rows.good.capsule": SORTING_PIPELINE_ID,
                "rows.good.made_of": [fact.id("raw")] if fact.has_raw_asset else [],
            },
        )
    else:
        yield Question(
            "what is it",
            f"What is {fact.id('good')}?",
            (_call("find", mention=f"https://codeocean.example/data-assets/{fact.id('good')}"),),
            {
                "found.kind": "asset",
                "found.session": fact.name,
                "found.asset.name": fact.good_name,
                "found.process": "sorted",
            },
        )


def _what_is_wrong(fact: Fact) -> Question:
    if fact.last_failed:
        return Question(
            "why failed",
            f"Why did the last sorting of {fact.name} fail?",
            (
                _session(fact, "latest_sorted"),
                ("why", lambda answers: {"mention": answers[0]["found"]["latest_sorted"]["id"]}),
            ),
            {
                "found.failed": True,
                "found.step": "capsule_sort_4 (2)",
                "found.line": "Killed",
                "found.exit_code": 137,
            },
        )
    return Question(
        "what is missing",
        f"What is missing for {fact.name}?",
        (_call("why", mention=fact.name),),
        {"rows.*.kind": _missing(fact)},
    )


def _missing(fact: Fact) -> list[str]:
    without_record = fact.has_raw_asset + 1  # and the sorting
    return ["NotInDocDB"] * without_record + ["OnlyInS3"] * (not fact.has_raw_asset)


def _about_subject(subject: str, facts: tuple[Fact, ...]) -> Iterator[Question]:
    recorded = [fact.name for fact in facts if fact.has_record]
    yield Question(
        "which sessions",
        f"Which sessions does mouse {subject} have?",
        (_call("find", mention=subject),),
        {"rows.*.session": [fact.name for fact in facts[::-1]]},
    )
    yield Question(
        "search",
        f"Which sessions of mouse {subject} are described in DocDB, the last one first?",
        (_call("search", subject=subject),),
        {"rows.*.session": recorded[::-1]},
    )


QUESTIONS = tuple(_questions())
