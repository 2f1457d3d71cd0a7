"""The Code Ocean API: data assets, their files, computations and their results."""

from __future__ import annotations

import base64
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from aind_session.sources import attaching
from aind_session.sources.world import World, refusal, refused_metadata

from .messages import Answer, Call, Refusal, json_answer
from .rules import SCOPES, Rules
from .s3 import CODE_OCEAN_BUCKET, RESULTS_BUCKET, signed_url
from .search import search

# Documented: they exist, even if a world has no runs of them.
SORTING_PIPELINE = "1f8f159a-7670-47a9-baf1-078905fc9c2e"
SORTING_TRIGGER = "eb5a26e4-a391-4d79-9da5-1ab65b71253f"
OWNER = "133192f3-7197-43ba-9570-ba0b85409396"

Body = dict[str, Any]
Handle = Callable[["CodeOcean", Call, str], Any]


class CodeOcean:
    """The API over one world."""

    def __init__(self, world: World, rules: Rules) -> None:
        self.storage_url = ""
        self._world = world
        self._rules = rules
        self._lock = threading.Lock()
        self._by_number: dict[str, list[Body]] = {}

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        self._check_version(call.headers.get("min-server-version"))
        self._check_token(call.headers.get("authorization", ""))
        for method, pattern, scope, handle in _ROUTES:
            match = re.fullmatch(f"/api/v1/{pattern}", call.path)
            if match and method == call.method:
                if scope not in self._rules.token_scopes:
                    raise Refusal(403, f"The token lacks the scope {scope}")
                with self._lock:
                    self._world.advance()
                    body = handle(self, call, *match.groups() or ("",))
                return Answer(204) if body is None else json_answer(body)
        raise Refusal(404, "Not found")

    def _check_version(self, wanted: str | None) -> None:
        if wanted is None:
            return
        if not re.fullmatch(r"\d+\.\d+\.\d+", wanted):
            raise Refusal(400, f"Malformed Min-Server-Version {wanted!r}")
        if _version(wanted) > _version(self._rules.server_version):
            raise Refusal(400, f"Server {self._rules.server_version} is older than {wanted}")

    def _check_token(self, header: str) -> None:
        expected = base64.b64encode(f"{self._rules.token}:".encode()).decode()
        if header != f"Basic {expected}":
            raise Refusal(401, "Unauthorized")

    # -- data assets --

    def search_assets(self, call: Call, _: str) -> Body:
        """Return one page of assets."""
        params = _object(call)
        return search(self._candidates(params), params, self._rules)

    def _candidates(self, params: Body) -> list[Body]:
        """In a frozen world, first filter assets by the numbers in a query, for speed."""
        numbers = re.findall(r"(?<![^\s:])\d{6,}(?!\S)", params.get("query") or "")
        if not self._rules.frozen or not numbers:
            return self._world.assets
        if not self._by_number:
            for asset in self._world.assets:
                for number in set(re.findall(r"\d{6,}", asset["name"])):
                    self._by_number.setdefault(number, []).append(asset)
        return self._by_number.get(numbers[0], [])

    def get_asset(self, call: Call, asset_id: str) -> Body:
        """Return one asset; a new asset becomes ready with this request.

        Assets of simulated runs become ready when their world says so.
        """
        asset = self._asset(asset_id)
        if asset.get("state") == "draft" and asset_id not in self._world._drafts:
            asset["state"] = "ready"
        return {key: value for key, value in asset.items() if key != "archived"}

    def create_asset(self, call: Call, _: str) -> Body:
        """Add an asset to the world."""
        params = _object(call)
        wrong = refused_metadata(self._world, params)
        if wrong is not None:
            raise Refusal(400, wrong)
        asset = self._new_asset(params)
        self._world.assets.append(asset)
        return dict(asset)

    def share_asset(self, call: Call, asset_id: str) -> None:
        """Set who may see an asset."""
        self._asset(asset_id)
        self._world.permissions[asset_id] = _object(call)

    def archive_asset(self, call: Call, asset_id: str) -> None:
        """Archive or unarchive an asset."""
        wanted = call.params.get("archive", "").lower()
        if wanted not in ("true", "false"):
            raise Refusal(400, "archive is true or false")
        self._asset(asset_id)["archived"] = wanted == "true"

    def search_users(self, call: Call, kind: str) -> Body:
        """Return the capsules or pipelines that have an asset attached: the query is its ID."""
        found = list(attaching.users(self._world, kind, _object(call).get("query") or ""))
        return {"has_more": False, "results": found}

    def attach(self, call: Call, host: str) -> list[Body]:
        """Attach all data assets, or none."""
        mounts = call.json()
        if not isinstance(mounts, list):
            raise Refusal(400, "a list is required")
        refused = attaching.refused_attach(self._world, host, mounts)
        if refused is not None:
            raise Refusal(*refused)
        return attaching.attach(self._world, host, mounts)

    def detach(self, call: Call, host: str) -> None:
        """Detach data assets."""
        refused = attaching.refused_host(self._world, host)
        if refused is not None:
            raise Refusal(*refused)
        attaching.detach(self._world, host, call.json())

    def metadata_fields(self, call: Call, _: str) -> Body:
        """Return the fields of custom metadata."""
        return {"fields": self._world.metadata_fields, "categories": []}

    def list_files(self, call: Call, asset_id: str) -> Body:
        """Return one level of an internal asset's files."""
        return _folder(self._asset_files(asset_id), _object(call).get("path") or "")

    def file_urls(self, call: Call, asset_id: str) -> Body:
        """Return the URLs of one file of an internal asset."""
        path = _path(call, self._asset_files(asset_id))
        return self._urls(call, CODE_OCEAN_BUCKET, f"{asset_id}/{path}")

    def _asset(self, asset_id: str) -> Body:
        for asset in self._world.assets:
            if asset["id"] == asset_id:
                if asset_id in self._world.hidden:
                    raise Refusal(403, "You do not have access to this data asset")
                return asset
        raise Refusal(404, "Data asset not found")

    def _asset_files(self, asset_id: str) -> dict[str, bytes]:
        asset = self._asset(asset_id)
        if asset.get("source_bucket") or asset.get("type") == "combined":
            raise Refusal(400, "Files of this data asset are not stored in Code Ocean")
        stored = self._world.objects.get(CODE_OCEAN_BUCKET, {})
        prefix = f"{asset_id}/"
        return {k.removeprefix(prefix): v for k, v in stored.items() if k.startswith(prefix)}

    def _new_asset(self, params: Body) -> Body:
        if not params.get("name") or not params.get("mount"):
            raise Refusal(400, "name and mount are required")
        asset = {
            "id": str(uuid.uuid4()),
            "created": int(self._world.clock.now()),
            "name": params["name"],
            "mount": params["mount"],
            "description": params.get("description") or "",
            "tags": params.get("tags") or [],
            "custom_metadata": params.get("custom_metadata") or {},
            "state": "draft",
            "last_used": 0,
            "owner": OWNER,
        }
        asset.update(self._origin_of_new(asset, params))
        return asset

    def _origin_of_new(self, asset: Body, params: Body) -> Body:
        source = params.get("source") or {}
        if source.get("computation"):
            return self._capture(asset, source["computation"]["id"], params.get("target"))
        if source.get("aws"):
            aws = source["aws"]
            external = bool(aws.get("keep_on_external_storage"))
            return {"type": "dataset", "source_bucket": _bucket(aws, external=external)}
        if params.get("data_asset_ids"):
            parts = [self._asset(part) for part in params["data_asset_ids"]]
            contained = [{"id": part["id"], "mount": part["mount"]} for part in parts]
            return {"type": "combined", "contained_data_assets": contained}
        raise Refusal(400, "source or data_asset_ids is required")

    def _capture(self, asset: Body, computation_id: str, target: Body | None) -> Body:
        """Turn results into an asset: its files are copied to their target."""
        capsule, computation = self._computation(computation_id)
        if computation["state"] != "completed":
            raise Refusal(400, "the computation has no results to capture")
        if capsule in self._world.plays:
            self._world.draft(asset, computation_id)
        asset_id = asset["id"]
        aws = (target or {}).get("aws") or {}
        bucket = aws.get("bucket", CODE_OCEAN_BUCKET)
        prefix = (aws.get("prefix") or "").strip("/") or asset_id
        stored = self._world.objects.setdefault(bucket, {})
        for path, content in self._world.results.get(computation_id, {}).items():
            stored[f"{prefix}/{path}"] = content
        inputs = [part["id"] for part in computation.get("data_assets") or ()]
        provenance = {"capsule": capsule, "computation": computation_id, "data_assets": inputs}
        origin = {"source_bucket": _bucket(aws, external=True)} if aws else {}
        parameters = {"app_parameters": list(computation.get("parameters") or ())}
        return {"type": "result", "provenance": provenance, **parameters, **origin}

    # -- computations --

    def get_computation(self, call: Call, computation_id: str) -> Body:
        """Return one computation."""
        return self._computation(computation_id)[1]

    def run(self, call: Call, _: str) -> Body:
        """Start a run; without a `Play`, it keeps its state until the test changes it."""
        params = _object(call)
        for target in (SORTING_PIPELINE, SORTING_TRIGGER):
            self._world.computations.setdefault(target, [])
        refused = refusal(self._world, params)
        if refused is not None:
            raise Refusal(*refused)
        limit = self._rules.runs_at_once
        if limit is not None and self._under_way() >= limit:
            raise Refusal(429, "Too many computations: back off")
        return dict(self._world.begin(params))

    def _under_way(self) -> int:
        runs = (run for runs in self._world.computations.values() for run in runs)
        return sum(run["state"] not in ("completed", "failed") for run in runs)

    def rename(self, call: Call, computation_id: str) -> None:
        """Rename a run."""
        if not call.params.get("name"):
            raise Refusal(400, "name is required")
        self._computation(computation_id)[1]["name"] = call.params["name"]

    def delete(self, call: Call, computation_id: str) -> None:
        """Stop and delete a run."""
        self._computation(computation_id)
        self._world.forget_run(computation_id)

    def app_panel(self, call: Call, capsule_id: str) -> Body:
        """Return the app panel of a capsule or pipeline."""
        self._check_capsule(capsule_id)
        version, known = call.params.get("version"), self._world.versions.get(capsule_id, [])
        if version is not None and known and int(version) not in known:
            raise Refusal(404, f"version {version} not found")
        return self._world.panel_of(capsule_id)

    def list_results(self, call: Call, computation_id: str) -> Body:
        """Return one level of a computation's results."""
        return _folder(self._results(computation_id), _object(call).get("path") or "")

    def result_urls(self, call: Call, computation_id: str) -> Body:
        """Return the URLs of one file of a computation's results."""
        path = _path(call, self._results(computation_id))
        return self._urls(call, RESULTS_BUCKET, f"{computation_id}/{path}")

    def get_capsule(self, call: Call, capsule_id: str) -> Body:
        """Return a capsule or pipeline; the world knows only that it exists."""
        self._check_capsule(capsule_id)
        return {
            "id": capsule_id,
            "created": 0,
            "name": f"capsule {capsule_id}",
            "status": "non_release",
            "slug": capsule_id[:7],
            "owner": OWNER,
        }

    def list_computations(self, call: Call, capsule_id: str) -> list[Body]:
        """Return all computations of a capsule or pipeline, without pages."""
        self._check_capsule(capsule_id)
        latest = self._world.clock.now() - self._rules.list_delay
        runs = self._world.computations.get(capsule_id, [])
        return [run for run in runs if not self._rules.list_delay or run["created"] <= latest]

    def _check_capsule(self, capsule_id: str) -> None:
        known = capsule_id in (SORTING_PIPELINE, SORTING_TRIGGER)
        if not known and not self._world.knows(capsule_id):
            raise Refusal(404, "Capsule not found")

    def _computation(self, computation_id: str) -> tuple[str, Body]:
        for capsule, computations in self._world.computations.items():
            for computation in computations:
                if computation["id"] == computation_id:
                    return capsule, computation
        raise Refusal(404, "Computation not found")

    def _results(self, computation_id: str) -> dict[str, bytes]:
        self._computation(computation_id)
        return self._world.results.get(computation_id, {})

    def _urls(self, call: Call, bucket: str, key: str) -> Body:
        url = signed_url(self.storage_url, bucket, key)
        if call.path.endswith("/download_url"):
            return {"url": url}
        return {"download_url": url, "view_url": url}


_ID = r"([^/]+)"
_READ, _WRITE, _COMPUTED, _RUN = SCOPES
_HOST = r"(?:capsules|pipelines|computations)/[^/]+"
_CAPSULE = rf"(?:capsules|pipelines)/{_ID}"
_ROUTES: tuple[tuple[str, str, str, Handle], ...] = (
    ("POST", "data_assets/search", _READ, CodeOcean.search_assets),
    ("POST", "data_assets", _WRITE, CodeOcean.create_asset),
    ("GET", rf"data_assets/{_ID}", _READ, CodeOcean.get_asset),
    ("POST", rf"data_assets/{_ID}/permissions", _WRITE, CodeOcean.share_asset),
    ("PATCH", rf"data_assets/{_ID}/archive", _WRITE, CodeOcean.archive_asset),
    ("POST", r"(capsules|pipelines)/search", _COMPUTED, CodeOcean.search_users),
    ("POST", rf"({_HOST})/data_assets/?", _RUN, CodeOcean.attach),
    ("DELETE", rf"({_HOST})/data_assets/", _RUN, CodeOcean.detach),
    ("GET", "custom_metadata", _READ, CodeOcean.metadata_fields),
    ("POST", rf"data_assets/{_ID}/files", _READ, CodeOcean.list_files),
    ("GET", rf"data_assets/{_ID}/files/(?:urls|download_url)", _READ, CodeOcean.file_urls),
    ("POST", "computations", _RUN, CodeOcean.run),
    ("GET", rf"computations/{_ID}", _COMPUTED, CodeOcean.get_computation),
    ("PATCH", rf"computations/{_ID}", _RUN, CodeOcean.rename),
    ("DELETE", rf"computations/{_ID}", _RUN, CodeOcean.delete),
    ("POST", rf"computations/{_ID}/results", _COMPUTED, CodeOcean.list_results),
    ("GET", rf"computations/{_ID}/results/(?:urls|download_url)", _COMPUTED, CodeOcean.result_urls),
    ("GET", _CAPSULE, _COMPUTED, CodeOcean.get_capsule),
    ("GET", rf"{_CAPSULE}/app_panel", _COMPUTED, CodeOcean.app_panel),
    ("GET", rf"{_CAPSULE}/computations", _COMPUTED, CodeOcean.list_computations),
)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _object(call: Call) -> Body:
    body = call.json()
    if not isinstance(body, dict):
        raise Refusal(400, "a JSON object is required")
    return body


def _path(call: Call, files: Mapping[str, bytes]) -> str:
    path = call.params.get("path", "")
    if path not in files:
        raise Refusal(404, f"File not found: {path!r}")
    return path


def _folder(files: Mapping[str, bytes], path: str) -> Body:
    """Return the direct contents of a folder: its folders, then its files."""
    prefix = f"{path.strip('/')}/" if path.strip("/") else ""
    inside = {k.removeprefix(prefix): v for k, v in files.items() if k.startswith(prefix)}
    if prefix and not inside:
        raise Refusal(404, f"Folder not found: {path!r}")
    folders = sorted({name.split("/")[0] for name in inside if "/" in name})
    items: list[Body] = [{"name": f, "path": prefix + f, "type": "folder"} for f in folders]
    for name in sorted(name for name in inside if "/" not in name):
        size = len(inside[name])
        items.append({"name": name, "path": prefix + name, "size": size, "type": "file"})
    return {"items": items}


def _bucket(aws: Body, *, external: bool) -> Body:
    bucket, prefix = aws["bucket"], (aws.get("prefix") or "").strip("/")
    return {"origin": "aws", "bucket": bucket, "prefix": prefix, "external": external}
