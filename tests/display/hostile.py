"""Hostile names, for tests of every form of every object that is shown."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from aind_session.display.markup import MAX_BYTES
from aind_session.display.words import width

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'`</style></svg>",
    "link": "javascript:alert(1)//https://x",
    "control": "a\x1b[2J\x1b]0;owned\x07\x00\x08b\r\nc\td\x7f\x9b31m",
    "direction": "cod\u202egpj.exe\u202c \u2066x\u2069 \u200f\u061c",
    "separators": "one\u2028two\u2029three\x85four",
    "hidden": "a\u200bb\ufeffc\U000e0041d",
    "surrogate": "a\ud83db",
    "long": "ecephys_" * 1250,
    "long words": "no blank" * 1250 + " end",
    "marks": "<" * 10_000,
    "scripts": "マウス 老鼠 мышь فأر עכבר हिन्दी 🐭 ÅÄÖ",
    "accents": "z" + "\u0301" * 2000,
    "blank": "   ",
    "empty": "",
}

OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufeff\ud800-\udfff]"
)

TAGS = set(
    "div style b span dl dt dd code strong a i table thead tbody tr th td details summary "
    "pre svg title desc path rect circle text g wbr".split()
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "srcset", "action", "data")
            if name == "href":
                assert (value or "").startswith("https://")
        if tag != "wbr":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def text_in(shown: str) -> str:
    """Return the text of HTML, as it is read and copied."""
    return html.unescape(re.sub("<[^>]*>", "", shown))


def check_html(shown: str) -> None:
    """Assert that HTML is small and well-formed, without scripts and external content."""
    assert len(shown.encode()) <= MAX_BYTES
    assert OBEYED.search(shown) is None
    reader = _Reader()
    reader.feed(shown)
    reader.close()
    assert reader.open == []
    sheets = re.findall("<style>(.*?)</style>", shown)
    assert len(sheets) == 1
    assert "url(" not in sheets[0]
    assert "@import" not in sheets[0]
    for table in re.findall("<thead>.*?</thead>", shown):
        assert table.count("<th") - 1 == table.count('<th scope="col"')


def check_svg(shown: str) -> None:
    """Assert that SVG is well-formed, has a description, and contains no active content."""
    assert OBEYED.search(shown) is None
    root = ET.fromstring(shown)
    names = [part.tag.rpartition("}")[2] for part in root]
    assert names.count("title") == names.count("desc") == 1
    assert {part.tag.rpartition("}")[2] for part in root.iter()} <= TAGS
    assert root.attrib["role"] == "img"


def check_text(shown: str, columns: int) -> None:
    """Assert that text is printable and no wider than the terminal."""
    assert OBEYED.search(shown) is None
    shown.encode()
    assert max(map(width, shown.splitlines()), default=0) <= columns
