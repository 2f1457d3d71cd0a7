"""Measures this library against upstream 0.3.27, side by side, on the HTTP stand-in.

    python -m benchmarks.compare [--latency 0.05] [--repeat 3]

Installs upstream in a separate environment (`.venv-upstream`), starts the stand-in with the
given latency for each request, runs each task with both in fresh processes, and prints a table:
requests, sequential steps, seconds from before the import to the answer (the median), and their
ratio. The import is part of the time because ours imports a client only when it is first needed.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import statistics
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from tests.platform import Platform

from benchmarks import task
from benchmarks.world import benchmark_world, many_names

UPSTREAM = "aind-session==0.3.27"
ROOT = Path(__file__).resolve().parent.parent


def upstream_python() -> str:
    """Give the interpreter of upstream's environment, making it at first."""
    where = ROOT / ".venv-upstream"
    python = where / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(where, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", UPSTREAM], check=True)
    return str(python)


def measure(
    platform: Platform, which: str, python: str, name: str, repeat: int
) -> dict[str, float]:
    """Run a task in fresh processes; give its requests, steps and median seconds."""
    times = []
    for _ in range(repeat):
        platform.forget()
        times.append(run_task(platform, which, python, name, many_names()))
    return {
        "requests": platform.count(),
        "steps": platform.steps(),
        "seconds": statistics.median(t["import"] + t["task"] for t in times),
        "import": statistics.median(t["import"] for t in times),
    }


def run_task(
    platform: Platform, which: str, python: str, name: str, names: list[str]
) -> dict[str, Any]:
    """Run a task in a fresh process; give the seconds of import and task, and the peak in MB."""
    environment = {
        **os.environ,
        **platform.environment,
        "PYTHONPATH": os.environ.get("PYTHONPATH", "") if which == "ours" else "",
    }
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


def table(latency: float, repeat: int) -> str:
    """Measure everything; give the table as Markdown."""
    pythons = {"ours": sys.executable, "upstream": upstream_python()}
    lines = [
        "| task | requests | upstream | steps | upstream | s | upstream | ratio |",
        "|---|---|---|---|---|---|---|---|",
    ]
    imports: dict[str, list[float]] = {which: [] for which in pythons}
    with Platform(benchmark_world(), latency=latency) as platform:
        for name in task.tasks(task.tour_of_ours):
            a, b = (measure(platform, w, p, name, repeat) for w, p in pythons.items())
            imports["ours"].append(a["import"])
            imports["upstream"].append(b["import"])
            lines.append(
                f"| {name} | {a['requests']} | {b['requests']} | {a['steps']} | {b['steps']} "
                f"| {a['seconds']:.3f} | {b['seconds']:.3f} | {a['seconds'] / b['seconds']:.2f} |"
            )
    ours, theirs = (statistics.median(values) for values in imports.values())
    lines.append(f"| import | | | | | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds a request")
    parser.add_argument("--repeat", type=int, default=3, help="processes a task")
    options = parser.parse_args()
    compileall.compile_dir(ROOT / "src", quiet=1)  # as pip does with what it installs
    print(table(options.latency, options.repeat))


if __name__ == "__main__":
    main()
