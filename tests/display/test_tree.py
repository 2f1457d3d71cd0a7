"""Trees as text and as SVG."""

from __future__ import annotations

import re
from itertools import pairwise

from aind_session.display import Node, Tree


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

    def test_a_deep_tree_scrolls_before_its_text_is_too_small(self) -> None:
        node = Node("x")
        for _ in range(7):
            node = Node("x", children=(node,))
        assert 'style="min-width:1479px;max-width:1972px"' in Tree(node).svg()

    def test_its_description_names_the_nodes(self) -> None:
        said = "4 nodes, 1 failed: raw, sorted, nwb, sorted-ks4"
        assert f"<desc>{said}</desc>" in Tree(self.root).svg()

    def test_boxes_do_not_overlap(self) -> None:
        boxes = re.findall(r'<rect[^>]* x="(\d+)" y="(\d+)"', Tree(self.root).svg())
        assert len(set(boxes)) == len(boxes) == 4
        tops = sorted({int(y) for _, y in boxes})
        assert all(b - a >= 25 for a, b in pairwise(tops))
