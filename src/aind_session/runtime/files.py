"""Writing a file as a whole or not at all, whoever reads or writes it at the same time."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from pathlib import Path


def write_text(path: str | os.PathLike[str], text: str) -> None:
    r"""Write a text file, in UTF-8, its line ends as they are; see `write_bytes`.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.txt")
    >>> write_text(file, "one\n")
    >>> file.read_text()
    'one\n'
    """
    write_bytes(path, text.encode())


def write_bytes(
    path: str | os.PathLike[str], content: bytes, *, moment: float | None = None
) -> None:
    """Write a file in place of one that is there: until it is done, the old one stays.

    Parameters
    ----------
    path
        Where, in a directory that is there. A link is followed; permissions of a file that is there
        are kept.
    content
        All of it.
    moment
        When it was last modified, in seconds since 1970-01-01 UTC; by default now.

    Raises
    ------
    OSError
        It cannot be written; what was there is unchanged.
    """
    target = Path(os.path.realpath(path))
    # beside it, since only within a file system a file can take the place of another at once
    beside = target.with_name(f".{target.name[:50]}.{uuid.uuid4().hex}")
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        if moment is not None:
            os.utime(beside, (moment, moment))
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
