"""Answers on disk, for other processes and later days; read only in offline mode."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from aind_session.runtime.files import make_folder, read_file, write_text
from aind_session.runtime.fork import RenewedLock
from aind_session.sources.encoding import decode, encode

logger = logging.getLogger(__name__)

_VERSION = "1"


class DiskShelf:
    """A folder with one file for each answer; several processes may write to it at the same time.

    Parameters
    ----------
    folder
        The folder; created when the first answer is stored.
    servers
        The servers that answered; answers of other servers are stored in other folders.
    """

    def __init__(self, folder: Path, *servers: str) -> None:
        self._root = folder
        self._has_warned = False
        self._warning = RenewedLock()
        self.folder = folder / _VERSION / _name("|".join(servers))

    def put(self, scope: str, question: Hashable, value: Any, at: float) -> None:
        """Store an answer, replacing an older one; see `aind_session.runtime.cache.Shelf`."""
        entry = encode(scope, question, value, at)
        if entry is None:
            return
        path = self._path(scope, question)
        try:
            make_folder(self._root)
            make_folder(path.parent)
            # one folder for temporary files, where those of killed writers are found and deleted
            write_text(path, json.dumps(entry, indent=1), through=self._root)
        except OSError as error:  # the caller has the answer; only later ones lack it
            level = logging.WARNING if self._is_first() else logging.DEBUG
            logger.log(level, "%s could not be written: %s", path, error)

    def _is_first(self) -> bool:
        """Return whether no answer failed before: a full disk concerns all further answers."""
        with self._warning:  # answers of several servers arrive at the same time
            is_first, self._has_warned = not self._has_warned, True
        return is_first

    def get(self, scope: str, question: Hashable) -> tuple[Any, float] | None:
        """Return an answer; see `aind_session.runtime.cache.Shelf`."""
        path = self._path(scope, question)
        try:
            content = read_file(path, follow_link=False)
            about, asked, value, at = decode(json.loads(content.decode("utf-8")))
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - a damaged file counts as missing
            logger.warning("%s is taken as missing, it cannot be read: %r", path, error)
            return None
        return (value, at) if (about, asked) == (scope, question) else None

    def _path(self, scope: str, question: Hashable) -> Path:
        # hashes, because names of subjects and questions may contain "/" or ".."
        return self.folder / _name(scope) / f"{_name(repr(question))}.json"


def _name(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
