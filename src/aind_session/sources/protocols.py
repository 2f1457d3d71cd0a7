"""The queries that each source of facts answers, be it a server or plain data in memory.

Sources return the JSON bodies that the servers send, and names of buckets and keys; higher layers
judge them and build the objects that users hold. Every method either answers or raises one of
`aind_session.errors`: `RemoteError` or `CredentialsError` if the source could not be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from aind_session.errors.value import Value

if TYPE_CHECKING:
    import datetime

    import upath

Body = dict[str, Any]
"""A JSON object as a server sent it."""

VALUES_A_FILTER = 50
"""With more values in a filter, its URL is too long for the gateway in front of DocDB."""

RECORD_VERSIONS = ("v1", "v2")
"""The schema versions under which DocDB stores records; neither has all records."""


class Listing(Value):
    """The content of one level of a bucket below a prefix.

    Attributes
    ----------
    folders
        Names below the prefix up to the delimiter (excluded), in the order of S3.
    files
        Names of the objects directly below the prefix, in the order of S3.
    """

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has this prefix, which in S3 means that the directory does not exist."""
        return not self.folders and not self.files


class AssetSource(Protocol):
    """Data assets and computations: Code Ocean."""

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Return all assets that match, over all pages, each once.

        Parameters
        ----------
        params
            Fields of the search request, such as ``query``, ``filters``, ``type``. Archived
            assets are left out unless ``archived`` is set. The source itself handles ``limit``,
            ``offset`` and ``next_token``.
        at_most
            Stop requesting pages after more than this many assets have arrived.
        """

    def get(self, asset_id: str) -> Body:
        """Return one asset by its ID.

        Raises
        ------
        AssetNotFoundError
            The asset does not exist.
        AccessDeniedError
            The token has no access to the asset, which may not exist.
        """

    def computation(self, computation_id: str) -> Body:
        """Return one computation by its ID.

        Raises
        ------
        AssetNotFoundError
            The computation does not exist.
        """

    def computations(self, capsule_id: str) -> list[Body]:
        """Return all computations of a capsule or pipeline; the API has no pages and no filters.

        Raises
        ------
        AssetNotFoundError
            The capsule or pipeline does not exist.
        """

    def results(self, computation_id: str, path: str = "") -> list[str]:
        """Return the names of the files and folders directly in a folder of a run's results.

        Parameters
        ----------
        computation_id
            The run.
        path
            The folder; by default the top.

        Raises
        ------
        AssetNotFoundError
            The computation or the folder does not exist.
        """

    def result(self, computation_id: str, path: str, *, part: int | None = None) -> bytes:
        """Return the content of one file of a computation's results.

        Parameters
        ----------
        computation_id, path
            The run and its file.
        part
            The largest number of bytes to return: from the start if positive, from the end if
            negative; None returns the whole file.

        Raises
        ------
        SourceDirNotFoundError
            The file does not exist.
        """

    def capsule(self, capsule_id: str) -> Body:
        """Return one capsule or pipeline by its ID, without its computations.

        Raises
        ------
        AssetNotFoundError
            The capsule or pipeline does not exist.
        AccessDeniedError
            The token has no access to it, or to any capsule; it may not exist.
        """

    def accepts(self, version: str) -> bool:
        """Return whether the server has this version, such as ``"4.0.0"``, or a newer one.

        The server does not report its version, but refuses requests that require a newer one.
        """

    def panel(self, capsule_id: str, version: int | None = None) -> Body:
        """Return the app panel: the fixed data, mounts, parameters and processes of a capsule.

        Raises
        ------
        AssetNotFoundError
            The capsule, the pipeline or the version does not exist.
        AccessDeniedError
            The token has no access to it.
        """

    def custom_metadata(self) -> Body:
        """Return the fields of custom metadata, with their allowed values."""

    def users(self, kind: Literal["capsules", "pipelines"], asset_id: str) -> list[Body]:
        """Return the capsules, or the pipelines, that have a data asset attached.

        Those that the token cannot access are left out.
        """

    # Each of the following requests is sent once. After an UnknownOutcomeError, the server may or
    # may not have done it.

    def run(self, params: Body) -> Body:
        """Start a capsule or pipeline, and return the computation.

        Raises
        ------
        UnknownOutcomeError
            No answer arrived, so the run may or may not have been started.
        UnavailableError
            The run was not started: the server asks for a pause, or cannot be reached.
        RemoteError
            The server refused; ``detail`` says why.
        """

    def rename(self, computation_id: str, name: str) -> None:
        """Rename a computation."""

    def stop(self, computation_id: str) -> None:
        """Stop and delete a computation with its results: the API has no other way to stop one.

        Raises
        ------
        AssetNotFoundError
            The computation does not exist.
        """

    def create(self, params: Body) -> Body:
        """Create a data asset, and return it in its initial state, usually a draft."""

    def share(self, asset_id: str, permissions: Body) -> None:
        """Set who can see or own a data asset.

        Raises
        ------
        AssetNotFoundError
            The asset does not exist.
        """

    def attach(self, host: str, mounts: Sequence[Body]) -> list[Body]:
        """Attach data assets; if one cannot be attached, none is.

        Parameters
        ----------
        host
            ``capsules/<id>``, ``pipelines/<id>`` or, for a workstation, ``computations/<id>``.
        mounts
            The ``id`` of each asset, and its ``mount``, the name of the folder; by default the
            asset's own mount.

        Returns
        -------
        list of dict
            The ``id``, ``mount`` and ``mount_state`` of each asset; the state is ``"unchanged"`` if
            it was attached before.

        Raises
        ------
        AssetNotFoundError
            The capsule, pipeline or computation does not exist.
        RemoteError
            The server refused; ``detail`` says why.
        """

    def detach(self, host: str, asset_ids: Sequence[str]) -> None:
        """Detach data assets; see `attach` for what `host` is."""

    def archive(self, asset_id: str, *, archived: bool) -> None:
        """Archive or unarchive a data asset.

        Raises
        ------
        AssetNotFoundError
            The asset does not exist.
        """


class RecordSource(Protocol):
    """Metadata records: DocDB."""

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Return all records of a schema version that match a filter.

        Parameters
        ----------
        version
            One of `RECORD_VERSIONS`.
        where
            Dotted field names mapped to a value, ``{"$in": [...]}`` or ``{"$regex": ...}``; all
            fields must match. Null also matches a missing field. ``"$or"`` holds a list of such
            filters.
        fields
            Dotted names of the fields to return besides ``_id``; empty returns whole records.
        """


class StorageSource(Protocol):
    """Directories and files: S3."""

    @property
    def service(self) -> str | None:
        """The service that answers: its address, or empty for AWS; None for data in memory."""

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that are searched for a directory, in the order of preference."""

    def credentials(self) -> str | None:
        """Return how the credentials were found, in botocore's words; None if none are sent.

        Raises
        ------
        CredentialsError
            The credentials are incomplete, or cannot be read.
        """

    def has_bucket(self, bucket: str) -> bool:
        """Return whether the bucket exists and may be listed."""

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """List one level below a prefix; the returned names do not include the prefix."""

    def exists(self, bucket: str, prefix: str) -> bool:
        """Return whether any object has this prefix."""

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of an object.

        Raises
        ------
        SourceDirNotFoundError
            The object does not exist.
        """

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Return the content of an object and when it was last modified (None if unknown).

        Raises
        ------
        SourceDirNotFoundError
            The object does not exist.
        """

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Create an object with this content, or replace an existing one."""

    def path(self, bucket: str, key: str) -> upath.UPath:
        """Return an object or directory as a path; no request is sent."""
