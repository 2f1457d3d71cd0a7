"""A fixed set of data assets, independent of what Code Ocean holds now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aind_session.errors import AssetNotFoundError, RemoteError, Searched
from aind_session.sources.memory import MemoryAssets, World
from aind_session.sources.passed_on import PassedOn
from aind_session.sources.protocols import AssetSource, Body
from aind_session.sources.subject_filter import subject_of_query


class PinnedAssets(PassedOn):
    """Answers searches from a fixed set of assets, and passes other queries on; see `AssetSource`.

    Parameters
    ----------
    source
        The source for everything but searching and reading assets.
    assets
        The assets, by the subject whose search returns them.
    closed
        Errors to raise for assets of the set that cannot be opened, by ID.
    place
        How messages name the set.
    """

    def __init__(
        self,
        source: AssetSource,
        assets: Mapping[str, Sequence[Body]],
        closed: Mapping[str, RemoteError],
        place: str,
    ) -> None:
        super().__init__(source)
        # by subject: searching all assets for each of many subjects would be slow
        self._by_subject = {s: MemoryAssets(World(assets=list(b))) for s, b in assets.items()}
        self._all = MemoryAssets(World(assets=[b for bodies in assets.values() for b in bodies]))
        self._closed = closed
        self._place = place

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Return the assets of the set that match; see `AssetSource.search`."""
        query = str(params.get("query") or "")
        subject = subject_of_query(query) or query
        return self._by_subject.get(subject, self._all).search(params, at_most=at_most)

    def get(self, asset_id: str) -> Body:
        """Return one asset of the set; see `AssetSource.get`."""
        if asset_id in self._closed:
            raise self._closed[asset_id]
        try:
            return self._all.get(asset_id)
        except AssetNotFoundError:
            place = Searched(self._place, "does not list it, or it is gone")
            raise AssetNotFoundError(f"data asset {asset_id}", searched=[place]) from None
