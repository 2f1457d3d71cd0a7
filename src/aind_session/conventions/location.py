"""A place in a bucket: made, parsed and written here and nowhere else.

What is a place is told in the page *How answers are chosen* (``docs/rules.md``).
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
"""How other tools write the protocols."""

PROTOCOL_OF_ORIGIN = {"aws": "s3", "gcp": "gs"}
"""Protocols of buckets by the origin that Code Ocean states for an asset."""
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
        """Return the place that a server names; None for what is not a place, or leads elsewhere.

        Parameters
        ----------
        bucket, key
            As the server sent them. Slashes at either end of the key do not count.
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
        """Read the address of a place in S3, as users write it.

        Parameters
        ----------
        text
            Such as ``s3://bucket/key``.

        Raises
        ------
        ValueError
            The text is not such an address, or the key leads elsewhere (``..``), or is longer
            than any key in S3.

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
        """Read the address that a record holds; None for what does not name a directory.

        Parameters
        ----------
        text
            Such as ``s3://bucket/key`` or ``gs://bucket/key``, also ``s3a://`` and ``gcs://``;
            blanks at its ends, and the case of the scheme, do not count. The root of a bucket is
            not a directory of data.

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
        """The bucket, of a place in S3.

        Raises
        ------
        RemoteError
            The place is in another store, whose buckets can have the names of those in S3.

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
        """How the keys of the files in a directory begin: empty for the bucket's root.

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
    """Return whether a path, as text, is an address in S3.

    Examples
    --------
    >>> is_in_s3("s3://bucket/key"), is_in_s3("/data/key")
    (True, False)
    """
    return text.startswith(_S3)
