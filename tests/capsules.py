"""Capsules on disk: folders with the files of data assets, and the file that lists them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aind_session.conventions.institute import CODE_OCEAN_BUCKET
from aind_session.sources.memory import World

Mount = Callable[..., Path]
"""Mounts assets of a world, by folder, and returns the root of the capsule."""


def mount_assets(root: Path, world: World, **mounts: str) -> Path:
    """Fill the folders of a capsule, and list them as Code Ocean does."""
    for folder, asset_id in mounts.items():
        fill(root / "data" / folder, world, asset_id)
    list_mounts(root, [{"id": id_, "mount": folder} for folder, id_ in mounts.items()])
    return root


def list_mounts(root: Path, listed: list[Any], version: int = 1) -> None:
    content = {"version": version, "attached_datasets": listed}
    (root / ".codeocean").mkdir(exist_ok=True)
    (root / ".codeocean" / ".datasets.json").write_text(json.dumps(content))


def fill(folder: Path, world: World, asset_id: str) -> None:
    """Put the files of an asset into a folder, with its metadata record."""
    folder.mkdir(parents=True)
    asset = next(asset for asset in world.assets if asset["id"] == asset_id)
    source = asset.get("source_bucket") or {"bucket": CODE_OCEAN_BUCKET, "prefix": asset_id}
    for key, content in world.objects.get(source.get("bucket", ""), {}).items():
        if key.startswith(f"{source['prefix']}/"):
            path = folder / key.removeprefix(f"{source['prefix']}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    records = [r for of_one in world.records.values() for r in of_one]
    mine = next((r for r in records if r["name"] == asset["name"]), None)
    if mine is not None:
        (folder / "metadata.nd.json").write_text(json.dumps(mine))
    else:
        (folder / "data_description.json").write_text(json.dumps({"name": asset["name"]}))
