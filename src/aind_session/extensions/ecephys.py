"""``session.ecephys``: recordings with probes, and what spike sorting made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aind_session import assets as judge
from aind_session.errors import AssetNotFoundError, DirectoryNotFoundError, Searched
from aind_session.lookup import data_asset
from aind_session.namespaces import ExtensionBaseClass, register_namespace

if TYPE_CHECKING:
    import uuid

    import upath
    from codeocean.data_asset import DataAsset

    from aind_session.session import Session

_CLIPPED, _COMPRESSED = judge.ECEPHYS_FOLDERS


@register_namespace("ecephys")
class EcephysExtension(ExtensionBaseClass):
    """Recordings with probes, and what spike sorting made of them.

    Examples
    --------
    >>> from aind_session import Session
    >>> session = Session("ecephys_676909_2023-12-13_13-43-40")
    >>> session.ecephys.sorted_data_asset.name
    'ecephys_676909_2023-12-13_13-43-40_sorted_2024-03-01_16-02-45'
    """

    _base: Session

    @property
    def sorted_data_assets(self) -> tuple[DataAsset, ...]:
        """The results of spike sorting: assets named ``<session ID>_sorted...``.

        Returns
        -------
        tuple of codeocean.data_asset.DataAsset
            By the time of their creation, ascending; may be empty, and may hold failed ones.
        """
        return tuple(filter(judge.is_sorted, self._base.data_assets))

    @property
    def sorted_data_asset(self) -> DataAsset:
        """The result of spike sorting that was created last.

        Raises
        ------
        AssetNotFoundError
            There is none. An `AttributeError`.
        """
        found = self.sorted_data_assets
        if not found:
            raise AssetNotFoundError(
                f"a sorted data asset of {self._base.id}",
                searched=[Searched("the session's data assets", "none is named ..._sorted...")],
                close=[asset.name for asset in self._base.data_assets],
                hint="session.is_uploaded tells whether there are raw data",
            )
        return found[-1]

    @staticmethod
    def is_sorted_data_asset(asset_id: DataAsset | str | uuid.UUID) -> bool:
        """Tell whether an asset is a result of spike sorting, by its name.

        Parameters
        ----------
        asset_id
            An asset, or the ID of one, which is then asked for.

        Raises
        ------
        AssetNotFoundError
            There is no asset with this ID. A `ValueError`.

        Examples
        --------
        >>> EcephysExtension.is_sorted_data_asset("1e11bdf5-b452-4fd9-bbb1-48383a9b0842")
        True
        """
        return judge.is_sorted(data_asset(asset_id))

    @property
    def clipped_dir(self) -> upath.UPath:
        """The original Open Ephys files, their ``continuous.dat`` cut short.

        At the root of the raw data directory, or in its folder ``ecephys`` since 2024.

        Raises
        ------
        DirectoryNotFoundError
            There is none. An `AttributeError`.

        Examples
        --------
        >>> from aind_session import Session
        >>> Session("ecephys_676909_2023-12-13_13-43-40").ecephys.clipped_dir.as_posix()
        's3://aind-ephys-data/ecephys_676909_2023-12-13_13-43-40/ecephys_clipped'
        """
        return self._folder(_CLIPPED)

    @property
    def compressed_dir(self) -> upath.UPath:
        """The recording in zarr format, AP and LFP band; where, see `clipped_dir`.

        Raises
        ------
        DirectoryNotFoundError
            There is none. An `AttributeError`.
        """
        return self._folder(_COMPRESSED)

    def _folder(self, name: str) -> upath.UPath:
        where = self._base._raw_location
        inventory = self._base._inventory
        # one request for both folders in both places: all their names begin with "ecephys" and
        # end with "ed/", so that S3 folds each into one entry
        listing = inventory.listing(where, "ecephys", delimiter="ed/")
        there = {f"ecephys{folder}ed" for folder in listing.folders}
        for path in (f"ecephys/{name}", name):  # in newer data, both can be there
            if path in there:
                return inventory.path(where) / path
        raise DirectoryNotFoundError(
            f"the folder {name} of {self._base.id}",
            searched=[Searched(f"{where}"), Searched(f"{where}/ecephys")],
            hint="session.modalities tells what was acquired",
        )
