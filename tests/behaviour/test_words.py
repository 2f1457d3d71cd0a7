"""The check of phrases finds what it should, and nothing else."""

from __future__ import annotations

import importlib

import pytest

pytest.importorskip("checks.words", reason="the checks are only in the repository")
found = importlib.import_module("checks.words").found


@pytest.mark.parametrize(
    "text",
    [
        "asked side by side",
        "nothing is asked",
        "a date that is none",
        "a folder of its own",
        "Waits for so many seconds",
        "whoever asks",
        '"""Give the name of a session.',
        '"""Tells whether it exists.',
        "one request a subject",
        "all assets that a search brought",
        "in the layouts of the years",
    ],
)
def test_a_phrase_is_found_with_its_line_and_what_to_write(text: str) -> None:
    [(number, phrase, hint)] = found(f"fine\n{text}\n")
    assert number == 2
    assert phrase in text
    assert hint


@pytest.mark.parametrize(
    "text", ["None when there is none.", "its own", "so many  # words: ok", "is well-formed"]
)
def test_plain_words_and_exceptions_are_left_alone(text: str) -> None:
    assert list(found(text)) == []
