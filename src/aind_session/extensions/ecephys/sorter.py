"""``session.ecephys.sorter``: sorted assets by the sorter that made them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from aind_session.catalog import sorters
from aind_session.conventions.assets import assets_by_creation, is_sorted_asset
from aind_session.extension import ExtensionBaseClass
from aind_session.runtime.arguments import text
from aind_session.runtime.calls import one_call
from aind_session.runtime.parallel import side_by_side

if TYPE_CHECKING:
    from codeocean.data_asset import DataAsset

    from aind_session.catalog.sorted_asset import SortedDataAsset
    from aind_session.session import Session
    from aind_session.sources import Sources

logger = logging.getLogger(__name__)

_USUAL = ("kilosort2_5", "kilosort4", "spykingcircus2")


class SorterExtension(ExtensionBaseClass):
    """The sorted assets of a session that one sorter made.

    Parameters
    ----------
    session
        The session.
    sorter_name
        The sorter, as SpikeInterface names it, such as ``kilosort2_5``.
    """

    def __init__(self, session: Session, sorter_name: str) -> None:
        super().__init__(session)
        self._sorter_name = sorter_name

    @property
    @one_call
    def sorted_data_assets(self) -> tuple[SortedDataAsset, ...]:
        """The assets that this sorter made, in order of creation; may be empty.

        Assets with an unknown sorter are left out, with a `LeftOutWarning`.
        """
        pairs = _assets_and_sorters(self)
        made = tuple(asset for asset, name in pairs if name == self._sorter_name)
        if not made:
            from aind_session.runtime.misspelled import warn_if_misspelled  # rarely needed

            names = ", ".join(sorted({name for _, name in pairs})) or "none"
            logger.info(
                "no sorted asset of %s by %r; sorters: %s", self._base.id, self._sorter_name, names
            )
            warn_if_misspelled("sorter", self._sorter_name, (name for _, name in pairs))
        return made


class SorterNamespace:
    """The sorted assets of a session by sorter; the sorter is an attribute or a key.

    Parameters
    ----------
    session
        The session.
    """

    if TYPE_CHECKING:
        kilosort2_5: SorterExtension
        kilosort4: SorterExtension
        spykingcircus2: SorterExtension

    def __init__(self, session: Session) -> None:
        self._base = session

    def __getattr__(self, sorter_name: str) -> SorterExtension:
        # copying, pickling and notebooks read names with an underscore, which no sorter has
        if sorter_name.startswith("_"):
            raise AttributeError(f"no sorter has the name {sorter_name!r}", name=sorter_name)
        return self[sorter_name]

    def __getitem__(self, sorter_name: str) -> SorterExtension:
        return SorterExtension(self._base, text(sorter_name, "the name of a sorter"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base!r})"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_USUAL})

    def _ipython_key_completions_(self) -> list[str]:
        return list(_USUAL)

    @property
    @one_call
    def names(self) -> tuple[str, ...]:
        """The sorters of the session's sorted assets, in alphabetical order; may be empty.

        Assets with an unknown sorter are left out, with a `LeftOutWarning`.
        """
        return tuple(
            sorted({name for _, name in _assets_and_sorters(ExtensionBaseClass(self._base))})
        )


def _assets_and_sorters(namespace: ExtensionBaseClass) -> list[tuple[SortedDataAsset, str]]:
    finder, inventory = namespace.finder, namespace.inventory
    # request the records in parallel with the search; below, they come from the cache
    asked: list[Callable[[], Any]] = [
        finder.assets,
        partial(sorters.sorting_records, inventory),
    ]
    found = side_by_side(asked)[0].known(f"sorted assets of {finder.session_id.id}")
    mine = inventory.checked(sorted_among(found or (), namespace.sources))
    return sorters.known_sorters(mine, inventory.sources)


def sorted_among(
    assets: Iterable[DataAsset], sources: Sources | None
) -> tuple[SortedDataAsset, ...]:
    """Return the results of spike sorting as `SortedDataAsset`, in order of creation."""
    from aind_session.catalog.sorted_asset import SortedDataAsset  # imports the SDK: 300 ms

    found = assets_by_creation(filter(is_sorted_asset, assets))
    return tuple(SortedDataAsset.of(asset, sources) for asset in found)
