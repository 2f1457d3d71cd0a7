"""S3 as a source of directories and files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aind_session.conventions.location import Location
from aind_session.errors import SourceDirNotFoundError
from aind_session.errors.wording import quote
from aind_session.runtime.importing import importable
from aind_session.sources.env_files import export_aws_variables
from aind_session.sources.protocols import Listing
from aind_session.sources.settings import Settings, aws_endpoint

if TYPE_CHECKING:
    import datetime

    import upath

    from aind_session.sources.servers.s3_client import S3Client

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class S3Storage:
    """The buckets that hold sessions; see `StorageSource`.

    Public buckets are read without credentials; so are all buckets if there are no credentials.
    """

    def __init__(self, settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._buckets = settings.buckets
        self._timeout = settings.timeout_seconds
        self._anonymous = settings.anonymous
        self._sleep = sleep

    @cached_property
    def _client(self) -> S3Client:
        with importable():  # often not needed
            from aind_session.sources.servers.s3_client import S3Client

        return S3Client(self._timeout, self._sleep, anonymous=self._anonymous)

    @property
    def service(self) -> str:
        """Which service answers; see `StorageSource.service`."""
        return aws_endpoint()[1]

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that are searched; see `StorageSource.buckets`."""
        return self._buckets

    def credentials(self) -> str | None:
        """Return how AWS credentials were found; see `StorageSource.credentials`."""
        with importable():  # only the doctor asks
            from aind_session.sources.servers.s3_errors import WHILE_READING, errors_of_credentials
            from aind_session.sources.servers.s3_session import new_session

        export_aws_variables()
        with errors_of_credentials(*WHILE_READING):
            found = None if self._anonymous else new_session().get_credentials()
        return None if found is None else str(found.method)

    def has_bucket(self, bucket: str) -> bool:
        """Return whether the bucket exists; see `StorageSource.has_bucket`."""
        return self._client.ask("list_objects_v2", bucket, MaxKeys=1) is not None

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """List one level; see `StorageSource.list`. One request for each 1000 names."""
        folders: dict[str, None] = {}
        files: dict[str, None] = {}
        following: dict[str, str] = {}
        while True:
            page = self._client.ask(
                "list_objects_v2", bucket, Prefix=prefix, Delimiter=delimiter, **following
            )
            if page is None:
                return Listing()
            before = len(folders) + len(files)
            names = self._below(bucket, prefix, page.get("CommonPrefixes", ()), "Prefix")
            folders.update((name[: -len(delimiter)], None) for name in names)
            keys = self._below(bucket, prefix, page.get("Contents", ()), "Key")
            files.update((key, None) for key in keys)
            token = page.get("NextContinuationToken")
            if not (page.get("IsTruncated") or token):
                files.pop("", None)  # the directory's marker object
                return Listing(tuple(folders), tuple(files))
            if not token or len(folders) + len(files) == before:
                raise self._client.odd_answer(bucket, "the pages of a listing do not end")
            following = {"ContinuationToken": token}

    def _below(
        self, bucket: str, prefix: str, listed: Iterable[dict[str, Any]], field: str
    ) -> Iterator[str]:
        """Yield the rest of each listed name; names without the prefix are an error."""
        for one in listed:
            name = one.get(field)
            if not isinstance(name, str) or not name.startswith(prefix):
                detail = f"a listing of {quote(prefix)} names {quote(name)}"
                raise self._client.odd_answer(bucket, detail)
            yield name[len(prefix) :]

    def exists(self, bucket: str, prefix: str) -> bool:
        """Return whether any object has this prefix; see `StorageSource.exists`."""
        page = self._client.ask("list_objects_v2", bucket, Prefix=prefix, MaxKeys=1)
        return bool(page and page.get("KeyCount"))

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of an object; see `StorageSource.read`."""
        return self.fetch(bucket, key)[0]

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Return the content of an object and when it was modified; see `StorageSource.fetch`."""
        answer = self._client.ask("get_object", bucket, Key=key)
        if answer is None:
            raise SourceDirNotFoundError(str(Location(bucket, key)))
        return answer["Body"], answer.get("LastModified")

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Create or replace an object; see `StorageSource.write`."""
        if self._client.send("put_object", bucket, Key=key, Body=content) is None:
            raise SourceDirNotFoundError(f"the bucket {bucket}")

    def path(self, bucket: str, key: str) -> upath.UPath:
        """Return a path; see `StorageSource.path`."""
        import upath  # takes 150 ms, and most answers need no path

        options: dict[str, Any] = {"anon": True} if self._opens_anonymously(bucket) else {}
        path: upath.UPath = upath.UPath(str(Location(bucket, key)), **options)
        return path

    def _opens_anonymously(self, bucket: str) -> bool:
        """Return whether to open a path without credentials; asks botocore only if necessary."""
        if self._anonymous:
            return True
        export_aws_variables()
        if all(map(os.environ.get, _KEYS)):  # these have priority over profiles and roles
            return False
        return self._client.is_anonymous(bucket, opening=True)
