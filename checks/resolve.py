"""Check which releases pip and uv choose when this package is installed with others.

Nothing is installed. Each resolver resolves this package alone, and with packages that use it or
require another boto3; it must choose this checkout and the newest releases of the others.

    python checks/resolve.py
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parent.parent
BESIDE = ("", "npc_lims", "npc_sessions", "boto3>=1.42")
SHOWN = ("codeocean", "boto3", "aiobotocore", "s3fs", "universal-pathlib")
SECONDS = 300

SOURCES_ALONE = ("wavpack-numcodecs", "0.3.0", ("numcodecs", "numpy", "packaging"))
"""A requirement of npc_sessions that pip must build to read its requirements, which works with some
releases of glibc only. pip gets an empty wheel with the same requirements instead."""


def main() -> int:
    """Print the choice of each resolver, and its problems."""
    faults: list[str] = []
    for resolver, resolve in (("uv", by_uv), ("pip", by_pip)):
        for beside in BESIDE:
            request = [beside] if beside else []
            try:
                chosen = resolve(request)
            except (subprocess.SubprocessError, OSError) as error:
                faults.append(f"{resolver}, with {beside or 'nothing'}: {said_by(error)}")
                continue
            name = canonical(re.split("[<>=]", beside)[0])
            shown = [n for n in dict.fromkeys((name, *SHOWN)) if n in chosen]
            print(f"{resolver:4}{beside or 'alone':14}", *(f"{n} {chosen[n]}" for n in shown))
            faults += [f"{resolver}, with {beside}: {fault}" for fault in judge(name, chosen)]
    print("\n".join(faults) or "all others are the newest that there is")
    return 1 if faults else 0


def judge(name: str, chosen: dict[str, str]) -> list[str]:
    """Return the problems of a choice."""
    faults: list[str] = []
    if not Version("0.12") <= Version(chosen["codeocean"]) < Version("0.15"):
        faults.append(f"codeocean {chosen['codeocean']} is outside 0.12 to 0.14")
    if name in ("npc-lims", "npc-sessions"):
        newest = by_uv_alone(name)
        if chosen[name] != newest:
            faults.append(f"{name} {chosen[name]}, where {newest} is the newest")
    return faults


def by_uv(request: list[str]) -> dict[str, str]:
    """Return the releases that uv chooses, by name."""
    return uv([f"aind-session @ {ROOT.as_uri()}", *request])


def by_uv_alone(name: str) -> str:
    """Return the newest release of a package."""
    return uv([name], "--no-deps")[name]


def uv(request: list[str], *options: str) -> dict[str, str]:
    """Compile requirements."""
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "-q", "--no-header"]
    command += ["--no-annotate", "--python", sys.executable, *options, "-"]
    done = run(command, "\n".join(request))
    lines = (re.match(r"([\w.-]+)(?:\[.*\])?==([^\s;]+)", line) for line in done.splitlines())
    return {canonical(line[1]): line[2] for line in lines if line}


def by_pip(request: list[str]) -> dict[str, str]:
    """Return the releases that pip chooses, by name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]
        only_requires(Path(folder), *SOURCES_ALONE)
        command += ["--find-links", folder, "--only-binary", SOURCES_ALONE[0]]
        command += ["--report", str(report), str(ROOT), *request]
        run(command)
        chosen = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {canonical(c["metadata"]["name"]): c["metadata"]["version"] for c in chosen}


def only_requires(folder: Path, name: str, version: str, requires: Sequence[str]) -> None:
    """Write an empty wheel with the requirements of a release."""
    base = f"{name.replace('-', '_')}-{version}"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    with zipfile.ZipFile(folder / f"{base}-py3-none-any.whl", "w") as wheel:
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        wheel.writestr(f"{base}.dist-info/METADATA", head + needs)
        wheel.writestr(f"{base}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{base}.dist-info/RECORD", "")


def run(command: list[str], text: str = "") -> str:
    """Run a command; return its output."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
        env=environment,
    )
    return done.stdout


def said_by(error: Exception) -> str:
    """Return the last lines of a command's output."""
    text = getattr(error, "stderr", None) or str(error)
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return text.strip()[-300:]


def canonical(name: str) -> str:
    """Return the normalized name of a package."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
