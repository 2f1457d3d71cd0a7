"""Tables, cards, trees and timelines as values, and their forms as text, HTML and SVG.

Nothing here depends on sessions. A class elsewhere inherits `Shown`, and its ``_card`` returns a
value of this package. Each name is imported at its first use, since `Session` inherits `Shown` and
most programs show nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    from typing import Any

    from aind_session.display.card import Card, Fact
    from aind_session.display.cell import Cell
    from aind_session.display.drawing import Drawing
    from aind_session.display.matrix import Matrix
    from aind_session.display.shown import Shown
    from aind_session.display.table import Column, Table
    from aind_session.display.timeline import Legend, Mark, Timeline
    from aind_session.display.tree import Node, Tree

_HOMES = {
    "card": ["Card", "Fact"],
    "cell": ["Cell"],
    "drawing": ["Drawing"],
    "matrix": ["Matrix"],
    "shown": ["Shown"],
    "table": ["Column", "Table"],
    "timeline": ["Legend", "Mark", "Timeline"],
    "tree": ["Node", "Tree"],
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f".{home}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted(__all__)


__all__ = [
    "Card",
    "Cell",
    "Column",
    "Drawing",
    "Fact",
    "Legend",
    "Mark",
    "Matrix",
    "Node",
    "Shown",
    "Table",
    "Timeline",
    "Tree",
]
