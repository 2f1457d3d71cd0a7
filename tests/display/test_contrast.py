"""The colours of texts have the contrast that WCAG 2.2 requires: 4.5 to 1."""

from __future__ import annotations

import re

import pytest

from aind_session.display.markup import COLOURS, LIGHT, style
from aind_session.display.matrix import _FILLS

Colour = tuple[float, float, float]

THEMES = {  # the text and the background
    "JupyterLab light": ("#212121", "#ffffff"),
    "JupyterLab dark": ("#ffffff", "#111111"),
    "VS Code dark": ("#cccccc", "#1f1f1f"),
    "the pages, dark": ("#bdc1c6", "#1e2529"),
}


def rgb(code: str) -> Colour:
    red, green, blue = (int(code[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (share * a + (1 - share) * b for a, b in zip(one, other, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    parts = [v / 255 for v in colour]
    red, green, blue = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", ["good", "bad", "wait", "link", "dim"])
def test_states_links_and_remarks(tone: str, theme: str) -> None:
    text, background = map(rgb, THEMES[theme])
    found = re.search(rf"--{tone}:color-mix\(in srgb,currentColor (\d+)%,([#\w]+)\)", style("card"))
    assert found is not None
    share = int(found[1]) / 100
    soft = mixed(text, background, 0.05)  # the background of lines below tables
    for below in (background, soft):
        hue = below if found[2] == "transparent" else rgb(found[2])
        assert contrast(mixed(text, hue, share), below) >= 4.5


@pytest.mark.parametrize("colour", COLOURS)
def test_numbers_in_marks(colour: str) -> None:
    assert contrast(rgb("#111111" if colour in LIGHT else "#ffffff"), rgb(colour)) >= 4.5


@pytest.mark.parametrize(("tone", "text"), [("good", "#fff"), ("bad", "#fff"), ("wait", "#111")])
def test_numbers_in_bars(tone: str, text: str) -> None:
    assert contrast(rgb(text + text[1:]), rgb(_FILLS[tone][6:-1])) >= 4.5
