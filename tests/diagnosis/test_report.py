"""What the doctor found, as text, as a table and as data."""

from __future__ import annotations

from aind_session import Diagnosis, Finding


class TestShown:
    diagnosis = Diagnosis(
        (
            Finding("DocDB", "v1", "ok", "answers"),
            Finding("DocDB", "v2", "limited", "first\nsecond", "wait"),
            Finding("S3", "<bucket>", "wrong", "gone", "look & see"),
        )
    )

    def test_as_text_by_group_with_what_to_do(self) -> None:
        assert repr(self.diagnosis).splitlines() == [
            "DocDB",
            "  ok       v1  answers",
            "  limited  v2  first",
            "               second",
            "               next: wait",
            "S3",
            "  wrong    <bucket>  gone",
            "                     next: look & see",
            "1 wrong, 1 limited",
        ]

    def test_as_a_table_in_notebooks(self) -> None:
        shown = self.diagnosis._repr_html_()
        assert '<td class="wrap">&lt;bucket&gt;</td>' in shown
        assert '<span class="bad">✕ wrong</span></td><td class="wrap">gone</td>' in shown
        assert "look &amp; see" in shown

    def test_as_data(self) -> None:
        shown = self.diagnosis.to_dict()
        assert shown["status"] == 3
        assert shown["findings"][0] == {
            "group": "DocDB",
            "name": "v1",
            "state": "ok",
            "detail": "answers",
            "next_step": None,
        }

    def test_nothing_found_shows_too(self) -> None:
        assert repr(Diagnosis(())) == "everything works"
