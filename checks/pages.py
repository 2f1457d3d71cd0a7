"""A hook of mkdocs that inserts generated content into the pages.

- A line ``<!-- shown: NAME -->`` becomes what a notebook shows; see `checks.pictures`.
- A line ``<!-- made: NAME -->`` becomes a part that is made from the code; see `checks.parts`.
- Examples with prompts are copied without prompts and outputs, and shown without marks of doctest.
- Pages outside a section have no list of pages beside them, which would have only one entry.
- The page *Try it* gets the Python that it runs; see `checks.pyodide`.
- The title and the footer of the site state the version.
"""

from __future__ import annotations

import functools
import html
import re
import sys
from pathlib import Path
from typing import Any

_ROOT = str(Path(__file__).parents[1])
_SHOWN = re.compile(r"^<!-- shown: ([a-z-]+) -->$", re.M)
_MADE = re.compile(r"^<!-- made: ([a-z-]+) -->$", re.M)
_EXAMPLE = re.compile(r"^( *)```(?:python|py)\n(?=\1>>> )", re.M)
_PROMPTED = re.compile(
    r'<div class="([^"]*\bhighlight\b[^"]*)">(<pre>(?:<span></span>)?<code>)'
    r'(<span class="gp">.*?)</code></pre>',
    re.S,
)
_PROMPT = re.compile(r"^(?:<span></span>)?<span class=\"gp\">(?:&gt;&gt;&gt;|\.\.\.) ?</span>")
_FLAG = re.compile(r" *# doctest: \+[A-Z_]+$", re.M)
_BLANK = re.compile(r"^( *)<BLANKLINE>$", re.M)
_TAG = re.compile(r"<[^>]+>")


def _from_here(module: str) -> Any:
    if _ROOT not in sys.path:  # mkdocs undoes changes to sys.path after loading a hook
        sys.path.insert(0, _ROOT)
    return __import__(f"checks.{module}", fromlist=[module])


@functools.cache
def _shown() -> dict[str, str]:
    # builds all of them: 2 s
    return {picture.name: picture.html for picture in _from_here("pictures").pictures()}


def on_config(config: Any, **_: Any) -> Any:
    """Add the version to the title and the footer."""
    from aind_session import __version__

    config["site_name"] = f"aind-session {__version__}"
    config["copyright"] = f"aind-session {__version__}, MIT licence"
    return config


def on_page_markdown(markdown: str, page: Any = None, **_: Any) -> str:
    """Insert generated content; an unknown name stops the build."""
    if page is not None and page.parent is None:
        page.meta.setdefault("hide", []).append("navigation")
    markdown = _SHOWN.sub(lambda found: _shown()[found[1]], markdown)
    markdown = _MADE.sub(lambda found: _from_here("parts").PARTS[found[1]](), markdown)
    return _EXAMPLE.sub(r"\1```pycon\n", _BLANK.sub("", _FLAG.sub("", markdown)))


def on_page_content(html: str, **_: Any) -> str:
    """Make the copy button of each example with prompts copy only the input."""
    return _PROMPTED.sub(_with_input, html)


def on_post_build(config: Any, **_: Any) -> None:
    """Add the Python of the page *Try it* to the site."""
    _from_here("pyodide").put_into(Path(config["site_dir"]))


def _with_input(found: re.Match[str]) -> str:
    lines = [_PROMPT.sub("", line, count=1) for line in found[3].split("\n") if _PROMPT.match(line)]
    text = html.unescape(_TAG.sub("", "\n".join(lines)))
    # browsers, mkdocs and its plugins keep newlines in attributes
    data = html.escape(text).replace("\n", "&#10;")
    return f'<div class="{found[1]}" data-copy="{data}">{found[2]}{found[3]}</code></pre>'
