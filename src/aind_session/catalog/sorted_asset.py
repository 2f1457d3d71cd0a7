"""A data asset with spike-sorting results, with information from its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aind_session.catalog import outputs, sorters
from aind_session.catalog.by_id import is_asset_model
from aind_session.catalog.directories import location_of
from aind_session.catalog.inventory import Inventory
from aind_session.errors.wording import quote
from aind_session.runtime.calls import one_call
from aind_session.sources import Sources, sources_or_default
from aind_session.sources.servers.sdk import asset_class

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset
else:
    DataAsset = asset_class()


class SortedDataAsset(DataAsset):
    """A `codeocean.data_asset.DataAsset` with the results of spike sorting.

    Examples
    --------
    >>> from aind_session import Session
    >>> asset = Session("ecephys_676909_2023-12-13_13-43-40").ecephys.sorted_data_assets[0]
    >>> asset.sorter_name, asset.sorted_probes
    ('kilosort2_5', ('ProbeA', 'ProbeB', 'ProbeC', 'ProbeD', 'ProbeE', 'ProbeF'))
    """

    @classmethod
    def of(cls, asset: DataAsset, sources: Sources | None = None) -> SortedDataAsset:
        """Make a sorted asset from a data asset; no request is sent.

        Parameters
        ----------
        asset
            The asset; whether it is a sorting is not checked.
        sources
            The sources that properties ask; by default the real servers.
        """
        if not is_asset_model(asset):
            raise TypeError(f"a sorted asset is made from a data asset, not from {quote(asset)}")
        made = object.__new__(cls)
        made.__dict__.update(asset.__dict__, _given_sources=sources)
        return made

    def __getstate__(self) -> dict[str, Any]:
        # clients are not pickled: another process uses its own sources
        return {name: value for name, value in self.__dict__.items() if name != "_given_sources"}

    @property
    def _sources(self) -> Sources:
        return sources_or_default(self.__dict__.get("_given_sources"))

    @property
    @one_call
    def path(self) -> upath.UPath:
        """The directory with the results, in S3; see `get_data_asset_source_dir`."""
        return Inventory("", self._sources).path(location_of(self, self._sources))

    @property
    @one_call
    def output(self) -> str:
        """The log of the sorting, its file ``output``.

        Raises
        ------
        SourceDirNotFoundError
            The file does not exist. A `FileNotFoundError`.
        """
        return outputs.get_output_text(self, sources=self._sources)

    @property
    @one_call
    def sorted_probes(self) -> tuple[str, ...]:
        """The names of probes that were sorted completely, such as ``ProbeA``; may be empty."""
        return sorters.probe_names(self, self._sources)

    @property
    @one_call
    def sorter_name(self) -> str:
        """The sorter, as SpikeInterface names it, such as ``kilosort2_5``.

        Raises
        ------
        ContentNotFoundError
            No file names it: the sorting has probably failed for all probes. A `ValueError`.
        """
        return sorters.sorter_name(self, self._sources)

    @property
    @one_call
    def is_sorting_error(self) -> bool:
        """Whether the log says that the sorting failed for one or more probes.

        Raises
        ------
        SourceDirNotFoundError
            There is no log. A `FileNotFoundError`.
        """
        return outputs.is_output_error(self.output)

    @property
    @one_call
    def is_sorting_analyzer(self) -> bool:
        """Whether the results are a SortingAnalyzer of SpikeInterface (since 2024-11), in zarr."""
        return sorters.is_analyzer(self, self._sources)
