"""Data assets as they were chosen once, whatever Code Ocean holds since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from aind_session.errors import AssetNotFoundError, RemoteError, Searched
from aind_session.sources.memory import MemoryAssets, World
from aind_session.sources.protocols import AssetSource, Body


class PinnedAssets:
    """Answers searches from a fixed set of assets, and passes all else on; see `AssetSource`.

    Parameters
    ----------
    source
        Who is asked for computations and results, and who starts and creates.
    assets
        The assets there are, by the subject whose search is to bring them.
    closed
        Why others of the set cannot be opened, by ID.
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
        self._source = source
        # by subject: searching among all, for each of many subjects, would take long
        self._by_subject = {s: MemoryAssets(World(assets=list(b))) for s, b in assets.items()}
        self._all = MemoryAssets(World(assets=[b for bodies in assets.values() for b in bodies]))
        self._closed = closed
        self._place = place

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Give those of the set that match; see `AssetSource.search`."""
        subject = str(params.get("query") or "").rpartition(":")[2]
        return self._by_subject.get(subject, self._all).search(params, at_most=at_most)

    def get(self, asset_id: str) -> Body:
        """Give one of the set; see `AssetSource.get`."""
        if asset_id in self._closed:
            raise self._closed[asset_id]
        try:
            return self._all.get(asset_id)
        except AssetNotFoundError:
            place = Searched(self._place, "does not list it, or it is gone")
            raise AssetNotFoundError(f"data asset {asset_id}", searched=[place]) from None

    def computation(self, computation_id: str) -> Body:
        """Give one computation; see `AssetSource.computation`."""
        return self._source.computation(computation_id)

    def computations(self, capsule_id: str) -> list[Body]:
        """Give all computations of a capsule; see `AssetSource.computations`."""
        return self._source.computations(capsule_id)

    def results(self, computation_id: str, path: str = "") -> list[str]:
        """Give the names in a folder of results; see `AssetSource.results`."""
        return self._source.results(computation_id, path)

    def result(self, computation_id: str, path: str, *, part: int | None = None) -> bytes:
        """Give one file of the results; see `AssetSource.result`."""
        return self._source.result(computation_id, path, part=part)

    def panel(self, capsule_id: str, version: int | None = None) -> Body:
        """Give what a capsule or pipeline takes; see `AssetSource.panel`."""
        return self._source.panel(capsule_id, version)

    def custom_metadata(self) -> Body:
        """Give the fields of custom metadata; see `AssetSource.custom_metadata`."""
        return self._source.custom_metadata()

    def capsule(self, capsule_id: str) -> Body:
        """Give one capsule or pipeline; see `AssetSource.capsule`."""
        return self._source.capsule(capsule_id)

    def users(self, kind: Literal["capsules", "pipelines"], asset_id: str) -> list[Body]:
        """Give what has an asset attached; see `AssetSource.users`."""
        return self._source.users(kind, asset_id)

    def accepts(self, version: str) -> bool:
        """Tell whether the server is as new as this; see `AssetSource.accepts`."""
        return self._source.accepts(version)

    def run(self, params: Body) -> Body:
        """Start a computation; see `AssetSource.run`."""
        return self._source.run(params)

    def create(self, params: Body) -> Body:
        """Create a data asset, which is not of the set; see `AssetSource.create`."""
        return self._source.create(params)

    def rename(self, computation_id: str, name: str) -> None:
        """Rename a computation; see `AssetSource.rename`."""
        self._source.rename(computation_id, name)

    def stop(self, computation_id: str) -> None:
        """Stop and delete a computation; see `AssetSource.stop`."""
        self._source.stop(computation_id)

    def share(self, asset_id: str, permissions: Body) -> None:
        """Set permissions; see `AssetSource.share`."""
        self._source.share(asset_id, permissions)

    def archive(self, asset_id: str, *, archived: bool) -> None:
        """Archive an asset or take it back; see `AssetSource.archive`."""
        self._source.archive(asset_id, archived=archived)

    def attach(self, host: str, mounts: Sequence[Body]) -> list[Body]:
        """Attach data assets; see `AssetSource.attach`."""
        return self._source.attach(host, mounts)

    def detach(self, host: str, asset_ids: Sequence[str]) -> None:
        """Detach data assets; see `AssetSource.detach`."""
        self._source.detach(host, asset_ids)
