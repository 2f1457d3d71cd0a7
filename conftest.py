"""The initial state of every test and doctest: no settings, sources or registered namespaces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

import aind_session
from aind_session import sources
from aind_session.runtime.attributes import load_shipped, shipped_extensions

_OF_MCP = ("server.py", "http.py", "stdio.py")

# read by pytest-timeout: a test that hangs fails. Here, not among pytest's settings, so that tests
# also run where the plugin is not installed. The slowest test takes a tenth of it
os.environ.setdefault("PYTEST_TIMEOUT", "300")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Ignore files that import the extra mcp, if it is not installed."""
    served = collection_path.parent.name == "agents" and collection_path.name in _OF_MCP
    return True if served and find_spec("mcp") is None else None


@pytest.fixture(autouse=True)
def _clean_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Hide the user's settings and .env files, except from live tests."""
    if request.node.get_closest_marker("live"):
        return
    for name, value in os.environ.items():
        ours = name.startswith(("AWS_", "CODE_OCEAN", "AIND_SESSION", "NPC_IO", "CO_"))
        if (ours and name != "AIND_SESSION_TEST_DATA") or value.upper().startswith("COP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AIND_SESSION_CACHE_DIR", str(tmp_path / "cache"))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))


@pytest.fixture(autouse=True)
def _clean_sources(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make doctests ask the demo; tests choose their own sources."""
    sources.reset_sources()
    with ExitStack() as stack:
        if isinstance(request.node, pytest.DoctestItem):
            stack.enter_context(sources.demo())
        yield
    sources.reset_sources()


@pytest.fixture(autouse=True)
def _clean_namespaces() -> Iterator[None]:
    """Remove namespaces that a test registers after it; keep those of the library."""
    for name in shipped_extensions():
        load_shipped(name)
    classes = (aind_session.Session, aind_session.Subject)
    before = [dict(vars(cls)) for cls in classes]
    yield
    for cls, attributes in zip(classes, before, strict=True):
        for name in set(vars(cls)) - set(attributes):
            delattr(cls, name)
        for name, value in attributes.items():
            if vars(cls)[name] is not value:
                setattr(cls, name, value)
