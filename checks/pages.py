"""A hook of mkdocs: puts what notebooks show into the pages, made by the library at build time.

A line ``<!-- shown: NAME -->`` becomes that picture; see `checks.pictures` for the names.
"""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from typing import Any

_ROOT = str(Path(__file__).parents[1])
_PLACE = re.compile(r"^<!-- shown: ([a-z-]+) -->$", re.M)


@functools.cache
def _shown() -> dict[str, str]:
    if _ROOT not in sys.path:  # mkdocs takes back what a hook adds when it is loaded
        sys.path.insert(0, _ROOT)
    from checks.pictures import pictures  # which builds all of them: 2 s

    return {picture.name: picture.html for picture in pictures()}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the pictures in; a name that there is none of stops the build."""
    return _PLACE.sub(lambda found: _shown()[found[1]], markdown)
