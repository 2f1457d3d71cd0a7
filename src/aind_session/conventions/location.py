"""A location in a bucket: the only place where its text is parsed and written.

The page *How answers are chosen* (``docs/rules.md``) says which locations are valid.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from aind_session.errors import RemoteError
from aind_session.errors.wording import quote
from aind_session.runtime.arguments import key as checked_key
from aind_session.runtime.arguments import leads_elsewhere

_S3 = "s3://"
_SPELLED = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}
"""Other tools' names of the protocols."""

PROTOCOL_OF_ORIGIN = {"aws": "s3", "gcp": "gs"}
"""Protocols by the origin that Code Ocean states for an asset's bucket."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_CONTROL = frozenset(map(chr, (*range(32), 127)))


class Location(NamedTuple):
    """A directory or a file in a bucket.

    Attributes
    ----------
    bucket
        Name of the bucket.
    key
        The directory or file in it, without a slash at either end; empty for the bucket's root.
    protocol
        ``"s3"`` or ``"gs"``.

    Examples
    --------
    >>> where = Location("aind-open-data", "x")
    >>> print(where / "behavior")
    s3://aind-open-data/x/behavior
    """

    bucket: str
    key: str
    protocol: str = "s3"

    @classmethod
    def of(cls, bucket: Any, key: Any, protocol: str = "s3") -> Location | None:
        """Return the location that a server states; None if it is invalid or contains ``..``.

        Parameters
        ----------
        bucket, key
            As the server sent them. Slashes at either end of the key are ignored.
        protocol
            ``"s3"`` or ``"gs"``.

        Examples
        --------
        >>> Location.of("aind-open-data", "x/"), Location.of("aind-open-data", "../other/x")
        (Location(bucket='aind-open-data', key='x', protocol='s3'), None)
        """
        if not isinstance(bucket, str) or _BUCKET.fullmatch(bucket) is None:
            return None
        if not isinstance(key, str) or leads_elsewhere(key) or not _CONTROL.isdisjoint(key):
            return None
        return cls(bucket, key.strip("/"), protocol)

    @classmethod
    def parse(cls, text: str) -> Location:
        """Parse a user's S3 URI.

        Parameters
        ----------
        text
            Such as ``s3://bucket/key``.

        Raises
        ------
        ValueError
            The text is not an S3 URI, or its key contains ``.`` or ``..`` as a part, or is
            too long.

        Examples
        --------
        >>> Location.parse("s3://aind-open-data/x/behavior/")
        Location(bucket='aind-open-data', key='x/behavior', protocol='s3')
        """
        bucket, _, below = text.removeprefix(_S3).partition("/")
        if not is_in_s3(text) or not bucket:
            raise ValueError(
                f"an S3 path such as 's3://bucket/key' was expected, not {quote(text)}"
            )
        return cls(bucket, checked_key(below, f"the S3 path {quote(text)}"))

    @classmethod
    def find(cls, text: Any) -> Location | None:
        """Parse the URI in a record; None for anything but the URI of a directory.

        Parameters
        ----------
        text
            Such as ``s3://bucket/key`` or ``gs://bucket/key``, also ``s3a://`` and ``gcs://``.
            Surrounding blanks and the case of the scheme are ignored. The root of a bucket does
            not count as a directory.

        Examples
        --------
        >>> Location.find("gs://bucket/x"), Location.find("s3://bucket/"), Location.find(None)
        (Location(bucket='bucket', key='x', protocol='gs'), None, None)
        """
        if not isinstance(text, str):
            return None
        scheme, _, rest = text.strip().partition("://")
        bucket, _, key = rest.partition("/")
        protocol = _SPELLED.get(scheme.lower(), scheme.lower())
        if protocol not in PROTOCOL_OF_ORIGIN.values() or not key.strip("/"):
            return None
        return cls.of(bucket, key, protocol)

    @property
    def s3_bucket(self) -> str:
        """The bucket of a location in S3.

        Raises
        ------
        RemoteError
            The location is in another store, whose buckets can have the same names as in S3.

        Examples
        --------
        >>> Location("aind-open-data", "x").s3_bucket
        'aind-open-data'
        """
        if self.protocol != "s3":
            detail = "this library only reads files in S3: read the path itself, with gcsfs"
            raise RemoteError("Google Cloud Storage", detail, url=str(self))
        return self.bucket

    @property
    def prefix(self) -> str:
        """The prefix of the keys in this directory; empty for the bucket's root.

        Examples
        --------
        >>> Location("aind-open-data", "x").prefix, Location("aind-open-data", "").prefix
        ('x/', '')
        """
        return f"{self.key}/" if self.key else ""

    def __truediv__(self, name: str) -> Location:
        return self._replace(key=f"{self.prefix}{name}")

    def __str__(self) -> str:
        return f"{self.protocol}://{self.bucket}/{self.key}"


def is_in_s3(text: str) -> bool:
    """Return whether the text of a path is an S3 URI.

    Examples
    --------
    >>> is_in_s3("s3://bucket/key"), is_in_s3("/data/key")
    (True, False)
    """
    return text.startswith(_S3)
