"""Collections of sessions in files, with everything that is known about them."""

from __future__ import annotations

import datetime
import errno
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

from aind_session.conventions.names import parse_session
from aind_session.errors import FileFormatError
from aind_session.errors.wording import quote
from aind_session.runtime.cache import FOR_GOOD, Asked, Cache
from aind_session.runtime.files import read_file, read_json, write_text
from aind_session.sources.encoding import decode, encode
from aind_session.sources.protocols import Body

FORMAT = "aind-session answers"
"""The format that a file states."""

VERSION = 1
"""The version of the format. Newer files are refused; older ones are still read."""

_HEAD_BYTES = 200
_STATED = re.compile(rb'"format": ?"(aind-session [a-z ]+)"')


def save(
    path: str | os.PathLike[str], names: list[str], scopes: Iterable[str], cache: Cache
) -> None:
    """Write all known answers; see `aind_session.Sessions.save`.

    Raises
    ------
    FileExistsError
        The file is a lock file or a ledger, whose content cannot be requested again; it is
        unchanged.
    """
    _check_replaceable(path)
    saved = datetime.datetime.now(datetime.timezone.utc)
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "written_by": f"aind-session {version('aind-session')}",
        "saved": saved.isoformat(timespec="seconds"),
        "sessions": names,
        "answers": [entry for scope in scopes for entry in _entries(scope, cache)],
    }
    write_text(path, json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def _check_replaceable(path: str | os.PathLike[str]) -> None:
    try:
        head = _STATED.search(read_file(path, at_most=_HEAD_BYTES))
    except (OSError, FileFormatError):  # it does not exist, or writing will raise the error
        return
    if head is not None and (kind := head[1].decode()) != FORMAT:
        raise FileExistsError(
            errno.EEXIST, f"this file is {kind!r}: save to another path", str(path)
        )


def _entries(scope: str, cache: Cache) -> Iterator[Body]:
    for question, (value, asked) in cache.answers(scope).items():
        entry = encode(scope, question, value, asked.at)
        if entry is not None:
            yield entry


def read(path: str | os.PathLike[str]) -> Body:
    """Return the content of a file that `save` wrote.

    Raises
    ------
    FileNotFoundError
        The file does not exist.
    FileFormatError
        It is a different kind of file, or a newer version wrote it. A `ValueError`.
    """
    whole = read_json(path, FORMAT, VERSION, "Sessions.save")
    if not isinstance(whole.get("sessions"), list) or not isinstance(whole.get("answers"), list):
        raise FileFormatError(path, "has no lists of sessions and answers")
    try:
        whole["saved"] = datetime.datetime.fromisoformat(whole["saved"])
        whole["sessions"] = [parse_session(name) for name in whole["sessions"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        said = f"{type(error).__name__}: {error}"
        raise FileFormatError(
            path, f"has no time or no sessions that can be read: {said}"
        ) from error
    return whole


def teach(cache: Cache, whole: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Put the answers of a file into a cache, without expiry; raises the errors of `read`."""
    for entry in whole["answers"]:
        try:
            about, question, value, at = decode(entry)
        except Exception as error:  # a damaged file can raise anything
            said = f"{type(error).__name__}: {error}"
            raise FileFormatError(
                path, f"has an answer that cannot be read, {quote(entry)}: {said}"
            ) from error
        cache.put(about, question, value, asked=Asked(at), seconds=FOR_GOOD)
