"""Check every page of the built site in a real browser.

``python checks/site.py SITE DIRECTORY`` serves the site and opens each page at the width of a phone
and of a screen, in the light and the dark theme. It checks links, the search, the copy buttons of
examples, and the page *Try it*. Pictures of some pages go into the directory. It prints problems,
and its exit status is 1 if there are any.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Browser, Page, TimeoutError

sys.path.insert(0, str(Path(__file__).parents[1]))

from checks import chromium

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
KEPT = ("index", "getting-started", "how-to", "notebook", "command-line", "rules", "try")
"""The pages whose pictures are saved."""

SOUGHT = ("units", "nwb", "behavior_videos", "raw_data_dir", "SourceDownWarning")
COPIED = {"getting-started.html": "from aind_session import Session\n"}
_SECONDS = 3


class Visit:
    """A check of all pages.

    Parameters
    ----------
    browser
        The browser.
    address, site, directory
        The URL of the site, its folder, and the folder for pictures.
    """

    def __init__(self, browser: Browser, address: str, site: Path, directory: Path) -> None:
        self.browser, self.address, self.site, self.directory = browser, address, site, directory
        self.wrong: list[str] = []
        self.links: dict[str, set[str]] = {}
        self.anchors: dict[str, set[str]] = {}

    def pages(self) -> list[str]:
        """List the pages."""
        found = (path.relative_to(self.site) for path in self.site.rglob("*.html"))
        return sorted(p.as_posix() for p in found if p.parts[0] not in ("assets", "browser"))

    @contextmanager
    def opened(self, name: str) -> Iterator[Page]:
        """Open a page, and collect its errors."""
        page = self.browser.new_page()

        def say(text: str) -> None:
            self.wrong.append(f"{name}: {text}")

        def note_request(request: Any) -> None:
            if not request.url.startswith((self.address, "data:", "blob:")):
                say(f"asks {request.url}")

        page.on("console", lambda m: say(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: say(str(error)))
        page.on("requestfailed", lambda request: say(f"not loaded: {request.url}"))
        page.on("request", note_request)
        page.goto(f"{self.address}/{name}")
        yield page
        page.close()

    def look(self, name: str) -> None:
        """Check that a page has no errors on the console and nothing too wide."""
        with self.opened(name) as page:
            page.wait_for_load_state("networkidle")
            for width in chromium.WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                for theme in THEMES:
                    page.emulate_media(color_scheme=theme)
                    self._measure(page, name, width, theme)
            links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
            anchors = page.evaluate("[...document.querySelectorAll('[id]')].map(it => it.id)")
            self.links[name], self.anchors[name] = set(links), set(anchors)

    def _measure(self, page: Page, name: str, width: int, theme: str) -> None:
        fits = "document.documentElement.scrollWidth <= innerWidth"
        try:  # the sidebars move briefly when the width changes
            page.wait_for_function(fits, timeout=_SECONDS * 1000)
        except TimeoutError:
            self.wrong.append(f"{name} at {width}, {theme}: too wide")
        stem = name.removesuffix(".html")
        if stem in KEPT:
            picture = self.directory / f"site-{stem}-{width}-{theme}.png"
            page.screenshot(path=picture, full_page=True)

    def follow_links(self) -> None:
        """Find links to pages and headings of the site that do not exist."""
        for name, links in self.links.items():
            for link in sorted(links):
                address, anchor = urldefrag(link)
                if not address.startswith(self.address):
                    continue
                target = urlsplit(address).path.lstrip("/") or "index.html"
                if not (self.site / target).is_file() and target != ".":
                    self.wrong.append(f"{name}: no page {target}")
                elif anchor and anchor not in self.anchors.get(target, {anchor}):
                    self.wrong.append(f"{name}: no heading {target}#{anchor}")

    def search(self) -> None:
        """Check that the search finds common terms."""
        for word in SOUGHT:
            with self.opened("index.html") as page:
                page.click(".md-search__input")
                page.keyboard.type(word)
                try:
                    page.wait_for_selector(".md-search-result__item", timeout=10_000)
                except TimeoutError:
                    self.wrong.append(f"the search finds nothing for {word}")

    def copy(self) -> None:
        """Check that copied examples contain no prompts and outputs."""
        for name, beginning in COPIED.items():
            with self.opened(name) as page:
                example = "document.querySelector('[data-copy*=\"import Session\"]')"
                copied = page.evaluate(f"{example}?.dataset.copy ?? ''")
                if not copied.startswith(beginning) or ">>>" in copied:
                    self.wrong.append(f"{name}: copied {copied[:80]!r}")

    def try_it(self) -> None:
        """Check that the page *Try it* answers within seconds after loading."""
        began = time.monotonic()
        with self.opened("try.html") as page:
            page.wait_for_selector("#try-rows tbody tr", timeout=60_000)
            print(f"try: Python is there after {time.monotonic() - began:.1f} s")
            for example in ("path", "record", "asset", "quality"):
                began = time.monotonic()
                page.click(f"[data-example={example}]")
                page.wait_for_selector("#try-rows tbody tr", timeout=_SECONDS * 1000)
                took = time.monotonic() - began
                print(f"try {example}: {page.inner_text('#try-what')} ({took:.2f} s)")
                page.screenshot(path=self.directory / f"try-{example}.png", full_page=True)
            page.fill("#try-text", "<img src=x onerror=alert(1)>")
            page.wait_for_function(
                "document.querySelector('#try-what').innerText.includes('no session')"
            )


def main(arguments: list[str]) -> int:
    """Check everything; return the exit status."""
    site, directory = map(Path, arguments)
    directory.mkdir(parents=True, exist_ok=True)
    executable = chromium.found()
    if executable is None:
        print(chromium.MISSING)
        return 2
    with chromium.served(site) as address, chromium.launched(executable) as browser:
        visit = Visit(browser, address, site, directory)
        for name in visit.pages():
            visit.look(name)
        for check in (visit.follow_links, visit.search, visit.copy, visit.try_it):
            check()
    wrong = list(dict.fromkeys(visit.wrong))
    print(
        f"{len(visit.links)} pages, {sum(map(len, visit.links.values()))} links", *wrong, sep="\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
