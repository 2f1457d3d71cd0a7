"""The ``.env`` files that settings, and AWS variables, are read from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def export_aws_variables() -> None:
    """Put AWS variables of the ``.env`` files into the environment, where they are not set.

    That is where botocore and s3fs look, and the paths that users build themselves.
    """
    for path in reversed(env_files()):
        for name, value in values_of(path).items():
            if name.upper().startswith("AWS_") and value:
                os.environ.setdefault(name, value)


def env_files() -> tuple[Path, ...]:
    """Give the ``.env`` files that are read, the one that wins last."""
    folder = home()
    of_home = None if folder is None else folder / ".env"
    found = [of_home] if of_home is not None and _is_file(of_home) else []
    nearest = _nearest()
    if nearest is not None and nearest != of_home:
        found.append(nearest)
    return tuple(found)


def _nearest() -> Path | None:
    """Give the file in the current directory, else in the nearest one above it."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted, or may not be read
        return None
    return next((f for f in (d / ".env" for d in (here, *here.parents)) if _is_file(f)), None)


def home() -> Path | None:
    """Give the home directory; None where neither HOME nor the list of users says it."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() or path.is_fifo()  # a manager of passwords gives a FIFO
    except OSError:  # a directory that may not be entered
        return False


def values_of(path: Path) -> Mapping[str, str | None]:
    """Give what a file sets.

    Raises
    ------
    ValueError
        It is not text in UTF-8, or cannot be read. It names the file, and nothing that it holds.
    """
    from dotenv import dotenv_values  # 30 ms, and most have no file

    try:
        return dotenv_values(path)
    except UnicodeDecodeError as error:
        # not with its cause, which holds all that is in the file
        raise ValueError(f"{path} is not text in UTF-8, from its byte {error.start} on") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
