"""100 questions: the sufficient calls return true answers, without IDs that do not exist."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from aind_session.cli.agents.bounded import as_json
from aind_session.cli.agents.tools import call, tools
from aind_session.conventions.institute import SORTING_PIPELINE_ID
from aind_session.sources import memory_sources, use_sources
from tests.cli.agents.counting import count
from tests.cli.agents.made_up import ids_in, known_ids, world
from tests.cli.agents.questions import QUESTIONS, Answers, Question

jsonschema = pytest.importorskip("jsonschema")

KINDS = tuple(dict.fromkeys(question.kind for question in QUESTIONS))


@pytest.fixture(scope="module")
def known() -> set[str]:
    return known_ids(world()) | {SORTING_PIPELINE_ID}


@pytest.fixture
def _asked() -> Iterator[None]:
    with use_sources(memory_sources(world())):
        yield


def ask(question: Question) -> Answers:
    """Make the calls of a question in order."""
    answers: Answers = []
    for tool, arguments in question.calls:
        answers.append(call(tool, arguments(answers)))
    return answers


def value_at(answer: dict[str, Any], path: str) -> Any:
    """The value at a path of an answer; see `Question`."""
    part, *keys = path.split(".")
    found = answer[part]
    if part == "rows":
        which, key = keys
        rows = [row for row in found if which == "*" or "_sorted_2024-06" in row["name"]]
        values = [row.get(key) for row in rows]
        return values if which == "*" else values[0]
    for key in keys:
        found = found[key]
    return found


def test_there_are_a_hundred_of_at_most_three_calls() -> None:
    assert len({question.text for question in QUESTIONS}) == 100
    assert max(len(question.calls) for question in QUESTIONS) <= 3


@pytest.mark.usefixtures("_asked")
@pytest.mark.parametrize("kind", KINDS)
def test_answers_hold_what_is_true_and_nothing_made_up(kind: str, known: set[str]) -> None:
    for question in QUESTIONS:
        if question.kind != kind:
            continue
        answers = ask(question)
        held = {path: value_at(answers[-1], path) for path in question.expected}
        assert held == question.expected, question.text
        said = ids_in(json.dumps(answers)) - ids_in(question.text)
        assert said - known == set(), question.text
        assert all(answer["sources"] for answer in answers), question.text


@pytest.mark.usefixtures("_asked")
def test_answers_are_of_the_form_that_is_listed() -> None:
    """Each key of a row is named, with the type of its value."""
    there_are = tools()
    schemas = {name: tool.output_schema() for name, tool in there_are.items()}
    for question in QUESTIONS:
        for (tool, _), answer in zip(question.calls, ask(question), strict=True):
            jsonschema.validate(answer, schemas[tool])
            named = set(there_are[tool].gives)
            assert {key for row in answer["rows"] for key in row} <= named, question.text
            assert set(answer["found"]) <= set(there_are[tool].finds), question.text


@pytest.mark.usefixtures("_asked")
def test_answers_are_short(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {
        kind: [
            (len(question.calls), [count(as_json(answer)) for answer in ask(question)])
            for question in QUESTIONS
            if question.kind == kind
        ]
        for kind in KINDS
    }
    every = [size for asked in sizes.values() for _, answers in asked for size in answers]
    lines = ["", f"{'question':<22}{'asked':>6}{'calls':>6}{'median':>8}{'longest':>8}"]
    for kind, asked in sizes.items():
        tokens = [size for _, answers in asked for size in answers]
        calls = max(calls for calls, _ in asked)
        lines.append(f"{kind:<22}{len(asked):>6}{calls:>6}{median(tokens):>8.0f}{max(tokens):>8}")
    lines.append(f"{'all':<22}{len(QUESTIONS):>6}{'':>6}{median(every):>8.0f}{max(every):>8}")
    with capsys.disabled():  # see `make questions`
        sys.stdout.write("\n".join([*lines, ""]))
    assert median(every) <= 300
    assert max(every) <= 1_500
