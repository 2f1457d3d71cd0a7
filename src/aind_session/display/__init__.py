"""Tables, cards, trees and timelines as values, and their forms as text, HTML and SVG.

Knows nothing of sessions: what is shown is decided by those who know it. A class of another wing
shows itself by inheriting `Shown` and giving a value of this package from ``_card``. Each name is
imported at its first use: a session inherits `Shown`, and most programs show nothing.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
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
    __getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs=_HOMES)

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
