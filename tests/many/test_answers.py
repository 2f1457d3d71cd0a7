"""Answers by session."""

from __future__ import annotations

import pytest

from aind_session import (
    Session,
    memory_sources,
)
from aind_session.diagnosis.notes import Missing
from aind_session.many.answers import Answers
from tests.many.two_sessions import ONE, world


def test_an_answer_that_no_error_hides_is_a_missing_key() -> None:
    session = Session(ONE, sources=memory_sources(world()))
    answers = Answers[str]({}, {session: Missing(ONE, "there is none")})
    with pytest.raises(KeyError, match="there is none"):
        answers[session]
    assert answers.get(session, "a default") == "a default"
