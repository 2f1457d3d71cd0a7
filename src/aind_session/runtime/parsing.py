"""Parsing of JSON from servers and files, so that its texts can be encoded again."""

from __future__ import annotations

import json
import re
from typing import Any

_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""A surrogate in JSON, escaped or raw; also one that is part of a valid pair."""

_LONE = "[\ud800-\udfff]"


def parse_json(content: bytes) -> Any:
    r"""Parse JSON; lone surrogates, which no file or table can hold, become U+FFFD.

    Raises
    ------
    ValueError, RecursionError
        The content is not JSON, not text, or nested too deep.

    Examples
    --------
    >>> parse_json(b'{"name": "a\\ud800b"}')
    {'name': 'a\ufffdb'}
    """
    value = json.loads(content)
    return _whole(value) if _HALF.search(content) else value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(_LONE, "\ufffd", value)
    if isinstance(value, dict):
        return {_whole(name): _whole(part) for name, part in value.items()}
    return [_whole(part) for part in value] if isinstance(value, list) else value
