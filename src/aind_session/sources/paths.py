"""Paths as text, and reading and writing one file, in S3 or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from aind_session.conventions.location import Location, is_in_s3
from aind_session.errors.wording import quote
from aind_session.sources.sources import Sources

if TYPE_CHECKING:
    import upath


PathLike: TypeAlias = "str | bytes | os.PathLike[Any] | upath.UPath"
"""A path or URI as text or bytes, or a path object."""


def get_bucket_and_prefix(path: PathLike) -> tuple[str, str]:
    """Return the bucket of an S3 path, and the prefix of its directory.

    Parameters
    ----------
    path
        An S3 path, as text or object.

    Returns
    -------
    tuple of str
        The prefix has no slash at either end.

    Raises
    ------
    ValueError
        It is not an S3 path, or contains ``..``.

    Examples
    --------
    >>> get_bucket_and_prefix("s3://aind-scratch-data/manifests/717381/manifest.csv")
    ('aind-scratch-data', 'manifests/717381')
    """
    bucket, whole = bucket_and_key(path)
    return bucket, whole.rpartition("/")[0]


def bucket_and_key(path: PathLike) -> tuple[str, str]:
    """Return the bucket and the key of an S3 path; raise ValueError for any other path."""
    where = Location.parse(as_text(path))
    return where.bucket, where.key


def as_text(path: PathLike) -> str:
    """Return a path as text, with its protocol and forward slashes."""
    if isinstance(path, (str, bytes)):
        return os.fsdecode(path)
    if callable(as_posix := getattr(path, "as_posix", None)):
        return os.fsdecode(as_posix())
    if not isinstance(path, os.PathLike):
        raise TypeError(f"a path was expected, as text or object, not {quote(path)}")
    return os.fsdecode(path)


def read_text(path: PathLike, sources: Sources) -> str:
    """Read a file: in S3 through the sources, elsewhere through its file system."""
    if is_in_s3(as_text(path)):
        return sources.storage.read(*bucket_and_key(path)).decode()
    return str(_elsewhere(path).read_text(encoding="utf-8"))


def write_text(path: PathLike, content: str, sources: Sources) -> None:
    """Write a file, once, in the places of `read_text`. Missing directories are made."""
    if is_in_s3(as_text(path)):
        sources.storage.write(*bucket_and_key(path), content.encode())
        return
    place = _elsewhere(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content, encoding="utf-8", newline="")


def _elsewhere(path: PathLike) -> Any:
    where = as_text(path)
    if "://" not in where:
        return Path(where)
    import upath  # 150 ms, and most files are in S3 or local

    return upath.UPath(where)
