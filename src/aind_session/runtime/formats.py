"""JSON files of this library's own, which say what they are and in which version."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

from aind_session.errors import FileFormatError
from aind_session.errors.wording import quote


def read_json(path: str | os.PathLike[str], name: str, newest: int, made_by: str) -> dict[str, Any]:
    """Read a file that says which format it has.

    Parameters
    ----------
    path
        The file.
    name
        What it must say as its ``format``.
    newest
        The newest ``version`` that can be read; they are numbered from 1.
    made_by
        What writes such files, for messages.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FileFormatError
        It is another one, or written by a newer release. A `ValueError`.
    """
    try:
        whole = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        missing = f"there is no such file, which {made_by} makes"
        raise FileNotFoundError(errno.ENOENT, missing, os.fspath(path)) from None
    except ValueError as error:  # no JSON, or no text at all
        raise FileFormatError(path, f"is not JSON: {error}") from error
    said = whole.get("format") if isinstance(whole, dict) else whole
    if not isinstance(whole, dict) or said != name:
        raise FileFormatError(
            path, f"is none that {made_by} makes: its format is {quote(said)}, not {name!r}"
        )
    version = whole.get("version")
    if not isinstance(version, int) or not 1 <= version <= newest:
        raise FileFormatError(
            path,
            f"is of version {quote(version)} of {name!r}, and this release reads up to {newest}",
            "pip install --upgrade aind-session",
        )
    return whole
