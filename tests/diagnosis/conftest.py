"""A stand-in with a token, and what the doctor finds in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aind_session import Diagnosis, Finding
from aind_session.sources.demo_world import demo_world
from tests.platform import Platform

SECRET = "cop_0123456789abcdefghijklmnopqrstuv"
TOKEN = "CODE_OCEAN_API_TOKEN"
COMPUTATION = "0000000c-0000-4000-8000-000000000001"


def of(diagnosis: Diagnosis, group: str, name: str) -> Finding:
    [found] = [f for f in diagnosis.findings if (f.group, f.name) == (group, name)]
    return found


def not_ok(diagnosis: Diagnosis) -> set[tuple[str, str]]:
    return {(f.name, f.state) for f in diagnosis.findings if f.state != "ok"}


@pytest.fixture
def platform(stand_in: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> Platform:
    platform = stand_in(demo_world())
    platform.token = SECRET
    monkeypatch.setenv(TOKEN, SECRET)
    return platform
