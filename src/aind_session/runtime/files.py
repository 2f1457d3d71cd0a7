"""Files of this library: written completely or not at all, and checked when they are read."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import stat
import time
from pathlib import Path
from typing import Any, BinaryIO

from aind_session.errors import FileFormatError
from aind_session.errors.wording import quote

_LEFT_BEHIND_SECONDS = 3600.0
"""An older temporary file is left from a killed process: no write takes this long."""

_TEMPORARY = re.compile(r"\..{0,50}\.[0-9a-f]{32}", re.DOTALL)

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # Windows has neither flag, and no FIFO to open
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)

_swept: set[str] = set()


def write_text(path: str | os.PathLike[str], text: str, **options: Any) -> None:
    r"""Write a text file in UTF-8, without changing line ends; see `write_bytes`.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.txt")
    >>> write_text(file, "one\n")
    >>> file.read_text()
    'one\n'
    """
    # servers can send lone surrogates, which this writes as JSON would
    write_bytes(path, text.encode(errors="backslashreplace"), **options)


def write_bytes(
    path: str | os.PathLike[str],
    content: bytes,
    *,
    moment: float | None = None,
    shared: bool = False,
    through: Path | None = None,
) -> None:
    """Write a file, or replace it atomically: the old file stays until the new one is complete.

    Parameters
    ----------
    path
        The file, in an existing directory. An existing file keeps its permissions.
    content
        The whole content.
    moment
        The modification time to set, in seconds since 1970-01-01 UTC; by default now.
    shared
        Whether other users may read a new file, as the umask allows; else only its owner.
    through
        A directory of the same file system for the temporary file; by default the file's. Temporary
        files that killed processes left there more than an hour ago are removed.

    Raises
    ------
    OSError
        The file cannot be written, or the path is a link or not a regular file; an existing file is
        unchanged. The error names the path.
    """
    target = Path(path)
    # in the same file system, where a rename is atomic
    folder = through or target.parent
    beside = folder / f".{target.name[:50]}.{os.urandom(16).hex()}"
    try:
        is_there = _may_be_replaced(target)
        _sweep(folder)
        _write(beside, content, shared=shared)
        if is_there:
            import shutil  # 2 ms with the compressions that it imports

            shutil.copymode(target, beside)
        if moment is not None:
            os.utime(beside, (moment, moment))
        os.replace(beside, target)
    except OSError as error:  # it names the temporary file, or no file
        said = error.strerror or str(error)
        raise OSError(error.errno, said, os.fspath(path)) from error
    finally:
        with contextlib.suppress(OSError):  # gone after `os.replace`
            os.unlink(beside)


def _may_be_replaced(target: Path) -> bool:
    """Return whether the file exists; raise if it must not be replaced."""
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, "it is a symbolic link: pass the path of the file itself")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"it is {_kind(mode)}, which is not replaced")
    return True


def _write(path: Path, content: bytes, *, shared: bool) -> None:
    binary, mode = getattr(os, "O_BINARY", 0), 0o666 if shared else 0o600
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | binary, mode)
    with open(number, "wb") as file:
        if not shared and hasattr(os, "fchmod"):  # an odd umask excludes even the owner
            os.fchmod(number, mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sweep(folder: Path) -> None:
    """Call `sweep`, once for each folder and process."""
    if str(folder) in _swept:
        return
    _swept.add(str(folder))
    sweep(folder)


def sweep(folder: Path) -> None:
    """Remove temporary files that killed processes left in a folder more than an hour ago."""
    oldest = time.time() - _LEFT_BEHIND_SECONDS
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and _is_older(entry, oldest):
                with contextlib.suppress(OSError):  # another process sweeps, too
                    os.unlink(entry.path)


def _is_older(entry: os.DirEntry[str], oldest: float) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < oldest


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents, which only their owner may enter.

    Raises
    ------
    OSError
        The folder cannot be made, or belongs to another user.
    """
    _make_each(folder)
    state = os.stat(folder)
    if hasattr(os, "geteuid") and state.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "the folder belongs to another user", str(folder))
    if stat.S_IMODE(state.st_mode) != 0o700:  # made by an older release, or under an odd umask
        os.chmod(folder, 0o700)


def _make_each(folder: Path) -> None:
    """Make a folder and its missing parents, each writable for its owner."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make_each(folder.parent)
    with contextlib.suppress(FileExistsError):  # another process made it, or it is not a folder
        folder.mkdir(mode=0o700)
        os.chmod(folder, 0o700)  # despite the umask


def read_file(
    path: str | os.PathLike[str], *, follow_link: bool = True, at_most: int = -1
) -> bytes:
    """Read a regular file; see `open_file`.

    Parameters
    ----------
    path
        The file.
    follow_link
        Whether the path may be a link.
    at_most
        How many bytes to read from the start; -1: all.

    Raises
    ------
    FileFormatError
        The path is not a regular file.
    OSError
        The file does not exist or cannot be read.
    """
    with open_file(path, follow_link=follow_link) as file:
        return file.read(at_most)


def open_file(path: str | os.PathLike[str], *, follow_link: bool = True) -> BinaryIO:
    """Open a regular file for reading; refuse a FIFO or a device, which may never end.

    Parameters
    ----------
    path
        The file.
    follow_link
        Whether the path may be a link.

    Raises
    ------
    FileFormatError
        The path is not a regular file.
    OSError
        The file does not exist or cannot be read.
    """
    no_link = 0 if follow_link else _NO_LINK
    binary = getattr(os, "O_BINARY", 0)
    number = os.open(path, os.O_RDONLY | _NO_WAIT | no_link | binary)
    mode = os.fstat(number).st_mode
    if not stat.S_ISREG(mode):
        os.close(number)
        raise FileFormatError(path, f"is {_kind(mode)}")
    return open(number, "rb")


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def read_json(path: str | os.PathLike[str], name: str, newest: int, made_by: str) -> dict[str, Any]:
    """Read a JSON file that states its format and version.

    Parameters
    ----------
    path
        The file.
    name
        The required value of its ``format``.
    newest
        The newest ``version`` that can be read; versions start at 1.
    made_by
        The function that writes such files, for messages.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FileFormatError
        The file has another format, or a newer release wrote it. A `ValueError`.
    """
    whole = _parsed(path, made_by)
    said = whole.get("format") if isinstance(whole, dict) else whole
    if not isinstance(whole, dict) or said != name:
        raise FileFormatError(
            path, f"was not made by {made_by}: its format is {quote(said)}, not {name!r}"
        )
    version = whole.get("version")
    is_number = isinstance(version, int) and not isinstance(version, bool)
    if not is_number or not 1 <= version <= newest:  # type: ignore[operator]
        raise FileFormatError(
            path,
            f"has version {quote(version)} of {name!r}, and this release reads up to {newest}",
            "pip install --upgrade aind-session",
        )
    return whole


def _parsed(path: str | os.PathLike[str], made_by: str) -> Any:
    try:
        return json.loads(read_file(path).decode("utf-8"))
    except FileNotFoundError:
        missing = f"there is no such file; {made_by} writes one"
        raise FileNotFoundError(errno.ENOENT, missing, os.fspath(path)) from None
    except FileFormatError:
        raise
    except (ValueError, RecursionError) as error:  # not JSON, not text, or nested too deep
        raise FileFormatError(path, f"is not JSON: {error}") from error
