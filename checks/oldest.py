"""Check that each dependency is installed in exactly the oldest version that is declared.

It checks the environment whose Python runs it. A job with the oldest versions proves nothing if a
resolver has silently chosen newer ones.

    python checks/oldest.py [name ...]

With names, it compares only these; without, all except those whose oldest version conflicts with
the others.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # a dependency of pytest

PROJECT = Path(__file__).parent.parent / "pyproject.toml"

NOT_HERE = {
    "npc-io": "asks for newer releases of universal-pathlib and python-dotenv; see `make npc`",
    "mcp": "asks for newer releases of pydantic; see `make test`",
    "aind-codeocean-pipeline-monitor": "asks for a newer release of codeocean; see `make npc`",
}


def main() -> int:
    """Print the problems, or the number of correct versions."""
    declared = wanted(sys.argv[1:])
    faults = [fault for part in declared if (fault := compare(part))]
    print("\n".join(faults) or f"{len(declared)} dependencies are the oldest that are declared")
    return 1 if faults else 0


def wanted(names: list[str]) -> list[Requirement]:
    """Return the requirements to compare, and print which ones are left out."""
    if names:
        return [part for part in requirements() if part.name in names]
    for name, reason in NOT_HERE.items():
        print(f"not here: {name} {reason}")
    return [part for part in requirements() if part.name not in NOT_HERE]


def requirements() -> list[Requirement]:
    """Return the requirements of the package, its extras and its tests on this Python, in order."""
    declared: dict[str, Any] = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    project = declared["project"]
    texts = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        texts += extra
    texts += declared["dependency-groups"]["test"]
    found = [Requirement(text) for text in dict.fromkeys(texts)]
    return [part for part in found if part.marker is None or part.marker.evaluate()]


def compare(declared: Requirement) -> str | None:
    """Return the problem with the installed version of a dependency, if any."""
    bounds = [part.version for part in declared.specifier if part.operator in (">=", "~=", "==")]
    if len(bounds) != 1:
        return f"{declared}: declare the oldest version that works"
    try:
        installed = version(declared.name)
    except PackageNotFoundError:
        return f"{declared}: not installed; name its extra in OLDEST_EXTRAS of the Makefile"
    if Version(installed) == Version(bounds[0]):
        return None
    return f"{declared}: {installed} is installed, so {bounds[0]} is not tested"


if __name__ == "__main__":
    sys.exit(main())
