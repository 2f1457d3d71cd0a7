"""Sources that pass queries on, as bases of sources that answer some themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn, cast

from aind_session.sources.protocols import AssetSource, Body, StorageSource

if TYPE_CHECKING:
    import upath


def refused(refuse: Callable[[str], NoReturn]) -> AssetSource:
    """Return a source that refuses each query, for servers that must not be asked."""
    return cast("AssetSource", _Refused(refuse))


_QUERIES = {"search": "assets that match", "get": "asset", "computations": "computations of"}
"""What queries are called in messages, if not as their methods."""


class _Refused:
    def __init__(self, refuse: Callable[[str], NoReturn]) -> None:
        self._refuse = refuse

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        def asked(*about: Any, **_: Any) -> NoReturn:
            self._refuse(" ".join([_QUERIES.get(name, name), *map(_in_words, about)]))

        return asked


def _in_words(about: Any) -> str:
    """Describe an argument of a query: an ID, or the terms of a search."""
    return search_in_words(about) if isinstance(about, Mapping) else str(about)


def search_in_words(params: Mapping[str, Any]) -> str:
    """Return the terms of a search for assets: its query, or else its filters.

    Examples
    --------
    >>> search_in_words({"filters": [{"key": "tags", "value": "raw"}]})
    'tags raw'
    """
    filters = params.get("filters") or ()
    return str(params.get("query") or ", ".join(map(_filter_in_words, filters)))


def _filter_in_words(wanted: Any) -> str:
    is_filter = isinstance(wanted, Mapping)  # an edited file can contain anything
    return f"{wanted.get('key')} {wanted.get('value')}" if is_filter else str(wanted)


class PassedOn:
    """Passes all queries on; see `AssetSource`.

    Parameters
    ----------
    source
        The source to ask.
    """

    def __init__(self, source: AssetSource) -> None:
        self._source = source

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Return the assets that match; see `AssetSource.search`."""
        return self._source.search(params, at_most=at_most)

    def get(self, asset_id: str) -> Body:
        """Return one asset; see `AssetSource.get`."""
        return self._source.get(asset_id)

    def computation(self, computation_id: str) -> Body:
        """Return one computation; see `AssetSource.computation`."""
        return self._source.computation(computation_id)

    def computations(self, capsule_id: str) -> list[Body]:
        """Return all computations of a capsule; see `AssetSource.computations`."""
        return self._source.computations(capsule_id)

    def results(self, computation_id: str, path: str = "") -> list[str]:
        """Return the names in a folder of results; see `AssetSource.results`."""
        return self._source.results(computation_id, path)

    def result(self, computation_id: str, path: str, *, part: int | None = None) -> bytes:
        """Return one file of the results; see `AssetSource.result`."""
        return self._source.result(computation_id, path, part=part)

    def panel(self, capsule_id: str, version: int | None = None) -> Body:
        """Return the app panel of a capsule or pipeline; see `AssetSource.panel`."""
        return self._source.panel(capsule_id, version)

    def custom_metadata(self) -> Body:
        """Return the fields of custom metadata; see `AssetSource.custom_metadata`."""
        return self._source.custom_metadata()

    def capsule(self, capsule_id: str) -> Body:
        """Return one capsule or pipeline; see `AssetSource.capsule`."""
        return self._source.capsule(capsule_id)

    def users(self, kind: Literal["capsules", "pipelines"], asset_id: str) -> list[Body]:
        """Return the capsules or pipelines with an asset attached; see `AssetSource.users`."""
        return self._source.users(kind, asset_id)

    def accepts(self, version: str) -> bool:
        """Return whether the server has this version or a newer one; see `AssetSource.accepts`."""
        return self._source.accepts(version)

    def run(self, params: Body) -> Body:
        """Start a computation; see `AssetSource.run`."""
        return self._source.run(params)

    def create(self, params: Body) -> Body:
        """Create a data asset; see `AssetSource.create`."""
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
        """Archive or unarchive an asset; see `AssetSource.archive`."""
        self._source.archive(asset_id, archived=archived)

    def attach(self, host: str, mounts: Sequence[Body]) -> list[Body]:
        """Attach data assets; see `AssetSource.attach`."""
        return self._source.attach(host, mounts)

    def detach(self, host: str, asset_ids: Sequence[str]) -> None:
        """Detach data assets; see `AssetSource.detach`."""
        self._source.detach(host, asset_ids)


class PassedOnStorage:
    """Passes on what is the same for all sources of files; see `StorageSource`.

    Parameters
    ----------
    servers
        The source to ask.
    """

    def __init__(self, servers: StorageSource) -> None:
        self._servers = servers

    @property
    def service(self) -> str | None:
        """Which service answers; see `StorageSource.service`."""
        return self._servers.service

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that would be searched; see `StorageSource.buckets`."""
        return self._servers.buckets

    def credentials(self) -> str | None:
        """Return how credentials were found; see `StorageSource.credentials`."""
        return self._servers.credentials()

    def path(self, bucket: str, key: str) -> upath.UPath:
        """Return a path, which accesses S3 when it is opened; see `StorageSource.path`."""
        return self._servers.path(bucket, key)
