"""Python for the page *Try it*: the modules that it runs, and Pyodide to run them in a browser.

Pyodide comes from npm and becomes part of the site, so that a reader's browser asks no other
server. ``make docs`` downloads it; without it, the page says that Python could not be loaded.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

VERSION = "314.0.7"
SHA256 = "66b7949e5a0cba2250b586d7e368bf12fb482800748d182c4618254b685ffaa0"
FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
)
"""The files of Pyodide that a browser loads: 13 MB."""

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT / "src" / "aind_session"
_PURE = (
    "conventions/*.py",
    "errors/*.py",
    *(f"runtime/{name}.py" for name in ("__init__", "arguments", "near", "parsing")),
)


def put_into(site: Path, archive: Path | None = None) -> None:
    """Add the files that the page loads to a built site.

    Parameters
    ----------
    site
        The folder of the site.
    archive
        Pyodide's npm package; by default the file that the variable ``PYODIDE_ARCHIVE`` names.

    Raises
    ------
    ValueError
        The hash of the archive differs from the expected one.
    """
    folder = site / "assets" / "pyodide"
    folder.mkdir(parents=True, exist_ok=True)
    write_modules(folder / "aind_session.zip")
    named = archive or Path(os.environ.get("PYODIDE_ARCHIVE", f".venv/pyodide-{VERSION}.tgz"))
    if not named.is_file():
        print(f"no {named}: the page Try it cannot run; see make docs", file=sys.stderr)
        return
    if hashlib.sha256(named.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{named} is not Pyodide {VERSION}: delete it, and build again")
    with tarfile.open(named) as packed:
        for name in FILES:
            member = packed.extractfile(f"package/{name}")
            if member is None:
                raise ValueError(f"{named} holds no file {name}")
            (folder / name).write_bytes(member.read())


def write_modules(path: Path) -> None:
    """Write the modules that the page runs to a zip file from which Python imports."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("aind_session/__init__.py", "")
        for module in _modules():
            name = f"aind_session/{module.relative_to(_PACKAGE).as_posix()}"
            packed.write(module, name)
        packed.write(_ROOT / "checks" / "try_it.py", "try_it.py")


def _modules() -> Iterator[Path]:
    for pattern in _PURE:
        yield from sorted(_PACKAGE.glob(pattern))
