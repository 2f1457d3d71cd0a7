"""Check that the wheels contain exactly the package in `src`.

`dist` has the wheel that was built from the sdist, `dist/direct` the one from the checkout.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src"
BESIDE = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
NEEDED = {"aind_session/py.typed", "aind_session/__init__.pyi"}

Files = dict[str, bytes]


def main() -> int:
    """Print the differences, or the number of correct files."""
    wheels = [the_wheel(ROOT / "dist"), the_wheel(ROOT / "dist" / "direct")]
    of_sdist, direct = (contents(wheel) for wheel in wheels)
    info = "-".join(wheels[0].name.split("-")[:2]) + ".dist-info/"
    package = {name: data for name, data in of_sdist.items() if not name.startswith(info)}
    faults = [
        *(f"{name}: differs between the wheels" for name in different(of_sdist, direct)),
        *(f"{name}: differs from src" for name in different(package, sources())),
        *(f"{name}: missing" for name in sorted(NEEDED - package.keys())),
        *(
            f"{name}: not expected, or missing"
            for name in sorted((of_sdist.keys() - package.keys()) ^ {info + n for n in BESIDE})
        ),
    ]
    print("\n".join(faults) or f"both wheels hold the same {len(of_sdist)} files, as in src")
    return 1 if faults else 0


def the_wheel(folder: Path) -> Path:
    """Return the only wheel in a folder."""
    (wheel,) = folder.glob("*.whl")
    return wheel


def contents(wheel: Path) -> Files:
    """Read all files of a wheel."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sources() -> Files:
    """Read the package in the checkout, without caches."""
    files = (path for path in SRC.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(SRC).as_posix(): path.read_bytes() for path in files}


def different(one: Files, other: Files) -> list[str]:
    """Return the files that only one of them has, or whose contents differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


if __name__ == "__main__":
    sys.exit(main())
