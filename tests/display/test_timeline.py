"""Timelines as text and as SVG."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

import pytest

from aind_session.display import Legend, Mark, Timeline
from tests.display.hostile import check_html, check_text
from tests.display.test_display import DAY


def days(count: int, lane: str = "ecephys") -> list[Mark]:
    return [Mark(DAY + datetime.timedelta(days=i), lane, f"session {i}") for i in range(count)]


class TestTimeline:
    def test_titles_use_the_words_of_the_legend(self) -> None:
        legend = Legend(filled="uploaded", empty="not uploaded", ring="sorted")
        marks = [Mark(DAY + datetime.timedelta(minutes=i), "ecephys", f"s{i}") for i in range(9)]
        marks[0] = replace(marks[0], state="empty")
        crowded = Timeline(tuple(marks), legend=legend).svg()
        assert "<title>9, 13 Dec 2023: 1 not uploaded; 8 uploaded</title>" in crowded
        one = Timeline((replace(marks[1], ring="ring"),), legend=legend).svg()
        assert "<title>s1: uploaded, sorted</title>" in one

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
