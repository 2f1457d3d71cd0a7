"""Tables, cards, trees, timelines and matrices, in each of their forms."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from aind_session.display import Card, Cell, Fact, Mark, Matrix, Node, Shown, Table, Timeline, Tree
from aind_session.display.drawing import Drawing
from aind_session.display.markup import MAX_BYTES
from tests.display.hostile import HOSTILE, check_html, check_svg, check_text, text_in

DAY = datetime.datetime(2023, 12, 13, 13, 43, 40)
TONES = ("plain", "strong", "dim", "code", "good", "bad", "wait", "none", "unknown", "off")


def days(count: int, lane: str = "ecephys") -> list[Mark]:
    return [Mark(DAY + datetime.timedelta(days=i), lane, f"session {i}") for i in range(count)]


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
        long = f"{'x' * 30}_2024-01-08"  # would be wider than a phone in one piece
        assert "<wbr>" not in Table.of(["n"], [[Cell(long, "code")]]).html()


class TestCard:
    def test_text_has_the_facts_below_the_name(self) -> None:
        facts = (Fact.of("subject", "676909"), Fact.of("raw", Cell("yes", "good"), "here"))
        shown = Card("a session", "13 Dec 2023", facts, notes=(Cell("all is fine"),)).text(40)
        assert shown.splitlines() == [
            "a session                    13 Dec 2023",
            "  subject     676909",
            "  raw         yes, here",
            "",
            "  all is fine",
        ]

    def test_long_facts_wrap_and_very_long_ones_are_cut(self) -> None:
        place = "s3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40"
        shown = Card("a", facts=(Fact.of("raw data", place), Fact.of("x", "y" * 500))).text(40)
        assert shown.splitlines() == [
            "a",
            "  raw data    s3://aind-ephys-data/eceph",
            "              ys_676909_2023-12-13_13-43",
            "              -40",
            f"  x           {'y' * 26}",
            *[f"              {'y' * 26}"] * 2,
            f"              {'y' * 25}…",
        ]

    def test_a_title_above_its_remark_is_strong_too(self) -> None:
        said = Card("a session", "Wed 13 Dec 2023, 13:43:40 local").text(
            40, ink=lambda text, tone: f"<{tone}>{text}"
        )
        assert said.splitlines() == ["<strong>a session", "<dim>Wed 13 Dec 2023, 13:43:40 local"]

    def test_states_are_a_sign_and_a_word(self) -> None:
        shown = Card("", facts=(Fact.of("raw", Cell("yes", "good")),)).html()
        assert '<span class="good">● yes</span>' in shown

    def test_links_that_are_not_of_the_web_are_none(self) -> None:
        for link in ("javascript:alert(1)", "http://x", "data:text/html,x", "//x"):
            assert "<a" not in Card("", facts=(Fact.of("x", Cell("x", link=link)),)).html()


class TestTree:
    root = Node(
        "raw",
        "412 GB",
        (
            Node("sorted", "good", (Node("nwb", "9 GB", line="dashed"),)),
            Node("sorted-ks4", "failed", tone="bad"),
        ),
    )

    def test_text(self) -> None:
        shown = Tree(self.root, "a session", "3 assets", (("dashed", "by its record"),)).text(60)
        assert shown.splitlines() == [
            "a session                                           3 assets",
            "raw  412 GB",
            "├─ sorted  good",
            "│  └╌ nwb  9 GB          (by its record)",
            "└─ sorted-ks4  ✕ failed",
        ]

    def test_more_than_twelve_siblings_are_folded(self) -> None:
        many = Node("raw", children=tuple(Node(str(i)) for i in range(13)))
        lines = Tree(many).text(80).splitlines()
        assert len(lines) == 1 + 13
        assert lines[10] == "├─ ... 1 more  folded"
        few = Node("raw", children=tuple(Node(str(i)) for i in range(12)))
        assert "more" not in Tree(few).text(80)

    def test_boxes_are_as_wide_as_a_card_has_room_for(self) -> None:
        def widths(depth: int) -> set[str]:
            node = Node("x")
            for _ in range(depth - 1):
                node = Node("x", children=(node,))
            return set(re.findall(r'<rect[^>]* width="(\d+)"', Tree(node).svg()))

        assert [widths(n) for n in (1, 2, 3, 4, 6)] == [{"300"}, {"300"}, {"242"}, {"200"}, {"200"}]

    def test_its_description_names_the_nodes(self) -> None:
        said = "4 nodes, 1 failed: raw, sorted, nwb, sorted-ks4"
        assert f"<desc>{said}</desc>" in Tree(self.root).svg()

    def test_boxes_do_not_overlap(self) -> None:
        boxes = re.findall(r'<rect[^>]* x="(\d+)" y="(\d+)"', Tree(self.root).svg())
        assert len(set(boxes)) == len(boxes) == 4
        tops = sorted({int(y) for _, y in boxes})
        assert all(b - a >= 25 for a, b in pairwise(tops))


class TestTimeline:
    @pytest.mark.parametrize("count", [1, 2, 40, 250, 3000])
    def test_marks_of_daily_sessions_do_not_overlap(self, count: int) -> None:
        shown = Timeline(tuple(days(count))).svg()
        marks = [
            (float(x), float(y))
            for x, y in re.findall(r'</title><circle cx="([\d.]+)" cy="([\d.]+)"', shown)
        ]
        assert marks
        for i, (x, y) in enumerate(marks):
            assert all(abs(x - a) >= 9 or abs(y - b) >= 9 for a, b in marks[i + 1 :])
            assert 120 <= x <= 744

    def test_each_session_is_a_mark_or_counted(self) -> None:
        shown = Timeline(tuple(days(250))).svg()
        counts = [int(n) for n in re.findall(r'<text class="[cd]"[^>]*>(\d+)<', shown)]
        single = shown.count("<title>session ")
        assert sum(counts) + single == 250

    @pytest.mark.parametrize("count", [1, 10, 40, 200, 1000, 5000])
    def test_the_scale_suits_the_span(self, count: int) -> None:
        from aind_session.display.scale import Scale

        ticks = Scale.of([mark.at for mark in days(count)], 0, 600).ticks
        assert 1 <= len(ticks) <= 9
        assert [x for x, _ in ticks] == sorted(x for x, _ in ticks)
        assert all(0 <= x <= 600 for x, _ in ticks)

    def test_a_table_stands_beside_it(self) -> None:
        shown = Timeline(tuple(days(2))).html()
        assert "<summary>as a table</summary>" in shown
        assert "<code>session 1</code>" in shown

    def test_none_at_all(self) -> None:
        shown = Timeline((), "676909", "0 sessions")
        assert str(shown).split() == ["676909", "0", "sessions"]
        check_html(shown.html())

    @pytest.mark.parametrize("year", [1, 9999])
    def test_either_end_of_the_calendar(self, year: int) -> None:
        shown = Timeline((Mark(datetime.datetime(year, 1 if year == 1 else 12, 1), "x", "x"),))
        check_html(shown.html())
        check_text(shown.text(60), 60)

    def test_text_has_a_row_for_each_lane(self) -> None:
        marks = (*days(3), Mark(DAY, "behavior", "b", "empty"))
        lines = Timeline(marks).text(60).splitlines()
        assert [line.split()[0] for line in lines[1:3]] == ["behavior", "ecephys"]
        assert (lines[1].count("○"), lines[2].count("●")) == (1, 3)


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
