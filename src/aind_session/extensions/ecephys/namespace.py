"""``session.ecephys``: recordings with probes, and the results of spike sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from aind_session.catalog import sorters
from aind_session.catalog.by_id import AssetOrId, get_data_asset_model
from aind_session.conventions.assets import is_raw_asset, is_sorted_asset, last_usable
from aind_session.conventions.institute import SORTING_PIPELINE_ID
from aind_session.conventions.names import find_session
from aind_session.diagnosis.notes import Noted
from aind_session.diagnosis.review import review_session
from aind_session.errors import (
    AssetNotFoundError,
    ContentNotFoundError,
    Searched,
    SourceDirNotFoundError,
)
from aind_session.errors.wording import quote
from aind_session.extension import register_namespace
from aind_session.extensions.ecephys import alignment, recordings
from aind_session.extensions.ecephys import runs as sorting_runs
from aind_session.extensions.ecephys.running import RunningSorting
from aind_session.extensions.ecephys.sorter import SorterExtension, SorterNamespace, sorted_among
from aind_session.runtime.arguments import optional_truth, text
from aind_session.runtime.calls import one_call
from aind_session.sources import default_sources

if TYPE_CHECKING:
    import upath
    from codeocean.data_asset import DataAsset

    from aind_session.catalog import sorted_asset
    from aind_session.catalog.sorted_asset import SortedDataAsset
    from aind_session.runs.process import Process
    from aind_session.session import Session


class _Later:
    """A class attribute that is made when it is first read, since its imports take long."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = cache(make)

    def __get__(self, instance: object, owner: type) -> Any:
        made = self._make()
        return made.__get__(instance, owner) if hasattr(type(made), "__get__") else made


def _sorted_data_asset() -> type[SortedDataAsset]:
    from aind_session.catalog.sorted_asset import SortedDataAsset

    return SortedDataAsset


def _sorting() -> Process:
    from aind_session.runs.process import Process

    return Process("sorted", pipeline=SORTING_PIPELINE_ID, inputs=_recording)


def _recording(session: Session) -> DataAsset:
    """Return the raw data asset of a session, unless it has nothing to sort."""
    asset = session.raw_data_asset
    others = sorting_runs.modalities_without_ecephys(session)
    if others:
        only = f"its raw data have only {', '.join(others)}"
        raise ContentNotFoundError(f"ecephys data of {session.id}", hint=only)
    return asset


@register_namespace("ecephys")
class EcephysExtension(RunningSorting):
    """Recordings with probes, and the results of spike sorting.

    The static methods need no session: ``aind_session.ecephys.get_sorter_name(asset_id)``.

    Examples
    --------
    >>> from aind_session import Session
    >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
    >>> session.ecephys.sorted_data_asset.name
    'ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45'
    >>> session.ecephys.sorter.names
    ('kilosort2_5',)
    """

    _base: Session

    IBL_ALIGNMENT_EVALUATION_PREFIX: ClassVar[str] = alignment.EVALUATION_PREFIX

    SorterExtension = SorterExtension
    if not TYPE_CHECKING:
        SortedDataAsset = _Later(_sorted_data_asset)
        sorting = _Later(_sorting)
    else:
        SortedDataAsset: TypeAlias = sorted_asset.SortedDataAsset
        sorting = _sorting()
        """The sorting pipeline, with its defaults: ``plan_runs()``, ``assets``, ``runs``."""

    # -- sorted data --

    @property
    @one_call
    def sorted_data_assets(self) -> Noted[SortedDataAsset]:
        """The results of spike sorting: assets named ``<session ID>_sorted...``.

        Returns
        -------
        tuple of SortedDataAsset
            In order of creation; may be empty, and may include failed ones. For the attribute
            ``notes``, see `Session.data_assets`.

        Raises
        ------
        RemoteError, CredentialsError
            Code Ocean could not be asked.

        Examples
        --------
        >>> from aind_session import Session
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> session.ecephys.sorted_data_assets[0].sorter_name
        'kilosort2_5'
        """
        derived = (asset for asset in self._base.data_assets if not is_raw_asset(asset))
        found = self.inventory.checked(sorted_among(derived, self.sources))
        return Noted(found, partial(review_session, self.finder))

    @property
    @one_call
    def sorted_data_asset(self) -> SortedDataAsset:
        """The latest result of spike sorting, by creation time.

        Failed assets and drafts are used only if there is no other asset.

        Raises
        ------
        AssetNotFoundError
            It does not exist. An `AttributeError`.
        """
        found = self.sorted_data_assets
        if not found:
            raise AssetNotFoundError(
                f"a sorted data asset of {self._base.id}",
                searched=self._without_sorted(),
                close=[asset.name for asset in self._base.data_assets] or self.finder.nearest(),
                hint="session.is_uploaded says whether there are raw data",
            )
        return last_usable(found)

    def _without_sorted(self) -> Sequence[Searched]:
        """Return the places that were searched: the session's assets, if it has any."""
        found = self.finder.assets()
        if not found.value:
            return found.searched
        return [Searched("the session's data assets", "none is named ..._sorted...")]

    @property
    @one_call
    def is_sorted(self) -> bool:
        """Whether there is a sorted asset, and the log of the latest shows no failure.

        Examples
        --------
        >>> from aind_session import Session
        >>> Session("ecephys_676909_2023-12-13_13-43-40").ecephys.is_sorted
        True
        """
        found = self.sorted_data_assets
        try:
            return bool(found) and not last_usable(found).is_sorting_error
        except SourceDirNotFoundError:  # every finished run writes a log
            return False

    @property
    def sorter(self) -> SorterNamespace:
        """The sorted assets by sorter.

        Examples
        --------
        >>> from aind_session import Session
        >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
        >>> session.ecephys.sorter.kilosort2_5.sorted_data_assets[0].created
        1702783011
        """
        return SorterNamespace(self._base)

    @staticmethod
    @one_call
    def is_sorted_data_asset(asset_id: AssetOrId) -> bool:
        """Return whether an asset is a result of spike sorting, by its name.

        Parameters
        ----------
        asset_id
            An asset or its ID, which is requested. The asset is sorted if its name is ``<session
            ID>_sorted...``, with any platform.

        Raises
        ------
        AssetNotFoundError
            No asset has this ID. A `ValueError`.

        Examples
        --------
        >>> EcephysExtension.is_sorted_data_asset("1e11bdf5-b452-4fd9-bbb1-48383a9b0842")
        True
        """
        return is_sorted_asset(get_data_asset_model(asset_id))

    @staticmethod
    @one_call
    def get_sorted_data_asset_model(asset_id: AssetOrId) -> SortedDataAsset:
        """Return a sorted data asset with information from its files.

        Parameters
        ----------
        asset_id
            An asset, which is not requested again, or its ID.

        Examples
        --------
        >>> asset_id = "1e11bdf5-b452-4fd9-bbb1-48383a9b0842"
        >>> EcephysExtension.get_sorted_data_asset_model(asset_id).output[-32:-1]
        'FULL PIPELINE time:  161658.77s'
        """
        return EcephysExtension.SortedDataAsset.of(get_data_asset_model(asset_id))

    @staticmethod
    @one_call
    def is_sorting_analyzer_asset(asset_id: AssetOrId) -> bool:
        """Return whether results contain a SortingAnalyzer: ``*.zarr``, one level down.

        Parameters
        ----------
        asset_id
            An asset or its ID.

        Examples
        --------
        >>> EcephysExtension.is_sorting_analyzer_asset("1e11bdf5-b452-4fd9-bbb1-48383a9b0842")
        False
        """
        return sorters.is_analyzer(get_data_asset_model(asset_id), default_sources())

    @staticmethod
    @one_call
    def get_sorted_probe_names(sorted_data_asset_id_or_model: AssetOrId) -> tuple[str, ...]:
        """Return the names of probes that were sorted completely, in order.

        Parameters
        ----------
        sorted_data_asset_id_or_model
            An asset or its ID. The names are read from the folders in ``curated/``, or in older
            assets ``sorting_precurated/``.

        Examples
        --------
        >>> EcephysExtension.get_sorted_probe_names("1e11bdf5-b452-4fd9-bbb1-48383a9b0842")
        ('ProbeA', 'ProbeB', 'ProbeC', 'ProbeD', 'ProbeE', 'ProbeF')
        """
        asset = get_data_asset_model(sorted_data_asset_id_or_model)
        return sorters.probe_names(asset, default_sources())

    @staticmethod
    @one_call
    def get_sorter_name(sorted_data_asset_id: AssetOrId) -> str:
        """Return the name of the sorter that made an asset, as SpikeInterface names it.

        Parameters
        ----------
        sorted_data_asset_id
            An asset or its ID. The name is read from the metadata records of its subject, then from
            its ``processing.json``, ``spikesorted/**/si_folder.json``,
            ``postprocessed/**/sorting.json`` and ``params.json``.

        Raises
        ------
        ContentNotFoundError
            No file names the sorter, because the sorting failed for all probes. A `ValueError`.

        Examples
        --------
        >>> EcephysExtension.get_sorter_name("1e11bdf5-b452-4fd9-bbb1-48383a9b0842")
        'kilosort2_5'
        """
        return sorters.sorter_name(get_data_asset_model(sorted_data_asset_id), default_sources())

    # -- raw data --

    @staticmethod
    @one_call
    def get_clipped_and_compressed_dirs(
        raw_data_asset_id_or_model: AssetOrId,
    ) -> tuple[upath.UPath | None, upath.UPath | None]:
        """Return the directories of `clipped_dir` and `compressed_dir`; None for a missing one.

        Parameters
        ----------
        raw_data_asset_id_or_model
            A raw data asset or its ID.

        Raises
        ------
        SourceDirNotFoundError
            The asset has no files. A `FileNotFoundError`.

        Examples
        --------
        >>> asset_id = "16d46411-540a-4122-b47f-8cb2a15d593a"
        >>> clipped, compressed = EcephysExtension.get_clipped_and_compressed_dirs(asset_id)
        >>> compressed.name
        'ecephys_compressed'
        """
        sources = default_sources()
        asset = get_data_asset_model(raw_data_asset_id_or_model, sources=sources)
        return recordings.folders_of(asset, sources)

    # -- alignment of probes --

    @staticmethod
    @one_call
    def get_latest_ibl_annotations(
        session_id: str | Session, as_ccf_records: bool = False
    ) -> dict[str, dict[str, Any]] | list[dict[str, Any]]:
        """Return the newest brain alignment of each probe, as curated in the IBL's tool.

        Parameters
        ----------
        session_id
            A `Session`, or any text that contains either of its names.
        as_ccf_records
            Whether to return one record per channel; see
            `aind_session.extensions.ecephys.alignment.as_ccf_records`.

        Returns
        -------
        dict or list of dict
            Curations by the name of the probe, such as ``ProbeA_0``, sorted by name; or one record
            for each channel.

        Raises
        ------
        ContentNotFoundError
            No record has an alignment. A `KeyError`.
        RemoteError
            DocDB could not be asked.
        """
        # both names of the acquisition contain the name without platform
        parsed = find_session(session_id)
        name = parsed.with_platform(None).id if parsed else text(session_id, "a session")
        where = alignment.where_annotated(name)
        source = default_sources().records
        found = alignment.latest_by_probe(source.find("v1", where, alignment.CURATION_FIELDS), name)
        if not found:
            raise ContentNotFoundError(
                f"probe alignments of {quote(session_id)}",
                searched=[Searched("DocDB v1, quality control of derived ecephys records")],
            )
        wants_channels = optional_truth(as_ccf_records, "as_ccf_records")
        return alignment.as_ccf_records(found) if wants_channels else found
