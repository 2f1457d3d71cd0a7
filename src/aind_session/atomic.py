"""Writing a file as a whole or not at all, whoever else writes it at the same time."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a text file, in UTF-8, its line ends as they are; see `write_bytes`."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes, *, moment: float | None = None) -> None:
    """Write a file in place of one that is there; directories that it needs are made.

    Parameters
    ----------
    path
        Where. Whoever reads there meanwhile reads the older content.
    content
        All of it.
    moment
        When it was last modified, in seconds since 1970-01-01 UTC; by default now.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # beside it, since only within a file system a file can take the place of another at once
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if moment is not None:
            os.utime(name, (moment, moment))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
