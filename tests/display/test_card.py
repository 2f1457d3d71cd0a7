"""Cards as text and as HTML."""

from __future__ import annotations

from aind_session.display import Card, Cell, Fact


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
            "  raw data    s3://aind-ephys-data/",
            "              ecephys_676909_2023-12-13_",
            "              13-43-40",
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

    def test_a_wide_fact_begins_in_the_first_column(self) -> None:
        facts = (Fact.of("project", "a"), Fact.of("raw data", "b", wide=True))
        shown = Card("", facts=facts).html()
        assert '<dt>project</dt><dd>a</dd><dt class="wide">raw data</dt><dd class="wide">b' in shown

    def test_links_that_are_not_of_the_web_are_none(self) -> None:
        for link in ("javascript:alert(1)", "http://x", "data:text/html,x", "//x"):
            assert "<a" not in Card("", facts=(Fact.of("x", Cell("x", link=link)),)).html()
