"""What each source of facts can be asked, be it a server or plain data in memory.

Sources deal in the JSON bodies that the servers send and in names of buckets and keys; judging
them, and building the objects that users hold, is done above. Every method either answers or
raises one of `aind_session.errors`: `RemoteError` or `CredentialsError` when it could not look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import datetime

    import upath

Body = dict[str, Any]
"""A JSON object as a server sent it."""

VALUES_A_FILTER = 50
"""With more values in a filter, its URL gets too long for the gateway in front of DocDB."""

RECORD_VERSIONS = ("v1", "v2")
"""The schema versions under which DocDB keeps records; neither holds all of them."""


@dataclass(frozen=True)
class Listing:
    """What one level of a bucket holds below a prefix.

    Attributes
    ----------
    folders
        Names below the prefix up to and without the delimiter, in the order of S3.
    files
        Names of the objects directly below the prefix, in the order of S3.
    """

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has this prefix: in S3, that the directory does not exist."""
        return not self.folders and not self.files


class AssetSource(Protocol):
    """Data assets and computations: Code Ocean."""

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Give all assets that match, over all pages, each once.

        Parameters
        ----------
        params
            Fields of the search request, such as ``query``, ``filters``, ``type``. Archived
            assets are left out unless ``archived`` says otherwise; ``limit``, ``offset`` and
            ``next_token`` are the source's own business.
        at_most
            No further page is requested once more than this many have come.
        """

    def get(self, asset_id: str) -> Body:
        """Give one asset by its ID.

        Raises
        ------
        AssetNotFoundError
            There is none.
        AccessDeniedError
            There may be one, but this token may not see it.
        """

    def computation(self, computation_id: str) -> Body:
        """Give one computation by its ID.

        Raises
        ------
        AssetNotFoundError
            There is none.
        """

    def computations(self, capsule_id: str) -> list[Body]:
        """Give all computations of a capsule or pipeline; there are no pages and no filters.

        Raises
        ------
        AssetNotFoundError
            There is no such capsule or pipeline.
        """

    def results(self, computation_id: str, path: str = "") -> list[str]:
        """Give the names of the files and folders directly in a folder of a run's results.

        Parameters
        ----------
        computation_id
            The run.
        path
            The folder; by default the top.

        Raises
        ------
        AssetNotFoundError
            There is no such computation, or no such folder.
        """

    def result(self, computation_id: str, path: str, *, part: int | None = None) -> bytes:
        """Give the content of one file of a computation's results.

        Parameters
        ----------
        computation_id, path
            The run and its file.
        part
            How many bytes at most: a positive number is the beginning, a negative one the end;
            None: all.

        Raises
        ------
        SourceDirNotFoundError
            There is no such file.
        """

    def capsule(self, capsule_id: str) -> Body:
        """Give one capsule or pipeline by its ID, without its computations.

        Raises
        ------
        AssetNotFoundError
            There is none.
        AccessDeniedError
            There may be one, but this token may not see it, or no capsule at all.
        """

    def accepts(self, version: str) -> bool:
        """Tell whether the server is of this version or newer, such as ``"4.0.0"``.

        The server does not say its version: it refuses who asks for a newer one.
        """

    def panel(self, capsule_id: str, version: int | None = None) -> Body:
        """Give what a capsule or pipeline takes: fixed data, mounts, parameters, processes.

        Raises
        ------
        AssetNotFoundError
            There is no such capsule or pipeline, or no such version.
        AccessDeniedError
            This token may not see it.
        """

    def custom_metadata(self) -> Body:
        """Give the fields of custom metadata, with the values that they allow."""

    def users(self, kind: Literal["capsules", "pipelines"], asset_id: str) -> list[Body]:
        """Give the capsules, or the pipelines, that have a data asset attached.

        Those that this token may not see are left out.
        """

    # Each of the following is sent once. UnknownOutcomeError: it may have been done, or not.

    def run(self, params: Body) -> Body:
        """Start a capsule or pipeline; give the computation.

        Raises
        ------
        UnknownOutcomeError
            No answer tells whether it was started.
        UnavailableError
            It was not started: the server asks for a pause, or cannot be reached.
        RemoteError
            It was refused; ``detail`` tells why.
        """

    def rename(self, computation_id: str, name: str) -> None:
        """Give a computation another name."""

    def stop(self, computation_id: str) -> None:
        """Stop a computation and delete it, with its results: there is no other way to stop one.

        Raises
        ------
        AssetNotFoundError
            There is none.
        """

    def create(self, params: Body) -> Body:
        """Create a data asset; give it as it is then, a draft."""

    def share(self, asset_id: str, permissions: Body) -> None:
        """Set who may see or own a data asset.

        Raises
        ------
        AssetNotFoundError
            There is none.
        """

    def attach(self, host: str, mounts: Sequence[Body]) -> list[Body]:
        """Attach data assets; one that cannot be attached refuses them all.

        Parameters
        ----------
        host
            Where to: ``capsules/<id>``, ``pipelines/<id>`` or ``computations/<id>``, a workstation.
        mounts
            An ``id`` each, and the ``mount``, the name of the folder; without one, the asset's own.

        Returns
        -------
        list of dict
            An ``id``, ``mount`` and ``mount_state`` each: ``"unchanged"`` for one that was attached
            before.

        Raises
        ------
        AssetNotFoundError
            There is no such capsule, pipeline or computation.
        RemoteError
            It was refused; ``detail`` tells why.
        """

    def detach(self, host: str, asset_ids: Sequence[str]) -> None:
        """Detach data assets; see `attach` for what `host` is."""

    def archive(self, asset_id: str, *, archived: bool) -> None:
        """Archive a data asset, or take it out of the archive.

        Raises
        ------
        AssetNotFoundError
            There is none.
        """


class RecordSource(Protocol):
    """Metadata records: DocDB."""

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Give all records of a schema version that match a filter.

        Parameters
        ----------
        version
            One of `RECORD_VERSIONS`.
        where
            Dotted field names to a value, or to ``{"$in": [...]}`` or ``{"$regex": ...}``; several
            fields must all match. Null matches what is missing, too. ``"$or"`` holds a list of such
            filters.
        fields
            Dotted names of the fields wanted besides ``_id``; none: whole records.
        """


class StorageSource(Protocol):
    """Directories and files: S3."""

    @property
    def service(self) -> str | None:
        """Which service answers: its address, empty for AWS; None: a double, in memory."""

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that are searched for a directory, in the order of preference."""

    def credentials(self) -> str | None:
        """Tell how the credentials that are sent were found, as botocore names it; None: none are.

        Raises
        ------
        CredentialsError
            They are set in part, or cannot be read.
        """

    def has_bucket(self, bucket: str) -> bool:
        """Tell whether there is such a bucket, which then may be listed."""

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """List one level below a prefix, which ends where the names asked for begin."""

    def exists(self, bucket: str, prefix: str) -> bool:
        """Tell whether any object has this prefix."""

    def read(self, bucket: str, key: str) -> bytes:
        """Give the content of an object.

        Raises
        ------
        SourceDirNotFoundError
            There is no such object.
        """

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Give the content of an object, and when it was last modified; None: not known.

        Raises
        ------
        SourceDirNotFoundError
            There is no such object.
        """

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Make an object with this content, in place of one that exists."""

    def path(self, bucket: str, key: str) -> upath.UPath:
        """Give an object or directory as a path; no request is sent."""
