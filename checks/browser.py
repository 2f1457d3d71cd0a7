"""Pages in a real browser: no error on the console, nothing too wide, pictures to look at.

``python checks/browser.py DIRECTORY [PAGE ...]`` shows everything that notebooks show, and further
pages where they are named, at the width of a telephone and of a screen, light and dark. Pictures
go into the directory; what is wrong is printed, and the exit status is 1.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks.pictures import Picture, pictures

WIDTHS = (390, 1280)
THEMES = ("light", "dark")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_AT_ONCE = 6
_HERE = "http://127.0.0.1:"

# neither says its types
_HTMLExporter: Any = HTMLExporter
_from_dict: Any = nbformat.from_dict

_ELSEWHERE = (
    "require_js_url",
    "mathjax_url",
    "jquery_url",
    "mermaid_js_url",
    "widget_renderer_url",
)


@dataclass(frozen=True)
class Shot:
    """A page at one width, in one theme.

    Attributes
    ----------
    name
        What the picture is called by.
    address
        Of the page.
    width
        Of the window.
    theme
        ``light`` or ``dark``.
    """

    name: str
    address: str
    width: int
    theme: Any


def notebook_pages(directory: Path) -> Iterator[tuple[str, str, Path]]:
    """Write notebooks of everything that is shown, as JupyterLab draws them, in both themes."""
    made = list(pictures())
    for start in range(0, len(made), _AT_ONCE):
        name = f"notebook-{start // _AT_ONCE + 1}"
        cells = [_cell(i, picture) for i, picture in enumerate(made[start : start + _AT_ONCE])]
        notebook = _from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        for theme in THEMES:
            exporter = _HTMLExporter(theme=theme, **dict.fromkeys(_ELSEWHERE, ""))
            path = directory / f"{name}-{theme}.html"
            path.write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
            yield name, theme, path


def _cell(number: int, picture: Picture) -> dict[str, Any]:
    shown = {"text/plain": picture.text, "text/html": picture.html}
    output = {"output_type": "execute_result", "data": shown, "metadata": {}}
    return {
        "cell_type": "code",
        "id": f"cell-{number}",
        "source": picture.code,
        "metadata": {},
        "execution_count": number + 1,
        "outputs": [{**output, "execution_count": number + 1}],
    }


def wrong_with(page: Page, shot: Shot, directory: Path) -> Iterator[str]:
    """Show a page, keep a picture of it, and say what is wrong."""
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
    """Name drawings and cards without size, which nobody would see."""
    return list(
        page.evaluate(
            """[...document.querySelectorAll('.aind-session, svg.aind-drawing')]
            .filter(it => it.getBoundingClientRect().height < 20 && it.checkVisibility())
            .map(it => 'not seen: ' + it.outerHTML.slice(0, 80))"""
        )
    )


def main(arguments: list[str]) -> int:
    """Check everything; give the exit status."""
    directory = Path(arguments[0])
    directory.mkdir(parents=True, exist_ok=True)
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        print("there is no chromium here: apt-get install chromium")
        return 2
    shots = [
        Shot(name, path.resolve().as_uri(), width, theme)
        for name, theme, path in notebook_pages(directory)
        for width in WIDTHS
    ]
    with _served() as address:
        shots += [
            Shot(f"page-{Path(page).stem}", f"{address}/{Path(page).as_posix()}", width, theme)
            for page in arguments[1:]
            for theme in THEMES
            for width in WIDTHS
        ]
        wrong = _shoot(shots, directory, executable)
    print(f"{len(shots)} pictures in {directory}", *wrong, sep="\n")
    return 1 if wrong else 0


@contextmanager
def _served() -> Iterator[str]:
    """Serve the files of this folder: pages of a site look for things that a disk has not."""
    handler = partial(_Quiet, directory=str(Path.cwd()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{_HERE}{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


def _shoot(shots: list[Shot], directory: Path, executable: str) -> list[str]:
    wrong: list[str] = []
    # a container's root has no sandbox
    options = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=options)
        for shot in shots:
            size: Any = {"width": shot.width, "height": 800}
            page = browser.new_page(viewport=size, color_scheme=shot.theme)
            wrong += wrong_with(page, shot, directory)
            page.close()
        browser.close()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
