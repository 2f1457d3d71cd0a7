"""Sources in memory and over the HTTP stand-in, for the same tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import hypothesis
import pytest
import s3fs

from aind_session.runtime.waiting import AskingThread
from aind_session.sources import Sources, memory_sources, remote_sources
from aind_session.sources.memory import World
from aind_session.sources.settings import read_settings
from tests.capsules import Mount, mount_assets
from tests.platform import Platform
from tests.worlds import COMPUTATION

Serve = Callable[[World], Sources]

# the speed of creating examples says nothing about the tested code
hypothesis.settings.register_profile(
    "any pace", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any pace")


@pytest.fixture(autouse=True)
def requests_end() -> Iterator[None]:
    """Wait for the requests that a test left, which a meter of the next test would count."""
    yield
    for thread in threading.enumerate():
        if isinstance(thread, AskingThread):
            thread.join(timeout=1)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Platform]]:
    """Start stand-ins whose addresses and credentials are in the environment."""
    with ExitStack() as stack:

        def start(world: World, latency: float = 0.0, quiet: float = 0.0) -> Platform:
            platform = stack.enter_context(Platform(world, latency=latency, quiet=quiet))
            s3fs.S3FileSystem.clear_instance_cache()  # it would lead to an earlier stand-in
            for name, value in platform.environment.items():
                monkeypatch.setenv(name, value)
            return platform

        yield start


@pytest.fixture(params=["memory", "stand-in"])
def serve(request: pytest.FixtureRequest, stand_in: Callable[..., Platform]) -> Serve:
    """Create sources for a world: in memory, and through the real clients over HTTP."""

    def sources_of(world: World) -> Sources:
        if request.param == "memory":
            return memory_sources(world, buckets=read_settings().buckets)
        stand_in(world)
        return remote_sources()

    return sources_of


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with mounted data assets."""
    where = tmp_path / "data"
    where.mkdir()
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(where))
    return where


@pytest.fixture
def capsule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mount:
    """Mount assets of a world as in a capsule: their folders, and the file that lists them."""
    root = tmp_path / "capsule"
    for folder in ("data", "code"):
        (root / folder).mkdir(parents=True)
    monkeypatch.chdir(root / "code")
    monkeypatch.setenv("AIND_SESSION_DATA_DIR", str(root / "data"))
    return partial(mount_assets, root)


@pytest.fixture
def in_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CO_COMPUTATION_ID", COMPUTATION)
