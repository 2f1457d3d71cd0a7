"""The files of a fake as an fsspec file system, for paths that open."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from fsspec import AbstractFileSystem
from upath import UPath
from upath.implementations.cloud import S3Path

_IS_MADE_BY_PROTOCOL = hasattr(UPath, "_chain")
"""Whether universal-pathlib takes the class of a path from its protocol even where a subclass is
called: since 0.3. Before, it warns of subclasses that have a ``__new__``."""


class WorldFileSystem(AbstractFileSystem):
    """Buckets in memory, with the interface of s3fs.

    Parameters
    ----------
    objects
        Contents by bucket and key; writing changes it.
    """

    protocol = ("s3", "s3a")
    cachable = False

    def __init__(self, objects: dict[str, dict[str, bytes]]) -> None:
        super().__init__()
        self._objects = objects

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """List a directory, or return the entry of a file.

        Raises
        ------
        FileNotFoundError
            Neither exists.
        """
        path = self._strip_protocol(path)
        found = self._entries(path)
        if not found:
            raise FileNotFoundError(path)
        entries = [found[name] for name in sorted(found)]
        return entries if detail else [entry["name"] for entry in entries]

    def _entries(self, path: str) -> dict[str, dict[str, Any]]:
        bucket, _, key = path.partition("/")
        if not bucket:
            return {name: _directory(name) for name in self._objects}
        objects = self._objects.get(bucket, {})
        if key in objects:
            return {path: _file(path, objects[key])}
        found = {}
        prefix = f"{key}/" if key else ""
        for full, content in list(objects.items()):
            if full.startswith(prefix):
                head, deeper, _ = full[len(prefix) :].partition("/")
                name = f"{path}/{head}"
                found[name] = _directory(name) if deeper else _file(name, content)
        return found

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BytesIO:
        bucket, _, key = self._strip_protocol(path).partition("/")
        held = self._objects.get(bucket, {}).get(key)
        if mode == "rb":
            if held is None:
                raise FileNotFoundError(path)
            return io.BytesIO(held)
        before = held if mode == "ab" and held else b""
        return _Upload(before, lambda content: self._put(bucket, key, content))

    def _put(self, bucket: str, key: str, content: bytes) -> None:
        self._objects.setdefault(bucket, {})[key] = content

    def _rm(self, path: str) -> None:
        bucket, _, key = self._strip_protocol(path).partition("/")
        del self._objects[bucket][key]


class WorldPath(S3Path):
    """A path in S3 that opens in memory, as do paths derived from it.

    Its file system is one of the options that derived paths inherit.
    """

    __slots__ = ()

    if _IS_MADE_BY_PROTOCOL:

        def __new__(cls, *_: Any, **__: Any) -> WorldPath:  # noqa: D102
            return object.__new__(cls)

    @property
    def fs(self) -> AbstractFileSystem:
        """The file system of the fake."""
        return self.storage_options["files"]


class _Upload(io.BytesIO):
    """A file that exists once it is closed."""

    def __init__(self, before: bytes, commit: Callable[[bytes], None]) -> None:
        super().__init__()
        self.write(before)
        self._commit = commit

    def close(self) -> None:
        if not self.closed:
            self._commit(self.getvalue())
        super().close()


def _file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "size": len(content), "type": "file"}


def _directory(name: str) -> dict[str, Any]:
    return {"name": name, "size": 0, "type": "directory"}
