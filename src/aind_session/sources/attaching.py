"""Attach data assets in a `World`, with the same refusals as Code Ocean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aind_session.sources.protocols import Body
from aind_session.sources.world import World

_AT_MOST = 100
"""Largest number of assets in one request. Code Ocean's real limit is not documented."""


def refused_attach(world: World, host: str, mounts: Sequence[Body]) -> tuple[int, str] | None:
    """Return the HTTP status and message of a refusal; None if the assets can be attached."""
    unknown = refused_host(world, host)
    if unknown is not None:
        return unknown
    if len(mounts) > _AT_MOST:
        return 400, f"more than {_AT_MOST} data assets"
    known = {asset["id"]: asset for asset in world.assets}
    for part in mounts:
        id_ = part.get("id")
        if id_ not in known or id_ in world.hidden:
            return 403, f"data asset {id_} cannot be attached: no permission"
        if known[id_].get("archived"):
            return 400, f"data asset {id_} is archived"
        if known[id_].get("state") != "ready":
            return 400, f"data asset {id_} is not ready"
    return None


def refused_host(world: World, host: str) -> tuple[int, str] | None:
    """Return why nothing can be attached to a capsule, pipeline or computation; None if it can."""
    kind, _, id_ = host.partition("/")
    runs = [run for of_one in world.computations.values() for run in of_one]
    if kind == "computations":
        run = next((run for run in runs if run["id"] == id_), None)
        if run is None:
            return 404, f"computation {id_} not found"
        return None if run.get("cloud_workstation") else (400, "not a cloud workstation session")
    if not world.knows(id_) or (kind == "pipelines") != (id_ in world.pipelines):
        return 404, f"{kind.removesuffix('s')} {id_} not found"
    if any(_is_open(run) for run in world.computations.get(id_, ())):
        return 400, "capsule has a running cloud workstation"
    return None


def attach(world: World, host: str, mounts: Sequence[Body]) -> list[Body]:
    """Attach assets that were not refused, and return the server's answer."""
    there = _attached(world, host)
    known = {part["id"] for part in there}
    names = {asset["id"]: asset["mount"] for asset in world.assets}
    answers = []
    for part in mounts:
        id_ = part["id"]
        mount = part.get("mount") or names[id_]
        state = "unchanged" if id_ in known else "mounted"
        if id_ not in known:
            there.append({"id": id_, "mount": mount})
        answer = {"id": id_, "external": False, "job_id": "", "mount": mount}
        answers.append({**answer, "mount_state": state, "ready": state == "unchanged"})
    return answers


def detach(world: World, host: str, asset_ids: Sequence[str]) -> None:
    """Detach assets; assets that are not attached are ignored."""
    there = _attached(world, host)
    there[:] = [part for part in there if part["id"] not in asset_ids]


def users(world: World, kind: str, asset_id: str) -> Iterator[Body]:
    """Yield the capsules, or the pipelines, that have an asset attached."""
    for host, mounts in world.attached.items():
        of_kind, _, id_ = host.partition("/")
        if of_kind == kind and any(part["id"] == asset_id for part in mounts):
            yield {"id": id_, "name": f"{kind.removesuffix('s')} {id_}"}


def _attached(world: World, host: str) -> list[Body]:
    kind, _, id_ = host.partition("/")
    if kind != "computations":
        return world.attached.setdefault(host, [])
    runs = (run for of_one in world.computations.values() for run in of_one)
    mounts: list[Body] = next(run for run in runs if run["id"] == id_).setdefault("data_assets", [])
    return mounts


def _is_open(run: Body) -> bool:
    return bool(run.get("cloud_workstation")) and run.get("state") not in ("completed", "failed")
