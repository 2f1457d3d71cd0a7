"""The files of a session, by kind, and its NWB file."""

from __future__ import annotations

from aind_session.runtime.calls import one_call

TYPE_CHECKING = False  # without `typing`, whose import takes 3 ms
if TYPE_CHECKING:
    import upath

    from aind_session.catalog.finder import SessionFinder
    from aind_session.catalog.mounts import Place


class FilesOfSession:
    """Base class of `aind_session.Session` with its file methods."""

    if TYPE_CHECKING:

        @property
        def _finder(self) -> SessionFinder: ...

    @one_call
    def files(self, kind: str, place: Place | None = None) -> tuple[upath.UPath, ...]:
        """Return the files of a kind in the raw data, in any folder layout over the years.

        Parameters
        ----------
        kind
            Such as ``behavior_videos``, ``settings`` or ``recordings``; see
            `aind_session.conventions.layout.KINDS`.
        place
            ``"local"`` or ``"s3"`` to allow only that one; by default the nearest.

        Returns
        -------
        tuple of upath.UPath
            Sorted by path; may be empty. A zarr store is one path.

        Raises
        ------
        ValueError
            The kind is unknown.
        DirectoryNotFoundError
            The session has no raw data directory.
        RemoteError, CredentialsError
            A folder could not be listed.

        Examples
        --------
        >>> from aind_session import Session
        >>> Session("ecephys_676909_2023-12-13_13-43-40").files("nwb")
        ()
        """
        from aind_session.catalog.files import session_files

        return session_files(self._finder, kind, place)

    @one_call
    def nwb(self, place: Place | None = None) -> upath.UPath:
        """Return the session's NWB file, or zarr store.

        It is searched in assets whose names mention NWB (``..._nwb_...``), latest first; then in
        the latest sorted assets and in the raw data.

        Parameters
        ----------
        place
            ``"local"`` or ``"s3"`` to allow only that one; by default the nearest.

        Raises
        ------
        ContentNotFoundError
            No asset has an NWB file. A `ValueError`.
        SeveralFoundError
            The asset has several, which the message lists.
        RemoteError, CredentialsError
            Code Ocean could not be asked, or a folder could not be listed.
        """
        from aind_session.catalog.files import session_nwb

        return session_nwb(self._finder, place)
