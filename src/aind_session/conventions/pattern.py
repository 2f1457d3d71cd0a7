"""Patterns that are compiled at their first use: most programs meet few spellings, and use few."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any


class _Pattern:
    """A pattern that is not compiled yet."""

    def __init__(self, text: str, flags: int = 0) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._text, self._flags)
        for method in ("match", "fullmatch", "search", "finditer", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


pattern = re.compile if TYPE_CHECKING else _Pattern
