"""Check that no installed package is older than its first safe release in `safe_versions.toml`.

It checks the environment whose Python runs it, and needs no network.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # a dependency of pytest

SAFE = Path(__file__).with_name("safe_versions.toml")


def main() -> int:
    """Print the unsafe packages, or the number of safe ones."""
    safe: dict[str, dict[str, str]] = tomllib.loads(SAFE.read_text(encoding="utf-8"))
    faults = [fault for name, line in safe.items() if (fault := compare(name, line))]
    print("\n".join(faults) or f"all {len(safe)} packages are at or above their first safe release")
    return 1 if faults else 0


def compare(name: str, line: dict[str, str]) -> str | None:
    """Return what is wrong with a package, or with a line that no package needs, if anything."""
    try:
        installed = version(name)
    except PackageNotFoundError:
        return f"{name}: not installed, so its line in {SAFE.name} says nothing"
    if Version(installed) >= Version(line["from"]):
        return None
    return f"{name} {installed}: {line['advisory']}, {line['what']}; fixed in {line['from']}"


if __name__ == "__main__":
    sys.exit(main())
