"""Measure queries about many sessions, against upstream 0.3.27, on the HTTP stand-in.

    python -m benchmarks.many [--latency 0.05] [--sizes 0 40 800 8000] [--upstream-up-to 800]

Each task runs in a fresh process: ours through `sessions`, upstream's in a loop as its users write
it. Seconds are counted after the import; the peak is the largest memory of the process. The last
lines state the time of a decoded asset, a parsed name and the import.
"""

from __future__ import annotations

import argparse
import sys
import timeit

from tests.platform import Platform
from tests.worlds import raw

from benchmarks.compare import our_python, run_task, upstream_python
from benchmarks.world import benchmark_world, many_names

TASKS = ("raw assets", "raw dirs", "sorted assets", "all three")
_A_SUBJECT = 8


def table(latency: float, sizes: list[int], upstream_up_to: int) -> str:
    """Measure everything; return the table as Markdown."""
    lines = [
        "| sessions | task | requests | upstream | steps | upstream | s | upstream | ratio "
        "| peak MB | upstream |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for size in sizes:
        subjects = size // _A_SUBJECT
        names = many_names(subjects, _A_SUBJECT)
        world = benchmark_world(subjects, _A_SUBJECT)
        with Platform(world, latency=latency, frozen=True) as platform:
            for task in TASKS:
                lines.append(_row(platform, task, names, with_upstream=size <= upstream_up_to))
                print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def _row(platform: Platform, task: str, names: list[str], *, with_upstream: bool) -> str:
    ours = _measure(platform, "ours", our_python(), task, names)
    theirs: list[float | None] = [None] * 4
    if with_upstream:
        theirs = list(_measure(platform, "upstream", upstream_python(), task, names))
    ratio = None if theirs[2] is None else ours[2] / theirs[2]
    pairs = [value for pair in zip(ours, theirs, strict=True) for value in pair]
    cells = [len(names), task, *pairs[:6], ratio, *pairs[6:]]
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _measure(
    platform: Platform, which: str, python: str, task: str, names: list[str]
) -> tuple[float, float, float, float]:
    platform.forget()
    took = run_task(platform, which, python, f"many: {task}", names)
    return platform.count(), platform.steps(), took["task"], took["peak"]


def small_things() -> str:
    """Measure the time of decoding one asset and parsing one name."""
    from aind_session.conventions.names import parse_session
    from aind_session.sources.servers.decode import decode_asset

    name = many_names(1, 1)[0]
    body = raw(1, name)
    decode_asset(body)
    lines = [
        _each("one DataAsset from JSON", lambda: decode_asset(body)),
        _each("one name parsed", lambda: parse_session(name)),
    ]
    return "\n".join(lines)


def _each(what: str, call: object) -> str:
    number = 20_000
    best = min(timeit.repeat(call, number=number, repeat=5)) / number  # type: ignore[arg-type]
    return f"{what}: {best * 1e6:.1f} µs"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds a request")
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 40, 800, 8000])
    parser.add_argument("--upstream-up-to", type=int, default=800, help="sessions")
    options = parser.parse_args()
    print(table(options.latency, options.sizes, options.upstream_up_to))
    print(small_things())


if __name__ == "__main__":
    main()
