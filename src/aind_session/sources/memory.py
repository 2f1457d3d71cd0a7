"""Sources of plain data, without a network, for the demo, doctests and users' tests."""

from __future__ import annotations

import copy
import datetime
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.conventions.location import Location
from aind_session.conventions.mentions import SUBJECT_LABEL
from aind_session.errors import (
    AccessDeniedError,
    AssetNotFoundError,
    RemoteError,
    SourceDirNotFoundError,
)
from aind_session.sources import attaching
from aind_session.sources.matching import holds, slim
from aind_session.sources.protocols import Body, Listing
from aind_session.sources.world import World, refusal, refused_metadata

if TYPE_CHECKING:
    import upath

__all__ = ["MemoryAssets", "MemoryRecords", "MemoryStorage", "World"]


class MemoryAssets:
    """Data assets of a `World`, searched as Code Ocean searches them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def search(self, params: Mapping[str, Any], *, at_most: int | None = None) -> list[Body]:
        """Return the assets that match; see `AssetSource.search`."""
        self._world.advance()
        found = [_public(asset) for asset in self._world.assets if _matches(asset, params)]
        field = params.get("sort_field")
        if field is not None:
            is_last_first = params.get("sort_order") == "desc"
            found.sort(
                key=lambda asset: (asset.get(field) is not None, asset.get(field)),
                reverse=is_last_first,
            )
        return found

    def get(self, asset_id: str) -> Body:
        """Return one asset; see `AssetSource.get`."""
        return _public(self._asset(asset_id))

    def _asset(self, asset_id: str) -> Body:
        self._world.advance()
        for asset in self._world.assets:
            if asset["id"] == asset_id:
                if asset_id in self._world.hidden:
                    raise AccessDeniedError("Code Ocean", f"asset {asset_id} is not open to you")
                return asset
        raise AssetNotFoundError(f"data asset {asset_id}")

    def computation(self, computation_id: str) -> Body:
        """Return one computation; see `AssetSource.computation`."""
        return copy.deepcopy(self._run(computation_id)[1])

    def _run(self, computation_id: str) -> tuple[str, Body]:
        self._world.advance()
        for target, computations in self._world.computations.items():
            for computation in computations:
                if computation["id"] == computation_id:
                    return target, computation
        raise AssetNotFoundError(f"computation {computation_id}")

    def computations(self, capsule_id: str) -> list[Body]:
        """Return the computations of a capsule; see `AssetSource.computations`."""
        self._check_capsule(capsule_id)
        self._world.advance()
        return copy.deepcopy(self._world.computations.get(capsule_id, []))

    def results(self, computation_id: str, path: str = "") -> list[str]:
        """Return the names in a folder; see `AssetSource.results`."""
        self._run(computation_id)
        prefix = f"{path.strip('/')}/" if path.strip("/") else ""
        paths = self._world.results.get(computation_id, {})
        inside = [p.removeprefix(prefix) for p in paths if p.startswith(prefix)]
        if prefix and not inside:
            raise AssetNotFoundError(f"folder {path!r} of computation {computation_id}")
        return sorted({name.partition("/")[0] for name in inside})

    def result(self, computation_id: str, path: str, *, part: int | None = None) -> bytes:
        """Return one file; see `AssetSource.result`."""
        try:
            content = self._world.results[computation_id][path]
        except KeyError:
            raise SourceDirNotFoundError(f"{path!r} of computation {computation_id}") from None
        if part is None:
            return content
        return content[:part] if part > 0 else content[part:]

    def capsule(self, capsule_id: str) -> Body:
        """Return one capsule or pipeline; see `AssetSource.capsule`."""
        self._check_capsule(capsule_id)
        return {"id": capsule_id}

    def panel(self, capsule_id: str, version: int | None = None) -> Body:
        """Return the app panel of a capsule or pipeline; see `AssetSource.panel`."""
        self._check_capsule(capsule_id)
        known = self._world.versions.get(capsule_id, [])
        if version is not None and known and version not in known:
            raise AssetNotFoundError(f"version {version} of capsule or pipeline {capsule_id}")
        return copy.deepcopy(self._world.panel_of(capsule_id))

    def custom_metadata(self) -> Body:
        """Return the fields of custom metadata; see `AssetSource.custom_metadata`."""
        return {"fields": copy.deepcopy(self._world.metadata_fields), "categories": []}

    def _check_capsule(self, capsule_id: str) -> None:
        if not self._world.knows(capsule_id):
            raise AssetNotFoundError(f"capsule or pipeline {capsule_id}")

    def accepts(self, version: str) -> bool:
        """Return True for any version; see `AssetSource.accepts`."""
        return True

    def run(self, params: Body) -> Body:
        """Add a computation that has just begun; see `AssetSource.run`."""
        refused = refusal(self._world, params)
        if refused is not None:
            raise _refused(*refused)
        return copy.deepcopy(self._world.begin(params))

    def create(self, params: Body) -> Body:
        """Add a data asset; see `AssetSource.create`. An asset of results starts as a draft."""
        wrong = refused_metadata(self._world, params)
        if wrong is not None:
            raise _refused(400, wrong)
        made = {
            "id": str(uuid.uuid4()),
            "created": int(self._world.clock.now()),
            "last_used": 0,
            **{name: params.get(name) for name in ("name", "mount", "tags", "custom_metadata")},
        }
        source = params.get("source") or {}
        if source.get("computation"):
            self._capture(made, source["computation"]["id"], params)
        else:
            aws = source.get("aws") or {}
            bucket = {"origin": "aws", "bucket": aws["bucket"], "external": False}
            made |= {"state": "ready", "type": "dataset"}
            made["source_bucket"] = {**bucket, "prefix": aws["prefix"]}
        self._world.assets.append(made)
        return _public(made)

    def _capture(self, made: Body, computation_id: str, params: Body) -> None:
        """Make an asset from the results of a run, whose files are copied to the target."""
        target, run = self._run(computation_id)
        if run.get("state") != "completed" or not run.get("has_results"):
            raise _refused(400, "the computation has no results to capture")
        aws = (params.get("target") or {}).get("aws") or {}
        bucket = aws.get("bucket", CODE_OCEAN_BUCKET)
        prefix = (aws.get("prefix") or "").strip("/") or made["id"]
        for path, content in self._world.results.get(computation_id, {}).items():
            self._world.objects.setdefault(bucket, {})[f"{prefix}/{path}"] = content
        inputs = [part["id"] for part in run.get("data_assets") or ()]
        provenance = {"capsule": target, "computation": computation_id, "data_assets": inputs}
        made |= {"state": "draft", "type": "result", "provenance": provenance}
        made["app_parameters"] = copy.deepcopy(run.get("parameters") or [])
        if aws:
            made["source_bucket"] = {"origin": "aws", "bucket": bucket, "prefix": prefix}
            made["source_bucket"]["external"] = True
        self._world.draft(made, computation_id)

    def rename(self, computation_id: str, name: str) -> None:
        """Rename a computation; see `AssetSource.rename`."""
        self._run(computation_id)[1]["name"] = name

    def stop(self, computation_id: str) -> None:
        """Delete a computation; see `AssetSource.stop`."""
        if not self._world.forget_run(computation_id):
            raise AssetNotFoundError(f"computation {computation_id}")

    def share(self, asset_id: str, permissions: Body) -> None:
        """Set permissions; see `AssetSource.share`."""
        self._asset(asset_id)
        self._world.permissions[asset_id] = copy.deepcopy(permissions)

    def users(self, kind: Literal["capsules", "pipelines"], asset_id: str) -> list[Body]:
        """Return the capsules or pipelines with an asset attached; see `AssetSource.users`."""
        return list(attaching.users(self._world, kind, asset_id))

    def attach(self, host: str, mounts: Sequence[Body]) -> list[Body]:
        """Attach data assets; see `AssetSource.attach`."""
        self._check_host(host)
        refused = attaching.refused_attach(self._world, host, mounts)
        if refused is not None:
            raise _refused(*refused)
        return attaching.attach(self._world, host, mounts)

    def detach(self, host: str, asset_ids: Sequence[str]) -> None:
        """Detach data assets; see `AssetSource.detach`."""
        self._check_host(host)
        attaching.detach(self._world, host, asset_ids)

    def _check_host(self, host: str) -> None:
        refused = attaching.refused_host(self._world, host)
        if refused is not None and refused[0] == 404:
            raise AssetNotFoundError(host.replace("s/", " ", 1))
        if refused is not None:
            raise _refused(*refused)

    def archive(self, asset_id: str, *, archived: bool) -> None:
        """Archive or unarchive an asset; see `AssetSource.archive`."""
        self._asset(asset_id)["archived"] = archived


def _refused(status: int, message: str) -> RemoteError:
    kind = AccessDeniedError if status == 403 else RemoteError
    return kind("Code Ocean", message, status=status)


def _public(asset: Body) -> Body:
    body = copy.deepcopy(asset)
    body.pop("archived", None)
    return body


def _matches(asset: Body, params: Mapping[str, Any]) -> bool:
    return (
        bool(asset.get("archived")) == bool(params.get("archived"))
        and params.get("type") in (None, asset.get("type"))
        and _matches_query(asset, params.get("query") or "")
        and all(_matches_filter(asset, wanted) for wanted in params.get("filters") or ())
    )


_TEXT_FIELDS = ("name", "tag", SUBJECT_LABEL, "description")
_QUERY_FIELDS = (*_TEXT_FIELDS, "contained_data_id", "commit_id", "run_script")


def _matches_query(asset: Body, query: str) -> bool:
    """Return whether an asset matches a query: every field's text, and all words of free text."""
    pattern = rf"({'|'.join(_QUERY_FIELDS)}):(\S+)"
    wanted: dict[str, list[str]] = {}
    for name, value in re.findall(pattern, query):
        wanted.setdefault(name, []).append(value.lower())
    words = re.sub(pattern, "", query).lower().split()
    everything = " ".join(value for name in _TEXT_FIELDS for value in _values(asset, name))
    return all(word in everything for word in words) and all(
        any(value in held for value in values for held in _values(asset, name))
        for name, values in wanted.items()
    )


def _values(asset: Body, name: str) -> list[str]:
    if name == "tag":
        return [str(tag).lower() for tag in asset.get("tags") or ()]
    if name == "contained_data_id":
        return [part["id"].lower() for part in asset.get("contained_data_assets") or ()]
    if name in ("commit_id", "run_script"):
        provenance = asset.get("provenance") or {}
        return [str(provenance.get(name.removesuffix("_id")) or "").lower()]
    value = asset.get(name) or (asset.get("custom_metadata") or {}).get(name)
    return [] if value is None else [str(value).lower()]


def _matches_filter(asset: Body, wanted: Mapping[str, Any]) -> bool:
    """Return whether an asset passes one filter.

    Names and descriptions match by substring, other fields as a whole.
    """
    values = [str(v).lower() for v in wanted.get("values") or [wanted.get("value")]]
    held = _values(asset, "tag" if wanted["key"] == "tags" else wanted["key"])
    if wanted["key"] in ("name", "description"):
        found = any(value in text for value in values for text in held)
    else:
        found = any(value in held for value in values)
    return found != bool(wanted.get("exclude"))


class MemoryRecords:
    """Metadata records of a `World`, found as DocDB finds them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def find(
        self, version: str, where: Mapping[str, Any], fields: Sequence[str] = ()
    ) -> list[Body]:
        """Return the records that match; see `RecordSource.find`."""
        found = [record for record in self._world.records[version] if holds(record, where)]
        return [slim(record, fields) if fields else copy.deepcopy(record) for record in found]


class MemoryStorage:
    """Buckets of a `World`."""

    def __init__(self, world: World, buckets: Sequence[str] | None = None) -> None:
        self._world = world
        self._buckets = tuple(world.objects) if buckets is None else tuple(buckets)

    @property
    def service(self) -> None:
        """Always None, because no real service answers; see `StorageSource.service`."""
        return None

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that are searched; see `StorageSource.buckets`."""
        return self._buckets

    def credentials(self) -> str | None:
        """Return None, because no credentials are needed; see `StorageSource.credentials`."""
        return None

    def has_bucket(self, bucket: str) -> bool:
        """Return whether the world has this bucket; see `StorageSource.has_bucket`."""
        return bucket in self._world.objects

    def list(self, bucket: str, prefix: str, *, delimiter: str = "/") -> Listing:
        """List one level; see `StorageSource.list`."""
        folders: dict[str, None] = {}
        files = []
        for key in self._keys(bucket, prefix):
            head, found, _ = key[len(prefix) :].partition(delimiter)
            if found:
                folders[head] = None
            elif head:  # an empty head is the directory's marker object
                files.append(head)
        return Listing(tuple(folders), tuple(files))

    def exists(self, bucket: str, prefix: str) -> bool:
        """Return whether any object has this prefix; see `StorageSource.exists`."""
        return bool(self._keys(bucket, prefix))

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of an object; see `StorageSource.read`."""
        try:
            return self._world.objects[bucket][key]
        except KeyError:
            raise SourceDirNotFoundError(str(Location(bucket, key))) from None

    def fetch(self, bucket: str, key: str) -> tuple[bytes, datetime.datetime | None]:
        """Return the content of an object; see `StorageSource.fetch`."""
        return self.read(bucket, key), self._world.modified.get((bucket, key))

    def write(self, bucket: str, key: str, content: bytes) -> None:
        """Create or replace an object; see `StorageSource.write`."""
        self._world.objects.setdefault(bucket, {})[key] = content

    def path(self, bucket: str, key: str) -> upath.UPath:
        """Return a path; see `StorageSource.path`. Opening it accesses the real S3."""
        import upath  # takes 150 ms, and most answers need no path

        return upath.UPath(str(Location(bucket, key)), anon=True)

    def _keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        return tuple(sorted(k for k in self._world.objects.get(bucket, ()) if k.startswith(prefix)))
