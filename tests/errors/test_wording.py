"""Messages repeat texts from users and servers in one readable line."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from aind_session import NotFoundError, OddAnswerWarning, Session, memory_sources
from aind_session.diagnosis.notes import Missing
from aind_session.errors.wording import printable, quote
from aind_session.runtime.warning import warn_user
from tests.worlds import asset, empty_world

NAME = "ecephys_700001_2024-01-01_00-00-00"
CLEARS_THE_SCREEN = "\x1b[2J"


def test_no_message_holds_what_terminals_obey() -> None:
    world = empty_world()
    world.assets = [asset(1, f"{NAME}_sorted_{CLEARS_THE_SCREEN}_2024-02-01_00-00-00")]
    session = Session(NAME, sources=memory_sources(world))
    session.data_assets
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_user(CLEARS_THE_SCREEN, OddAnswerWarning)
    shown = [
        str(NotFoundError("a", close=[CLEARS_THE_SCREEN])),
        str(Missing("a", CLEARS_THE_SCREEN)),
        repr(session.explain()),
        repr(session.derived()),
        str(caught[0].message),
    ]
    assert [text for text in shown if "\x1b" in text] == []
    assert all("\\x1b[2J" in text for text in shown)


@pytest.mark.parametrize("deep", [pytest.param(10**5000, id="long"), "nested"])
def test_a_value_without_a_repr_is_quoted_by_its_class(deep: Any) -> None:
    if deep == "nested":
        deep = []
        for _ in range(100_000):
            deep = [deep]
    assert "cannot be shown" in quote(deep)


@pytest.mark.parametrize(
    "hidden",
    [
        *("\u00ad", "\u034f", "\u115f", "\u1160", "\u180e", "\u200b", "\u2060", "\u2064"),
        *("\u206a", "\u206f", "\u3164", "\ufeff", "\uffa0", "\ufff9", "\ufffb"),
        *("\U000e0001", "\U000e007f", "\U000e0100", "\U000e01ef"),
    ],
    ids=ascii,
)
def test_what_nobody_sees_is_seen(hidden: str) -> None:
    shown = printable(f"a{hidden}b")
    assert shown.isascii()
    assert shown == f"a{hidden.encode('unicode_escape').decode()}b"


@pytest.mark.parametrize("text", ["Süd", "日本", "مرحبا", "नमस्ते", "a\u0301", "\U0001f600", "1 µm"])
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text
