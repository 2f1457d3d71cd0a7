"""Compare this library's speed with upstream 0.3.27 on the HTTP stand-in.

    python -m benchmarks.compare [--latency 0.05] [--repeat 3] [TASK ...]

Installs each in a separate environment (`.venv-upstream`, `.venv-ours`; delete them when
dependencies change), starts the stand-in with a latency for each request, runs each task with both
in fresh processes, and prints two tables: requests, sequential steps, seconds from before the
import to the answer, CPU seconds (medians), their ratios, and our CPU as a share of what upstream's
import takes; and the modules that were imported. The import is part of the time because ours
imports a client only when it is first needed. The first run of each is not counted, because it may
compile the modules that it imports.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.platform import Platform

from benchmarks import task
from benchmarks.world import benchmark_world, many_names

UPSTREAM = "aind-session==0.3.27"
MODULES = ("modules", "own", "packages")
"""What is counted of imported modules: all, the library's, those of other packages."""

ROOT = Path(__file__).resolve().parent.parent


def upstream_python() -> str:
    """Return the interpreter of upstream's environment, which is created if it is missing."""
    return _python(".venv-upstream", UPSTREAM)


def our_python() -> str:
    """Return the interpreter of an environment like a user's, which is created if missing.

    Development packages would cost time, since the first path searches all installed packages.
    """
    return _python(".venv-ours", "--editable", str(ROOT))


def _python(name: str, *wanted: str) -> str:
    where = ROOT / name
    python = where / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(where, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *wanted], check=True)
    return str(python)


def measure(
    platform: Platform, which: str, python: str, name: str, repeat: int
) -> dict[str, float]:
    """Run a task in fresh processes; return its requests, steps and median seconds."""
    times = []
    run_task(platform, which, python, name, many_names())  # writes bytecode
    for _ in range(repeat):
        platform.forget()
        times.append(run_task(platform, which, python, name, many_names()))
    return {
        "requests": platform.count(),
        "steps": platform.steps(),
        "seconds": statistics.median(t["import"] + t["task"] for t in times),
        **{
            key: statistics.median(t[key] for t in times) for key in ("import", "cpu", "import cpu")
        },
        **{key: times[-1][key] for key in MODULES},
    }


def run_task(
    platform: Platform, which: str, python: str, name: str, names: list[str]
) -> dict[str, Any]:
    """Run a task in a fresh process; return seconds, CPU seconds, peak MB, imported modules."""
    environment = {
        **os.environ,
        **platform.environment,
    }
    for variable in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(variable, None)
    done = subprocess.run(
        [python, str(Path(task.__file__)), which, name],
        input=json.dumps(names),
        env=environment,
        capture_output=True,
        text=True,
        cwd=ROOT / "benchmarks",
    )
    if done.returncode:
        raise RuntimeError(f"{name} with {which} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def tables(latency: float, repeat: int, chosen: Sequence[str] = ()) -> str:
    """Measure the chosen tasks, by default all; return the tables as Markdown."""
    pythons = {"ours": our_python(), "upstream": upstream_python()}
    found: dict[str, list[dict[str, float]]] = {}
    with Platform(benchmark_world(), latency=latency) as platform:
        for name in chosen or task.tasks(task.tour_of_ours):
            found[name] = [measure(platform, w, p, name, repeat) for w, p in pythons.items()]
    imported = statistics.median(theirs["import cpu"] for _, theirs in found.values())
    lines = [
        "| task | requests | upstream | steps | upstream | s | upstream | ratio "
        "| CPU s | upstream | ratio | of its import |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_row(name, ours, theirs, imported) for name, (ours, theirs) in found.items()),
    ]
    seconds = [statistics.median(pair[i]["import"] for pair in found.values()) for i in (0, 1)]
    cpu = statistics.median(ours["import cpu"] for ours, _ in found.values())
    lines.append(
        f"| import | | | | | {seconds[0]:.3f} | {seconds[1]:.3f} | {seconds[0] / seconds[1]:.2f} "
        f"| {cpu:.3f} | {imported:.3f} | {cpu / imported:.2f} | {cpu / imported:.0%} |"
    )
    return "\n".join([*lines, "", *_modules(found)])


def _modules(found: dict[str, list[dict[str, float]]]) -> list[str]:
    """Return the table of imported modules: all, of the library, of other packages."""
    counts = "{modules:.0f} ({own:.0f}, {packages:.0f})"
    return [
        "| task | modules (own, of packages) | upstream |",
        "|---|---|---|",
        *(
            f"| {name} | {' | '.join(counts.format(**one) for one in pair)} |"
            for name, pair in found.items()
        ),
    ]


def _row(name: str, ours: dict[str, float], theirs: dict[str, float], imported: float) -> str:
    counts = [str(each[key]) for key in ("requests", "steps") for each in (ours, theirs)]
    cells = [name, *counts]
    for key in ("seconds", "cpu"):
        cells += [f"{ours[key]:.3f}", f"{theirs[key]:.3f}", f"{ours[key] / theirs[key]:.2f}"]
    cells.append(f"{ours['cpu'] / imported:.0%}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds a request")
    parser.add_argument("--repeat", type=int, default=3, help="processes a task")
    parser.add_argument("tasks", nargs="*", help="those to measure; by default all")
    options = parser.parse_args()
    print(tables(options.latency, options.repeat, options.tasks))


if __name__ == "__main__":
    main()
