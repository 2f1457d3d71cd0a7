"""Healthy servers that do not know the answer or may not give it: see `docs/matrix.md`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.matrix.situations import SITUATIONS, Situation, world
from tests.platform import Platform


@pytest.mark.parametrize(
    "situation", SITUATIONS, ids=[f"{s.name}: {s.call}".replace("`", "") for s in SITUATIONS]
)
def test_situation(
    stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, situation: Situation
) -> None:
    situation.check(stand_in(world()), monkeypatch)
