"""Tables as text and as HTML."""

from __future__ import annotations

from aind_session.display import Cell, Table
from tests.display.hostile import check_html, text_in


class TestTable:
    def test_text_is_aligned_by_what_a_terminal_shows(self) -> None:
        shown = Table.of(["name", "n"], [["マウス", 1], ["mouse", 20]], right=["n"]).text(80)
        assert shown.splitlines() == ["name     n", "マウス   1", "mouse   20"]

    def test_the_widest_column_is_cut_where_the_terminal_is_narrow(self) -> None:
        shown = Table.of(["id", "name"], [["1", "x" * 60], ["2", "y"]]).text(40)
        assert shown.splitlines() == ["id  name", f"1   {'x' * 35}…", "2   y"]

    def test_long_texts_wrap_where_the_column_says_so(self) -> None:
        shown = Table.of(
            ["id", "why"], [["1", "no record of it anywhere at all here"]], wrap=["why"]
        )
        assert shown.text(40).splitlines()[1:] == ["1   no record of it anywhere at all here"]
        assert shown.text(24).splitlines()[1:] == [
            "1   no record of it",
            "    anywhere at all here",
        ]

    def test_long_tables_show_the_first_and_the_last_rows_with_the_count(self) -> None:
        shown = Table.of(["n"], [[i] for i in range(214)])
        assert shown.text(80, rows=4).splitlines() == ["n", "0", "1", "2", "... 210 more", "213"]
        assert shown.text(80, rows=None).count("\n") == 214
        assert "… 174 more" in shown.html()

    def test_empty_tables_show_their_columns(self) -> None:
        shown = Table.of(["a", "b"], [])
        assert shown.text(80) == "a  b"
        check_html(shown.html())

    def test_a_header_says_of_what_it_is(self) -> None:
        assert '<th scope="col">n</th>' in Table.of(["n"], [[1]]).html()

    def test_a_short_id_is_copied_whole(self) -> None:
        cell = Cell("16d46411", "code", "https://x", whole="16d46411-540a-4122-b47f-8cb2a15d593a")
        shown = Table.of(["asset"], [[cell]])
        assert shown.text(80).splitlines() == ["asset", "16d46411"]
        assert text_in(shown.html()).endswith("asset16d46411-540a-4122-b47f-8cb2a15d593a")
        assert '<span class="cut">16d46411-540a' in shown.html()

    def test_names_break_at_signs_but_not_in_dates(self) -> None:
        shown = Table.of(["n"], [[Cell("behavior_700001_2024-01-08_10-30-00", "code")]]).html()
        assert "behavior_<wbr>700001_<wbr>2024-01-08_<wbr>10-30-00</span>" in shown
        assert "behavior_700001_2024-01-08_10-30-00" in text_in(shown)
        long = f"{'x' * 40}_2024-01-08"  # would be wider than a phone in one piece
        assert "<wbr>" not in Table.of(["n"], [[Cell(long, "code")]]).html()
