"""Tables, cards, trees, timelines and matrices, in each of their forms."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence

import pytest

from aind_session.display import Card, Cell, Fact, Mark, Matrix, Node, Table, Timeline, Tree
from aind_session.display.drawing import Drawing
from aind_session.display.markup import MAX_BYTES
from tests.display.hostile import HOSTILE, check_html, check_svg, check_text

DAY = datetime.datetime(2023, 12, 13, 13, 43, 40)
TONES = ("plain", "strong", "dim", "code", "good", "bad", "wait", "none", "unknown", "off")


def table(name: str, rows: int = 60) -> Table:
    cells = [Cell(name, tone, f"https://x/{name}", name) for tone in TONES]  # type: ignore[arg-type]
    cells.append(Cell(name, link=name, colour="#000"))
    columns = [f"{name}{i}" for i in range(len(cells))]
    return Table.of(
        columns, [cells] * rows, right=columns[:2], wrap=columns[2:4], title=name, aside=name,
        footer=[name] * 3, strong=1,
    )  # fmt: skip


def tree(name: str) -> Tree:
    leaf = Node(name, name, tone="bad", title=name)
    many = Node(name, name, (leaf,) * 30, "dashed")
    for _ in range(15):
        many = Node(name, name, (many, leaf), "dotted")
    return Tree(many, name, name, (("dashed", name), ("dotted", name)), notes=(Cell(name),))


def timeline(name: str) -> Timeline:
    states = [("filled", ""), ("empty", "ring"), ("unknown", "failed")]
    marks = [
        Mark(DAY + datetime.timedelta(days=i), f"{name}{i % 20}", name, *states[i % 3], name)  # type: ignore[arg-type]
        for i in range(300)
    ]
    return Timeline(tuple(marks), name, name, notes=(Cell(name),))


def matrix(name: str) -> Matrix:
    cells = tuple(Cell(name, tone) for tone in TONES)  # type: ignore[arg-type]
    return Matrix(
        tuple(f"{name}{i}" for i in range(60)), (name,) * len(cells), (cells,) * 60, name, name,
        name, (("good", name), ("none", name)), (Cell(name),),
    )  # fmt: skip


def card(name: str) -> Card:
    facts = [Fact.of(name, Cell(name, tone), name, wide=tone == "code") for tone in TONES]  # type: ignore[arg-type]
    chips = Fact.of(name, *[Cell(name, colour="#123456")] * 40)
    parts = (table(name, 3), tree(name), timeline(name), matrix(name))
    return Card(name, name, (*facts, chips), parts, (Cell(name),) * 30)


VALUES = (table, tree, timeline, matrix, card)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("make", VALUES)
def test_hostile_names_do_no_harm(make: Callable[[str], Drawing], name: str) -> None:
    value = make(name)
    check_html(value._repr_html_())
    for columns in (40, 80, 200):
        check_text(value.text(columns), columns)
    check_text(value._repr_mimebundle_()["text/plain"], 80)
    assert "cannot be shown" not in str(value)
    if isinstance(value, Tree | Timeline | Matrix):
        check_svg(value.svg())


@pytest.mark.parametrize("make", VALUES)
def test_each_form_holds_the_name(make: Callable[[str], Drawing]) -> None:
    value = make("mouse")
    assert "mouse" in str(value)
    assert "mouse" in value.html()


def test_nothing_is_larger_than_a_cell_may_be() -> None:
    sizes: Sequence[int] = [len(make("ecephys_676909_2023").html()) for make in VALUES]
    assert max(sizes) <= MAX_BYTES


@pytest.mark.parametrize("make", VALUES)
@pytest.mark.parametrize("columns", [40, 80, 1_000_000])
def test_ink_changes_nothing_but_the_colour(make: Callable[[str], Drawing], columns: int) -> None:
    def ink(text: str, tone: str) -> str:
        return f"\x1b[1m{text}\x1b[0m"

    value = make("mouse and more")
    inked = value.text(columns, ink=ink)
    assert re.sub("\x1b\\[[01]m", "", inked) == value.text(columns)
