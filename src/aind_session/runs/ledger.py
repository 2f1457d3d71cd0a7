"""The ledger of a plan: an append-only file of JSON lines, one for each event.

Before a request that starts a run or creates an asset is sent, its event is written to disk. If the
program crashes, the file still shows what may be under way, and nothing is started twice.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import os
import socket
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aind_session.errors import FileFormatError, LedgerError
from aind_session.errors.wording import in_utc, quote
from aind_session.runs.events import Event
from aind_session.runs.rows import State
from aind_session.runtime.arguments import file_path
from aind_session.runtime.files import open_file
from aind_session.runtime.fork import RenewedLock

try:
    import fcntl
except ImportError:  # Windows, where the lock beside the ledger must do
    fcntl = None  # type: ignore[assignment]

FORMAT = "aind-session runs"
VERSION = 1

_MARK = b" "
"""The start of a line which says that the line before it is incomplete and must be ignored."""

_MADE_BY = "plan.start(...) makes"
_AFTER_DAMAGE = (
    "started runs continue in Code Ocean; keep the file, and plan again: what runs, and "
    "what was captured, is skipped"
)


class Ledger:
    """An existing ledger; see `create`.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _path(path)
        # an absolute path, if the current directory changes; and one lock for all names of a file
        self._place = os.path.realpath(self.path)
        self._identity: tuple[int, int] | None = None
        self.state = State()
        self._offset = 0
        self._line = 0
        self._torn = b""
        self._file: int | None = None
        self._turn = RenewedLock()  # for threads that read while another one writes
        self.refresh()

    @classmethod
    def create(cls, path: str | os.PathLike[str], head: Event, planned: Iterable[Event]) -> Ledger:
        """Create a ledger completely or not at all, without overwriting a file.

        Raises
        ------
        FileExistsError
            The file exists.
        OSError
            The file cannot be written.
        """
        first = {"event": "head", "format": FORMAT, "version": VERSION, **head}
        lines = b"".join(map(_line, [first, *({"event": "planned", **row} for row in planned)]))
        target = Path(os.path.realpath(_path(path)))  # a link may point to a file to be made
        beside = target.with_name(f".{target.name[:50]}.{uuid.uuid4().hex}")
        try:
            _write_new(beside, lines)
            try:
                os.link(beside, target)  # fails if the file exists
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                _write_new(target, lines)
            _sync_folder(target.parent)
        except FileExistsError:
            raise
        except OSError as error:
            raise _cannot_be(error, "written", path) from error
        finally:
            with contextlib.suppress(OSError):
                os.unlink(beside)
        return cls(path)

    def refresh(self) -> None:
        """Read new events; an incomplete last line is left out.

        Raises
        ------
        FileNotFoundError
            The file does not exist.
        FileFormatError
            The file is not a ledger, a newer release wrote it, or it is damaged.
        """
        with self._turn:
            self._read_on()

    def _read_on(self) -> None:
        try:
            with open_file(self._place) as file:
                self._check_same(os.fstat(file.fileno()))
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            missing = f"this ledger does not exist; {_MADE_BY} one"
            raise FileNotFoundError(errno.ENOENT, missing, str(self.path)) from None
        *lines, rest = content.split(b"\n")
        if lines and (rest.startswith(_MARK) or not lines[-1].endswith(b"}")):
            rest = b"\n".join([lines.pop(), rest])  # the note may be incomplete, too
        self._torn = rest
        for index, line in enumerate(lines):
            follower = lines[index + 1] if index + 1 < len(lines) else b""
            self._take(line, follower)
            self._offset += len(line) + 1
        if not self.state.head:
            raise FileFormatError(
                self.path, f"is not a ledger, which {_MADE_BY}: it has no complete line"
            )

    def _check_same(self, found: os.stat_result) -> None:
        """Raise if the file was replaced or truncated since it was opened."""
        identity = (found.st_dev, found.st_ino)
        if self._identity not in (None, identity) or found.st_size < self._offset:
            raise LedgerError(
                self.path,
                "was replaced or truncated since it was opened: open_ledger(...) reads it again",
            )
        self._identity = identity

    def _take(self, line: bytes, follower: bytes) -> None:
        self._line += 1
        if follower.startswith(_MARK):
            return
        event = _decoded(line)
        if self._line == 1:
            self._check_head(event)
        try:
            self.state.take(event or {})
        except (LookupError, TypeError, ValueError) as error:
            raise FileFormatError(
                self.path,
                f"is damaged, or written by a newer release: line {self._line} is not a known "
                f"event, {quote(line[:80])} ({type(error).__name__}: {error})",
                _AFTER_DAMAGE,
            ) from error

    def _check_head(self, event: Event | None) -> None:
        said = (event or {}).get("format")
        if said != FORMAT:
            raise FileFormatError(
                self.path,
                f"is not a ledger, which {_MADE_BY}: its format is {quote(said)}, not {FORMAT!r}",
            )
        version = (event or {}).get("version")
        if version != VERSION:
            raise FileFormatError(
                self.path,
                f"has version {quote(version)}, but this release reads {VERSION}",
                "pip install --upgrade aind-session",
            )

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of the only writer during a ``with`` block, after reading new events.

        Raises
        ------
        LedgerError
            Another process or thread is writing the ledger; the lock of a dead process does not
            count.
        """
        import filelock

        lock = filelock.FileLock(f"{self._place}.lock", timeout=0, mode=0o600, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise self._in_use() from None
        except OSError as error:
            raise _cannot_be(error, "locked", lock.lock_file) from error
        try:
            self.refresh()
            self._file = os.open(self._place, os.O_WRONLY | os.O_APPEND)
            try:
                if not _lock(self._file):
                    raise self._in_use()
                self._mend()
                self.append({"event": "opened", "host": socket.gethostname(), "pid": os.getpid()})
                yield
            finally:
                _unlock(self._file)
                os.close(self._file)
                self._file = None
        finally:
            lock.release()

    def _in_use(self) -> LedgerError:
        self.refresh()
        who = self.state.opened
        since = datetime.datetime.fromtimestamp(who.get("at", 0), datetime.timezone.utc)
        return LedgerError(
            self.path,
            f"has been written by process {who.get('pid')} on {who.get('host')} since "
            f"{in_utc(since)}: a ledger has one writer at a time. Look at it with "
            "open_ledger(...), and continue when that process has ended",
        )

    def _mend(self) -> None:
        """Complete a line that a killed writer left incomplete, with a note to ignore it."""
        if self._torn:
            end = b"" if self._torn.endswith(b"\n") else b"\n"
            note = {"event": "note", "text": f"an unfinished line was dropped: {self._torn!r}"}
            self._write(end + _MARK + _line(note))
            self.refresh()

    def append(self, event: Event, *, durable: bool = False, at: float | None = None) -> None:
        """Write an event, and update the state.

        Parameters
        ----------
        event
            What happened, or is about to happen.
        durable
            Whether to wait until the event is on disk.
        at
            When it happened, in seconds since 1970 UTC; by default now.
        """
        now = datetime.datetime.now(datetime.timezone.utc).timestamp() if at is None else at
        line = _line({**event, "at": round(now, 3)})
        with self._turn:
            self._write(line, durable=durable)
            self._offset += len(line)
            self._line += 1
            self.state.take({**event, "at": now})

    @property
    def _open_file(self) -> int:
        if self._file is None:
            raise RuntimeError("a ledger is written within `writing` only")
        return self._file

    def _write(self, data: bytes, *, durable: bool = False) -> None:
        file, rest = self._open_file, memoryview(data)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
            if durable:
                os.fsync(file)
        except OSError as error:  # its message names no file
            raise _cannot_be(error, "written", self.path) from error


_NO_LINKS = frozenset(
    code
    for name in ("EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EACCES")
    if (code := getattr(errno, name, None)) is not None
)
"""Error codes of file systems without hard links."""


def _cannot_be(error: OSError, done: str, path: Any) -> OSError:
    said = error.strerror or str(error)
    return OSError(error.errno, f"the ledger cannot be {done}: {said}", os.fspath(path))


def _lock(file: int) -> bool:
    """Lock the ledger itself, for writers by another name; return whether it was free."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # the file system has no locks of this kind
            return True
    return True


def _unlock(file: int) -> None:
    if fcntl is not None:  # closing the file is not enough if a child process shares it
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)


def _path(path: Any) -> Path:
    return Path(file_path(path, "the path of a ledger"))


def _write_new(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    finally:
        os.close(file)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open folders
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _line(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def _decoded(line: bytes) -> Event | None:
    try:
        event: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
