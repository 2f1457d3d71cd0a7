"""The raw recording in ``session.ecephys``: its folders, probes and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aind_session.errors import DirectoryNotFoundError, Searched
from aind_session.extension import ExtensionBaseClass
from aind_session.extensions.ecephys import recordings
from aind_session.runtime.calls import one_call

if TYPE_CHECKING:
    import upath


class RawRecording(ExtensionBaseClass):
    """Base class of `EcephysExtension` with attributes of the raw recording."""

    @property
    @one_call
    def clipped_dir(self) -> upath.UPath:
        """The original Open Ephys files, with a truncated ``continuous.dat``.

        It is in the folder ``ecephys`` of the raw data directory since 2024, at its root before.

        Raises
        ------
        DirectoryNotFoundError
            It does not exist. An `AttributeError`.

        Examples
        --------
        >>> from aind_session import Session
        >>> Session("ecephys_676909_2023-12-13_13-43-40").ecephys.clipped_dir.as_posix()
        's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40/ecephys_clipped'
        """
        return self._folder(recordings.CLIPPED)

    @property
    @one_call
    def compressed_dir(self) -> upath.UPath:
        """The recording in zarr format, AP and LFP band; for its location see `clipped_dir`.

        Raises
        ------
        DirectoryNotFoundError
            It does not exist. An `AttributeError`.
        """
        return self._folder(recordings.COMPRESSED)

    @property
    @one_call
    def probes(self) -> tuple[str, ...]:
        """The names of the probes with a stream in `compressed_dir`.

        Empty if there are no probes, or the recording is not compressed. Streams of the data
        acquisition card are left out.
        """
        return recordings.probes(self._base.files("recordings"))

    @property
    @one_call
    def settings(self) -> tuple[upath.UPath, ...]:
        """The Open Ephys ``settings.xml`` files, one per record node, by path; may be empty."""
        found: tuple[upath.UPath, ...] = self._base.files("settings")
        return found

    def _folder(self, name: str) -> upath.UPath:
        where = self.finder.expect_raw_location()
        found = recordings.folder(self.inventory, where, name)
        if found is None:
            raise DirectoryNotFoundError(
                f"the folder {name} of {self._base.id}",
                searched=[Searched(f"{where}/ecephys"), Searched(f"{where}")],
                hint="session.modalities says what was acquired",
            )
        return found
