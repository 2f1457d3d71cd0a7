"""Checks which releases pip and uv choose when this package is installed beside others.

Nothing is installed. Each resolver is asked for this package alone and with packages that use it,
or that ask for another boto3; it has to choose this very checkout and the newest of the others.
Two cases are known to be worse, and printed under "not as it should be": pip stays one release of
npc_lims behind, and is not asked about npc_sessions.

    python checks/resolve.py
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).parent.parent
BESIDE = ("", "npc_lims", "npc_sessions", "boto3>=1.42")
SHOWN = ("codeocean", "boto3", "aiobotocore", "s3fs", "universal-pathlib")
SECONDS = 300

BEHIND = {("pip", "npc-lims"): 1}
"""How many releases a resolver may stay behind the newest. Pip gives up the newest npc_lims, which
needs boto3 1.28.17, when it has chosen an aiobotocore before."""

TOO_LONG = {("pip", "npc_sessions")}
"""What is not asked: pip tries releases of its many dependencies for more than five minutes."""

NO_SOURCE = "wavpack-numcodecs"
"""Of this one, which npc_sessions brings, the sources are built for some releases of glibc only."""


def main() -> int:
    """Print what each resolver chooses, and what is wrong with it."""
    faults: list[str] = []
    known: list[str] = []
    for resolver, resolve in (("uv", by_uv), ("pip", by_pip)):
        for beside in BESIDE:
            if (resolver, beside) in TOO_LONG:
                minutes = SECONDS // 60
                known.append(f"{resolver}, with {beside}: not asked, takes over {minutes} minutes")
                continue
            request = [beside] if beside else []
            try:
                chosen = resolve(request)
            except (subprocess.SubprocessError, OSError) as error:
                faults.append(f"{resolver}, with {beside or 'nothing'}: {said_by(error)}")
                continue
            name = canonical(re.split("[<>=]", beside)[0])
            shown = [n for n in dict.fromkeys((name, *SHOWN)) if n in chosen]
            print(f"{resolver:4}{beside or 'alone':14}", *(f"{n} {chosen[n]}" for n in shown))
            wrong, accepted = judge(resolver, name, chosen)
            faults += [f"{resolver}, with {beside}: {fault}" for fault in wrong]
            known += [f"{resolver}, with {beside}: {one}" for one in accepted]
    if known:
        print(
            "not as it should be, known and accepted (users of these take uv):", *known, sep="\n  "
        )
    print("\n".join(faults) or "all others are the newest that there is")
    return 1 if faults else 0


def judge(resolver: str, name: str, chosen: dict[str, str]) -> tuple[list[str], list[str]]:
    """Say what is wrong with a choice, and what of it is known and accepted."""
    faults: list[str] = []
    known: list[str] = []
    if not Version("0.12") <= Version(chosen["codeocean"]) < Version("0.15"):
        faults.append(f"codeocean {chosen['codeocean']} is outside 0.12 to 0.14")
    if name in ("npc-lims", "npc-sessions"):
        newest = by_uv_alone(name)
        behind = int(newest.rpartition(".")[2]) - int(chosen[name].rpartition(".")[2])
        if behind:
            is_known = behind <= BEHIND.get((resolver, name), 0)
            (known if is_known else faults).append(
                f"{name} {chosen[name]}, where {newest} is the newest"
            )
    return faults, known


def by_uv(request: list[str]) -> dict[str, str]:
    """Give the releases that uv chooses, by name."""
    return uv([f"aind-session @ {ROOT.as_uri()}", *request])


def by_uv_alone(name: str) -> str:
    """Give the newest release of a package."""
    return uv([name], "--no-deps")[name]


def uv(request: list[str], *options: str) -> dict[str, str]:
    """Compile requirements."""
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "-q", "--no-header"]
    command += ["--no-annotate", "--python", sys.executable, *options, "-"]
    done = run(command, "\n".join(request))
    lines = (re.match(r"([\w.-]+)(?:\[.*\])?==([^\s;]+)", line) for line in done.splitlines())
    return {canonical(line[1]): line[2] for line in lines if line}


def by_pip(request: list[str]) -> dict[str, str]:
    """Give the releases that pip chooses, by name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]
        command += ["--only-binary", NO_SOURCE, "--report", str(report), str(ROOT), *request]
        run(command)
        chosen = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {canonical(c["metadata"]["name"]): c["metadata"]["version"] for c in chosen}


def run(command: list[str], text: str = "") -> str:
    """Run a command; give what it says."""
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
    """Give the last lines of what a command said."""
    text = getattr(error, "stderr", None) or str(error)
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return text.strip()[-300:]


def canonical(name: str) -> str:
    """Give a package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
