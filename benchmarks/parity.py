"""Compare this library with upstream 0.3.27: each public name, with the same call and world.

    python -m benchmarks.parity [--only TEXT] [--details]

Prints a table: the case, whether both results are equal, and the requests that each needed without
a cache. If they differ, the last column says why that is intended (`parity_calls.DIFFERENCES`). A
difference without a reason is UNEXPLAINED, and makes the exit status 1. Not part of CI, because it
needs upstream.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from tests.platform import Platform, Request, World

from benchmarks import parity_calls
from benchmarks.compare import upstream_python
from benchmarks.parity_calls import CASES, DIFFERENCES
from benchmarks.parity_world import CONDITIONS, parity_world

_HERE = Path(__file__).resolve().parent
_PATIENCE = 90.0  # time limit of a case in seconds, enough for a busy machine
_CREATING = ("/api/v1/data_assets", "/api/v1/computations")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a case.

    Attributes
    ----------
    answer
        The answer as plain data; None if an exception was raised.
    raised
        The name of the exception's class, and its message; empty if there was an answer.
    builtin
        The builtin base classes of the exception that callers may catch.
    sent
        The objects that were created, run or written.
    requests
        The requests, one line each.
    """

    answer: Any = None
    raised: str = ""
    builtin: frozenset[str] = frozenset()
    sent: Any = None
    requests: tuple[str, ...] = ()

    def is_met_by(self, ours: Outcome) -> bool:
        """Return whether callers of upstream, with this outcome, get the same from our library."""
        if self.sent != ours.sent or bool(self.raised) != bool(ours.raised):
            return False
        if self.raised:  # without a builtin base class, callers of upstream must name the class
            return bool(self.builtin) and self.builtin <= ours.builtin
        return bool(self.answer == ours.answer)


class Library:
    """One of the two libraries, in a separate process that runs one case after the other."""

    def __init__(self, which: str, python: str, more: list[str], platform: Platform) -> None:
        self._command = [python, str(Path(parity_calls.__file__)), which, *more]
        self._environment = {
            **os.environ,
            **platform.environment,
            "PYTHONPATH": os.environ.get("PYTHONPATH", "") if which == "ours" else "",
            "TZ": "US/Pacific",  # reveals comparisons of dates in local time
        }
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `close`
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=self._environment,
            cwd=_HERE,
            text=True,
        )

    def ask(self, case: str) -> dict[str, Any]:
        """Run a case; a process that exits or hangs is an outcome, too."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watch = threading.Timer(_PATIENCE, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(f"{case}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._process.wait()
        self._process = self._start()
        return {"raised": "the process ended", "builtin": [], "text": self._last_words()}

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-2000:]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._errors.close()


def run(which: str, python: str, more: list[str], names: list[str]) -> dict[str, Outcome]:
    """Run cases with one library, each on the same world."""
    original = parity_world()
    with Platform(copy.deepcopy(original)) as platform:
        library = Library(which, python, more, platform)
        try:
            return {name: _outcome(library, platform, original, name) for name in names}
        finally:
            library.close()


def _outcome(library: Library, platform: Platform, original: World, name: str) -> Outcome:
    platform.forget()
    with _condition(platform, name):
        answer = library.ask(name)
        _settle(platform)
    requests = tuple(map(_line, platform.requests))
    sent = _sent(platform)
    known = _steady(platform.world, original)
    _restore(platform.world, original)
    raised = f"{answer['raised']}: {answer['text']}" if "raised" in answer else ""
    return Outcome(
        answer=known(answer.get("answer")),
        raised=raised,
        builtin=frozenset(answer.get("builtin", ())),
        sent=known(sent),
        requests=requests,
    )


def _line(request: Request) -> str:
    query = f"?{request.query}" if request.query else ""
    body = request.body.decode(errors="replace")[:300]
    return f"{request.service} {request.method} {request.path}{query} {body}".rstrip()


@contextmanager
def _condition(platform: Platform, name: str) -> Iterator[None]:
    """Make the servers behave as the case requires."""
    token = platform.token
    if name in CONDITIONS:
        CONDITIONS[name](platform)
    try:
        yield
    finally:
        platform.heal()
        platform.forbidden_buckets.clear()
        platform.token = token


def _settle(platform: Platform) -> None:
    """Wait for requests that continue after the answer, so that they do not count for the next."""
    for _ in range(100):
        if all(request.status for request in platform.requests):
            return
        time.sleep(0.02)


# -- what was written --


def _sent(platform: Platform) -> list[Any]:
    """Return the bodies of requests that create or run, and the written files; remove the files."""
    requests = platform.requests
    bodies = [
        [request.path, _without_nulls(json.loads(request.body))]
        for request in requests
        if request.service == "code_ocean"
        and request.method == "POST"
        and request.path in _CREATING
    ]
    written = {
        request.path
        for request in requests
        if request.service == "s3" and request.method == "PUT" and request.status == 200
    }
    return bodies + [_take(platform, path) for path in sorted(written)]


def _take(platform: Platform, path: str) -> list[Any]:
    """Read a file, and restore the previous content, since uploads are not part of the world."""
    bucket, _, key = path.strip("/").partition("/")
    client = _s3(platform)
    content = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    before = platform.world.objects.get(bucket, {}).get(key)
    if before is None:
        client.delete_object(Bucket=bucket, Key=key)
    else:
        client.put_object(Bucket=bucket, Key=key, Body=before)
    return [path, _parsed(content)]


def _parsed(content: str) -> Any:
    """Parse JSON, in which whitespace does not matter; return other text unchanged."""
    try:
        return json.loads(content)
    except ValueError:
        return content


def _s3(platform: Platform) -> Any:
    environment = platform.environment
    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )


def _without_nulls(value: Any) -> Any:
    """Leave out empty values, which the two SDK versions represent differently."""
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value


# -- the same for both --


def _steady(world: World, original: World) -> Any:
    """Return a function that replaces values that differ in each run: IDs and times."""
    marks = dict.fromkeys(_asset_ids(world) - _asset_ids(original), "<new asset>")
    marks |= dict.fromkeys(_run_ids(world) - _run_ids(original), "<new run>")
    days = [datetime.date.today() + datetime.timedelta(days=d) for d in (-1, 0, 1)]
    now = re.compile(rf"(?:{'|'.join(map(str, days))})_\d\d-\d\d-\d\d")

    def known(value: Any) -> Any:
        text = json.dumps(value)
        for new, mark in marks.items():
            text = text.replace(new, mark)
        return json.loads(now.sub("<now>", text))

    return known


def _asset_ids(world: World) -> set[str]:
    return {asset["id"] for asset in world.assets}


def _run_ids(world: World) -> set[str]:
    return {run["id"] for runs in world.computations.values() for run in runs}


def _restore(world: World, original: World) -> None:
    """Undo the changes of a case, in place, since the stand-in holds the world."""
    if world != original:
        vars(world).update(vars(copy.deepcopy(original)))


# -- the table --


@dataclass(frozen=True)
class Row:
    """A case, with its outcome in both libraries."""

    name: str
    ours: Outcome
    upstream: Outcome

    @property
    def reason(self) -> str:
        return DIFFERENCES.get(self.name, "")

    @property
    def is_same(self) -> bool:
        return self.upstream.is_met_by(self.ours)

    @property
    def result(self) -> str:
        if self.is_same:
            return "same"
        return "different" if self.reason else "UNEXPLAINED"

    def __str__(self) -> str:
        why = (
            "" if self.is_same else self.reason or f"{_short(self.ours)} / {_short(self.upstream)}"
        )
        cells = (self.name, self.result, len(self.ours.requests), len(self.upstream.requests), why)
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    def details(self) -> Iterator[str]:
        """Yield both outcomes in full."""
        yield f"## {self.name}: {self.result}"
        for which, outcome in (("ours", self.ours), ("upstream", self.upstream)):
            yield f"{which}: {outcome.raised or json.dumps(outcome.answer)}"
            if outcome.sent:
                yield f"  sent {json.dumps(outcome.sent)}"
            yield from (f"  {request}" for request in outcome.requests)


def _short(outcome: Outcome) -> str:
    text = outcome.raised or json.dumps(outcome.answer)
    return " ".join(text.split())[:100]


def compare(names: list[str]) -> list[Row]:
    """Run cases with both."""
    if unknown := CONDITIONS.keys() - CASES:
        raise ValueError(f"conditions of no case: {sorted(unknown)}")
    python = upstream_python()
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    # upstream installs the packages of our extras
    extras = subprocess.check_output([python, "-c", where], text=True).split("\n")[:1]
    ours = run("ours", sys.executable, extras, names)
    theirs = run("upstream", python, [], names)
    return [Row(name, ours[name], theirs[name]) for name in names]


def table(rows: list[Row]) -> str:
    """Return the table, and the cases that need work, as Markdown."""
    lines = ["| name: case | result | requests | upstream | why |", "|---|---|---|---|---|"]
    lines += map(str, rows)
    counts = {r: sum(row.result == r for row in rows) for r in ("same", "different", "UNEXPLAINED")}
    lines += ["", ", ".join(f"{count} {result}" for result, count in counts.items())]
    asked = sum(len(row.ours.requests) for row in rows)
    theirs = sum(len(row.upstream.requests) for row in rows)
    lines.append(f"{asked} requests, upstream {theirs}")
    stale = [row.name for row in rows if row.is_same and row.reason]
    lines += [f"stale reason, it is the same: {name}" for name in stale]
    lines += [f"stale reason, there is no such case: {name}" for name in DIFFERENCES.keys() - CASES]
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="only cases with this text in their name")
    parser.add_argument("--details", action="store_true", help="show both outcomes of each case")
    options = parser.parse_args()
    rows = compare([name for name in CASES if options.only in name])
    print(table(rows))
    if options.details:
        print("\n".join(line for row in rows for line in row.details()))
    sys.exit(any(row.result == "UNEXPLAINED" for row in rows))


if __name__ == "__main__":
    main()
