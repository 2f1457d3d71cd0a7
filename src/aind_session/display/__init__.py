"""Tables, cards, trees and timelines as values, and their forms as text, HTML and SVG.

Knows nothing of sessions: what is shown is decided by those who know it. A class of another wing
shows itself by inheriting `Shown` and giving a value of this package from ``_card``.
"""

from aind_session.display.card import Card, Fact
from aind_session.display.cell import Cell
from aind_session.display.matrix import Matrix
from aind_session.display.shown import Shown
from aind_session.display.table import Column, Table
from aind_session.display.timeline import Mark, Timeline
from aind_session.display.tree import Node, Tree

__all__ = [
    "Card",
    "Cell",
    "Column",
    "Fact",
    "Mark",
    "Matrix",
    "Node",
    "Shown",
    "Table",
    "Timeline",
    "Tree",
]
