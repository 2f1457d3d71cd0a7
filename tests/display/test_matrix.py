"""Matrices as text and as SVG."""

from __future__ import annotations

from aind_session.display import Cell, Matrix
from tests.display.hostile import check_html, check_svg


class TestMatrix:
    def test_words_in_a_terminal_and_signs_in_a_notebook(self) -> None:
        cells = ((Cell("", "good"), Cell("", "none")),)
        legend = (("good", "there"), ("none", "none"))
        shown = Matrix(("a",), ("sorted", "nwb"), cells, "session", legend=legend)  # type: ignore[arg-type]
        assert shown.text(80).splitlines() == ["session  sorted  nwb", "a        there   none"]
        assert '<span class="good">●</span>' in shown.html()

    def test_without_rows_it_is_the_title(self) -> None:
        shown = Matrix((), ("sorted",), (), "session", "Sessions", "0 sessions")
        assert shown.text(40) == "Sessions                      0 sessions"
        check_html(shown.html())
        assert "<table" not in shown.html()

    def test_many_rows_are_counted_in_bars(self) -> None:
        cells = tuple((Cell("", "good" if i % 2 else "bad"),) for i in range(200))
        shown = Matrix(tuple(map(str, range(200))), ("nwb",), cells)
        assert shown.html().count("<rect") == 2
        check_svg(shown.svg())
