"""Run one task with this interpreter's `aind_session`; print time, memory and imports as JSON.

`compare` runs this file in a separate process, so that nothing is cached.
"""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

SESSION = "ecephys_676909_2023-12-13_13-43-40"
ONLY_IN_S3 = "ecephys_700009_2024-01-01_00-00-00"

Task = Callable[[Any, list[str]], object]


def tour_of_ours(s: Any) -> object:
    return (
        s.raw_data_asset.id,
        s.raw_data_dir,
        s.metadata.subject["genotype"],
        s.ecephys.sorted_data_asset.name,
        s.modalities,
    )


def tour_of_upstream(s: Any) -> object:
    """The same answers from upstream, which lacks two of the names."""
    return (
        s.raw_data_asset.id,
        s.raw_data_dir,
        json.loads((s.raw_data_dir / "subject.json").read_text())["genotype"],
        s.ecephys.sorted_data_assets[-1].name,
        s.modalities,
    )


def again(tour: Callable[[Any], object]) -> Task:
    def twice(a: Any, names: list[str]) -> object:
        return tour(a.Session(SESSION)), tour(a.Session(SESSION))

    return twice


def tasks(tour: Callable[[Any], object]) -> dict[str, Task]:
    return {
        "Session, ==, sorted": lambda a, n: sorted([a.Session(SESSION), a.Session(ONLY_IN_S3)]),
        "raw_data_asset": lambda a, n: a.Session(SESSION).raw_data_asset,
        "raw_data_dir": lambda a, n: a.Session(SESSION).raw_data_dir,
        "raw_data_dir, only in S3": lambda a, n: a.Session(ONLY_IN_S3).raw_data_dir,
        "data_assets": lambda a, n: a.Session(SESSION).data_assets,
        "ecephys.sorted_data_assets": lambda a, n: a.Session(SESSION).ecephys.sorted_data_assets,
        "modalities": lambda a, n: a.Session(SESSION).modalities,
        "clipped_dir + compressed_dir": lambda a, n: (
            a.Session(SESSION).ecephys.clipped_dir,
            a.Session(SESSION).ecephys.compressed_dir,
        ),
        "subject.sessions": lambda a, n: a.Subject("676909").sessions,
        "README tour": lambda a, n: tour(a.Session(SESSION)),
        "README tour, twice": again(tour),
        "raw dirs of 40 sessions": lambda a, n: [a.Session(x).raw_data_dir for x in n],
        "sorted assets of 40 sessions": lambda a, n: [
            a.Session(x).ecephys.sorted_data_assets for x in n
        ],
        "ecephys.sorter.names": lambda a, n: a.Session(SESSION).ecephys.sorter.names,
        "get_sessions": lambda a, n: a.get_sessions("676909", date="2023-12-13"),
    }


def many(which: str) -> dict[str, Task]:
    """Queries about many sessions, as users of either library write them."""

    def ask(a: Any, names: list[str], *questions: str) -> object:
        if which == "ours":
            found = a.sessions(names)
            return [len(getattr(found, question)) for question in questions]
        of_one = {
            "raw_data_assets": lambda s: s.raw_data_asset,
            "raw_data_dirs": lambda s: s.raw_data_dir,
            "sorted_data_assets": lambda s: s.ecephys.sorted_data_assets,
        }
        return [[of_one[q](a.Session(name)) for name in names] for q in questions]

    three = ("raw_data_assets", "raw_data_dirs", "sorted_data_assets")
    return {
        "many: raw assets": lambda a, n: ask(a, n, three[0]),
        "many: raw dirs": lambda a, n: ask(a, n, three[1]),
        "many: sorted assets": lambda a, n: ask(a, n, three[2]),
        "many: all three": lambda a, n: ask(a, n, *three),
    }


def peak_megabytes() -> float:
    """Return the largest memory of this process so far; only on Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def imported_since(before: set[str]) -> dict[str, int]:
    """Count the modules imported since: all, this library's, and those of other packages."""
    roots = [name.partition(".")[0] for name in sys.modules.keys() - before]
    ours = roots.count("aind_session")
    of_python = sum(root in sys.stdlib_module_names for root in roots)
    return {"modules": len(roots), "own": ours, "packages": len(roots) - ours - of_python}


def point_upstream_at(host: str) -> None:
    """Send upstream's metadata requests to the stand-in, since its client supports only https."""
    import requests

    request = requests.Session.request

    def to_stand_in(self: Any, method: str, url: str, **options: Any) -> Any:
        url = url.replace("https://api.allenneuraldynamics.org", host)
        return request(self, method, url, **options)

    requests.Session.request = to_stand_in  # type: ignore[method-assign,assignment]


def main() -> None:
    which, name = sys.argv[1:]
    names = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    before = set(sys.modules)
    started, started_cpu = time.perf_counter(), time.process_time()
    if which == "upstream":  # imports requests, which upstream would import next
        point_upstream_at(os.environ["AIND_SESSION_DOCDB_HOST"])
    import aind_session

    loaded = aind_session.Session  # our module is loaded on first use
    del loaded
    imported, imported_cpu = time.perf_counter(), time.process_time()
    tour = tour_of_upstream if which == "upstream" else tour_of_ours
    {**tasks(tour), **many(which)}[name](aind_session, names)
    done, done_cpu = time.perf_counter(), time.process_time()
    seconds = {"import": imported - started, "task": done - imported}
    seconds |= {"import cpu": imported_cpu - started_cpu, "cpu": done_cpu - started_cpu}
    print(json.dumps({**seconds, "peak": peak_megabytes(), **imported_since(before)}))


if __name__ == "__main__":
    main()
