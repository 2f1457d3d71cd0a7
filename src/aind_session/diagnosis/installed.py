"""The installed packages and their versions."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires, version

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+).*;.*\bextra\s*==\s*['\"](?P<extra>[\w-]+)['\"]")


def version_of(package: str) -> str:
    """Return the version of an installed package.

    Examples
    --------
    >>> version_of("there-is-no-such-package")
    'not installed'
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def extras(package: str) -> tuple[str, ...]:
    """Return the extras of a package whose requirements are all installed, in order.

    Examples
    --------
    >>> extras("there-is-no-such-package")
    ()
    """
    try:
        needed = [_REQUIREMENT.match(line) for line in requires(package) or ()]
    except PackageNotFoundError:
        return ()
    found: dict[str, bool] = {}
    for match in filter(None, needed):
        is_there = version_of(match["name"]) != "not installed"
        found[match["extra"]] = found.get(match["extra"], True) and is_there
    return tuple(extra for extra, is_there in found.items() if is_there)
