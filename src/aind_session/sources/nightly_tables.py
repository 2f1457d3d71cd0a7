"""The tables that are written each night: found, downloaded, cached on disk, read by column."""

from __future__ import annotations

import datetime
import json
import logging
import re
import time
import urllib.parse
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aind_session.errors import (
    CouldNotLook,
    Failure,
    FileFormatError,
    NotFoundError,
    NotInTableError,
    OddAnswerError,
    OfflineError,
    SourceDownWarning,
)
from aind_session.errors.wording import first_line
from aind_session.runtime import calls
from aind_session.runtime.extras import need
from aind_session.runtime.files import make_folder, read_file, write_bytes
from aind_session.runtime.fork import RenewedLock
from aind_session.runtime.modes import is_offline
from aind_session.runtime.warning import warn_user
from aind_session.sources.protocols import StorageSource
from aind_session.sources.settings import cache_dir, read_settings, temporary_cache_dir

logger = logging.getLogger(__name__)

SERVICE = "the nightly tables"

ASSETS, SOURCES, QUALITY = "asset_basics", "source_data", "qc_status"
"""The tables, with one row for each asset; for each derived asset and source; for each asset."""

_A_DAY = 24 * 3600.0
_BETWEEN_CHECKS = 3600.0
"""A table older than a day is requested again, but not more often than this."""

_AFTER_FAILURE = 60.0

_VERSIONS = "cache_versions.json"
_VERSION = re.compile(r"bdc-v(\d+(?:\.\d+)*)", re.ASCII)
_VERSIONS_TRIED = 3
"""A new version is listed before all its tables are written, so older versions are tried, too."""

_NEEDED = {ASSETS: ("name", "subject_id"), SOURCES: ("name", "source_data"), QUALITY: ("name",)}


@dataclass(frozen=True)
class _Opened:
    """A table that is ready to be read.

    Attributes
    ----------
    path
        The local file.
    modified
        When the table was written, in seconds since 1970-01-01 UTC.
    columns
        The names of its columns.
    """

    path: Path
    modified: float
    columns: frozenset[str]


class NightlyTables:
    """Reads the tables that are written each night; each is downloaded when it is first needed.

    A copy is stored in the cache directory and used until the table is a day old. If no newer table
    can be downloaded, the copy is used with a `SourceDownWarning`; offline, with a `StaleWarning`.

    Parameters
    ----------
    storage
        Reads files in S3.
    address
        The location of the tables: a directory in S3 or a local one, which contains the tables or a
        folder for each version that ``cache_versions.json`` lists; or one file, which is
        ``asset_basics``. By default the setting ``AIND_SESSION_TABLE``.
    clock
        Returns seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        storage: StorageSource,
        address: str | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._storage = storage
        self._address = address
        self._clock = clock
        self._lock = RenewedLock()
        self._opened: dict[str, tuple[_Opened, float]] = {}
        self._failed: dict[str, tuple[Failure, float]] = {}
        self._own: Path | None = None

    @property
    def as_of(self) -> datetime.datetime | None:
        """When the oldest table in use was written, in UTC; None if no table was read."""
        made = self.made().values()
        return datetime.datetime.fromtimestamp(min(made), datetime.timezone.utc) if made else None

    def made(self) -> dict[str, float]:
        """Return when each table in use was written, in seconds since 1970-01-01 UTC."""
        with self._lock:
            return {name: table.modified for name, (table, _) in self._opened.items()}

    def columns(self, table: str) -> frozenset[str]:
        """Return the column names of a table; raises the same errors as `scan`."""
        return self._open(table).columns

    def need(self, table: str, column: str) -> None:
        """Raise `NotInTableError` if a table or its column does not exist."""
        if column not in self.columns(table):
            raise NotInTableError(f"{table} has no column {column}")

    def scan(self, table: str, columns: Sequence[str], where: Any = None) -> Any:
        """Read some columns of the rows that pass a filter.

        Parameters
        ----------
        table
            The name of the table.
        columns
            The columns to read; columns that the table lacks are left out.
        where
            A ``pyarrow.dataset`` expression; None reads all rows.

        Returns
        -------
        pyarrow.Table

        Raises
        ------
        ImportError
            pyarrow is not installed.
        NotInTableError
            The table does not exist.
        RemoteError, CredentialsError
            The table could not be downloaded, and there is no older copy.
        """
        opened = self._open(table)
        from pyarrow import ArrowException, dataset

        known = [name for name in columns if name in opened.columns]
        try:
            return dataset.dataset(opened.path, format="parquet").to_table(known, filter=where)
        except (ArrowException, OSError) as error:
            self._forget(table, opened)
            raise _damaged(str(opened.path), error) from error

    def _forget(self, table: str, opened: _Opened) -> None:
        """Discard a damaged copy, so that the table is downloaded again when it is next needed."""
        with self._lock:
            self._opened.pop(table, None)
        if any(map(opened.path.is_relative_to, self._folders())):
            opened.path.unlink(missing_ok=True)

    def _open(self, table: str) -> _Opened:
        _need_pyarrow()  # before anything is downloaded
        with self._lock:
            known = self._opened.get(table)
            if known is not None and (
                is_offline() or not self._is_old(known[0].modified, known[1])
            ):
                opened = known[0]
            else:
                opened = self._find_once(table)
                self._opened[table] = opened, self._clock()
        if is_offline():
            calls.note_age(opened.modified)
        return opened

    def _is_old(self, modified: float, checked: float) -> bool:
        now = self._clock()
        return now - modified > _A_DAY and now - checked > _BETWEEN_CHECKS

    def _find_once(self, table: str) -> _Opened:
        """Find a table; for a minute after a failure, raise it again without asking."""
        error, at = self._failed.get(table, (None, 0.0))
        if error is not None and self._clock() - at < _AFTER_FAILURE and not is_offline():
            raise error
        try:
            return self._find(table)
        except CouldNotLook as failure:
            if not isinstance(failure, OfflineError):
                self._failed[table] = failure, self._clock()
            raise

    def _find(self, table: str) -> _Opened:
        address = (self._address or read_settings().table).rstrip("/")
        if address.endswith((".pqt", ".parquet")):
            if table != ASSETS:
                raise NotInTableError(f"there is no table {table} beside {address}")
            return self._file(table, address)
        folders = [f"{address}/{version}" for version in self._versions(address)] or [address]
        for folder in folders[:_VERSIONS_TRIED]:
            try:
                return self._file(table, f"{folder}/{table}.pqt")
            except NotFoundError:
                logger.info("%s has no table %s", folder, table)
        raise NotInTableError(f"there is no table {table} in {', '.join(folders)}")

    def _versions(self, address: str) -> list[str]:
        """Return the names of the versions, newest first; empty if there is no list of versions."""
        try:
            content = self._content(f"{address}/{_VERSIONS}", _as_versions)[0].read_bytes()
        except NotFoundError:
            return []
        return _as_versions(content, address)

    def _file(self, table: str, address: str) -> _Opened:
        path, modified = self._content(address, lambda body, url: _check(table, body, url))
        return _Opened(path, modified, _check(table, path.read_bytes(), address))

    def _content(self, address: str, check: Callable[[bytes, str], Any]) -> tuple[Path, float]:
        """Return the file at an address, and when it was written; for S3, a local copy.

        Parameters
        ----------
        check
            Called with the content and its address; raises if the content is invalid.
        """
        if "://" not in address:
            path = Path(address).expanduser()
            if not path.is_file():
                raise NotFoundError(f"the table {path}")
            check(path.read_bytes(), address)
            return path, path.stat().st_mtime
        copy = _Copy(address, self._folders())
        kept = copy.kept(check)
        if kept is not None and not self._is_old(*kept):
            return copy.path, kept[0]
        try:
            modified = self._fetch(address, copy, check)
            return copy.path, modified  # `_fetch` may have changed the path
        except (*CouldNotLook, NotFoundError) as error:
            if kept is None:
                raise
            self._say_old(address, kept[0], error)
            return copy.path, kept[0]

    def _folders(self) -> tuple[Path, ...]:
        """Return the folders for copies, in the order of preference, separate for each service.

        Copies from a test double are temporary, so that they are never mistaken for real tables.
        """
        service = self._storage.service
        if service is not None:
            part = urllib.parse.quote(service, safe="")
            return tuple(f / "tables" / part for f in (cache_dir(), temporary_cache_dir()))
        if self._own is None:
            import shutil  # only for test doubles
            import tempfile

            self._own = Path(tempfile.mkdtemp(prefix="aind-session-"))
            weakref.finalize(self, shutil.rmtree, self._own, ignore_errors=True)
        return (self._own,)

    def _fetch(self, address: str, copy: _Copy, check: Callable[[bytes, str], Any]) -> float:
        bucket, _, key = address.partition("://")[2].partition("/")
        content, modified = self._storage.fetch(bucket, key)
        check(content, address)
        now = self._clock()
        moment = now if modified is None else modified.timestamp()
        copy.keep(content, moment, now)
        return moment

    def _say_old(self, address: str, modified: float, error: Exception) -> None:
        if isinstance(error, OfflineError):  # `calls.note_age` reports the age
            return
        age = (self._clock() - modified) / _A_DAY
        said = f"{address} is {age:.1f} days old, and no newer one could be fetched: {error}"
        warn_user(said, SourceDownWarning, error)


class _Copy:
    """A copy of a file in S3.

    Its modification time is that of the object; that of the file ``.checked`` beside it is when
    S3 was last asked.
    """

    def __init__(self, address: str, folders: Sequence[Path]) -> None:
        protocol, _, rest = address.partition("://")
        self._parts = (protocol, *rest.split("/"))
        self._folders = folders
        self._lie_in(folders[0])

    def _lie_in(self, folder: Path) -> None:
        self.path = folder.joinpath(*self._parts)
        self._note = self.path.with_name(f"{self.path.name}.checked")

    def kept(self, check: Callable[[bytes, str], Any]) -> tuple[float, float] | None:
        """Return when the object was written and last checked; None without an intact copy."""
        try:
            check(read_file(self.path, follow_link=False), str(self.path))
            modified = self.path.stat().st_mtime
        except (OSError, FileFormatError, OddAnswerError):
            return None
        try:
            return modified, self._note.stat().st_mtime
        except OSError:
            return modified, float("-inf")

    def keep(self, content: bytes, modified: float, checked: float) -> None:
        """Store a newer copy; if that fails, in the directory of temporary files.

        Raises
        ------
        OSError
            Neither directory can be written.
        """
        try:
            self._keep(content, modified, checked)
        except OSError as error:
            logger.warning("%s cannot be written: %s", self.path, error.strerror)
            self._lie_in(self._folders[-1])
            try:
                make_folder(temporary_cache_dir())  # refuses a directory of another user
                self._keep(content, modified, checked)
            except OSError as again:
                said = f"{again.strerror}: set AIND_SESSION_CACHE_DIR to a writable directory"
                raise OSError(again.errno, said, str(self.path)) from error

    def _keep(self, content: bytes, modified: float, checked: float) -> None:
        make_folder(self.path.parent)
        write_bytes(self.path, content, moment=modified)
        write_bytes(self._note, b"", moment=checked)


def _as_versions(content: bytes, address: str) -> list[str]:
    """Read the list of versions, newest first, compared as numbers."""
    try:
        names = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise OddAnswerError(SERVICE, "the list of versions is not JSON", url=address) from error
    found = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    versions = {name: match for name in found if (match := _VERSION.fullmatch(name))}
    if not versions:
        raise OddAnswerError(SERVICE, "the list of versions names no version", url=address)
    return sorted(versions, key=lambda n: _numbers(versions[n][1]), reverse=True)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _check(table: str, content: bytes, address: str) -> frozenset[str]:
    """Return the columns of a table.

    Raises
    ------
    OddAnswerError
        The content is not Parquet, ``asset_basics`` has no rows, or a required column is missing.
    """
    from pyarrow import ArrowException, BufferReader, parquet

    try:
        whole = parquet.ParquetFile(BufferReader(content))
    except (ArrowException, OSError) as error:
        raise _damaged(address, error) from error
    columns = frozenset(whole.schema_arrow.names)
    missing = [name for name in _NEEDED[table] if name not in columns]
    if missing:
        raise OddAnswerError(SERVICE, f"{table} has no column {missing[0]}", url=address)
    if table == ASSETS and not whole.metadata.num_rows:
        raise OddAnswerError(SERVICE, f"{table} has no rows", url=address)
    return columns


def _need_pyarrow() -> None:
    need("pyarrow", "table", "the nightly table")


def _damaged(address: str, error: Exception) -> OddAnswerError:
    return OddAnswerError(SERVICE, f"the file is not Parquet: {first_line(error)}", url=address)
