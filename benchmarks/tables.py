"""Measure queries about very many sessions to the nightly tables, on the HTTP stand-in.

    python -m benchmarks.tables [--latency 0.05] [--sizes 8000 80000] [--workers 2]

Each task runs in a fresh process with an empty cache directory, and downloads the tables from the
bucket. The rows are those of ``benchmarks.world``, with eight sorted sessions for each subject.
Seconds are counted after the import; the peak is the largest memory of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.nightly import add_tables
from tests.platform import Platform
from tests.worlds import empty_world, record_v2, uuid_of

from aind_session.sources.memory import World
from benchmarks.task import peak_megabytes
from benchmarks.world import many_names

_A_SUBJECT = 8
_BUCKET = "aind-open-data"
_COLUMNS = (
    "id",
    "subject_id",
    "raw_asset_id",
    "raw_dir",
    "project",
    "modalities",
    "raw_qc",
    "derived_assets",
    "derived",
)


def tables_world(sessions: int) -> World:
    """Return a world with only the tables of a number of sorted sessions."""
    world = empty_world()
    names = many_names(sessions // _A_SUBJECT, _A_SUBJECT)
    metric = {"modality": {"abbreviation": "ecephys"}, "stage": "Raw data"}
    passed = {"metrics": [metric], "status": {"ecephys": "Pass", "Raw data": "Pass"}}
    raw = {"data_level": "raw", "modalities": [{"abbreviation": "ecephys"}], "project_name": "P"}
    for number, name in enumerate(names):
        place = f"s3://{_BUCKET}/{name}"
        more: dict[str, Any] = {"data_description": raw, "quality_control": passed}
        world.records["v2"].append(record_v2(name, place, uuid_of(number), **more))
        derived = {**raw, "data_level": "derived", "source_data": [name]}
        sorted_name = f"{name}_sorted_2024-02-01_00-00-00"
        more = {"data_description": derived}
        id_ = uuid_of(number + len(names))
        world.records["v2"].append(record_v2(sorted_name, f"{place}_s", id_, **more))
    add_tables(world)
    world.records["v2"].clear()
    return world


def resolve(names: list[str]) -> object:
    """Resolve all: raw asset, location, project, subject, modalities, derived assets, quality."""
    import aind_session

    rows = aind_session.sessions(names, source="table").to_records(_COLUMNS)
    full = {"project": "P", "raw_qc": "pass", "derived_assets": 1, "modalities": ["ecephys"]}
    assert all(row | full == row for row in rows)
    assert [row["raw_asset_id"] for row in rows] == [uuid_of(n) for n in range(len(names))]
    return rows


def find(names: list[str]) -> object:
    """Find the sessions of a project that pass quality control."""
    import aind_session

    found = aind_session.search(project="P", qc="pass", source="table")
    assert len(found) == len(names)
    return found


def describe(session: Any) -> tuple[str, int]:
    """Answer a query about a session in a worker process."""
    return session.raw_data_asset.id, len(session.data_assets)


def on_dask(names: list[str]) -> object:
    """Call a function with each session in two worker processes of dask."""
    from distributed import Client, LocalCluster

    import aind_session

    many = aind_session.sessions(names, source="table")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
        found = many.map(describe, client.get_executor())
    assert list(found.values()) == [(uuid_of(n), 2) for n in range(len(names))]
    return found


TASKS = {"resolve": resolve, "search": find, "map on dask": on_dask}


def table(latency: float, sizes: list[int], tasks: list[str]) -> str:
    """Measure everything; return the table as Markdown."""
    lines = ["| sessions | task | requests | MB fetched | s | CPU s | peak MB |"]
    lines.append("|---|---|---|---|---|---|---|")
    for size in sizes:
        names = many_names(size // _A_SUBJECT, _A_SUBJECT)
        with Platform(tables_world(size), latency=latency, frozen=True) as platform:
            for task in tasks:
                lines.append(_row(platform, task, names))
                print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def _row(platform: Platform, task: str, names: list[str]) -> str:
    platform.forget()
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, **platform.environment, "AIND_SESSION_CACHE_DIR": cache}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.tables", "--task", task],
            input=json.dumps(names),
            env=environment,
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    took = json.loads(done.stdout.splitlines()[-1])
    megabytes = sum(request.sent for request in platform.requests) / 1e6
    cells = [len(names), task, platform.count(), f"{megabytes:.1f}"]
    cells += [f"{took['s']:.2f}", f"{took['cpu']:.2f}", f"{took['peak']:.0f}"]
    return f"| {' | '.join(map(str, cells))} |"


def run(task: str) -> None:
    """Run one task in this process; print its time and memory."""
    import aind_session

    names = json.load(sys.stdin)
    loaded = aind_session.sessions
    del loaded
    started, cpu = time.perf_counter(), time.process_time()
    TASKS[task](names)
    took = {"s": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    print(json.dumps({**took, "peak": peak_megabytes()}))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds a request")
    parser.add_argument("--sizes", type=int, nargs="+", default=[8000, 80000])
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        run(options.task)
    else:
        print(table(options.latency, options.sizes, options.tasks))


if __name__ == "__main__":
    main()
