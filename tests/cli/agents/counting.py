"""Count the tokens of a text with the vocabulary of a model."""

from __future__ import annotations

import pytest


def count(text: str) -> int:
    """Count tokens."""
    bpe_openai = pytest.importorskip("bpe_openai")
    return len(bpe_openai.get_encoding("o200k_base").encode(text))
