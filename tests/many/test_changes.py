"""Changes since a lock was made, as a table."""

from __future__ import annotations

from pathlib import Path

from aind_session import (
    memory_sources,
    sessions,
    thaw,
)
from aind_session.display import Table
from aind_session.many.changes import AssetGone, NewerAssets
from aind_session.many.thaw import Thawed
from tests.many.two_sessions import ONE, TWO, world


def test_changes_are_a_table_with_their_kinds(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    sources = memory_sources(world())
    sessions([ONE, TWO], sources=sources).freeze(path)
    thawed = thaw(path, sources=sources)
    summary = f"Thawed(x.lock of {thawed.frozen:%Y-%m-%d %H:%M} UTC: 2 sessions, 3 assets"
    assert repr(thawed) == f"{summary}, 0 changes)"
    assert thawed._card() == Table.of(
        ["session", "change", "what"],
        [],
        wrap=["what"],
        title=f"{summary}, 0 changes)",
        footer=["nothing has changed since"],
    )
    changes = (AssetGone(ONE, "i", "n"), NewerAssets(TWO, ("a",)))
    changed = Thawed(thawed.path, thawed.frozen, thawed.sessions, thawed.assets, changes)
    assert changed._card() == Table.of(
        ["session", "change", "what"],
        [
            [ONE, "AssetGone", "n (i) is gone"],
            [TWO, "NewerAssets", f"{TWO} has newer assets, which are not used: a"],
        ],
        wrap=["what"],
        title=f"{summary}, 2 changes)",
    )
    assert repr(changed).splitlines()[1:] == [
        "  - n (i) is gone",
        f"  - {TWO} has newer assets, which are not used: a",
    ]
    assert changed.as_text() == repr(changed)
