"""The ``.env`` files from which settings and AWS variables are read."""

from __future__ import annotations

import io
import os
import select
import stat
from collections.abc import Mapping
from pathlib import Path

_LARGEST = 256 * 1024
"""Bytes. A settings file has a few hundred; parsing one of several megabytes takes minutes."""

_WRITER_SECONDS = 10.0
"""How long to wait for the writer of a FIFO: a password manager may prompt its user first."""


def export_aws_variables() -> None:
    """Set the AWS variables of the ``.env`` files in the environment, unless they are set there.

    botocore, s3fs and the paths that users build themselves read them from the environment.
    """
    for path in reversed(env_files()):
        for name, value in values_of(path).items():
            if name.upper().startswith("AWS_") and value:
                if "\0" in value:
                    raise ValueError(f"{path}: the value of {name} contains a NUL character")
                os.environ.setdefault(name, value)


def env_files() -> tuple[Path, ...]:
    """Return the ``.env`` files to read, the one with the highest priority last."""
    folder = home()
    of_home = None if folder is None else folder / ".env"
    found = [of_home] if of_home is not None and _is_file(of_home) else []
    nearest = _nearest()
    if nearest is not None and nearest != of_home:
        found.append(nearest)
    return tuple(found)


def _nearest() -> Path | None:
    """Return the file in the current directory, else in the nearest one above it."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted, or cannot be read
        return None
    return next((f for f in (d / ".env" for d in (here, *here.parents)) if _is_file(f)), None)


def home() -> Path | None:
    """Return the home directory; None if neither HOME nor the user database states it."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() or path.is_fifo()  # a password manager may provide a FIFO
    except OSError:  # no permission to enter the directory
        return False


def values_of(path: Path, writer_seconds: float = _WRITER_SECONDS) -> Mapping[str, str | None]:
    """Return the variables that a file sets.

    Parameters
    ----------
    path
        The file, or a FIFO.
    writer_seconds
        How long to wait for the writer of a FIFO.

    Raises
    ------
    ValueError
        The file is not UTF-8 text, or cannot be read. The message names the file, but shows nothing
        of its content.
    """
    from dotenv import dotenv_values  # takes 30 ms, and most users have no such file

    try:
        text = _content(path, writer_seconds).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # without its cause, which contains the content of the file
        raise ValueError(f"{path} is not text in UTF-8, from its byte {error.start} on") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from error
    return dotenv_values(stream=io.StringIO(text))


def _content(path: Path, writer_seconds: float) -> bytes:
    """Read a file or a FIFO, with limits on size and waiting.

    Raises
    ------
    OSError
        The file cannot be read, is too large, or is a FIFO without a writer.
    """
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(number, "rb") as file:
        if stat.S_ISFIFO(os.fstat(number).st_mode):
            content = _from_fifo(number, writer_seconds)
        else:
            content = file.read(_LARGEST + 1) or b""  # None: nothing to read yet, as in /proc/kmsg
    if len(content) > _LARGEST:
        raise OSError(f"it has more than {_LARGEST:,} bytes, and is not a file of settings")
    return content


def _from_fifo(number: int, writer_seconds: float) -> bytes:
    parts: list[bytes] = []
    while sum(map(len, parts)) <= _LARGEST:
        if not select.select([number], [], [], writer_seconds)[0]:
            raise OSError(f"it is a FIFO, and nobody has written to it for {writer_seconds:g} s")
        parts.append(os.read(number, _LARGEST))
        if not parts[-1]:
            break
    return b"".join(parts)
