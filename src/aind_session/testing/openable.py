"""Paths of a fake that look like paths in S3 and open the files in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aind_session.conventions.location import Location
from aind_session.sources.memory import MemoryStorage

if TYPE_CHECKING:
    import upath


class OpenableStorage(MemoryStorage):
    """Buckets whose paths open files in memory, never in the real S3."""

    def path(self, bucket: str, key: str) -> upath.UPath:
        """Return a path; see `StorageSource.path`."""
        # takes 150 ms, and most answers need no path
        from aind_session.testing.filesystem import WorldFileSystem, WorldPath

        files = WorldFileSystem(self._world.objects)
        return WorldPath(str(Location(bucket, key)), protocol="s3", files=files)
