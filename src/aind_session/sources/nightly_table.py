"""The table of all assets that is made each night: fetched once a day, then read offline."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aind_session.conventions.location import Location, is_in_s3
from aind_session.errors import CouldNotLook, NotFoundError, SourceDownWarning
from aind_session.runtime.files import make_folder, write_bytes
from aind_session.runtime.warning import warn_caller
from aind_session.sources import Sources
from aind_session.sources.protocols import Body
from aind_session.sources.settings import cache_dir, read_settings

logger = logging.getLogger(__name__)

_A_DAY = 24 * 3600.0
_COLUMNS = ("name", "location", "subject_id", "project_name", "modalities", "data_level")
_EXTRA = "searching in the table needs pyarrow: pip install 'aind-session[table]'"


def read_table(
    sources: Sources, clock: Callable[[], float] = time.time
) -> tuple[list[Body], datetime.datetime]:
    """Give the rows of the table in the shape of metadata records.

    Parameters
    ----------
    sources
        Who is asked, when there is no copy from the last 24 hours.
    clock
        Gives seconds since 1970.

    Returns
    -------
    tuple
        The records, and when the copy was fetched, in UTC. The table was made the night before.

    Raises
    ------
    ImportError
        pyarrow is not installed.
    RemoteError, CredentialsError, SourceDirNotFoundError
        It could not be fetched, and there is no older copy; with one, a `SourceDownWarning`.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(_EXTRA) from error
    path = _fetched(read_settings().table, sources, clock)
    fetched = datetime.datetime.fromtimestamp(path.stat().st_mtime, tz=datetime.timezone.utc)
    logger.info("%s was fetched %s", path, fetched.isoformat(" ", "seconds"))
    table = parquet.read_table(path)
    known = [name for name in _COLUMNS if name in table.column_names]
    return [_as_record(row) for row in table.select(known).to_pylist()], fetched


def _as_record(row: dict[str, Any]) -> Body:
    names = row.get("modalities") or ()
    names = names.split(",") if isinstance(names, str) else names
    return {
        "name": row.get("name"),
        "location": row.get("location"),
        "subject": {"subject_id": row.get("subject_id")},
        "data_description": {
            "project_name": row.get("project_name"),
            "data_level": row.get("data_level"),
            "modalities": [{"abbreviation": str(name).strip()} for name in names],
        },
    }


def _fetched(address: str, sources: Sources, clock: Callable[[], float]) -> Path:
    """Give the table's file: a local one as it is, one in S3 as a copy that is young enough."""
    if not is_in_s3(address):
        return Path(address)
    bucket, key, _ = Location.parse(address)
    copy = cache_dir() / "tables" / bucket / Path(key).name
    age = clock() - copy.stat().st_mtime if copy.exists() else None
    if age is not None and age < _A_DAY:
        return copy
    try:
        content = sources.storage.read(bucket, key)
    except (*CouldNotLook, NotFoundError) as error:
        if age is None:
            raise
        days = f"{age / _A_DAY:.1f} days"
        said = f"the table is {days} old, and no newer one is had: {error}"
        warn_caller(said, SourceDownWarning, error)
        return copy
    make_folder(copy.parent)
    write_bytes(copy, content, moment=clock())
    return copy
