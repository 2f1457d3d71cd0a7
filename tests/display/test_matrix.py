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

    def test_signs_in_a_terminal_that_is_too_narrow_for_words(self) -> None:
        cells = ((Cell("", "good"), Cell("", "unknown"), Cell("2", "good")),)
        legend = (("good", "there"), ("unknown", "not checked"))
        name = "ecephys_700001_2024-01-08_10-30-00"
        shown = Matrix((name,), ("sorted", "nwb", "dlc"), cells, "session", legend=legend)  # type: ignore[arg-type]
        assert shown.text(60).splitlines()[1] == f"{name}  there   not checked  2"
        assert shown.text(50).splitlines() == [
            f"session{' ' * 27}  sor…  nwb  dlc",
            f"{name}  ●     ?    2",
            "● there, ? not checked",
        ]

    def test_bars_say_how_many_columns_they_leave_out(self) -> None:
        cells = tuple((Cell("", "good"),) * 25 for _ in range(20))
        names = tuple(f"process{i}" for i in range(25))
        assert ">… 5 more</text>" in Matrix(tuple(map(str, range(20))), names, cells).svg()

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
