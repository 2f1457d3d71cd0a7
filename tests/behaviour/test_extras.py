"""Errors name the missing extra: one test for each extra in pyproject.toml."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import aind_session
from aind_session import Session, Sessions, get_docdb_api_client, memory_sources, sessions
from aind_session.extensions.ibl_data_converter.run import monitor_settings
from aind_session.sources import Sources
from aind_session.sources.demo_world import DEMO_SESSION, demo_world
from aind_session.testing import FakeAIND
from tests.nightly import add_tables

ROOT = Path(__file__).parents[2]


def sources() -> Sources:
    world = demo_world()
    add_tables(world)
    return memory_sources(world)


def many(source: Any = None) -> Sessions:
    return sessions(DEMO_SESSION, sources=sources(), source=source)


NEEDED: dict[str, tuple[str, Callable[[], Callable[[], Any]]]] = {
    "pandas": ("pandas", lambda: many().to_pandas),
    "polars": ("polars", lambda: many().to_polars),
    "arrow": ("pyarrow", lambda: many().to_arrow),
    "table": ("pyarrow", lambda: many("table").to_records),
    "docdb": ("aind_data_access_api", lambda: get_docdb_api_client),
    "ibl": ("aind_codeocean_pipeline_monitor", lambda: partial(monitor_settings, None, "1", "x")),
    "testing": ("yaml", lambda: partial(FakeAIND.from_yaml, "sessions: []")),
}
"""The module of an extra, and a function that prepares a call that needs it."""

ELSEWHERE = {
    "mcp",  # only for the command line, below
    "npc",  # no call needs it: its path-likes are accepted if it is installed
}


def extras() -> set[str]:
    """The extras in pyproject.toml, which Python 3.10 cannot read without tomli."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    return set(re.findall(r"^([a-z]+) = ", block, flags=re.MULTILINE))


def test_each_extra_has_a_test() -> None:
    assert extras() == {*NEEDED, *ELSEWHERE}


def hide(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Make a module, and parts of it that another test imported, impossible to import."""
    parts = [name for name in sys.modules if name.startswith(f"{module}.")]
    for name in (module, *parts):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("extra", NEEDED)
def test_a_missing_library_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, extra: str
) -> None:
    module, ready = NEEDED[extra]
    call = ready()
    hide(monkeypatch, module)
    with pytest.raises(ImportError, match=rf"pip install 'aind-session\[{extra}\]'") as caught:
        call()
    assert isinstance(caught.value.__cause__, ImportError)


@pytest.mark.parametrize("method", ["to_pandas", "to_polars", "to_arrow"])
def test_a_table_says_what_needs_nothing_more(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    call = getattr(many(), method)
    for module in ("pandas", "polars", "pyarrow"):
        hide(monkeypatch, module)
    with pytest.raises(ImportError, match=r"'; to_records\(\) needs nothing more$"):
        call()


def test_a_table_of_metrics_names_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Session(DEMO_SESSION, sources=sources()).qc.metrics
    hide(monkeypatch, "pandas")
    with pytest.raises(ImportError, match=r"aind-session\[pandas\]"):
        metrics.to_pandas()


def test_the_command_of_agents_names_it() -> None:
    # in a process that has not imported it yet
    code = "import sys; sys.modules['mcp'] = None; from aind_session.cli import main; main(['mcp'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "this command needs mcp: pip install 'aind-session[mcp]'" in done.stderr


def test_nothing_imports_npc_io() -> None:
    source = Path(aind_session.__file__).parent
    importing = re.compile(r"^\s*(import|from) npc_io\b", flags=re.MULTILINE)
    assert not [p for p in source.rglob("*.py") if importing.search(p.read_text("utf-8"))]
