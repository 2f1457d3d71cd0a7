"""Objects in notebooks and in rich, also those that cannot be shown."""

from __future__ import annotations

import pytest

from aind_session.display import Shown, Table
from tests.display.hostile import check_html


class Odd(Shown):
    def _card(self) -> Table:
        raise RuntimeError("<b>gone\x1b[2J")


def test_what_cannot_be_shown_is_shown_as_such() -> None:
    bundle = Odd()._repr_mimebundle_()
    check_html(bundle["text/html"])
    why = "? cannot be shown: RuntimeError: &lt;b&gt;gone\\x1b[2J"
    assert f'<div class="foot"><div><span class="unknown">{why}</span>' in bundle["text/html"]
    assert '<div class="head"><b>Odd</b></div>' in bundle["text/html"]
    assert bundle["text/plain"].splitlines() == [
        "Odd",
        "",
        "  cannot be shown: RuntimeError: <b>gone\\x1b[2J",
    ]


def test_rich_shows_the_text() -> None:
    console = pytest.importorskip("rich.console").Console(width=60, file=None, record=True)
    with console.capture() as shown:
        console.print(Table.of(["[red]a[/red]", "b"], [["[bold]x", 1]]))
    assert [line.rstrip() for line in shown.get().splitlines()] == [
        "[red]a[/red]  b",
        "[bold]x       1",
    ]
