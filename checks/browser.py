"""Check notebooks in a real browser: no errors on the console, nothing too wide.

``python checks/browser.py DIRECTORY [PAGE ...]`` runs notebooks with all views in a real kernel,
and opens them, and any further pages, at the width of a phone and of a screen, in the light and the
dark theme. With ``quick`` as the page, it opens only one card, one timeline, one tree and the start
page. Pictures go into the directory. It prints problems, and its exit status is 1 if there are any.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks import chromium
from checks.notebooks import THEMES, Theme, run_all

QUICK = "quick"
_QUICK_STEPS = ("session", "lineage", "year")
_START_PAGE = "site/index.html"
_HERE = "http://127.0.0.1:"


@dataclass(frozen=True)
class Shot:
    """A page at one width, in one theme.

    Attributes
    ----------
    name
        The name of the picture.
    address
        The URL of the page.
    width
        The width of the window.
    theme
        ``light`` or ``dark``.
    """

    name: str
    address: str
    width: int
    theme: Theme


def wrong_with(page: Page, shot: Shot, directory: Path) -> Iterator[str]:
    """Open a page, save a picture of it, and return its problems."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(f"console: {message.text}")

    def note_asked(request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:", _HERE)):
            said.append(f"asks {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("requestfailed", lambda request: said.append(f"not loaded: {request.url}"))
    page.on("request", note_asked)
    page.goto(shot.address)
    page.wait_for_load_state("networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > shot.width:
        said.append(f"{wide} pixels wide")
    said += _invisible(page)
    picture = directory / f"{shot.name}-{shot.width}-{shot.theme}.png"
    page.screenshot(path=picture, full_page=True)
    yield from (f"{picture.name}: {text}" for text in dict.fromkeys(said))


def _invisible(page: Page) -> list[str]:
    """Return drawings and cards with size zero, which would be invisible."""
    return list(
        page.evaluate(
            """[...document.querySelectorAll('.aind-session, svg.aind-drawing')]
            .filter(it => it.getBoundingClientRect().height < 20 && it.checkVisibility())
            .map(it => 'not seen: ' + it.outerHTML.slice(0, 80))"""
        )
    )


def main(arguments: list[str]) -> int:
    """Check everything; return the exit status."""
    directory = Path(arguments[0])
    is_quick = arguments[1:] == [QUICK]
    executable = chromium.found()
    if executable is None:
        print(f"{chromium.MISSING}: no page was looked at")
        return 0 if is_quick else 2
    directory.mkdir(parents=True, exist_ok=True)
    shots, wrong = _of_notebooks(directory, _QUICK_STEPS if is_quick else ())
    pages = [_START_PAGE] if is_quick else arguments[1:]
    with chromium.served(Path.cwd()) if pages else nullcontext("") as address:
        shots += [
            Shot(f"page-{Path(page).stem}", f"{address}/{Path(page).as_posix()}", width, theme)
            for page in pages
            for theme in THEMES
            for width in chromium.WIDTHS
        ]
        wrong += _shoot(shots, directory, executable)
    print(f"{len(shots)} pictures in {directory}", *wrong, sep="\n")
    return 1 if wrong else 0


def _of_notebooks(directory: Path, only: tuple[str, ...]) -> tuple[list[Shot], list[str]]:
    shots: list[Shot] = []
    wrong: list[str] = []
    for notebook in run_all(directory, only):
        wrong += notebook.wrong
        shots += [
            Shot(notebook.name, path.resolve().as_uri(), width, theme)
            for theme, path in notebook.pages.items()
            for width in chromium.WIDTHS
        ]
    return shots, wrong


def _shoot(shots: list[Shot], directory: Path, executable: str) -> list[str]:
    wrong: list[str] = []
    with chromium.launched(executable) as browser:
        for shot in shots:
            size: Any = {"width": shot.width, "height": 800}
            page = browser.new_page(viewport=size, color_scheme=shot.theme)
            wrong += wrong_with(page, shot, directory)
            page.close()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
